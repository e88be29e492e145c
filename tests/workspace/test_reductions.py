"""Reductions, scans and sorts, along axes of every form."""

from typing import Any

import numpy as np
import pytest

from lazyopt.ops.reductions import COMPARISONS, REDUCTIONS
from lazyopt.workspace.reductions import RULES

from .checking import ORDERS, array, check_all, peaks
from .operands import DTYPES, one_array, reduced_calls

TOTALS = ("sum", "prod", "nansum", "nanprod")
EXTREMA = ("max", "min", "amax", "amin", "nanmax", "nanmin")


def test_every_reduction_has_a_rule() -> None:
    assert set(RULES) == {*REDUCTIONS, *COMPARISONS, "average"}


@pytest.mark.parametrize("name", [*TOTALS, *EXTREMA, "all", "any", "ptp"])
def test_over_axes(name: str) -> None:
    check_all(name, reduced_calls(60, keepdims=True))


@pytest.mark.parametrize("name", TOTALS)
def test_in_another_dtype(name: str) -> None:
    check_all(name, reduced_calls(40, dtype=DTYPES))


@pytest.mark.parametrize("name", [*TOTALS, "max", "nanmin", "all"])
def test_with_a_mask(name: str) -> None:
    options = {} if name == "all" else {"initial": 1}
    calls = []
    for args, kwargs in reduced_calls(40, order=ORDERS):
        mask = array(args[0].shape, "bool", kwargs.pop("order"))
        calls.append((args, {**kwargs, **options, "where": mask}))
    check_all(name, calls)


@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
def test_scans(name: str) -> None:
    check_all(name, reduced_calls(50, several=False))
    check_all(name, reduced_calls(30, several=False, dtype=DTYPES))


@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_places_of_extrema(name: str) -> None:
    # NumPy copies what can't be written to, which no spec tells.
    calls = reduced_calls(60, several=False, keepdims=True)
    check_all(name, [(a, k) for a, k in calls if a[0].flags.writeable])


@pytest.mark.parametrize("name", ["sort", "argsort"])
def test_sorts(name: str) -> None:
    kinds = (None, "stable")
    check_all(name, reduced_calls(60, several=False, kind=kinds))


@pytest.mark.parametrize("name", ["count_nonzero"])
def test_counts(name: str) -> None:
    check_all(name, reduced_calls(60, keepdims=True))


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_differences(n: int) -> None:
    calls = reduced_calls(30, several=False, n=[n])
    check_all("diff", [(a, k) for a, k in calls if k["axis"] is not None])


def test_traces() -> None:
    check_all("trace", [(a, {}) for a in one_array(30)])
    shape = (40, 50, 60)
    for axes in ((0, 1), (0, 2), (2, 1)):
        check_all("trace", [((array(shape, d), 1, *axes), {}) for d in DTYPES])


@pytest.mark.parametrize("name", ["allclose", "array_equal"])
@pytest.mark.parametrize("options", [{}, {"equal_nan": True}])
def test_comparisons(name: str, options: dict[str, Any]) -> None:
    calls = one_array(60, DTYPES, ORDERS)
    check_all(
        name,
        [((x, array(x.shape, d, o)[...]), options) for x, d, o in calls],
    )


def test_a_cast_takes_one_buffer() -> None:
    measured, predicted = peaks("sum", array((500, 400), "int32"))
    assert predicted == 8 + 8192 * 8
    assert 0 < measured - predicted < 2048


@pytest.mark.parametrize("name", ["sum", "max", "mean", "linalg.norm", "any"])
def test_nothing_is_needed_for_what_lies_in_one_piece(name: str) -> None:
    dtype = "bool" if name == "any" else "float64"
    _, predicted = peaks(name, array((500, 400), dtype))
    assert predicted == np.dtype(dtype).itemsize


def test_what_is_scanned_in_another_dtype_is_copied() -> None:
    x = array((500, 400), "int32")
    _, predicted = peaks("cumsum", x, axis=0)
    assert predicted == 2 * x.size * 8
