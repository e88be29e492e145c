"""Workspace of reductions."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lazyopt.ops import get_op
from lazyopt.specs import ArraySpec
from lazyopt.workspace.copies import transposed
from lazyopt.workspace.elementwise import isclose_steps
from lazyopt.workspace.norms import matrix_norm, norm, vector_norm
from lazyopt.workspace.statistics import (
    average,
    mean,
    median,
    nanmean,
    ptp,
    std,
    var,
)
from lazyopt.workspace.steps import Steps
from lazyopt.workspace.ufuncs import (
    axes_of,
    reduce_bytes,
    spec_from,
)

__all__ = ["RULES"]

Rule = Callable[..., int]
Specs = Sequence[ArraySpec]


def _total(ufunc: np.ufunc) -> Rule:
    def rule(
        results: Specs,
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> int:
        a = spec_from(a)
        return reduce_bytes(ufunc, a, axis, dtype=dtype, where=where)

    return rule


def _nan_total(ufunc: np.ufunc) -> Rule:
    total = _total(ufunc)

    def rule(results: Specs, a: Any, *args: Any, **kwargs: Any) -> int:
        a = spec_from(a)
        if np.dtype(a.dtype).kind not in "fc":
            return total(results, a, *args, **kwargs)
        steps = Steps()
        steps.ufunc(np.isnan, a)
        filled = steps.copy(a)
        steps.touch(total(results, filled, *args, **kwargs))
        return steps.most

    return rule


def _extremum(ufunc: np.ufunc) -> Rule:
    def rule(
        results: Specs,
        a: Any,
        axis: Any = None,
        out: None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> int:
        return reduce_bytes(ufunc, spec_from(a), axis, where=where)

    return rule


def _nan_extremum(ufunc: np.ufunc) -> Rule:
    reduced = _extremum(ufunc)

    def rule(results: Specs, *args: Any, **kwargs: Any) -> int:
        # It looks for NaN in the result.
        own = reduced(results, *args, **kwargs)
        return max(own, results[0].size)

    return rule


def _truth(ufunc: np.ufunc) -> Rule:
    def rule(
        results: Specs,
        a: Any,
        axis: Any = None,
        out: None = None,
        keepdims: bool = False,
        *,
        where: Any = True,
    ) -> int:
        a = spec_from(a)
        return reduce_bytes(ufunc, a, axis, dtype="bool", where=where)

    return rule


def count_nonzero(
    results: Specs, a: Any, axis: Any = None, *, keepdims: bool = False
) -> int:
    if axis is None and not keepdims:
        return 0
    a = spec_from(a)
    steps = Steps()
    if a.dtype != "bool":
        a = steps.copy(a, "bool")
    steps.reduce(np.add, a, axis, dtype="int64", keepdims=keepdims)
    return steps.beyond(results)


def arg_extremum(
    results: Specs,
    a: Any,
    axis: Any = None,
    out: None = None,
    *,
    keepdims: bool = False,
) -> int:
    # It goes along the last axis of an array in C order.
    a = spec_from(a)
    if axis is None or not a.ndim:
        return 0 if a.layout == "C" else a.nbytes
    (last,) = axes_of(a, axis)
    order = [i for i in range(a.ndim) if i != last]
    moved = transposed(a, (*order, last))
    return 0 if moved.layout == "C" else moved.nbytes


def trace(
    results: Specs,
    a: Any,
    offset: int = 0,
    axis1: int = 0,
    axis2: int = 1,
    dtype: Any = None,
    out: None = None,
) -> int:
    a = spec_from(a)
    (diagonal,) = get_op("diagonal").infer(a, offset, axis1, axis2)
    return reduce_bytes(np.add, diagonal, -1, dtype=dtype)


def linalg_trace(
    results: Specs, x: Any, /, *, offset: int = 0, dtype: Any = None
) -> int:
    return trace(results, x, offset, -2, -1, dtype)


def allclose(
    results: Specs,
    a: Any,
    b: Any,
    rtol: Any = 1e-05,
    atol: Any = 1e-08,
    equal_nan: bool = False,
) -> int:
    steps = Steps()
    isclose_steps(steps, a, b, equal_nan)
    return steps.most


def array_equal(
    results: Specs, a1: Any, a2: Any, equal_nan: bool = False
) -> int:
    a, b = spec_from(a1), spec_from(a2)
    if a.shape != b.shape:
        return 0
    steps = Steps()
    # NumPy knows of signed integers alone that none of them is NaN.
    if not equal_nan or all(np.dtype(s.dtype).kind in "bi" for s in (a, b)):
        steps.ufunc(np.equal, a, b)
        return steps.most
    nan = steps.ufunc(np.isnan, a)
    other = steps.ufunc(np.isnan, b)
    steps.free(steps.ufunc(np.equal, nan, other))
    # What is a number is picked from both, all of it at most.
    steps.take(a.nbytes)
    steps.touch(nan.nbytes)
    steps.take(b.nbytes)
    steps.touch(nan.nbytes)
    steps.ufunc(np.equal, *[ArraySpec(s.size, s.dtype) for s in (a, b)])
    return steps.most


RULES: dict[str, Rule] = {
    "all": _truth(np.logical_and),
    "allclose": allclose,
    "amax": _extremum(np.maximum),
    "amin": _extremum(np.minimum),
    "any": _truth(np.logical_or),
    "argmax": arg_extremum,
    "argmin": arg_extremum,
    "array_equal": array_equal,
    "average": average,
    "count_nonzero": count_nonzero,
    "linalg.matrix_norm": matrix_norm,
    "linalg.norm": norm,
    "linalg.trace": linalg_trace,
    "linalg.vector_norm": vector_norm,
    "max": _extremum(np.maximum),
    "mean": mean,
    "median": median,
    "min": _extremum(np.minimum),
    "nanmax": _nan_extremum(np.fmax),
    "nanmean": nanmean,
    "nanmin": _nan_extremum(np.fmin),
    "nanprod": _nan_total(np.multiply),
    "nansum": _nan_total(np.add),
    "prod": _total(np.multiply),
    "ptp": ptp,
    "std": std,
    "sum": _total(np.add),
    "trace": trace,
    "var": var,
}
