"""Indexing with arrays: casts, copies, and buffers of places."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest

from .checking import ORDERS, array, check_all, mixed, peaks

PLACES = ("int64", "int32", "uint8", "uint64")
SIZES = (30, 100, 300)


def matrices(*choices: Any) -> Iterator[tuple[Any, ...]]:
    """A matrix, a vector and a matrix of places in it, and choices."""
    for n, order, dtype, other, *rest in islice(
        mixed(SIZES, ORDERS, PLACES, ORDERS, *choices), 120
    ):
        line = array(n, dtype, "C" if other == "rotated" else other)
        yield (
            array((n, n), "float64", order),
            line,
            array((n, n), dtype, other),
            *rest,
        )


def test_places_along_one_axis() -> None:
    check_all("getitem", [((x, i), {}) for x, i, _ in matrices()])
    keys = [((x, (slice(None), i)), {}) for x, i, _ in matrices()]
    check_all("getitem", keys)
    keys = [((x, (slice(1, None, 2), None, i)), {}) for x, i, _ in matrices()]
    check_all("getitem", keys)


def test_a_matrix_of_places_along_one_axis() -> None:
    small = [(x[:, :2], k) for x, _, k in matrices()]
    check_all("getitem", [((x, k), {}) for x, k in small])
    vectors = [(x[0], k) for x, _, k in matrices()]
    check_all("getitem", [((x, k), {}) for x, k in vectors])


def test_places_along_all_axes() -> None:
    check_all("getitem", [((x, (k, k)), {}) for x, _, k in matrices()])
    check_all("getitem", [((x, (k, i)), {}) for x, i, k in matrices()])
    columns = [((x, (i[:, None], i)), {}) for x, i, _ in matrices()]
    check_all("getitem", columns)


def test_places_on_both_sides_of_a_slice() -> None:
    calls = [
        ((x.reshape(-1, 2, x.shape[1]), (i % 9, slice(None), i)), {})
        for x, i, _ in matrices()
    ]
    check_all("getitem", calls)


@pytest.mark.parametrize("n", [10, 5000])
def test_lists_of_places_become_arrays(n: int) -> None:
    x = np.ones((9, 4))
    places = [0, 1] * n
    check_all("getitem", [((x, places), {}), ((x, (places, places)), {})])
    check_all("take", [((x, places), {}), ((x, places, 1), {})])


def test_one_place_is_a_view_or_a_number() -> None:
    x = np.ones((100, 100))
    for key in (3, (3, 4), (slice(None), 2), np.array(3), (Ellipsis, None)):
        measured, predicted = peaks("getitem", x, key)
        assert abs(measured - predicted) < 2048


def test_taken() -> None:
    check_all("take", [((x, k), {}) for x, _, k in matrices()])
    for axis in (0, 1):
        along = [
            ((x, i), {"axis": axis, "mode": mode})
            for x, i, _, mode in matrices(("raise", "clip"))
        ]
        check_all("take", along)


def test_taken_along_an_axis() -> None:
    calls = [
        ((x, k), {"axis": axis}) for x, _, k, axis in matrices((0, 1, -1))
    ]
    check_all("take_along_axis", calls)
    flat = [((x, k.ravel()), {"axis": None}) for x, _, k in matrices()]
    check_all("take_along_axis", flat)


def test_searched() -> None:
    dtypes = ("float64", "float32", "int64", "int8", "complex128")
    calls = []
    for n, d, o, e, p, side in islice(
        mixed(SIZES, dtypes, ORDERS, dtypes, ORDERS, ("left", "right")), 200
    ):
        where = array(n * n, d, "C" if o == "rotated" else o)
        keys = array((n, n), e, p)
        options = {"side": side}
        calls += [((where, keys), options), ((where[:n], keys), options)]
    check_all("searchsorted", calls)


def test_searched_in_an_order() -> None:
    x = array(10000)
    orders = [np.arange(10000, dtype=d) for d in ("int64", "int32")]
    calls = [((x, x), {"sorter": s}) for s in (*orders, list(range(10000)))]
    check_all("searchsorted", calls)
