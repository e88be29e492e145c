"""A body made for part of an axis: the same calls on smaller operands."""

from collections.abc import Sequence

from lazyopt.build import infer, input_node, item
from lazyopt.errors import GraphError
from lazyopt.graph import Graph
from lazyopt.ir import Node, substitute
from lazyopt.ops import CONSTANT, INPUT, ITEM
from lazyopt.slicing.views import resized_shape
from lazyopt.specs import ArraySpec

__all__ = ["Axes", "chunked", "keeps_layout"]

#: For each node of a body, the axis that is sliced; None for an operand that
#: is taken whole; a ufunc's name for a result that is combined of parts.
Axes = Sequence[int | str | None]


def chunked(body: Graph, axes: Axes, length: int) -> Graph:
    """A body for so many elements along the sliced axis.

    Parameters
    ----------
    body : Graph
    axes : sequence
        One for each node of the body.
    length : int

    Returns
    -------
    Graph

    Raises
    ------
    GraphError
        If some result would not lie in memory as part of the whole does, so
        that later calls might round in another way.
    """
    new: dict[Node, Node] = {}
    for node, axis in zip(body.nodes, axes, strict=True):
        made = new[node] = _resized(node, axis, length, new)
        pairs = zip(node.specs, made.specs, strict=True)
        if not all(keeps_layout(a, b, axis, length) for a, b in pairs):
            raise GraphError(
                f"part of {node!r} is {made.specs}, which doesn't lie in "
                "memory as it does in the whole"
            )
    return Graph(
        new.values(),
        [new[n] for n in body.inputs],
        [new[n] for n in body.outputs],
        body.in_tree,
        body.out_tree,
    )


def _resized(
    node: Node, axis: int | str | None, length: int, new: dict[Node, Node]
) -> Node:
    if node.op is INPUT:
        spec = node.specs[0]
        if isinstance(axis, int):
            spec = _part_of(spec, axis, length)
        return input_node(node.args[0], spec)
    if node.op is CONSTANT:
        return node
    if node.op is ITEM:
        return item(new[node.args[0]], node.args[1])
    args = node.args
    if isinstance(axis, int):
        args = resized_shape(node, args, axis, length)
    args = tuple([substitute(a, new) for a in args])
    kwargs = {k: substitute(v, new) for k, v in node._kwargs.items()}
    specs = infer(node.op, args, kwargs)
    return Node(node.op, args, kwargs, specs, node.source, True)


def _part_of(spec: ArraySpec, axis: int, length: int) -> ArraySpec:
    """The spec of a slice."""
    shape = list(spec.shape or ())
    shape[axis] = length
    return ArraySpec(shape, spec.dtype, kind=spec.kind, strides=spec.strides)


def keeps_layout(
    whole: ArraySpec, part: ArraySpec, axis: int | str | None, length: int
) -> bool:
    """Whether a part's elements come in the order that they have in all.

    Axes further in than the sliced one have the same strides, and the others
    come in the same order.
    """
    if (whole.dtype, whole.kind) != (part.dtype, part.kind):
        return False
    if not isinstance(axis, int):
        return whole == part
    if whole.strides is None or part.strides is None or whole.shape is None:
        return False
    shape = list(whole.shape)
    shape[axis] = length
    if part.shape != tuple(shape):
        return False
    own = abs(whole.strides[axis])
    pairs = list(zip(whole.strides, part.strides, strict=True))
    if any(abs(s) <= own and s != t for s, t in pairs):
        return False
    if any((s > 0) != (t > 0) or (s < 0) != (t < 0) for s, t in pairs):
        return False
    orders = [
        sorted(range(len(shape)), key=lambda i: (abs(strides[i]), i))
        for strides in (whole.strides, part.strides)
    ]
    return orders[0] == orders[1]
