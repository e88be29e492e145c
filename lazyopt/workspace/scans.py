"""Workspace of scans, differences and sorts."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from lazyopt.ops import get_op
from lazyopt.ops.scans import is_given
from lazyopt.specs import ArraySpec, make_spec
from lazyopt.workspace.copies import ITERATOR, Held
from lazyopt.workspace.statistics import sort_bytes
from lazyopt.workspace.steps import Steps
from lazyopt.workspace.ufuncs import accumulate_bytes, spec_from

__all__ = ["RULES"]

Rule = Callable[..., int]
Specs = Sequence[ArraySpec]


def _accumulated(ufunc: np.ufunc) -> Rule:
    def rule(
        results: Specs,
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        out: None = None,
    ) -> int:
        a = spec_from(a)
        flat = _flattened_bytes(a) if axis is None else 0
        return flat + accumulate_bytes(ufunc, a, dtype=dtype)

    return rule


def _flattened_bytes(a: ArraySpec) -> int:
    """Bytes of the copy that makes one axis of all."""
    return 0 if a.ndim < 2 or a.layout == "C" else a.nbytes


def sort(
    results: Specs, a: Any, axis: Any = -1, *args: Any, **kwargs: Any
) -> int:
    return sort_bytes(results[0], -1 if axis is None else axis)


def argsort(
    results: Specs, a: Any, axis: Any = -1, *args: Any, **kwargs: Any
) -> int:
    a = spec_from(a)
    places = results[0]
    if axis is None:
        flat = a if a.ndim == 1 else ArraySpec(a.size, a.dtype)
        return _flattened_bytes(a) + sort_bytes(flat, 0) + ITERATOR
    return sort_bytes(a, axis) + sort_bytes(places, axis)


def diff(
    results: Specs,
    a: Any,
    n: int = 1,
    axis: int = -1,
    prepend: Any = np._NoValue,
    append: Any = np._NoValue,
) -> int:
    a = spec_from(a)
    if n == 0 or not a.ndim:
        return 0
    steps = Steps()
    before: ArraySpec | None = None
    if is_given(prepend) or is_given(append):
        a = before = _joined(steps, a, axis, prepend, append)
    ufunc = np.not_equal if a.dtype == "bool" else np.subtract
    for _ in range(min(n, a.shape[axis])):
        shape = list(a.shape)
        shape[axis] = max(shape[axis] - 1, 0)
        one = make_spec(tuple(shape), a.dtype, "array", a.strides)
        a = steps.ufunc(ufunc, one, one)
        if before is not None:
            steps.free(before)
        before = a
    return steps.beyond(results)


def _joined(
    steps: Steps, a: ArraySpec, axis: int, prepend: Any, append: Any
) -> ArraySpec:
    """Take the array with what stands before and after it."""
    assert a.shape is not None
    axis = normalize_axis_index(axis, a.ndim)
    one = (*a.shape[:axis], 1, *a.shape[axis + 1 :])
    parts = [prepend, a, append]
    for i in (0, 2):
        if is_given(parts[i]):
            end = spec_from(parts[i])
            steps_along = end.strides if end.ndim else (0,) * a.ndim
            parts[i] = make_spec(
                end.shape or one, end.dtype, "array", steps_along
            )
    given = [part for part in parts if is_given(part)]
    (made,) = get_op("concatenate").infer(given, axis)
    steps.take(made.nbytes)
    return made


def _cumulative(ufunc: np.ufunc) -> Rule:
    def rule(
        results: Specs,
        x: Any,
        /,
        *,
        axis: int | None = None,
        dtype: Any = None,
        out: None = None,
        include_initial: bool = False,
    ) -> int:
        a = spec_from(x)
        (made,) = results
        held = Held()
        held.take(made.nbytes)
        held.touch(accumulate_bytes(ufunc, a, dtype=dtype))
        if include_initial:
            # What is accumulated, and the first one, joined.
            held.take(made.nbytes)
        return held.beyond(results)

    return rule


RULES: dict[str, Rule] = {
    "argsort": argsort,
    "cumprod": _accumulated(np.multiply),
    "cumsum": _accumulated(np.add),
    "cumulative_prod": _cumulative(np.multiply),
    "cumulative_sum": _cumulative(np.add),
    "diff": diff,
    "sort": sort,
}
