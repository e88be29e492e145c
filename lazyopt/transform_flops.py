"""Floating point operations of Fourier transforms, by the usual count."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from lazyopt.ops.families import shape_of
from lazyopt.ops.fourier import axes_and_sizes
from lazyopt.specs import ArraySpec

__all__ = ["RULES"]

Results = tuple[ArraySpec, ...]


def one_axis(
    results: Results,
    a: Any,
    n: Any = None,
    axis: int = -1,
    *_: Any,
    **__: Any,
) -> int:
    return _butterflies(results, a, [axis])


def all_axes(
    results: Results,
    a: Any,
    s: Any = None,
    axes: Any = None,
    *_: Any,
    **__: Any,
) -> int:
    places = axes_and_sizes(shape_of(a), s, axes)[0]
    return _butterflies(results, a, places)


def two_axes(
    results: Results,
    a: Any,
    s: Any = None,
    axes: Any = (-2, -1),
    *_: Any,
    **__: Any,
) -> int:
    return all_axes(results, a, s, axes)


def _butterflies(results: Results, a: Any, axes: Sequence[int]) -> int:
    """5 n log2(n) for n complex numbers along each axis; half for reals.

    What a transform makes decides on n; from reals to the half of their
    spectrum, what it is given.
    """
    result = results[0]
    real = not (_is_complex(a) and _is_complex(result))
    shape = [*shape_of(result)]
    if real and _is_complex(result):
        for i in axes:
            shape[i] = max(shape[i], shape_of(a)[i])
    steps = sum(math.log2(max(shape[i], 1)) for i in axes)
    return round((2.5 if real else 5) * math.prod(shape) * steps)


def _is_complex(a: Any) -> bool:
    return str(getattr(a, "dtype", "")).startswith("complex")


RULES: dict[str, Callable[..., int]] = {
    "fft.fft": one_axis,
    "fft.fft2": two_axes,
    "fft.fftn": all_axes,
    "fft.hfft": one_axis,
    "fft.ifft": one_axis,
    "fft.ifft2": two_axes,
    "fft.ifftn": all_axes,
    "fft.ihfft": one_axis,
    "fft.irfft": one_axis,
    "fft.irfft2": two_axes,
    "fft.irfftn": all_axes,
    "fft.rfft": one_axis,
    "fft.rfft2": two_axes,
    "fft.rfftn": all_axes,
}
