"""Reductions: sums, extrema, moments, norms along axes."""

from typing import Any

from numpy.lib.array_utils import normalize_axis_tuple

from lazyopt.ops.core import add_op
from lazyopt.ops.elementwise import broadcast
from lazyopt.ops.families import Rule, Shape, fresh, operand, shape_of

__all__ = ["reduced", "register"]


def reduced(x: Any, axis: Any, keepdims: bool) -> Shape:
    """Shape left when the axes are summed over, all of them for None."""
    shape = shape_of(x)
    n = len(shape)
    axes = range(n) if axis is None else normalize_axis_tuple(axis, n)
    if keepdims:
        return tuple(1 if i in axes else d for i, d in enumerate(shape))
    return tuple(d for i, d in enumerate(shape) if i not in axes)


def folded(x: Any, axis: Any, keepdims: bool) -> Shape:
    """Likewise, for what NumPy makes of ufuncs.

    There, an array of no axes may be reduced over its first or last one.
    """
    if not shape_of(x) and axis in (0, -1):
        return ()
    return reduced(x, axis, keepdims)


def reduction(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Shape:
    return folded(a, axis, keepdims)


def extremum(
    a: Any,
    axis: Any = None,
    out: None = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Shape:
    return folded(a, axis, keepdims)


def truth(
    a: Any,
    axis: Any = None,
    out: None = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> Shape:
    return folded(a, axis, keepdims)


def mean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> Shape:
    return reduced(a, axis, keepdims)


def nanmean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> Shape:
    return folded(a, axis, keepdims)


def moment(
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
) -> Shape:
    return reduced(a, axis, keepdims)


def arg_extremum(
    a: Any, axis: Any = None, out: None = None, *, keepdims: bool = False
) -> Shape:
    return folded(a, axis, keepdims)


def count_nonzero(
    a: Any, axis: Any = None, *, keepdims: bool = False
) -> Shape:
    return folded(a, axis, keepdims)


def median(
    a: Any,
    axis: Any = None,
    out: None = None,
    overwrite_input: bool = False,
    keepdims: bool = False,
) -> Shape:
    if overwrite_input:
        raise TypeError("median(overwrite_input=True) writes its operand")
    return reduced(a, axis, keepdims)


def ptp(
    a: Any, axis: Any = None, out: None = None, keepdims: bool = False
) -> Shape:
    return folded(a, axis, keepdims)


def average(
    a: Any, axis: Any = None, weights: Any = None, *, keepdims: bool = False
) -> Shape:
    return reduced(a, axis, keepdims)


def average_of_specs(
    a: Any, axis: Any = None, weights: Any = None, *, keepdims: bool = False
) -> Any:
    return (operand(a), axis, operand(weights)), {"keepdims": keepdims}


def norm(
    x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False
) -> Shape:
    if axis is not None and not isinstance(axis, tuple):
        axis = int(axis)  # NumPy takes 1.0 here
    return reduced(x, axis, keepdims)


def vector_norm(
    x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2
) -> Shape:
    return reduced(x, axis, keepdims)


def matrix_norm(
    x: Any, /, *, keepdims: bool = False, ord: Any = "fro"
) -> Shape:
    return reduced(x, (-2, -1), keepdims)


def allclose(
    a: Any,
    b: Any,
    rtol: Any = 1e-05,
    atol: Any = 1e-08,
    equal_nan: bool = False,
) -> Shape:
    broadcast(a, b)
    return ()


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Shape:
    return ()


def linalg_trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Shape:
    return reduced(x, (-2, -1), False)


def trace(
    a: Any,
    offset: int = 0,
    axis1: int = 0,
    axis2: int = 1,
    dtype: Any = None,
    out: None = None,
) -> Shape:
    return reduced(a, (axis1, axis2), False)


REDUCTIONS: dict[str, tuple[Rule, tuple[str, ...]]] = {
    "all": (truth, ()),
    "amax": (extremum, ()),
    "amin": (extremum, ()),
    "any": (truth, ()),
    "argmax": (arg_extremum, ()),
    "argmin": (arg_extremum, ()),
    "count_nonzero": (count_nonzero, ()),
    "linalg.matrix_norm": (matrix_norm, ()),
    "linalg.norm": (norm, ()),
    "linalg.trace": (linalg_trace, ()),
    "linalg.vector_norm": (vector_norm, ()),
    "max": (extremum, ()),
    "mean": (mean, ()),
    "median": (median, ()),
    "min": (extremum, ()),
    "nanmax": (extremum, ()),
    "nanmean": (nanmean, ()),
    "nanmin": (extremum, ()),
    "nanprod": (reduction, ()),
    "nansum": (reduction, ()),
    "prod": (reduction, ()),
    "ptp": (ptp, ()),
    "std": (moment, ()),
    "sum": (reduction, ()),
    "trace": (trace, ()),
    "var": (moment, ()),
}

COMPARISONS: dict[str, Rule] = {
    "allclose": allclose,
    "array_equal": array_equal,
}


def register() -> None:
    """Add all reductions to the registry."""
    for name, (rule, aliases) in REDUCTIONS.items():
        add_op(fresh(name, rule, aliases=aliases))
    add_op(fresh("average", average, simplify=average_of_specs))
    for name, rule in COMPARISONS.items():
        add_op(fresh(name, rule, operands=True))
