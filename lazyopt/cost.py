"""What calls cost: floating point operations, and bytes moved."""

import functools
import math
from collections.abc import Callable

from lazyopt.build import to_specs
from lazyopt.flops import RULES
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import OPERATOR_FORMS, Op, find_op
from lazyopt.ordering import is_step
from lazyopt.specs import ArraySpec, itemsize
from lazyopt.storages import viewed_operand
from lazyopt.transform_flops import RULES as TRANSFORMS

__all__ = [
    "bytes_moved_of",
    "flops_of",
    "graph_bytes_moved",
    "graph_flops",
    "node_bytes_moved",
    "node_flops",
]

#: What is only written or copied, not computed.
_MOVES = {
    "array",
    "astype",
    "broadcast_to",
    "column_stack",
    "concatenate",
    "copy",
    "diag",
    "dstack",
    "fft.fftshift",
    "fft.ifftshift",
    "filed",
    "flatten",
    "full_like",
    "hstack",
    "mapped",
    "meshgrid",
    "ones_like",
    "pad",
    "repeat",
    "roll",
    "spill",
    "stack",
    "take",
    "take_along_axis",
    "tile",
    "to_file",
    "tril",
    "triu",
    "unspill",
    "vstack",
    "zeros_like",
}

#: Operations of reals in one of complex numbers, by the op.
_COMPLEX = {
    "add": 2,
    "conjugate": 1,
    "cumprod": 6,
    "cumulative_prod": 6,
    "equal": 2,
    "multiply": 6,
    "negative": 2,
    "not_equal": 2,
    "prod": 6,
    "square": 6,
    "subtract": 2,
}

#: Copying calls that read no more of their first operand than they return.
_PICK = {"getitem", "take", "take_along_axis"}


@functools.cache
def _rule_of(op: Op) -> Callable[..., int] | None:
    """What tells the operations of an op's calls, if it isn't the default."""
    if op.flops is not None:
        return op.flops
    own = op is find_op(op.name) or op is OPERATOR_FORMS.get(op.name)
    if not own:
        return None
    return RULES.get(op.name) or TRANSFORMS.get(op.name)


def node_flops(node: Node) -> int:
    """Floating point operations of one call.

    Views and copies count nothing, elementwise ops one for each element of
    the result, other ops one for each element of their largest operand or
    result. Contractions count a multiply and an add for each product. What
    else there is a rule for, decompositions above all, stands in
    `lazyopt.flops`. Complex numbers count 2 for an addition, 6 for a
    multiplication, and 4 times what reals count for what consists of both.
    Calls of unknown functions count nothing.
    """
    op = node.op
    if op.region is not None:
        return op.region.runner.flops
    if not is_step(node):
        return 0
    specs = [s for o in node.operands for s in o.specs[:1]] + [*node.specs]
    if any(s.shape is None for s in specs):
        return 0
    rule = _rule_of(op)
    if rule is not None:
        if op.views and viewed_operand(node) is not None:
            return 0
        args, kwargs = op.bind(node.args, node._kwargs)
        count = rule(
            node.specs,
            *map(to_specs, args),
            **{k: to_specs(v) for k, v in kwargs.items()},
        )
        # Users, and the rules of transforms, tell of complex numbers, too.
        if op.flops is not None or op.name in TRANSFORMS:
            return count
        return count * _times(op, specs, 4)
    if op.elementwise:
        return node.specs[0].size * _times(op, specs, 4)
    if op.views or not op.is_pure or op.name in _MOVES or not node.operands:
        return 0
    return max([s.size for s in specs]) * _times(op, specs, 2)


def _times(op: Op, specs: list[ArraySpec], otherwise: int) -> int:
    """How many operations of reals there are in one of the op's."""
    for spec in specs:
        if spec.dtype is not None and spec.dtype[:7] == "complex":
            return _COMPLEX.get(op.name, otherwise)
    return 1


def node_bytes_moved(node: Node) -> int:
    """Bytes that a call reads of its operands and writes of its results.

    Views move none. What is broadcast is read once, and so is an operand
    that is given twice. A call that picks elements reads those. What a call
    moves within its own workspace isn't counted.

    Returns
    -------
    int
    """
    op = node.op
    if not is_step(node):
        return 0
    if op.views and viewed_operand(node) is not None:
        return 0
    written = sum([s.nbytes for s in node.specs])
    operands = node.operands
    read = 0
    if operands and op.name in _PICK:
        read, operands = written, operands[1:]
    for operand in operands:
        for spec in operand.specs:
            read += _distinct_bytes(spec)
    return read + written


def _distinct_bytes(spec: ArraySpec) -> int:
    """Bytes of an array, those that broadcasting repeats counted once."""
    if spec.strides is None or 0 not in spec.strides or not spec.size:
        return spec.nbytes
    assert spec.shape is not None and spec.dtype is not None
    sizes = zip(spec.shape, spec.strides, strict=True)
    return math.prod(d for d, step in sizes if step) * itemsize(spec.dtype)


def flops_of(graph: Graph) -> list[int]:
    """Floating point operations of each node, counted once for a graph."""
    found: list[int] | None = graph._cache.get("flops")
    if found is None:
        found = graph._cache["flops"] = list(map(node_flops, graph.nodes))
    return found


def bytes_moved_of(graph: Graph) -> list[int]:
    """Bytes that each node moves, counted once for a graph."""
    found: list[int] | None = graph._cache.get("bytes moved")
    if found is None:
        found = list(map(node_bytes_moved, graph.nodes))
        graph._cache["bytes moved"] = found
    return found


def graph_flops(graph: Graph) -> int:
    """Floating point operations of one run of a graph."""
    return sum(flops_of(graph))


def graph_bytes_moved(graph: Graph) -> int:
    """Bytes that the calls of one run read and write."""
    return sum(bytes_moved_of(graph))
