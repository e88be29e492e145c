"""Which memory each result lies in.

Memory belongs to storages, not to nodes: a view joins the storage it shares,
and a storage lives from its producer to the last reader of any alias of it.
"""

import functools
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from numpy.lib.array_utils import byte_bounds

from lazyopt.aliasing import groups_in_memory
from lazyopt.build import call_key, to_specs
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.keys import Identity
from lazyopt.ops import CONSTANT, ITEM, Op
from lazyopt.ops.core import infer_opaque
from lazyopt.specs import ArraySpec, itemsize

__all__ = [
    "Storages",
    "allocated",
    "is_unknown",
    "shown_by",
    "shown_operand",
    "viewed_operand",
]


class Storages:
    """Which storage each node's results lie in.

    Attributes
    ----------
    of : dict
        For each node, the numbers of its results' storages.
    sizes : list of int
        Bytes of each storage.
    producer : list of Node
        The node whose call allocates it, or that holds it.
    reach : dict
        For each node, the storages that its results may lie in: an unknown
        call may return its operands, or views of them, and what is copied
        may be a view where inputs lie otherwise than traced.
    """

    def __init__(self, graph: Graph, donors: Mapping[Node, Node]) -> None:
        self.of: dict[Node, tuple[int, ...]] = {}
        self.reach: dict[Node, tuple[int, ...]] = {}
        self.sizes: list[int] = []
        self.producer: list[Node] = []
        of, reach = self.of, self.reach
        sizes, producer = self.sizes, self.producer
        shared = _constants_in_memory(graph)
        for node in graph.nodes:
            if node in donors:
                of[node] = reach[node] = of[donors[node]]
                continue
            if not _is_special(node.op) and not shared:
                # Most calls: one result, in memory of its own.
                first = len(sizes)
                for spec in node.specs:
                    sizes.append(spec.nbytes)
                    producer.append(node)
                of[node] = reach[node] = (
                    (first,)
                    if len(node.specs) == 1
                    else tuple(range(first, len(sizes)))
                )
                continue
            if shared and node in shared and shared[node] in of:
                of[node] = reach[node] = of[shared[node]]
                continue
            if node.op is ITEM:
                base = node.args[0]
                of[node] = (of[base][node.args[1]],)
                known = reach[base] is of[base]
                reach[node] = of[node] if known else reach[base]
                continue
            viewed = viewed_operand(node) if node.op.views else None
            if viewed is not None:
                of[node] = of[viewed][:1] * len(node.specs)
                reach[node] = reach[viewed]
                continue
            of[node] = tuple([self._new(node, s) for s in allocated(node)])
            reach[node] = of[node]
            near = node.operands if is_unknown(node) else _copied(node)
            for operand in near:
                reach[node] += reach[operand]
            if near:
                reach[node] = tuple(dict.fromkeys(reach[node]))
        for constant in set(shared.values()):
            self.sizes[of[constant][0]] = _extent_of_all(constant, shared)

    def _new(self, node: Node, size: int) -> int:
        self.sizes.append(size)
        self.producer.append(node)
        return len(self.sizes) - 1


@functools.cache
def _is_special(op: Op) -> bool:
    """Whether an op's results may be anything but new storages."""
    return bool(
        op.views
        or op.allocates is not None
        or op.infer is infer_opaque
        or op.effect in ("opaque", "writes")
    )


def allocated(node: Node) -> Sequence[int]:
    """Bytes that each of a call's results keeps alive."""
    op = node.op
    if op.allocates is None or any(s.shape is None for s in node.specs):
        sizes = [spec.nbytes for spec in node.specs]
        # A view of a number has memory of its own, but may repeat it.
        return [*map(_extent, node.specs)] if op.views else sizes
    args, kwargs = op.bind(node.args, node._kwargs)
    return op.allocates(
        node.specs,
        *map(to_specs, args),
        **{k: to_specs(v) for k, v in kwargs.items()},
    )


def _extent(spec: ArraySpec) -> int:
    """Bytes from the first element to the last; fewer where they repeat."""
    if spec.dtype is None or not spec.shape or not spec.strides:
        return spec.nbytes
    steps = zip(spec.shape, spec.strides, strict=True)
    reached = sum([(d - 1) * abs(s) for d, s in steps])
    return min(spec.nbytes, reached + itemsize(spec.dtype))


def is_unknown(node: Node) -> bool:
    """Whether the function is one that nobody has vouched for."""
    op = node.op
    return op.infer is infer_opaque or op.effect in ("opaque", "writes")


def _constants_in_memory(graph: Graph) -> dict[Node, Node]:
    """For constants that overlap in memory, the first of those they meet."""
    constants = [n for n in graph.nodes if n.op is CONSTANT]
    groups = groups_in_memory([n.args[0] for n in constants])
    first: dict[Node, Node] = {}
    for group in groups:
        if len(group) > 1:
            first.update((constants[i], constants[min(group)]) for i in group)
    return first


def _extent_of_all(first: Node, shared: dict[Node, Node]) -> int:
    """Bytes of the memory that constants lie in together."""
    met = [byte_bounds(n.args[0]) for n, to in shared.items() if to is first]
    return max(high for _, high in met) - min(low for low, _ in met)


def _copied(node: Node) -> Sequence[Node]:
    """The operand of a call that need not be a copy in another layout."""
    op = node.op
    if op.copies is None or len(node.specs) != 1 or not node.operands:
        return ()
    made, base = node.specs[0], node.operands[0]
    given = base.specs[0]
    might = made.kind == given.kind == "array" and made.dtype == given.dtype
    return (base,) if might and made.size == given.size else ()


def shown_operand(node: Node) -> Node | None:
    """The operand that a result may be, or be a view of, in some layout."""
    if node.op is ITEM:
        base: Node = node.args[0]
        return base
    return viewed_operand(node) or next(iter(_copied(node)), None)


def shown_by(
    graph: Graph, operand: Callable[[Node], Node | None]
) -> set[Node]:
    """Outputs, and the operands that they lead back to.

    Parameters
    ----------
    graph : Graph
    operand : callable
        From a node to the one that it leads back to, if to any.
    """
    shown = set(graph.outputs)
    for node in reversed(graph.nodes):
        if node in shown and (base := operand(node)) is not None:
            shown.add(base)
    return shown


_COPIES: dict[Hashable, bool] = {}


def viewed_operand(node: Node) -> Node | None:
    """The operand whose memory the results share, or None."""
    op = node.op
    if not op.views or op is ITEM:
        return None
    args, kwargs = op.bind(node.args, node._kwargs)
    base: Node | None = next(
        (args[i] for i in op.views if i < len(args) and type(args[i]) is Node),
        None,
    )
    if base is None or base.specs[0].kind in ("scalar", "python"):
        return None
    if node.specs and node.specs[0].kind in ("scalar", "python"):
        return None  # a number is nobody's view
    if op.copies is None or base.specs[0].strides is None:
        return base  # where nothing tells, it may well be a view
    key = call_key(op, args, kwargs, _spec_key)
    copies = _COPIES.get(key)
    if copies is None:
        copies = op.copies(
            *map(to_specs, args),
            **{k: to_specs(v) for k, v in kwargs.items()},
        )
        if len(_COPIES) > 1 << 15:
            _COPIES.clear()
        _COPIES[key] = copies
    return None if copies else base


def _spec_key(x: Any) -> Hashable:
    return x.specs if type(x) is Node else Identity(x)
