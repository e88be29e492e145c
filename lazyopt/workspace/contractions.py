"""Workspace of contractions.

``dot`` and what is made of it hands BLAS dense matrices, and copies what
isn't one. ``matmul`` does so as well, but in memory that it takes outside of
Python's allocator, at least in NumPy 2.4; only its casts count.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from lazyopt.ops.families import dummy
from lazyopt.ops.model import dense_in_order, k_order
from lazyopt.specs import ArraySpec, itemsize
from lazyopt.workspace.copies import (
    ITERATOR,
    Held,
    cast,
    dense,
    in_order,
    reshaped,
    transposed,
)
from lazyopt.workspace.ufuncs import spec_from, ufunc_bytes

__all__ = ["RULES", "dot_bytes", "gufunc_casts"]

_BLAS = ("float32", "float64", "complex64", "complex128")


def dot(results: Any, a: Any, b: Any, out: None = None) -> int:
    return dot_bytes(spec_from(a), spec_from(b), results[0])


def dot_bytes(a: ArraySpec, b: ArraySpec, result: ArraySpec) -> int:
    """What ``dot`` holds beyond its result.

    Operands are cast as a whole. Matrices of floating point numbers are
    copied if BLAS can't read them; all else is gone over with iterators.
    """
    dtype = result.dtype
    (a, copied_a), (b, copied_b) = cast(a, dtype), cast(b, dtype)
    held = copied_a + copied_b
    if dtype not in _BLAS or max(a.ndim, b.ndim) > 2:
        if not a.ndim or not b.ndim:
            return held + ufunc_bytes(np.multiply, [a, b], [result])
        return held + 2 * ITERATOR
    # Products of a matrix and one number take it as it lies in memory.
    alone = 1 in (a.size, b.size)
    return held + sum(
        x.nbytes
        for x in (a, b)
        if _has_bad_strides(x)
        or (_is_matrix(x) and not alone and not _is_dense(x))
    )


def _has_bad_strides(a: ArraySpec) -> bool:
    """Whether BLAS can't step through it: backwards, or standing still."""
    assert a.shape is not None and a.strides is not None
    item = itemsize(a.dtype or "bool")
    return any(
        s < 0 or s % item or (s == 0 and d > 1)
        for d, s in zip(a.shape, a.strides, strict=True)
    )


def _is_matrix(a: ArraySpec) -> bool:
    return sum(d != 1 for d in a.shape or ()) == 2


def _is_dense(a: ArraySpec) -> bool:
    flags = dummy(a).flags
    return flags.c_contiguous or flags.f_contiguous


def inner(results: Any, a: Any, b: Any, /) -> int:
    a, b = spec_from(a), spec_from(b)
    if a.ndim and b.ndim > 1:
        n = b.ndim
        b = transposed(b, [*range(n - 2), n - 1, n - 2])
    return dot_bytes(a, b, results[0])


def vdot(results: Any, a: Any, b: Any, /) -> int:
    """Both operands are cast, and then made flat."""
    held = Held()
    for x in (spec_from(a), spec_from(b)):
        made, copied = cast(x, results[0].dtype)
        held.take(copied)
        _, flat = reshaped(made, (made.size,))
        held.take(flat)
        if flat:
            held.drop(copied)
    return held.most


def tensordot(results: Any, a: Any, b: Any, axes: Any = 2) -> int:
    """Operands are turned and reshaped to matrices for ``dot``."""
    a, b = spec_from(a), spec_from(b)
    if not np.iterable(axes):
        axes = range(a.ndim - axes, a.ndim), range(axes)
    summed_a = normalize_axis_tuple(axes[0], a.ndim)
    summed_b = normalize_axis_tuple(axes[1], b.ndim)
    free_a = [i for i in range(a.ndim) if i not in summed_a]
    free_b = [i for i in range(b.ndim) if i not in summed_b]
    left, copied_a = _as_matrix(a, free_a, summed_a)
    right, copied_b = _as_matrix(b, summed_b, free_b)
    return copied_a + copied_b + dot_bytes(left, right, results[0])


def _as_matrix(
    a: ArraySpec, rows: Sequence[int], columns: Sequence[int]
) -> tuple[ArraySpec, int]:
    """An array as a matrix, and the bytes of the copy this may be."""
    turned = transposed(a, (*rows, *columns))
    shape = turned.shape or ()
    n = len(rows)
    return reshaped(turned, (math.prod(shape[:n]), math.prod(shape[n:])))


def gufunc_casts(operands: Sequence[Any], dtype: str | None) -> int:
    """Bytes of the operands that a generalised ufunc has to cast."""
    specs = map(spec_from, operands)
    return sum(cast(s, dtype)[1] for s in specs if s.ndim)


def matmul(results: Any, x1: Any, x2: Any, /, *, dtype: Any = None) -> int:
    return gufunc_casts((x1, x2), results[0].dtype)


def vecdot(results: Any, x1: Any, x2: Any, /, *, axis: int = -1) -> int:
    return gufunc_casts((x1, x2), results[0].dtype)


def outer(results: Any, a: Any, b: Any, out: None = None) -> int:
    a, b = spec_from(a), spec_from(b)
    held = Held()
    for x in (a, b):
        held.take(0 if in_order(x) else x.nbytes)
    column = ArraySpec((a.size, 1), a.dtype)
    row = ArraySpec((1, b.size), b.dtype)
    held.touch(ufunc_bytes(np.multiply, [column, row], results))
    return held.most


def kron(results: Any, a: Any, b: Any) -> int:
    """A product of twice as many axes, which are then joined in pairs."""
    a, b = spec_from(a), spec_from(b)
    if not b.ndim:
        return ufunc_bytes(np.multiply, [a, b], results)
    n = max(a.ndim, b.ndim)
    left, right = _spread(a, n, 0), _spread(b, n, 1)
    shape = np.broadcast_shapes(left.shape or (), right.shape or ())
    order = k_order(shape, [left, right])
    made = dense_in_order(shape, results[0].dtype, order)
    _, copied = reshaped(made, results[0].shape)
    buffers = ufunc_bytes(np.multiply, [left, right], [made])
    return max(buffers, made.nbytes if copied else 0)


def _spread(a: ArraySpec, n: int, place: int) -> ArraySpec:
    """Every second axis of ``2 * n``, the others of one element."""
    assert a.shape is not None and a.strides is not None
    shape, strides = [1] * (2 * n), [0] * (2 * n)
    first = 2 * (n - a.ndim) + place
    shape[first::2], strides[first::2] = a.shape, a.strides
    return ArraySpec(shape, a.dtype, strides=strides)


def cross(
    results: Any,
    a: Any,
    b: Any,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: int | None = None,
) -> int:
    """Both operands are copied, and products made of their components."""
    if axis is not None:
        axisa = axisb = axis
    a, b, made = spec_from(a), spec_from(b), results[0]
    held = Held()
    parts = []
    for x, place in ((a, axisa), (b, axisb)):
        copied = dense(_moved_last(x, place), made.dtype)
        held.take(copied.nbytes)
        parts.append(_component(copied))
    shape = np.broadcast_shapes(*[p.shape or () for p in parts])
    into = made
    if made.ndim > len(shape):
        into = _component(ArraySpec((*shape, 3), made.dtype))
    product = dense_in_order(shape, made.dtype, k_order(shape, parts))
    held.take(product.nbytes)
    for out in (into, product):
        held.touch(ufunc_bytes(np.multiply, parts, [out], writes=True))
    held.touch(ufunc_bytes(np.subtract, [into, product], [into], writes=True))
    return held.most


def linalg_cross(results: Any, x1: Any, x2: Any, /, *, axis: int = -1) -> int:
    return cross(results, x1, x2, axis=axis)


def _moved_last(a: ArraySpec, axis: int) -> ArraySpec:
    axis = normalize_axis_index(axis, a.ndim)
    rest = [i for i in range(a.ndim) if i != axis]
    return transposed(a, (*rest, axis))


def _component(a: ArraySpec) -> ArraySpec:
    """The view of one place on the last axis."""
    assert a.shape is not None and a.strides is not None
    return ArraySpec(a.shape[:-1], a.dtype, strides=a.strides[:-1])


RULES: dict[str, Callable[..., int]] = {
    "cross": cross,
    "dot": dot,
    "inner": inner,
    "kron": kron,
    "linalg.cross": linalg_cross,
    "linalg.matmul": matmul,
    "linalg.outer": outer,
    "matmul": matmul,
    "outer": outer,
    "tensordot": tensordot,
    "vdot": vdot,
    "vecdot": vecdot,
}
