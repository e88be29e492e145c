"""Views that hold all of what they are views of, and views of views.

Rules as in `simplify_rules`. They say the same in every layout that inputs
may come in, also where that decides between a view and a copy, and along axes
of one place, whose strides specs don't tell: one element that lies backwards
goes through another loop of NumPy's.
"""

import numpy as np

from lazyopt.ir import Node
from lazyopt.keys import value_key
from lazyopt.passes.matching import first, is_own, made, same

__all__ = [
    "PERMUTING",
    "RESHAPING",
    "flipped_back",
    "itself",
    "permutation",
    "permuted",
    "reshaped",
    "stretched",
    "whole_slice",
]


def itself(node: Node) -> Node | None:
    """Views of all of a real array: ``real``, ``asarray``, ``atleast_1d``."""
    if len(node.args) != 1 or node._kwargs:
        return None
    return same(node, first(node))


def stretched(node: Node) -> Node | None:
    """``broadcast_to`` the shape that it has, if none of its axes repeats."""
    return None if _has_single(node) else same(node, first(node))


def whole_slice(node: Node) -> Node | None:
    """``x[...]``, ``x[:]`` and whatever else takes all of it."""
    if len(node.args) != 2:
        return None
    x, key = first(node), node.args[1]
    if same(node, x) is None or x is None or x.specs[0].kind != "array":
        return None
    parts = key if type(key) is tuple else (key,)
    axes = [k for k in parts if k is not Ellipsis]
    if not all(type(k) is slice for k in axes):
        return None
    shape = x.specs[0].shape or ()
    # With an ellipsis, slices behind it are counted from the end.
    at = parts.index(Ellipsis) if Ellipsis in parts else len(parts)
    behind = len(axes) - at
    sizes = (*shape[:at], *(shape[-behind:] if behind else ()))
    for k, d in zip(axes, sizes, strict=True):
        if any(type(v) is Node for v in (k.start, k.stop, k.step)):
            return None
        if k.indices(d) != (0, d, 1):
            return None
    return x


def flipped_back(node: Node) -> Node | None:
    """``flip(flip(x))`` along the same axes."""
    inner = first(node)
    if inner is None or inner.op is not node.op:
        return None
    axes = [n.op.bind(n.args, n._kwargs) for n in (node, inner)]
    keys = [value_key((args[1:], kwargs)) for args, kwargs in axes]
    return same(node, first(inner)) if keys[0] == keys[1] else None


PERMUTING = (
    "matrix_transpose",
    "moveaxis",
    "rollaxis",
    "swapaxes",
    "transpose",
)


def permutation(node: Node) -> tuple[int, ...] | None:
    """Which of the operand's axes each axis is; None for other calls."""
    if node.op.name not in PERMUTING or not is_own(node.op):
        return None
    x = first(node)
    if x is None or x.specs[0].kind != "array" or x.specs[0].shape is None:
        return None
    n = len(x.specs[0].shape)
    axes = np.lib.stride_tricks.as_strided(
        np.empty(0, "int8"), (1,) * n, range(n), writeable=False
    )
    args, kwargs = node.op.bind(node.args, node._kwargs)
    moved = node.op.implementation("numpy")(axes, *args[1:], **kwargs)
    return tuple(moved.strides)


def permuted(node: Node) -> Node | None:
    """Axes moved to where they were, or moved twice in a row."""
    axes, x = permutation(node), first(node)
    if axes is None or x is None:
        return None
    inner = permutation(x)
    base = first(x)
    if inner is not None and base is not None:
        axes, x = tuple(inner[i] for i in axes), base
    elif axes != tuple(range(len(axes))):
        return None
    if axes == tuple(range(len(axes))):
        return same(node, x)
    return same(node, made(node, "transpose", x, axes))


RESHAPING = ("expand_dims", "reshape", "squeeze")
#: Their results are in C order, whatever the layout of the operands.
C_ORDERED = ("dot", "tensordot")


def reshaped(node: Node) -> Node | None:
    """A shape that it has, or one put on another."""
    x = first(node)
    if x is None or x.specs[0].kind != "array" or not _plain(node):
        return None
    if same(node, x) is not None:
        return x if not _has_single(node) or _names_shape(node) else None
    base = first(x)
    if x.op.name not in RESHAPING or not is_own(x.op) or base is None:
        return None
    if base.specs[0].kind != "array" or not _plain(x):
        return None
    if not _always_views(node, x, base):
        return None
    if _has_single(node) and node.op.name == "squeeze":
        return None  # it leaves the strides of what it keeps
    if same(node, base) is not None:
        return base if not _has_single(node) or _is_c_ordered(base) else None
    return same(node, made(node, "reshape", base, node.specs[0].shape))


def _has_single(node: Node) -> bool:
    """Whether it has axes of one place, which a new shape strides anew."""
    return 1 in (node.specs[0].shape or ())


def _names_shape(node: Node) -> bool:
    """Whether NumPy sees at once that it is the shape that an array has."""
    return node.op.name != "reshape" or node.args[1] == node.specs[0].shape


def _is_c_ordered(node: Node) -> bool:
    return node.op.name in C_ORDERED and is_own(node.op)


def _plain(node: Node) -> bool:
    """Whether it reads and writes in C order, and need not copy."""
    if node.specs[0].shape is None:
        return False
    if node.op.name != "reshape":
        return True
    return len(node.args) == 2 and not node._kwargs


def _always_views(node: Node, x: Node, base: Node) -> bool:
    """Whether neither can be a copy, in whatever layout inputs come."""
    if base.specs[0].shape is None:
        return False
    if len(base.specs[0].shape) < 2:
        return True
    if _is_c_ordered(base):
        return True
    sizes = [
        [d for d in n.specs[0].shape or () if d != 1] for n in (node, x, base)
    ]
    return sizes[0] == sizes[1] == sizes[2]
