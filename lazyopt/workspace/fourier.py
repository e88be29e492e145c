"""Workspace of Fourier transforms.

They are computed in double precision, unless NumPy happens to call a loop for
single: it does where the scale is of the operand's own precision, that is
where anything is scaled at all. Operands are cast before, and results after.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lazyopt.ops import get_op
from lazyopt.ops.fourier import axes_and_sizes
from lazyopt.specs import ArraySpec, itemsize
from lazyopt.workspace.copies import Held, cast
from lazyopt.workspace.steps import Steps
from lazyopt.workspace.structure import ROLL
from lazyopt.workspace.ufuncs import spec_from, ufunc_bytes

__all__ = ["RULES"]

Rule = Callable[..., int]
Specs = Sequence[ArraySpec]

#: The objects that a transform of one axis makes.
OBJECTS = 1500
#: What each transform is in the other direction, and scaled.
_SWAPPED = {None: "forward", "backward": "forward", "forward": "backward"}


def transform(
    held: Held,
    name: str,
    a: ArraySpec,
    n: Any = None,
    axis: int = -1,
    norm: Any = None,
) -> ArraySpec:
    """Transform one axis: take the result, and what is cast for it."""
    (made,) = get_op(f"fft.{name}").infer(a, n, axis, norm)
    inverse = name in ("ifft", "irfft")
    scaled = norm == "ortho" or (norm in (None, "backward")) == inverse
    real = name == "rfft"
    single = "float32" if real else "complex64"
    double = "float64" if real else "complex128"
    computed = single if scaled and a.dtype == single else double
    _, copied = cast(a, computed)
    assert made.dtype is not None
    # Of the same precision as what it is computed in, if not of its kind.
    item = itemsize(computed)
    item = item * (2 if real else 1) // (2 if name == "irfft" else 1)
    is_cast = itemsize(made.dtype) != item
    held.take(made.nbytes)
    held.touch(copied + (made.size * item if is_cast else 0) + OBJECTS)
    return made


def _of_one_axis(name: str) -> Rule:
    def rule(
        results: Specs,
        a: Any,
        n: Any = None,
        axis: int = -1,
        norm: Any = None,
        out: None = None,
    ) -> int:
        held = Held()
        transform(held, name, spec_from(a), n, axis, norm)
        return held.beyond(results)

    return rule


def hfft(
    results: Specs,
    a: Any,
    n: Any = None,
    axis: int = -1,
    norm: Any = None,
    out: None = None,
) -> int:
    """The inverse transform of the conjugate, scaled the other way."""
    a = spec_from(a)
    points = 2 * ((a.shape or (1,))[axis] - 1) if n is None else n
    held = Steps()
    conjugate = held.ufunc(np.conjugate, a)
    transform(held, "irfft", conjugate, points, axis, _SWAPPED.get(norm, norm))
    return held.beyond(results)


def ihfft(
    results: Specs,
    a: Any,
    n: Any = None,
    axis: int = -1,
    norm: Any = None,
    out: None = None,
) -> int:
    held = Held()
    transform(held, "rfft", spec_from(a), n, axis, _SWAPPED.get(norm, norm))
    return held.beyond(results)


def _of_axes(first: str, then: str, standard: Any = None) -> Rule:
    """One axis after the other; of what was made before, the last is held.

    Parameters
    ----------
    first, then : str
        What the last axis is transformed by, and all the others.
    standard : tuple of int, optional
        The axes, if the call gives none.
    """

    def rule(
        results: Specs,
        a: Any,
        s: Any = None,
        axes: Any = standard,
        norm: Any = None,
        out: None = None,
    ) -> int:
        a = spec_from(a)
        half = first == "irfft"
        places = axes_and_sizes(a.shape or (), s, axes, half=half)
        calls = [(then, i, n) for i, n in zip(*places, strict=True)]
        if calls:
            calls[-1] = (first, *calls[-1][1:])
        held, before = Held(), 0
        for name, axis, n in calls if half else reversed(calls):
            a = transform(held, name, a, n, axis, norm)
            held.drop(before)
            before = a.nbytes
        return held.beyond(results)

    return rule


def shift(results: Specs, x: Any, axes: Any = None) -> int:
    return ROLL


def frequencies(results: Specs, n: int, d: Any = 1.0) -> int:
    """Whole numbers are counted in two parts, and then scaled."""
    return 2 * 8 * int(n) + _scale_bytes(results, d)


def half_frequencies(results: Specs, n: int, d: Any = 1.0) -> int:
    return 8 * (n // 2 + 1) + _scale_bytes(results, d)


def _scale_bytes(results: Specs, d: Any) -> int:
    """Of multiplying by a scale, which may be an array."""
    made = spec_from(d)
    steps = Steps()
    if made.ndim:
        product = steps.ufunc(np.multiply, made, 1)
        made = steps.ufunc(np.true_divide, 1.0, product)
        steps.free(product)
    whole = ArraySpec((results[0].shape or ())[-1:], "int64")
    steps.touch(ufunc_bytes(np.multiply, [whole, made], results))
    return steps.most


TWO = (-2, -1)
RULES: dict[str, Rule] = {
    "fft.fft": _of_one_axis("fft"),
    "fft.fft2": _of_axes("fft", "fft", TWO),
    "fft.fftfreq": frequencies,
    "fft.fftn": _of_axes("fft", "fft"),
    "fft.fftshift": shift,
    "fft.hfft": hfft,
    "fft.ifft": _of_one_axis("ifft"),
    "fft.ifft2": _of_axes("ifft", "ifft", TWO),
    "fft.ifftn": _of_axes("ifft", "ifft"),
    "fft.ifftshift": shift,
    "fft.ihfft": ihfft,
    "fft.irfft": _of_one_axis("irfft"),
    "fft.irfft2": _of_axes("irfft", "ifft", TWO),
    "fft.irfftn": _of_axes("irfft", "ifft"),
    "fft.rfft": _of_one_axis("rfft"),
    "fft.rfft2": _of_axes("rfft", "fft", TWO),
    "fft.rfftfreq": half_frequencies,
    "fft.rfftn": _of_axes("rfft", "fft"),
}
