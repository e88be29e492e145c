"""Axes of elementwise calls: those of the operands that reach them."""

from typing import Any

import numpy as np

from lazyopt.ir import Node
from lazyopt.ops.families import shape_of
from lazyopt.slicing.arguments import Demands, agreed, arguments_of, dims

__all__ = ["LIKE", "broadcast_axis", "elementwise", "like"]

#: NumPy looks whether the second operand is one number for a whole inner
#: loop, and then takes a square root or a product instead.
_POWERS = frozenset({"power", "float_power"})

#: Of two NaNs the result may be either: see `lazyopt.slicing.grain`. Buffers
#: end at other places in a part.
_BOTH = frozenset({"add", "multiply"})

#: Elementwise in their first argument; the others say how.
LIKE = frozenset({"astype", "copy", "full_like", "ones_like", "zeros_like"})


def broadcast_axis(x: Any, ndim: int, axis: int) -> int | None:
    """The axis of an operand that is broadcast to a result's axis.

    None if it has none there, or one of a single element.
    """
    shape = shape_of(x.specs[0] if type(x) is Node else x)
    own = axis - (ndim - len(shape))
    return own if own >= 0 and shape[own] != 1 else None


def elementwise(node: Node, axis: int) -> Demands | None:
    """Operands are sliced where they aren't broadcast."""
    if any(type(v) is Node for v in node._kwargs.values()):
        return None
    shape = dims(node)
    if node.op.name in _POWERS and not all(
        _never_one_number(x, shape) for x in node.args
    ):
        return None
    if node.op.name in _BOTH and _converts(node):
        return None
    wanted = [(x, broadcast_axis(x, len(shape), axis)) for x in node.args]
    return agreed(node, wanted)


def _converts(node: Node) -> bool:
    """Whether an operand that may be NaN passes through a buffer."""
    made = node.specs[0].dtype
    dtypes = [n.specs[0].dtype for n in node.operands]
    return len(dtypes) > 1 and any(
        d != made and np.dtype(d).kind in "fc" for d in dtypes
    )


def _never_one_number(x: Any, shape: tuple[int, ...]) -> bool:
    """Whether it is one number in every inner loop, or in none."""
    if type(x) is not Node:
        return shape_of(x) == ()
    spec = x.specs[0]
    if spec.size == 1:
        return True
    return (
        spec.shape == shape
        and bool(spec.strides)
        and 0
        not in [
            s
            for d, s in zip(spec.shape, spec.strides or (), strict=True)
            if d > 1
        ]
    )


def like(node: Node, axis: int) -> Demands | None:
    """A new array of the operand's shape."""
    arguments = arguments_of(node)
    if arguments.get("shape") is not None:
        return None
    (x, *rest) = arguments.values()
    return agreed(node, [(x, axis), *[(r, None) for r in rest]])
