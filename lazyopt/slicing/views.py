"""Axes of views: NumPy is asked, on arrays without memory."""

import math
from typing import Any

from lazyopt.ir import Node, substitute
from lazyopt.ops.families import dummy, shape_of
from lazyopt.slicing.arguments import Demands, agreed, arguments_of
from lazyopt.specs import ArraySpec
from lazyopt.storages import viewed_operand

__all__ = ["VIEWS", "reshape", "resized_shape", "view"]

VIEWS = frozenset(
    {
        "array_split",
        "asarray",
        "atleast_1d",
        "atleast_2d",
        "atleast_3d",
        "broadcast_to",
        "diagonal",
        "dsplit",
        "expand_dims",
        "flip",
        "fliplr",
        "flipud",
        "getitem",
        "hsplit",
        "imag",
        "matrix_transpose",
        "moveaxis",
        "real",
        "rollaxis",
        "rot90",
        "split",
        "squeeze",
        "swapaxes",
        "transpose",
        "unstack",
        "vsplit",
    }
)


def view(node: Node, axis: int) -> Demands | None:
    """A view keeps an axis if a part of it is the view of a part.

    That is seen in the address, the shape and the strides of either.
    """
    base = viewed_operand(node)
    if base is None or len(node.operands) > 1:
        return None
    spec = base.specs[0]
    if spec.strides is None or spec.kind != "array":
        return None
    size = shape_of(node.specs[0])[axis]
    sizes = enumerate(shape_of(spec))
    # An axis mostly stays where it is.
    for own in sorted(
        [i for i, d in sizes if d == size], key=lambda i: abs(i - axis)
    ):
        if all(
            _commutes(node, spec, own, axis, part)
            for part in ((0, 2), (1, 2), (size - 3, 3))
        ):
            return agreed(node, [(base, own)])
    return None


def _commutes(
    node: Node, spec: ArraySpec, own: int, axis: int, part: tuple[int, int]
) -> bool:
    """Whether slicing the operand along an axis slices the result."""
    start, length = part
    whole = dummy(spec)
    piece = _part(whole, own, start, length)
    try:
        expected = _call(node, whole, None)
        found = _call(node, piece, (axis, length))
    except (ValueError, IndexError):
        return False
    if len(expected) != len(found):
        return False
    for full, one in zip(expected, found, strict=True):
        if axis >= full.ndim or full.shape[axis] != shape_of(spec)[own]:
            return False
        if _place(_part(full, axis, start, length)) != _place(one):
            return False
    return True


def _part(x: Any, axis: int, start: int, length: int) -> Any:
    return x[(slice(None),) * axis + (slice(start, start + length),)]


def _call(node: Node, x: Any, resized: tuple[int, int] | None) -> list[Any]:
    """The views that a call makes of an array."""
    args = node.args
    if resized is not None:
        args = resized_shape(node, args, *resized)
    new = dict.fromkeys(node.operands, x)
    kwargs = {k: substitute(v, new) for k, v in node._kwargs.items()}
    function = node.op.implementation("numpy")
    made = function(*[substitute(a, new) for a in args], **kwargs)
    return list(made) if node.op.multi else [made]


def _place(x: Any) -> Any:
    """All that tells two views of the same memory apart."""
    steps = [s for d, s in zip(x.shape, x.strides, strict=True) if d > 1]
    return x.__array_interface__["data"][0], x.shape, steps, x.dtype


def resized_shape(
    node: Node, args: tuple[Any, ...], axis: int, length: int
) -> tuple[Any, ...]:
    """Arguments for a result of another length along an axis."""
    place = {"reshape": 1, "broadcast_to": 1}.get(node.op.name)
    if place is None:
        place = 0 if not node.operands else None
    if place is None:
        return args
    shape = list(shape_of(node.specs[0]))
    shape[axis] = length
    return (*args[:place], tuple(shape), *args[place + 1 :])


def reshape(node: Node, axis: int) -> Demands | None:
    """An axis is kept if as many elements come before it, and after it."""
    arguments = arguments_of(node)
    x = arguments["a"]
    if type(x) is not Node or arguments["order"] != "C":
        return None
    old, new = shape_of(x.specs[0]), shape_of(node.specs[0])
    before = math.prod(new[:axis])
    for own, d in enumerate(old):
        if d == new[axis] and math.prod(old[:own]) == before:
            return agreed(node, [(x, own)])
    return None
