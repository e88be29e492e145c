"""Workspace of ops that make arrays out of nothing."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lazyopt.ops.families import shape_of
from lazyopt.specs import ArraySpec, itemsize
from lazyopt.workspace.copies import ITERATOR, Held, nbytes
from lazyopt.workspace.structure import nothing, tri_bytes
from lazyopt.workspace.ufuncs import spec_from, ufunc_bytes

__all__ = ["RULES", "linspace_bytes"]

#: What NumPy's random draws make to go over parameters that are arrays.
DRAW = 9600


def eye(results: Any, *args: Any, **kwargs: Any) -> int:
    # The diagonal is written through ``flat``.
    return 2 * ITERATOR


def tri(
    results: Any, N: int, M: int | None = None, k: int = 0, dtype: Any = float
) -> int:
    columns = N if M is None else M
    mask = max(N, 0) * max(columns, 0)
    held = Held()
    held.touch(tri_bytes(max(N, 0), max(columns, 0), k))
    if results[0].dtype != "bool":
        held.touch(mask + nbytes(results))
    return held.beyond(results)


def indices(results: Any, dimensions: Any, dtype: Any = int) -> int:
    item = itemsize(np.dtype(dtype).name)
    return max((d * item for d in dimensions), default=0)


def linspace(
    results: Any,
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
) -> int:
    held = linspace_bytes(spec_from(start), spec_from(stop), num, results[0])
    return max(held - nbytes(results), 0)


def linspace_bytes(
    start: ArraySpec, stop: ArraySpec, num: int, result: ArraySpec
) -> int:
    """Most that ``linspace`` holds, its result included.

    Numbers are counted up and scaled in place. Where the ends are arrays,
    that is a product of two arrays, which broadcast.
    """
    ends = np.broadcast_shapes(shape_of(start), shape_of(stop))
    made = _float_dtype(start, stop)
    held = Held()
    counted = ArraySpec((num, *[1] * len(ends)), made)
    held.take(counted.nbytes)
    if ends:
        step = ArraySpec(ends, made)
        scaled = ArraySpec((num, *ends), made)
        held.take(2 * step.nbytes)
        held.touch(math.prod(ends))
        held.take(scaled.nbytes)
        held.touch(ufunc_bytes(np.multiply, [counted, step], [scaled]))
        held.drop(counted.nbytes)
        held.touch(ufunc_bytes(np.add, [scaled, start], [scaled], writes=True))
    if result.dtype != made:
        held.take(num * math.prod(ends) * itemsize(result.dtype or made))
    return held.most


def _float_dtype(start: ArraySpec, stop: ArraySpec) -> str:
    kinds: list[Any] = []
    for spec in (start, stop):
        kinds.append(
            0.0
            if spec.kind == "python" and spec.dtype != "complex128"
            else np.dtype(spec.dtype)
        )
    return np.result_type(*kinds, 0.0).name


def drawn(
    results: Any,
    first: Any = 0.0,
    second: Any = 1.0,
    size: Any = None,
    dtype: Any = None,
) -> int:
    """Numbers are drawn in double precision, and then cast."""
    (made,) = results
    double = made.size * 8 if made.dtype not in ("float64", None) else 0
    return double + _parameters("float64", first, second)


def whole(
    results: Any,
    low: Any = 0,
    high: Any = 1,
    size: Any = None,
    dtype: Any = int,
) -> int:
    return _parameters("int64", low, high)


def _parameters(dtype: str, *given: Any) -> int:
    """Of arrays among the parameters, which are cast to this dtype."""
    arrays = [s for s in map(spec_from, given) if s.shape]
    cast = sum(8 * s.size for s in arrays if s.dtype != dtype)
    return DRAW + cast if arrays else 0


RULES: dict[str, Callable[..., int]] = {
    **dict.fromkeys(("arange", "empty", "full", "ones", "zeros"), nothing),
    "eye": eye,
    "identity": eye,
    "indices": indices,
    "linspace": linspace,
    "random.normal": drawn,
    "random.rand": nothing,
    "random.randint": whole,
    "random.randn": nothing,
    "random.random": nothing,
    "random.standard_normal": nothing,
    "random.uniform": drawn,
    "tri": tri,
}
