"""Norms: of all elements, along an axis, of matrices."""

from typing import Any

import numpy as np
import pytest

from .checking import array, check_all, peaks
from .operands import one_array, reduced_calls

MATRICES = ((60, 50), (300, 200), (9, 110), (4, 30, 40), (30, 4, 5))
VECTOR_ORDERS = (None, 1, 2, 3, 2.5, -1, 0, np.inf, -np.inf)
MATRIX_ORDERS = (None, "fro", 1, -1, np.inf, -np.inf)
SPECTRAL = (2, -2, "nuc")


def test_of_all_elements() -> None:
    check_all("linalg.norm", [(a, {}) for a in one_array(60)])
    check_all("linalg.norm", [(a, {"keepdims": True}) for a in one_array(20)])


@pytest.mark.parametrize("name", ["linalg.norm", "linalg.vector_norm"])
def test_along_an_axis(name: str) -> None:
    orders = VECTOR_ORDERS[1:]
    calls = reduced_calls(80, several=False, keepdims=True, ord=orders)
    check_all(name, [(a, k) for a, k in calls if k["axis"] is not None])


def test_vectors_over_any_axes() -> None:
    check_all("linalg.vector_norm", reduced_calls(80, ord=VECTOR_ORDERS[1:]))


@pytest.mark.parametrize("name", ["linalg.norm", "linalg.matrix_norm"])
@pytest.mark.parametrize("orders", [MATRIX_ORDERS, SPECTRAL])
def test_of_matrices(name: str, orders: Any) -> None:
    calls = []
    for x, order, keepdims in one_array(
        50, orders, (False, True), shapes=MATRICES
    ):
        options = {"ord": order, "keepdims": keepdims}
        if name == "linalg.norm" and x.ndim == 3:
            options["axis"] = (2, 0)
        calls.append(((x,), options))
    check_all(name, calls)


def test_gaps_between_elements_are_closed_by_a_copy() -> None:
    x = array((500, 400), order="strided")
    measured, predicted = peaks("linalg.norm", x)
    assert predicted == x.nbytes
    assert 0 < measured - predicted < 2048
