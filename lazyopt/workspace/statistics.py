"""Workspace of means, variances and medians."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lazyopt.ops import get_op
from lazyopt.ops.families import shape_of
from lazyopt.specs import ArraySpec, itemsize, make_spec
from lazyopt.workspace.copies import ITERATOR, reshaped, transposed
from lazyopt.workspace.elementwise import part
from lazyopt.workspace.steps import Steps
from lazyopt.workspace.ufuncs import axes_of, spec_from

__all__ = [
    "average",
    "mean",
    "median",
    "nanmean",
    "ptp",
    "sort_bytes",
    "std",
    "var",
]

Specs = Sequence[ArraySpec]

#: How many elements there are is no Python number: it makes NumPy divide in
#: double precision.
NUMBER = ArraySpec((), "int64", kind="scalar")


def kind_of(dtype: str | None) -> str:
    """NumPy's letter for a kind of dtype, such as "f"."""
    kind: str = np.dtype(dtype).kind
    return kind


def _mean_steps(
    steps: Steps,
    a: ArraySpec,
    axis: Any,
    dtype: Any,
    keepdims: bool,
    where: Any,
) -> ArraySpec:
    """The steps of ``mean``; what it returns stays held."""
    count = _count(steps, a, axis, keepdims, where)
    half = dtype is None and a.dtype == "float16"
    if dtype is None and kind_of(a.dtype) in "biu":
        dtype = "float64"
    total = steps.reduce(
        np.add,
        a,
        axis,
        dtype="float32" if half else dtype,
        keepdims=keepdims,
        where=where,
    )
    steps.ufunc(np.true_divide, total, count or NUMBER, out=total)
    if half:
        small = steps.copy(total, "float16")
        steps.free(total)
        total = small
    if count is not None:
        steps.free(count)
    return total


def _count(
    steps: Steps, a: ArraySpec, axis: Any, keepdims: bool, where: Any
) -> ArraySpec | None:
    """How many elements count, where a mask says so; else it is a number."""
    if where is True:
        return None
    mask = spec_from(where)
    (counted,) = get_op("broadcast_to").infer(mask, a.shape)
    return steps.reduce(
        np.add, counted, axis, dtype="int64", keepdims=keepdims
    )


def mean(
    results: Specs,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> int:
    steps = Steps()
    _mean_steps(steps, spec_from(a), axis, dtype, keepdims, where)
    return steps.beyond(results)


def nanmean(
    results: Specs,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> int:
    a = spec_from(a)
    if kind_of(a.dtype) not in "fc":
        return mean(results, a, axis, dtype, keepdims=keepdims, where=where)
    steps = Steps()
    mask = steps.ufunc(np.isnan, a)
    filled = steps.copy(a)
    counted = steps.ufunc(np.invert, mask)
    count = steps.reduce(
        np.add, counted, axis, dtype="int64", keepdims=keepdims, where=where
    )
    steps.free(counted)
    total = steps.reduce(
        np.add, filled, axis, dtype=dtype, keepdims=keepdims, where=where
    )
    steps.ufunc(np.true_divide, total, count, out=total)
    steps.ufunc(np.equal, count, 0)
    return steps.beyond(results)


def _var_steps(
    steps: Steps,
    a: ArraySpec,
    axis: Any,
    dtype: Any,
    keepdims: bool,
    where: Any,
    middle: Any,
) -> ArraySpec:
    """The steps of ``var``; what it returns stays held."""
    kind = kind_of(a.dtype)
    count = _count(steps, a, axis, keepdims, where)
    if dtype is None and kind in "biu":
        dtype = "float64"
    if middle is None:
        total = steps.reduce(
            np.add, a, axis, dtype=dtype, keepdims=True, where=where
        )
        divisor = ArraySpec(total.shape, "int64") if count else NUMBER
        steps.ufunc(np.true_divide, total, divisor, out=total)
        middle = total
    apart = steps.ufunc(np.subtract, a, middle)
    square = apart
    if kind in "fiu":
        steps.ufunc(np.square, apart, out=apart)
    elif kind_of(apart.dtype) == "c":
        square, imaginary = part("real", apart), part("imag", apart)
        steps.ufunc(np.add, square, imaginary, out=square)
    else:
        # Of booleans, which have a conjugate that is a copy.
        steps.touch(apart.nbytes)
    result = steps.reduce(
        np.add, square, axis, dtype=dtype, keepdims=keepdims, where=where
    )
    if count is not None:
        # A view of it keeps the count.
        less = steps.ufunc(np.subtract, count, 1)
        count = steps.ufunc(np.maximum, less, 0)
        steps.free(less)
    steps.ufunc(np.true_divide, result, count or NUMBER, out=result)
    return result


def var(
    results: Specs,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    ddof: Any = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: Any = 0,
) -> int:
    steps = Steps()
    middle = None if mean is None else spec_from(mean)
    _var_steps(steps, spec_from(a), axis, dtype, keepdims, where, middle)
    return steps.beyond(results)


#: Its square root is taken in place.
std = var


def ptp(
    results: Specs,
    a: Any,
    axis: Any = None,
    out: None = None,
    keepdims: bool = False,
) -> int:
    a = spec_from(a)
    steps = Steps()
    high = steps.reduce(np.maximum, a, axis, keepdims=keepdims)
    low = steps.reduce(np.minimum, a, axis, keepdims=keepdims)
    steps.ufunc(np.subtract, high, low)
    return steps.beyond(results)


def average(
    results: Specs,
    a: Any,
    axis: Any = None,
    weights: Any = None,
    *,
    keepdims: bool = False,
) -> int:
    a = spec_from(a)
    steps = Steps()
    if weights is None:
        _mean_steps(steps, a, axis, None, keepdims, True)
        return steps.beyond(results)
    given = spec_from(weights)
    floor = ["float64"] if kind_of(a.dtype) in "biu" else []
    dtype = np.result_type(
        *[np.dtype(d) for d in (a.dtype, given.dtype, *floor)]
    )
    if given.shape != a.shape:
        given = _along(given, a, axes_of(a, axis))
    scale = steps.reduce(np.add, given, axis, dtype=dtype, keepdims=keepdims)
    steps.touch(scale.size)
    weighted = steps.ufunc(np.multiply, a, given, dtype=dtype)
    total = steps.reduce(np.add, weighted, axis, keepdims=keepdims)
    steps.free(weighted)
    steps.operator(np.true_divide, total, scale, temporary=total)
    return steps.beyond(results)


def _along(weights: ArraySpec, a: ArraySpec, axes: Sequence[int]) -> ArraySpec:
    """Weights of some axes as a view that broadcasts with the array."""
    assert weights.strides is not None and a.shape is not None
    steps = [0] * a.ndim
    for axis, step in zip(axes, weights.strides, strict=True):
        steps[axis] = step
    shape = [d if i in axes else 1 for i, d in enumerate(a.shape)]
    return make_spec(tuple(shape), weights.dtype, "array", tuple(steps))


def sort_bytes(a: ArraySpec, axis: int) -> int:
    """Bytes that sorting an array in place takes.

    Those of one line, where lines don't lie in one piece, and an iterator.
    """
    shape = shape_of(a)
    if not shape or 0 in shape or shape[axis] < 2:
        return 0
    assert a.strides is not None and a.dtype is not None
    item = itemsize(a.dtype)
    gaps = a.strides[axis] != item
    return ITERATOR + (shape[axis] * item if gaps else 0)


def median(
    results: Specs,
    a: Any,
    axis: Any = None,
    out: None = None,
    overwrite_input: bool = False,
    keepdims: bool = False,
) -> int:
    a = spec_from(a)
    steps = Steps()
    if axis is None:
        held = ArraySpec(a.size, a.dtype)
        steps.take(held.nbytes)
        line = 0
        steps.touch(sort_bytes(held, line))
    else:
        axes = axes_of(a, axis)
        if len(axes) == 1:
            line = axes[0]
        else:
            a = _gathered(steps, a, axes)
            line = a.ndim - 1
        held = steps.copy(a)
        steps.touch(sort_bytes(held, line))
    if not held.size:
        return steps.beyond(results)
    shape = list(shape_of(held))
    shape[line] = 2 - shape[line] % 2
    middle = make_spec(tuple(shape), held.dtype, "array", held.strides)
    found = _mean_steps(steps, middle, line, None, False, True)
    if kind_of(held.dtype) in "fc":
        # It looks for NaN, which would be last, by ``take``.
        ordered = 0 if held.layout == "C" else held.nbytes
        last = found.size * itemsize(held.dtype)
        steps.touch(last + max(ordered, found.size))
    return steps.beyond(results)


def _gathered(steps: Steps, a: ArraySpec, axes: Sequence[int]) -> ArraySpec:
    """An array with some axes made one, the last."""
    assert a.shape is not None
    kept = [i for i in range(a.ndim) if i not in axes]
    moved = transposed(a, (*kept, *[i for i in range(a.ndim) if i in axes]))
    shape = (*[a.shape[i] for i in kept], math.prod(a.shape[i] for i in axes))
    made, copied = reshaped(moved, shape)
    steps.take(copied)
    return made
