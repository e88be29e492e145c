"""Fourier transforms: casts to double precision, and one axis at a time."""

from typing import Any

import numpy as np
import pytest

from lazyopt.ops.fourier import ONE_AXIS, SEVERAL_AXES
from lazyopt.workspace.fourier import RULES

from .checking import check, check_all
from .operands import one_array

NORMS = (None, "ortho", "forward")
SHAPES = ((20000,), (100, 100), (500, 40), (20, 30, 40))


def test_every_transform_has_a_rule() -> None:
    others = {f"fft.{n}" for n in ("fftfreq", "rfftfreq")}
    shifts = {"fft.fftshift", "fft.ifftshift"}
    assert set(RULES) == {*ONE_AXIS, *SEVERAL_AXES, *others, *shifts}


@pytest.mark.parametrize("name", sorted(ONE_AXIS))
def test_of_one_axis(name: str) -> None:
    cases = one_array(60, (None, 30, 2000), (0, -1), NORMS, shapes=SHAPES)
    check_all(
        name, [((x, n, axis), {"norm": norm}) for x, n, axis, norm in cases]
    )


@pytest.mark.parametrize("name", sorted(SEVERAL_AXES))
def test_of_several_axes(name: str) -> None:
    forms: Any = ({}, {"axes": (0, 1)}, {"s": (50, 300)}, {"axes": (1,)})
    cases = one_array(60, forms, NORMS, shapes=SHAPES[1:])
    check_all(
        name, [((x,), {**form, "norm": norm}) for x, form, norm in cases]
    )


@pytest.mark.parametrize("name", ["fft.fftshift", "fft.ifftshift"])
def test_shifts(name: str) -> None:
    cases = one_array(30, (None, 0, (0, -1)), shapes=SHAPES[1:])
    check_all(name, [((x, axes), {}) for x, axes in cases])


@pytest.mark.parametrize("name", ["fft.fftfreq", "fft.rfftfreq"])
@pytest.mark.parametrize("n", [1000, 100_001])
def test_frequencies(name: str, n: int) -> None:
    check(name, n)
    check(name, n, d=np.float32(0.1))
