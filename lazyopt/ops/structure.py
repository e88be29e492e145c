"""Ops that rearrange, join, repeat, convert or copy arrays."""

import math
from collections.abc import Callable
from typing import Any

import autoray
import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from lazyopt.ops import model
from lazyopt.ops.core import Effect, Op, Specs, add_op, also_called
from lazyopt.ops.families import (
    Rule,
    Shape,
    fresh,
    numpy_function,
    shape_of,
)
from lazyopt.specs import UNKNOWN, ArraySpec, make_spec, spec_of

__all__ = ["register"]


def stack(
    arrays: Any, axis: int = 0, out: None = None, *, dtype: Any = None
) -> Shape:
    shapes = [shape_of(a) for a in arrays]
    if not shapes:
        raise ValueError("need at least one array to stack")
    if len(set(shapes)) > 1:
        raise ValueError("all input arrays must have the same shape")
    shape = list(shapes[0])
    shape.insert(normalize_axis_index(axis, len(shape) + 1), len(shapes))
    return tuple(shape)


def concatenate(
    arrays: Any, axis: int | None = 0, out: None = None, *, dtype: Any = None
) -> Shape:
    shapes = [shape_of(a) for a in arrays]
    if axis is None:
        return (sum(math.prod(s) for s in shapes),)
    if not shapes:
        raise ValueError("need at least one array to concatenate")
    axis = normalize_axis_index(axis, len(shapes[0]))
    rests = {(len(s), s[:axis], s[axis + 1 :]) for s in shapes}
    if len(rests) > 1:
        raise ValueError(
            "all the input array dimensions except for the concatenation "
            f"axis must match exactly, got shapes {shapes}"
        )
    total = sum(s[axis] for s in shapes)
    return (*shapes[0][:axis], total, *shapes[0][axis + 1 :])


def _joined(least: int, axis: Callable[[int], int]) -> Rule:
    """Rule of hstack and its like: pad the shapes, then concatenate."""

    def rule(tup: Any, *, dtype: Any = None) -> Shape:
        specs = []
        for a in tup:
            shape = shape_of(a)
            if least == 3 and len(shape) < 3:
                shape = np.atleast_3d(np.empty(shape)).shape
            elif least == 2 and len(shape) < 2:
                shape = (1,) * (2 - len(shape)) + shape
            specs.append(ArraySpec(shape or (1,)))
        return concatenate(specs, axis(len(specs[0].shape or ())))

    return rule


def column_stack(tup: Any) -> Shape:
    shapes = [shape_of(a) for a in tup]
    columns = [(*(s or (1,)), 1) if len(s) < 2 else s for s in shapes]
    return concatenate([ArraySpec(s) for s in columns], 1)


def astype(x: Any, dtype: Any, **kwargs: Any) -> Shape:
    if not kwargs.get("copy", True):
        raise TypeError(
            "astype(copy=False) may return its operand; leave copy out"
        )
    return shape_of(x)


def copy(a: Any, order: str = "K", subok: bool = False) -> Shape:
    return shape_of(a)


def array(
    object: Any,
    dtype: Any = None,
    *,
    copy: bool = True,
    order: str = "K",
    subok: bool = False,
    ndmin: int = 0,
) -> Shape:
    shape = nested_shape(object)
    if not copy:
        raise TypeError(
            "array(copy=False) may return its operand; use asarray"
        )
    return (1,) * (ndmin - len(shape)) + shape


def nested_shape(x: Any) -> Shape:
    """Shape of nested sequences of arrays and numbers."""
    if type(x) in (list, tuple):
        inner = nested_shape(x[0]) if x else ()
        if any(nested_shape(v) != inner for v in x):
            raise ValueError(
                "setting an array element with a sequence. The requested "
                "array has an inhomogeneous shape"
            )
        return (len(x), *inner)
    return shape_of(x)


def flatten(a: Any, order: str = "C") -> Shape:
    return (math.prod(shape_of(a)),)


def do_flatten(a: Any, order: str = "C") -> Any:
    return a.flatten() if order == "C" else a.flatten(order)


def repeat(a: Any, repeats: Any, axis: int | None = None) -> Shape:
    shape = list(shape_of(a))
    if axis is None:
        shape, axis = [math.prod(shape)], 0
    axis = normalize_axis_index(axis, len(shape))
    if model.tree_specs(repeats):
        raise TypeError(
            "the size of repeat's result depends on values if repeats is an "
            "array that is computed; give numbers, or a constant list"
        )
    # A negative one is an error, and so is any length but 1 or the axis's.
    counts = np.broadcast_to(np.asarray(repeats), (shape[axis],))
    if counts.size and counts.min() < 0:
        raise ValueError("repeats may not contain negative values.")
    shape[axis] = int(counts.sum())
    return tuple(shape)


def repeat_once(a: Any, repeats: Any, axis: int | None = None) -> Any:
    # A list of repeats is as long as the axis, and a model's is not.
    if np.size(repeats) == 1:
        return (a, repeats, axis), {}
    return (a, np.asarray(repeats).dtype.type(2), axis), {}


def tile(A: Any, reps: Any) -> Shape:
    shape = shape_of(A)
    reps = tuple(reps) if np.iterable(reps) else (reps,)
    n = max(len(shape), len(reps))
    shape = (1,) * (n - len(shape)) + shape
    reps = (1,) * (n - len(reps)) + reps
    return tuple(d * r for d, r in zip(shape, reps, strict=True))


def pad(
    array: Any, pad_width: Any, mode: str = "constant", **kwargs: Any
) -> Shape:
    shape = shape_of(array)
    if isinstance(pad_width, dict):
        raise TypeError("give pad_width as a sequence, not as a dict")
    widths = np.broadcast_to(pad_width, (len(shape), 2)).tolist()
    return tuple(d + a + b for d, (a, b) in zip(shape, widths, strict=True))


def roll(a: Any, shift: Any, axis: Any = None) -> Shape:
    return shape_of(a)


def triangle(m: Any, k: int = 0) -> Shape:
    shape = shape_of(m)
    return shape * 2 if len(shape) == 1 else shape


def like(
    a: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
) -> Shape:
    if shape is None:
        return shape_of(a)
    return tuple(shape) if np.iterable(shape) else (shape,)


def infer_meshgrid(
    *xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> Specs:
    if not copy:
        raise TypeError(
            "meshgrid(copy=False) returns views of several operands; leave "
            "copy out"
        )
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    specs = [
        x if isinstance(x, ArraySpec) else spec_of(np.asarray(x)) for x in xi
    ]
    if any(s.shape is None for s in specs):
        return (UNKNOWN,) * len(specs)
    places = list(range(len(specs)))
    if indexing == "xy" and len(specs) > 1:
        places[:2] = 1, 0
    full = [specs[i].size for i in places]
    shapes = [
        tuple(d if not sparse or i == k else 1 for i, d in enumerate(full))
        for k in places
    ]
    return tuple(
        make_spec(shape, None, "array", None)
        if s.dtype is None
        else ArraySpec(shape, s.dtype)
        for s, shape in zip(specs, shapes, strict=True)
    )


def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
) -> Shape:
    made = like(a, shape=shape)
    if np.broadcast_shapes(made, shape_of(fill_value)) != made:
        raise ValueError(
            f"a value of shape {shape_of(fill_value)} doesn't fill {made}"
        )
    return made


FRESH: dict[str, tuple[Rule, tuple[str, ...]]] = {
    "array": (array, ()),
    "column_stack": (column_stack, ()),
    "concatenate": (concatenate, ("concat",)),
    "copy": (copy, ()),
    "dstack": (_joined(3, lambda n: 2), ()),
    "full_like": (full_like, ()),
    "hstack": (_joined(1, lambda n: 0 if n == 1 else 1), ()),
    "ones_like": (like, ()),
    "pad": (pad, ()),
    "roll": (roll, ()),
    "stack": (stack, ()),
    "tile": (tile, ()),
    "tril": (triangle, ()),
    "triu": (triangle, ()),
    "vstack": (_joined(2, lambda n: 0), ("row_stack",)),
    "zeros_like": (like, ()),
}


def register() -> None:
    """Add all structural ops to the registry."""
    for name, (rule, aliases) in FRESH.items():
        add_op(fresh(name, rule, aliases=aliases))
    add_op(fresh("repeat", repeat, simplify=repeat_once))
    add_op(fresh("flatten", flatten, function=do_flatten))
    add_op(Op("meshgrid", infer_meshgrid, multi=True))
    effect: Effect = "random"
    # As for empty: whatever was in memory.
    add_op(fresh("empty_like", like, effect=effect))
    add_op(fresh("astype", astype))
    also_called(autoray.astype, "astype")
    also_called(numpy_function("astype"), "astype")
