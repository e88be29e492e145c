"""Workspace of ops that view, join, repeat, convert and copy arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lazyopt.specs import ArraySpec, itemsize
from lazyopt.workspace.buffers import Operand, iterator_bytes, strides_along
from lazyopt.workspace.copies import (
    ITERATOR,
    Held,
    in_order,
    nbytes,
    reshaped,
)
from lazyopt.workspace.ufuncs import spec_from, ufunc_bytes

__all__ = ["RULES", "nothing", "tri_bytes", "triangle_bytes"]

#: The objects of one view, as ``unstack`` and as ``split`` makes it.
VIEW, PART = 120, 155
#: The object of a number, but for its value.
NUMBER = 16
#: So many views that their objects count.
MANY = 16
#: What ``roll`` makes to go over its axes.
ROLL = 8200


def nothing(results: Any, *args: Any, **kwargs: Any) -> int:
    """Of a view, and of a copy that is the result."""
    return 0


def unstack(results: Any, *args: Any, **kwargs: Any) -> int:
    """Of many views: the objects themselves are what there is."""
    if len(results) < MANY:
        return 0
    first = results[0]
    if first.kind == "array":
        return VIEW * len(results)
    number = 0 if first.dtype == "bool" else NUMBER + max(first.nbytes, 8)
    return len(results) * max(8 + number - int(first.nbytes), 0)


def split(results: Any, *args: Any, **kwargs: Any) -> int:
    return PART * len(results) if len(results) >= MANY else 0


def diag(results: Any, v: Any, k: int = 0) -> int:
    # A diagonal is written through ``flat``.
    return 2 * ITERATOR if spec_from(v).ndim == 1 else 0


def roll(results: Any, a: Any, shift: Any, axis: Any = None) -> int:
    a = spec_from(a)
    return ROLL + (a.nbytes if axis is None and not in_order(a) else 0)


def meshgrid(results: Any, *xi: Any, **kwargs: Any) -> int:
    """Each operand is made one axis, which copies some."""
    arrays = [s for s in map(spec_from, xi) if s.kind == "array"]
    return sum(reshaped(a, (a.size,))[1] for a in arrays)


def repeat(results: Any, a: Any, repeats: Any, axis: int | None = None) -> int:
    a = spec_from(a)
    counts = 8 * np.size(repeats) if np.ndim(repeats) else 0
    return counts + (0 if in_order(a) else a.nbytes)


def tile(results: Any, A: Any, reps: Any) -> int:
    """One ``repeat`` an axis, each of a copy of what the last one made."""
    a = spec_from(A)
    reps = tuple(reps) if np.iterable(reps) else (reps,)
    shape = a.shape or ()
    n = max(len(shape), len(reps))
    reps = (1,) * (n - len(reps)) + reps
    held, size = Held(), a.nbytes
    made = 0 if in_order(a) else size
    if not size or all(r == 1 for r in reps):
        return 0
    held.take(made)
    for r in reps:
        if r != 1:
            size *= r
            held.take(size)
            held.drop(made)
            made = size
    return held.beyond(results)


# --------------------------------------------------------------- triangles


def tri_bytes(n: int, m: int, k: int = 0) -> int:
    """Most that ``tri`` holds for its mask of n by m, the mask included."""
    mask = ArraySpec((n, m), "bool")
    places = [
        ArraySpec((n, 1), _least_int(0, n)),
        ArraySpec((1, m), _least_int(-k, m - k)),
    ]
    counted = nbytes(places)
    return (
        mask.nbytes + counted + ufunc_bytes(np.greater_equal, places, [mask])
    )


def _least_int(low: int, high: int) -> str:
    for name in ("int8", "int16", "int32"):
        info = np.iinfo(name)
        if low >= info.min and high <= info.max:
            return name
    return "int64"


def triangle_bytes(m: ArraySpec, result: ArraySpec, k: int = 0) -> int:
    """Most that ``tril`` and ``triu`` hold, their result included.

    A mask is made, and ``where`` chooses between the array and a zero.
    """
    assert m.shape is not None and m.dtype is not None
    if not m.shape:
        return 0
    mask = ArraySpec((*m.shape, *m.shape)[-2:], "bool")
    zero = ArraySpec((1,), m.dtype)
    rows, columns = mask.shape or (0, 0)
    chosen = where_bytes(mask, m, zero, result)
    return max(
        tri_bytes(rows, columns, k), mask.nbytes + chosen + result.nbytes
    )


def where_bytes(
    mask: ArraySpec, x: ArraySpec, y: ArraySpec, result: ArraySpec
) -> int:
    """Buffers of ``where``."""
    shape, item = result.shape, itemsize(result.dtype or "bool")
    assert shape is not None
    rows = [Operand(strides_along(shape, result), item)]
    for spec, dtype in ((mask, "bool"), (x, result.dtype), (y, result.dtype)):
        cast = spec.dtype != dtype
        size = itemsize(dtype or "bool")
        rows.append(Operand(strides_along(shape, spec), size, cast))
    return iterator_bytes(shape, [mask, x, y], rows, grows=False)


def triangle(results: Any, m: Any, k: int = 0) -> int:
    return triangle_bytes(spec_from(m), results[0], k) - nbytes(results)


COPIES = (
    "array",
    "asarray",
    "ascontiguousarray",
    "astype",
    "column_stack",
    "concatenate",
    "copy",
    "empty_like",
    "dstack",
    "flatten",
    "full_like",
    "hstack",
    "imag",
    "ones_like",
    "ravel",
    "reshape",
    "stack",
    "vstack",
    "zeros_like",
)

VIEWS = (
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "broadcast_to",
    "diagonal",
    "expand_dims",
    "flip",
    "fliplr",
    "flipud",
    "linalg.diagonal",
    "linalg.matrix_transpose",
    "matrix_transpose",
    "moveaxis",
    "real",
    "rollaxis",
    "rot90",
    "squeeze",
    "swapaxes",
    "transpose",
)

SPLITS = ("array_split", "dsplit", "hsplit", "split", "vsplit")

RULES: dict[str, Callable[..., int]] = {
    **dict.fromkeys((*COPIES, *VIEWS), nothing),
    **dict.fromkeys(SPLITS, split),
    "diag": diag,
    "meshgrid": meshgrid,
    "repeat": repeat,
    "roll": roll,
    "tile": tile,
    "tril": triangle,
    "triu": triangle,
    "unstack": unstack,
}
