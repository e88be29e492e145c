"""Scans, differences and sorts along an axis."""

import math
import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from lazyopt.ops.core import add_op
from lazyopt.ops.families import Rule, Shape, fresh, operand, shape_of
from lazyopt.ops.structure import concatenate
from lazyopt.specs import ArraySpec

__all__ = ["register"]


def scan(
    a: Any, axis: Any = None, dtype: Any = None, out: None = None
) -> Shape:
    shape = shape_of(a)
    if axis is None:
        return (math.prod(shape),)
    normalize_axis_index(operator.index(axis), max(len(shape), 1))
    return shape or (1,)


def cumulative(
    x: Any,
    /,
    *,
    axis: int | None = None,
    dtype: Any = None,
    out: None = None,
    include_initial: bool = False,
) -> Shape:
    shape = list(shape_of(x)) or [1]
    if axis is None and len(shape) > 1:
        raise ValueError(
            "For arrays which have more than one dimension ``axis`` argument "
            "is required."
        )
    axis = normalize_axis_index(axis or 0, len(shape))
    shape[axis] += bool(include_initial)
    return tuple(shape)


def sort(
    a: Any,
    axis: Any = -1,
    kind: Any = None,
    order: None = None,
    *,
    stable: Any = None,
) -> Shape:
    shape = shape_of(a)
    if axis is None:
        return (math.prod(shape),)
    normalize_axis_index(axis, len(shape))
    return shape


def argsort(
    a: Any,
    axis: Any = -1,
    kind: Any = None,
    order: None = None,
    *,
    stable: Any = None,
) -> Shape:
    # Unlike sort, it takes an array of no axes for one of one element.
    one = ArraySpec(shape_of(a) or (1,))
    return sort(one, axis)


def difference(
    a: Any,
    n: int = 1,
    axis: int = -1,
    prepend: Any = np._NoValue,
    append: Any = np._NoValue,
) -> Shape:
    if n == 0:
        return shape_of(a)
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    shape = list(with_ends(a, axis, prepend, append))
    axis = normalize_axis_index(axis, len(shape))
    shape[axis] = max(shape[axis] - n, 0)
    return tuple(shape)


def with_ends(a: Any, axis: int, prepend: Any, append: Any) -> Shape:
    """Shape of an array with what is put before and after it."""
    shape = shape_of(a)
    axis = normalize_axis_index(axis, len(shape))
    one = (*shape[:axis], 1, *shape[axis + 1 :])
    ends = [shape_of(x) or one for x in (prepend, append) if is_given(x)]
    return concatenate([ArraySpec(s) for s in (shape, *ends)], axis)


def is_given(end: Any) -> bool:
    return end is not np._NoValue


def difference_once(
    a: Any, n: int = 1, axis: int = -1, *ends: Any, **named: Any
) -> Any:
    # A model has too few elements for more, and only the first time counts.
    named = {k: operand(v) for k, v in named.items()}
    return (a, 1, axis, *map(operand, ends)), named


def no_difference(a: Any, n: int = 1, *rest: Any, **named: Any) -> bool:
    return n == 0


SCANS: dict[str, Rule] = {
    "argsort": argsort,
    "cumprod": scan,
    "cumsum": scan,
    "cumulative_prod": cumulative,
    "cumulative_sum": cumulative,
    "sort": sort,
}


def register() -> None:
    """Add scans, differences and sorts to the registry."""
    for name, rule in SCANS.items():
        add_op(fresh(name, rule))
    add_op(
        fresh(
            "diff",
            difference,
            most=3,
            simplify=difference_once,
            unchanged=no_difference,
        )
    )
