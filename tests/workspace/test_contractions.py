"""Products: what is copied for BLAS, cast, or made on the way."""

from itertools import islice
from typing import Any

import numpy as np
import pytest

from lazyopt.ops import OPERATOR_FORMS

from .checking import ORDERS, array, check_all, mixed, peaks

#: Mostly alike, since dtypes that differ are cast whatever they are.
PAIRS = (
    ("float64", "float64"),
    ("float32", "float32"),
    ("complex64", "complex64"),
    ("complex128", "complex128"),
    ("int64", "int64"),
    ("bool", "bool"),
    ("float64", "float32"),
    ("complex128", "float64"),
    ("int8", "int64"),
    ("float16", "float32"),
)
PRODUCTS = (
    ((100, 100), (100, 100)),
    ((120, 80), (80,)),
    ((80,), (80, 120)),
    ((300, 1), (1, 200)),
    ((1, 200), (200, 100)),
    ((200, 100), (100, 1)),
    ((5000,), (5000,)),
    ((3, 40, 50), (50, 30)),
    ((40, 50), (4, 50, 30)),
)


def pairs(
    count: int, shapes: Any = PRODUCTS, *options: dict[str, Any]
) -> list[Any]:
    """Two arrays of a pair of shapes, and one of the options."""
    cases = mixed(shapes, PAIRS, ORDERS, ORDERS, options or ({},))
    return [
        ((one(s, d, o), one(t, e, p)), option)
        for (s, t), (d, e), o, p, option in islice(cases, count)
    ]


def one(shape: Any, dtype: str, order: str) -> Any:
    return array(shape, dtype, order if shape else "C")


def test_dot() -> None:
    check_all("dot", pairs(300))
    check_all("dot", pairs(40, [((), (100, 100)), ((300, 200), ())]))


def test_inner() -> None:
    shapes = [(s, (*t[:-2], *t[-2:][::-1])) for s, t in PRODUCTS]
    check_all("inner", pairs(200, shapes))


@pytest.mark.parametrize("form", ["matmul", OPERATOR_FORMS["matmul"]])
def test_matmul(form: Any) -> None:
    batches = [((4, 50, 40), (4, 40, 60)), ((1, 50, 40), (3, 40, 60))]
    check_all(form, pairs(200, [*PRODUCTS, *batches]))


def test_matmul_in_a_dtype() -> None:
    check_all("matmul", pairs(60, PRODUCTS, {"dtype": "complex128"}))


def test_gaps_cost_dot_a_copy_and_matmul_nothing() -> None:
    x = array((300, 300))
    gaps = array((300, 300), order="strided")
    assert peaks("matmul", gaps, x)[1] == x.nbytes
    assert peaks("dot", gaps, x)[1] == 2 * x.nbytes
    assert peaks("dot", x.T, x)[1] == x.nbytes


def test_vdot() -> None:
    shapes = [((5000,), (5000,)), ((80, 90), (80, 90)), ((4, 20, 30), (2400,))]
    check_all("vdot", pairs(200, shapes))


def test_vecdot() -> None:
    shapes = [((80, 90), (80, 90)), ((4, 20, 30), (30,)), ((90,), (60, 90))]
    check_all("vecdot", pairs(100, shapes))
    check_all("vecdot", pairs(50, [((4, 20, 30),) * 2], {"axis": 1}))


def test_outer() -> None:
    shapes = [((300,), (200,)), ((20, 30), (90,)), ((), (80, 90))]
    check_all("outer", pairs(150, shapes))


def test_kron() -> None:
    shapes = [
        ((300,), (200,)),
        ((30, 40), (8, 5)),
        ((20, 30), (90,)),
        ((9,), (3, 20, 30)),
        ((), (80, 90)),
        ((80, 90), ()),
    ]
    check_all("kron", pairs(200, shapes))


@pytest.mark.filterwarnings("ignore:Arrays of 2-dim:DeprecationWarning")
def test_cross() -> None:
    shapes = [
        ((60, 50, 3), (60, 50, 3)),
        ((4000, 3), (3,)),
        ((60, 50, 3), (50, 3)),
        ((1, 50, 3), (60, 1, 3)),
    ]
    check_all("cross", pairs(150, shapes))
    check_all("cross", pairs(40, shapes[:1], {"axisc": 0}, {"axisc": 1}))
    first = [((3, 60, 50), (3, 60, 50))]
    check_all("cross", pairs(40, first, {"axis": 0}))
    flat = [((4000, 2), (4000, 2)), ((4000, 2), (4000, 3))]
    check_all("cross", pairs(40, flat))


TENSORDOTS = [
    (((100, 100), (100, 100)), 1),
    (((100, 100), (100, 100)), 2),
    (((5, 60, 8), (8, 60, 5)), ([1, 2], [1, 0])),
    (((5, 60, 8), (8, 60, 5)), ([1], [1])),
    (((5, 60, 8), (8, 60, 5)), (2, 0)),
    (((20, 30, 8), (90, 30)), ((-2,), (-1,))),
    (((300,), (200,)), 0),
    (((5000,), (5000,)), 1),
    (((300, 200), ()), 0),
]


@pytest.mark.parametrize("shapes, axes", TENSORDOTS)
def test_tensordot(shapes: Any, axes: Any) -> None:
    check_all("tensordot", pairs(60, [shapes], {"axes": axes}))


def test_tensordot_copies_what_is_no_matrix_as_it_lies() -> None:
    x, y = np.ones((30, 40, 50)), np.ones((40, 60))
    measured, predicted = peaks("tensordot", x, y, ((1,), (0,)))
    assert predicted == x.nbytes + 8 * 30 * 50 * 60
    assert 0 <= measured - predicted < 4096
