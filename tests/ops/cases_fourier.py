"""Calls that Fourier transforms are checked on."""

from typing import Any

import numpy as np

from .operands import call
from .patterns import SHAPES, Cases, Pattern, alike, each

__all__ = ["FOURIER"]


def counted(*args: Any, **kwargs: Any) -> Pattern:
    """A call without arrays."""
    return lambda x: call(*args, **kwargs)


one_axis: list[Pattern] = [
    *each(SHAPES),
    *each([(5,), (3, 4)], 3),
    *each([(3, 4), (2, 3, 4)], 8),
    *each([(3, 4)], 1),
    *each([(3, 4)], 0),
    *each([(2, 3, 4), (3, 4)], axis=0),
    *each([(2, 3, 4)], 7, 1),
    *each([(2, 3, 4)], None, -2),
    *each([(3, 4)], axis=2),
    *each([(3, 4)], norm="ortho"),
    *each([(3, 4)], norm="forward"),
    *each([(3, 4)], norm="none"),
]

several_axes: list[Pattern] = [
    *each(SHAPES),
    *each([(3, 4), (2, 3, 4)], (2, 5)),
    *each([(3, 4), (2, 3, 4)], axes=(0, 1)),
    *each([(3, 4), (2, 3, 4)], axes=(1, 0)),
    *each([(3, 4)], (6, 5), (1, 0)),
    *each([(3, 4)], (-1, 5), (0, 1)),
    *each([(3, 4)], (5,), (0, 1)),
    *each([(3, 4)], (0, 2)),
    *each([(3, 4)], axes=(0,)),
    *each([(3, 4)], axes=(0, 0)),
    *each([(3, 4)], axes=()),
    *each([(3, 4)], axes=(0, 2)),
    *each([(3, 4)], norm="ortho"),
]

FOURIER: Cases = {
    **alike(
        (
            "fft.fft",
            "fft.hfft",
            "fft.ifft",
            "fft.ihfft",
            "fft.irfft",
            "fft.rfft",
        ),
        [*one_axis, lambda x: call(x.scalar())],
    ),
    **alike(
        (
            "fft.fft2",
            "fft.fftn",
            "fft.ifft2",
            "fft.ifftn",
            "fft.irfft2",
            "fft.irfftn",
            "fft.rfft2",
            "fft.rfftn",
        ),
        [*several_axes, lambda x: call(x.scalar())],
    ),
    **alike(
        ("fft.fftshift", "fft.ifftshift"),
        [
            *each(SHAPES),
            *each([(3, 4), (2, 3, 4)], 1),
            *each([(3, 4), (2, 3, 4)], (0, 1)),
            *each([(3, 4)], ()),
            *each([(3, 4)], 2),
        ],
    ),
    **alike(
        ("fft.fftfreq", "fft.rfftfreq"),
        [
            counted(5),
            counted(6),
            counted(1),
            counted(0),
            counted(-1),
            counted(2.5),
            counted(np.int8(5)),
            counted(5, 0.1),
            counted(5, d=2),
            counted(5, 2j),
            lambda x: call(5, x.scalar()),
            lambda x: call(5, x()),
            lambda x: call(5, x(1)),
            lambda x: call(5, x(3)),
            lambda x: call(4, x(2, 1)),
        ],
    ),
}
