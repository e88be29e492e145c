"""Axes of calls that join, take from or cut arrays along other axes."""

import operator
from typing import Any

from lazyopt.ir import Node
from lazyopt.slicing.arguments import Demands, agreed, arguments_of, dims

__all__ = ["concatenate", "created", "repeat", "stack", "take", "triangle"]


def _axis_of(arguments: dict[str, Any], n: int) -> int | None:
    try:
        return operator.index(arguments["axis"]) % max(n, 1)
    except TypeError:
        return None


def _all_nodes(x: Any) -> bool:
    return isinstance(x, tuple | list) and all(type(v) is Node for v in x)


def concatenate(node: Node, axis: int) -> Demands | None:
    """Arrays joined along another axis."""
    arguments = arguments_of(node)
    joined = _axis_of(arguments, len(dims(node)))
    if joined in (None, axis) or not _all_nodes(arguments["arrays"]):
        return None
    return agreed(node, [(x, axis) for x in arguments["arrays"]])


def stack(node: Node, axis: int) -> Demands | None:
    """Arrays joined along a new axis."""
    arguments = arguments_of(node)
    new = _axis_of(arguments, len(dims(node)))
    if new is None or new == axis or not _all_nodes(arguments["arrays"]):
        return None
    own = axis - (new < axis)
    return agreed(node, [(x, own) for x in arguments["arrays"]])


def take(node: Node, axis: int) -> Demands | None:
    """Elements taken along another axis, at the same places everywhere."""
    arguments = arguments_of(node)
    x, indices = arguments["a"], arguments["indices"]
    if type(x) is not Node:
        return None
    along = _axis_of(arguments, len(dims(x)))
    if along is None:
        return None
    taken = len(dims(node)) - len(dims(x)) + 1
    if along <= axis < along + taken:
        return None
    own = axis if axis < along else axis - taken + 1
    return agreed(node, [(x, own), (indices, None)])


def repeat(node: Node, axis: int) -> Demands | None:
    """Elements repeated along another axis."""
    arguments = arguments_of(node)
    along = _axis_of(arguments, len(dims(node)))
    if along is None or along == axis or len(node.operands) > 1:
        return None
    return agreed(node, [(arguments["a"], axis)])


def triangle(node: Node, axis: int) -> Demands | None:
    """``tril`` and ``triu`` of a batch of matrices."""
    if axis >= len(dims(node)) - 2:
        return None
    return agreed(node, [(arguments_of(node)["m"], axis)])


def created(node: Node, axis: int) -> Demands | None:
    """``zeros`` and its like: the same everywhere."""
    return {} if not node.operands else None
