"""Rearranging, joining, repeating: what is copied on the way."""

from itertools import islice
from typing import Any

import numpy as np
import pytest

from .checking import ORDERS, array, check_all, mixed, peaks
from .operands import DTYPES, SHAPES, one_array

MATRICES = ((100, 100), (500, 400), (9, 1100), (40, 50, 60))


def calls(count: int, *options: dict[str, Any], **choices: Any) -> list[Any]:
    """An array, with each of these options in turn."""
    return [
        ((x,), option)
        for x, option in one_array(count, options or ({},), **choices)
    ]


@pytest.mark.parametrize(
    "name",
    ["copy", "flatten", "ravel", "ascontiguousarray", "imag", "zeros_like"],
)
def test_a_copy_is_the_result(name: str) -> None:
    check_all(name, calls(80))


@pytest.mark.parametrize("name", ["array", "asarray", "astype", "ones_like"])
def test_casts_go_straight_to_the_result(name: str) -> None:
    check_all(name, [(case, {}) for case in one_array(80, DTYPES)])


@pytest.mark.parametrize("name", ["array", "asarray", "copy", "ravel"])
def test_orders(name: str) -> None:
    check_all(name, calls(60, *[{"order": o} for o in "CFK"]))


def test_reshape() -> None:
    options = [
        {"shape": shape, "order": order}
        for shape in (-1, (-1, 10), (10, -1))
        for order in "CF"
    ]
    check_all("reshape", calls(100, *options))


@pytest.mark.parametrize(
    "name",
    ["concatenate", "stack", "hstack", "vstack", "dstack", "column_stack"],
)
def test_joined_as_they_are_cast(name: str) -> None:
    cases = mixed(SHAPES, DTYPES, ORDERS, DTYPES, ORDERS)
    joined = [
        (([array(shape, d, o), array(shape, e, p)],), {})
        for shape, d, o, e, p in islice(cases, 40)
    ]
    check_all(name, joined)


@pytest.mark.parametrize("axis", [None, 0, -1])
def test_joined_along_an_axis(axis: int | None) -> None:
    cases = mixed(SHAPES, DTYPES, ORDERS, ORDERS)
    joined = [
        (([array(shape, d, o), array(shape, d, p)],), {"axis": axis})
        for shape, d, o, p in islice(cases, 40)
    ]
    check_all("concatenate", joined)


@pytest.mark.parametrize("name", ["tril", "triu"])
def test_triangles(name: str) -> None:
    shapes = (*MATRICES, (300,), (30, 4, 5))
    options = [{}, {"k": 3}, {"k": -90}]
    check_all(name, calls(120, *options, shapes=shapes))


def test_rolled() -> None:
    options = [
        {"shift": 1},
        {"shift": -7, "axis": 0},
        {"shift": 2, "axis": -1},
        {"shift": (1, 2), "axis": (0, 0)},
    ]
    check_all("roll", calls(100, *options))


def test_repeated() -> None:
    options = [
        {"repeats": 3},
        {"repeats": 2, "axis": 0},
        {"repeats": 2, "axis": -1},
        {"repeats": 0},
    ]
    check_all("repeat", calls(100, *options))
    counted = [((x, [2] * len(x)), {"axis": 0}) for (x,) in one_array(40)]
    check_all("repeat", counted)


def test_tiled() -> None:
    tiles = (3, 1, (2, 3), (2, 1), (1, 1), (2, 1, 3), (3, 1, 2, 1), 0)
    check_all("tile", calls(80, *[{"reps": r} for r in tiles]))


def test_each_repeat_of_tile_copies_the_one_before() -> None:
    x = np.ones(10000)
    measured, predicted = peaks("tile", x, (2, 3, 1))
    assert predicted == (2 + 6) * x.nbytes
    assert 0 <= measured - predicted < 2048


def test_diagonals() -> None:
    vectors = ((100,), (500,))
    check_all("diag", calls(60, {}, {"k": 3}, {"k": -2}, shapes=vectors))
    check_all("diag", calls(40, {}, {"k": 3}, shapes=MATRICES[:3]))


@pytest.mark.parametrize("name", ["transpose", "flip", "rot90", "squeeze"])
def test_views_are_free(name: str) -> None:
    check_all(name, calls(40, shapes=MATRICES))


def test_many_views_are_many_objects() -> None:
    check_all("unstack", calls(40))
    check_all("split", calls(40, {"indices_or_sections": 20}))
    _, predicted = peaks("split", np.ones(12), 3)
    assert predicted == 0


def test_grids() -> None:
    calls = []
    for x, indexing, sparse in one_array(40, ("xy", "ij"), (False, True)):
        flat = x.reshape(-1)[:300]
        calls.append(((x.T, flat), {"indexing": indexing, "sparse": sparse}))
    check_all("meshgrid", calls[:12])
