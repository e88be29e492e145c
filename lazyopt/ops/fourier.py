"""Discrete Fourier transforms, and the shifts that go with them."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from lazyopt.ops import model
from lazyopt.ops.core import Op, Specs, add_op
from lazyopt.ops.families import Rule, Shape, fresh, shape_of
from lazyopt.specs import UNKNOWN, ArraySpec

__all__ = ["axes_and_sizes", "register"]


def _changed(shape: Shape, axis: int, length: int) -> Shape:
    axis = normalize_axis_index(axis, len(shape))
    return (*shape[:axis], length, *shape[axis + 1 :])


def _points(n: Any) -> int:
    points = int(operator.index(n))
    if points < 1:
        raise ValueError(f"Invalid number of FFT data points ({n}) specified.")
    return points


def one_axis(
    a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: None = None
) -> Shape:
    shape = shape_of(a)
    return _changed(shape, axis, _points(shape[axis] if n is None else n))


def to_half(
    a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: None = None
) -> Shape:
    shape = shape_of(a)
    points = _points(shape[axis] if n is None else n)
    return _changed(shape, axis, points // 2 + 1)


def from_half(
    a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: None = None
) -> Shape:
    shape = shape_of(a)
    points = 2 * (shape[axis] - 1) if n is None else n
    return _changed(shape, axis, _points(points))


def axes_and_sizes(
    shape: Shape, s: Any = None, axes: Any = None, half: bool = False
) -> tuple[list[int], list[int]]:
    """Axes that are transformed, and the points along each.

    Parameters
    ----------
    shape : tuple of int
    s, axes : sequence of int, optional
        As NumPy takes them.
    half : bool
        Whether the last axis holds half of what it is made to.

    Raises
    ------
    ValueError, IndexError
        As NumPy does.
    """
    if axes is None:
        axes = list(range(len(shape))) if s is None else range(-len(s), 0)
    given = list(s) if s is not None else None
    sizes = [shape[i] for i in axes] if given is None else given
    if len(sizes) != len(axes):
        raise ValueError("Shape and axes have different lengths.")
    if given is None and half:
        sizes[-1] = 2 * (shape[axes[-1]] - 1)
    sizes = [
        shape[i] if n is None or n == -1 else n
        for n, i in zip(sizes, axes, strict=True)
    ]
    return list(axes), sizes


def all_axes(
    a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: None = None
) -> Shape:
    shape = shape_of(a)
    for i, n in zip(*axes_and_sizes(shape, s, axes), strict=True):
        shape = _changed(shape, i, _points(n))
    return shape


def two_axes(
    a: Any,
    s: Any = None,
    axes: Any = (-2, -1),
    norm: Any = None,
    out: None = None,
) -> Shape:
    return all_axes(a, s, axes)


def all_to_half(
    a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: None = None
) -> Shape:
    shape = shape_of(a)
    places, sizes = axes_and_sizes(shape, s, axes)
    made = to_half(ArraySpec(shape), sizes[-1], places[-1])
    for i, n in zip(places[:-1], sizes[:-1], strict=True):
        made = _changed(made, i, _points(n))
    return made


def two_to_half(
    a: Any,
    s: Any = None,
    axes: Any = (-2, -1),
    norm: Any = None,
    out: None = None,
) -> Shape:
    return all_to_half(a, s, axes)


def all_from_half(
    a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: None = None
) -> Shape:
    made = shape_of(a)
    places, sizes = axes_and_sizes(made, s, axes, half=True)
    for i, n in zip(places, sizes, strict=True):
        made = _changed(made, i, _points(n))
    return made


def two_from_half(
    a: Any,
    s: Any = None,
    axes: Any = (-2, -1),
    norm: Any = None,
    out: None = None,
) -> Shape:
    return all_from_half(a, s, axes)


def few_points(a: Any, n: Any = None, *rest: Any, **options: Any) -> Any:
    """The same call on a model, which has two points along an axis."""
    return (a, n if n is None else min(n, 2), *rest), options


def few_sizes(a: Any, s: Any = None, *rest: Any, **options: Any) -> Any:
    """Likewise, for several axes."""
    small = s and [n if n is None else min(n, 2) for n in s]
    return (a, small, *rest), options


def shift(x: Any, axes: Any = None) -> Shape:
    return shape_of(x)


def nothing_done(
    a: Any, s: Any = None, axes: Any = None, *rest: Any, **named: Any
) -> bool:
    """Whether no axis is transformed, and the operand itself comes back."""
    if not isinstance(a, ArraySpec) or a.kind != "array":
        return False
    return not axes_and_sizes(a.shape or (), s, axes)[0]


def frequencies(n: int, d: Any = 1.0) -> Specs:
    return _counted(np.fft.fftfreq, n, d, lambda n: n)


def half_frequencies(n: int, d: Any = 1.0) -> Specs:
    return _counted(np.fft.rfftfreq, n, d, lambda n: n // 2 + 1)


def _counted(
    function: Any, n: Any, d: Any, length: Callable[[int], int]
) -> Specs:
    unknown = any(s.dtype is None for s in model.tree_specs(d))
    if unknown or isinstance(n, ArraySpec):
        return (UNKNOWN,)
    large = isinstance(n, int | np.integer) and n > 2
    few = model.ask(function, (2 if large else n, d), {})
    shape = np.broadcast_shapes((max(length(n), 0),), shape_of(d))
    return (model.spec_like(shape, few),)


ONE_AXIS: dict[str, Rule] = {
    "fft.fft": one_axis,
    "fft.hfft": from_half,
    "fft.ifft": one_axis,
    "fft.ihfft": to_half,
    "fft.irfft": from_half,
    "fft.rfft": to_half,
}

SEVERAL_AXES: dict[str, Rule] = {
    "fft.fft2": two_axes,
    "fft.fftn": all_axes,
    "fft.ifft2": two_axes,
    "fft.ifftn": all_axes,
    "fft.irfft2": two_from_half,
    "fft.irfftn": all_from_half,
    "fft.rfft2": two_to_half,
    "fft.rfftn": all_to_half,
}


#: The others go over their last axis even where there is none.
MAY_DO_NOTHING = ("fft.fft2", "fft.fftn", "fft.ifft2", "fft.ifftn")


def register() -> None:
    """Add Fourier transforms to the registry."""
    for name, rule in ONE_AXIS.items():
        add_op(fresh(name, rule, simplify=few_points))
    for name, rule in SEVERAL_AXES.items():
        add_op(
            fresh(
                name,
                rule,
                simplify=few_sizes,
                unchanged=nothing_done if name in MAY_DO_NOTHING else None,
            )
        )
    for name in ("fft.fftshift", "fft.ifftshift"):
        add_op(fresh(name, shift))
    add_op(Op("fft.fftfreq", frequencies))
    add_op(Op("fft.rfftfreq", half_frequencies))
