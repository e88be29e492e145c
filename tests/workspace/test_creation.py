"""Arrays made out of nothing."""

from typing import Any

import numpy as np
import pytest

from .checking import array, check_all

SIZES = (30, 100, 400)


@pytest.mark.parametrize("name", ["empty", "ones", "zeros"])
def test_filled(name: str) -> None:
    check_all(
        name,
        [(((n, n), d), {}) for n in SIZES for d in ("float64", "bool")],
    )


def test_filled_with_what_is_given() -> None:
    values = [3, 2.5, [1.0] * 30, array(30), array(30, "int8")]
    check_all("full", [(((300, 30), v), {}) for v in values])


@pytest.mark.parametrize("dtype", ["float64", "bool", "int8", "complex128"])
def test_diagonals_and_triangles(dtype: str) -> None:
    shapes: list[Any] = [
        (n, m, k) for n in SIZES for m in (7, n, 900) for k in (0, 4, -200)
    ]
    check_all("eye", [(s, {"dtype": dtype}) for s in shapes])
    check_all("tri", [(s, {"dtype": dtype}) for s in shapes])
    check_all("identity", [((n, dtype), {}) for n in SIZES])


def test_counted() -> None:
    check_all("arange", [((n * n,), {}) for n in SIZES])
    shapes = [(n, n) for n in SIZES] + [(n * n,) for n in SIZES]
    check_all(
        "indices",
        [((s, d), {}) for s in shapes for d in ("int64", "float32")],
    )


@pytest.mark.parametrize("dtype", [None, "float32", "int64", "complex128"])
def test_between_numbers(dtype: str | None) -> None:
    ends = [(0, 1), (0.5, 2j), (np.float32(0), np.float32(9)), (0, 9.0)]
    calls = [((*e, n * n), {"dtype": dtype}) for e in ends for n in SIZES]
    check_all("linspace", calls)


@pytest.mark.parametrize("dtype", [None, "float32", "complex128"])
@pytest.mark.parametrize("given", ["float64", "float32", "int64", "complex64"])
def test_between_arrays(given: str, dtype: str | None) -> None:
    calls: list[Any] = []
    for n in SIZES:
        for size, num in ((n, n), (3, n * n // 3), (n * n // 3, 3)):
            x = array(size, given)
            options = {"dtype": dtype, "endpoint": bool(num % 2)}
            calls += [((x, 30.0, num), options), ((0, x, num), options)]
            calls.append(((x, array(size, "float64", "strided"), num), {}))
    check_all("linspace", calls)


DRAWS: dict[str, tuple[Any, ...]] = {
    "random.normal": (0.0, 1.0, (300, 100)),
    "random.rand": (300, 100),
    "random.randint": (0, 5, (300, 100)),
    "random.randn": (300, 100),
    "random.random": ((300, 100),),
    "random.standard_normal": ((300, 100),),
    "random.uniform": (0.0, 1.0, (300, 100)),
}


@pytest.mark.parametrize("name", DRAWS)
def test_draws(name: str) -> None:
    check_all(name, [(DRAWS[name], {})])


@pytest.mark.parametrize("name", ["random.normal", "random.uniform"])
def test_draws_are_doubles_that_are_cast(name: str) -> None:
    dtypes = ("float64", "float32", "complex64", "complex128")
    check_all(name, [(DRAWS[name], {"dtype": d}) for d in dtypes])


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int32"])
def test_draws_with_arrays_as_parameters(dtype: str) -> None:
    one, all_ = array(100, dtype), array((300, 100), dtype)
    shape = (300, 100)
    check_all(
        "random.normal",
        [((one, 1.0, shape), {}), ((0.0, all_, shape), {})],
    )
    if dtype.startswith("int"):
        check_all(
            "random.randint",
            [((0, one, shape), {}), ((0, all_, shape), {})],
        )
