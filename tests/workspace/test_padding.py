"""Padding, in every mode."""

from itertools import islice
from typing import Any

import numpy as np
import pytest

from .checking import ORDERS, array, check_all, mixed, peaks

MODES = (
    "constant",
    "edge",
    "empty",
    "linear_ramp",
    "maximum",
    "mean",
    "median",
    "minimum",
    "reflect",
    "symmetric",
    "wrap",
)
SHAPES = ((30, 30), (100, 100), (400, 300), (3, 30, 20), (20000,))
DTYPES = ("float64", "int32", "complex64")
WIDTHS: tuple[Any, ...] = (1, 12, 100, (0, 100), (3, 0))


@pytest.mark.parametrize("mode", MODES)
def test_modes(mode: str) -> None:
    cases = islice(mixed(SHAPES, DTYPES, ORDERS, WIDTHS), 80)
    calls = [((array(s, d, o), w), {"mode": mode}) for s, d, o, w in cases]
    check_all("pad", calls)


def test_what_may_overlap_is_copied() -> None:
    x = np.ones((1000, 10))
    rows = peaks("pad", x, ((500, 500), (0, 0)), "edge")
    columns = peaks("pad", x, ((0, 0), (5, 5)), "edge")
    padded = 2 * x.nbytes
    assert all(padded <= p < padded + 5000 for p in rows)
    assert all(2.5 * x.nbytes <= p < 2.5 * x.nbytes + 5000 for p in columns)


def test_odd_reflection_and_ends_of_ramps() -> None:
    x = array((200, 300))
    odd = {"mode": "reflect", "reflect_type": "odd"}
    ramp = {"mode": "linear_ramp", "end_values": 2.5}
    check_all("pad", [((x, w), o) for w in (5, 60) for o in (odd, ramp)])


@pytest.mark.parametrize("shape", [(1, 90, 40), (90, 1, 40), (90, 40, 1)])
def test_edges_of_axes_of_one_place(shape: tuple[int, ...]) -> None:
    calls = [
        ((array(shape, "complex128", order), (0, 2), "edge"), {})
        for order in ("C", "F")
    ]
    check_all("pad", calls)
