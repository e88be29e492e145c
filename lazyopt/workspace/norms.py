"""Workspace of norms."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lazyopt.ops import get_op
from lazyopt.specs import ArraySpec
from lazyopt.workspace.copies import ITERATOR, reshaped, transposed
from lazyopt.workspace.elementwise import part
from lazyopt.workspace.steps import Steps
from lazyopt.workspace.ufuncs import axes_of, spec_from

__all__ = ["matrix_norm", "norm", "vector_norm"]

Specs = Sequence[ArraySpec]


def norm(
    results: Specs,
    x: Any,
    ord: Any = None,
    axis: Any = None,
    keepdims: bool = False,
) -> int:
    steps = Steps()
    _norm_steps(steps, spec_from(x), ord, axis, keepdims)
    return steps.beyond(results)


def matrix_norm(
    results: Specs, x: Any, *, keepdims: bool = False, ord: Any = "fro"
) -> int:
    return norm(results, x, ord, (-2, -1), keepdims)


def vector_norm(
    results: Specs,
    x: Any,
    *,
    axis: Any = None,
    keepdims: bool = False,
    ord: Any = 2,
) -> int:
    steps = Steps()
    x = spec_from(x)
    assert x.shape is not None
    if axis is None:
        _ravel(steps, x, "C")
        x, axis = ArraySpec(x.size, x.dtype), 0
    elif isinstance(axis, tuple):
        axes = axes_of(x, axis)
        rest = [i for i in range(x.ndim) if i not in axes]
        moved = transposed(x, (*axes, *rest))
        size = math.prod(x.shape[i] for i in axes)
        x, copied = reshaped(moved, (size, *[x.shape[i] for i in rest]))
        steps.take(copied)
        axis = 0
    _norm_steps(steps, x, ord, axis, False)
    return steps.beyond(results)


def _norm_steps(
    steps: Steps, x: ArraySpec, ord: Any, axis: Any, keepdims: bool
) -> None:
    if np.dtype(x.dtype).kind not in "fc":
        x = steps.copy(x, "float64")
    whole = axis is None
    axes = tuple(range(x.ndim)) if whole else axes_of(x, _whole(axis))
    if whole and (
        ord is None
        or (ord in ("f", "fro") and x.ndim == 2)
        or (ord == 2 and x.ndim == 1)
    ):
        _flat(steps, x)
    elif len(axes) == 1:
        _vectors(steps, x, ord, axes, keepdims)
    else:
        _matrices(steps, x, ord, axes)


def _ravel(steps: Steps, x: ArraySpec, order: str) -> None:
    """Make one axis of all, by a copy where they don't lie in one piece."""
    copies = get_op("ravel").copies
    if copies is not None and copies(x, order):
        steps.take(x.nbytes)


def _flat(steps: Steps, x: ArraySpec) -> None:
    """The norm of all elements, a dot product once they are in one line."""
    _ravel(steps, x, "K")
    if x.dtype == "float16":
        # No BLAS has it.
        steps.touch(2 * ITERATOR)


def _vectors(
    steps: Steps, x: ArraySpec, ord: Any, axes: Any, keepdims: bool
) -> None:
    if ord is None or ord == 2:
        squares = _squares(steps, x)
        sums = steps.reduce(np.add, squares, axes, keepdims=keepdims)
        steps.ufunc(np.sqrt, sums)
    elif ord == 0:
        other = steps.ufunc(np.not_equal, x, 0)
        counted = steps.copy(other, part("real", x).dtype)
        steps.free(other)
        steps.reduce(np.add, counted, axes, keepdims=keepdims)
    else:
        # Powers are taken in place, and a maximum takes what a sum does.
        sizes = steps.ufunc(np.absolute, x)
        steps.reduce(np.add, sizes, axes, keepdims=keepdims)


def _squares(steps: Steps, x: ArraySpec) -> ArraySpec:
    """Squares of the absolute values, as ``(x.conj() * x).real``."""
    if np.dtype(x.dtype).kind != "c":
        return steps.ufunc(np.multiply, x, x)
    conjugate = steps.ufunc(np.conjugate, x)
    product = steps.operator(np.multiply, conjugate, x, temporary=conjugate)
    return part("real", product)


def _matrices(steps: Steps, x: ArraySpec, ord: Any, axes: Any) -> None:
    if ord in (None, "fro", "f"):
        sums = steps.reduce(np.add, _squares(steps, x), axes)
        steps.drop(x.nbytes)
        steps.ufunc(np.sqrt, sums)
    elif ord in (1, -1, np.inf, -np.inf):
        sizes = steps.ufunc(np.absolute, x)
        first = axes[0] if abs(ord) == 1 else axes[1]
        steps.reduce(np.add, sizes, first)
    else:
        _singular_values(steps, x, axes)


def _singular_values(steps: Steps, x: ArraySpec, axes: Any) -> None:
    """Singular values of the matrices along two axes."""
    assert x.shape is not None
    double = np.result_type(np.dtype(x.dtype), np.float64)
    cast = x.dtype != double.name
    copied = steps.copy(x, double) if cast else x
    size = min(x.shape[i] for i in axes)
    if not size:  # of nothing
        return
    count = x.size // math.prod(x.shape[i] for i in axes)
    values = ArraySpec((count, size), "float64")
    steps.take(values.nbytes)
    if cast:
        steps.free(copied)
        values = steps.copy(values, part("real", x).dtype)
        steps.drop(values.size * 8)
    steps.reduce(np.maximum, values, -1)


def _whole(axis: Any) -> Any:
    """NumPy takes 1.0 for an axis here."""
    return axis if isinstance(axis, tuple) else int(axis)
