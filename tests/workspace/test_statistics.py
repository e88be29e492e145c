"""Means, variances and medians, whose temporaries are in Python."""

import numpy as np
import pytest

from .checking import ORDERS, array, check, check_all, peaks
from .operands import DTYPES, one_array, reduced_calls

FLOATS = ("float64", "float32", "complex64", "complex128")


@pytest.mark.parametrize("name", ["mean", "nanmean", "var", "std", "median"])
def test_over_axes(name: str) -> None:
    check_all(name, reduced_calls(80, keepdims=True))


@pytest.mark.parametrize("name", ["mean", "nanmean", "var", "std"])
def test_in_another_dtype(name: str) -> None:
    check_all(name, reduced_calls(40, dtype=FLOATS))


@pytest.mark.parametrize("name", ["mean", "nanmean", "var"])
def test_with_a_mask(name: str) -> None:
    calls = []
    for args, kwargs in reduced_calls(40, order=ORDERS):
        mask = array(args[0].shape, "bool", kwargs.pop("order"))
        calls.append((args, {**kwargs, "where": mask}))
    check_all(name, calls)


@pytest.mark.parametrize("options", [{"ddof": 1}, {"correction": 1}])
def test_degrees_of_freedom(options: dict[str, int]) -> None:
    calls = [(a, {**k, **options}) for a, k in reduced_calls(20)]
    check_all("var", calls)


def test_a_mean_that_is_given() -> None:
    for x, _ in one_array(30, (0,), shapes=((500, 400),)):
        if x.dtype.kind in "fi":
            check("var", x, axis=0, mean=np.mean(x, axis=0, keepdims=True))


def test_median_of_no_axes() -> None:
    check("median", array((40, 50)), axis=())


def test_average() -> None:
    check_all("average", reduced_calls(40, keepdims=True))


def test_weighted_average() -> None:
    calls = []
    for x, dtype, order in one_array(60, DTYPES, ORDERS):
        calls.append(((x,), {"weights": array(x.shape, dtype, order)}))
        axis = x.ndim - 1
        along = array(x.shape[axis], dtype, order)
        calls.append(((x,), {"axis": axis, "weights": along}))
    check_all("average", calls)


def test_a_variance_holds_the_differences() -> None:
    x = array((500, 400))
    measured, predicted = peaks("var", x)
    assert x.nbytes <= predicted <= x.nbytes + 64
    assert 0 < measured - predicted < 4096


def test_a_median_holds_a_copy() -> None:
    x = array(10000)
    _, predicted = peaks("median", x)
    assert x.nbytes < predicted < x.nbytes + 4096
