"""Linear algebra: casts to double precision and back, and what is made."""

from itertools import islice
from typing import Any

import numpy as np
import pytest

from .checking import check_all, mixed, peaks

DTYPES = (
    "float64",
    "float32",
    "complex128",
    "complex64",
    "int64",
    "int8",
    "bool",
)
ORDERS = ("C", "F", "strided", "reversed", "rotated")
SQUARE = ((30, 30), (100, 100), (5, 40, 40), (2000, 2, 2))
ANY = (*SQUARE[:3], (200, 60), (60, 200), (4, 50, 25), (2000, 2, 3))


def matrix(
    shape: tuple[int, ...], dtype: str, order: str, positive: bool
) -> np.ndarray:
    """Regular matrices, and positive definite ones if need be."""
    rng = np.random.default_rng(0)
    made: Any = rng.normal(size=shape)
    if dtype.startswith("complex"):
        made = made + 1j * rng.normal(size=shape)
    if positive:
        n = shape[-1]
        made = made @ np.swapaxes(made.conj(), -1, -2) + n * np.eye(n)
    if dtype.startswith(("int", "bool")):
        made = np.broadcast_to(3 * np.eye(*shape[-2:]), shape)
    made = made.astype(dtype)
    if order == "F":
        return np.asfortranarray(made)
    if order == "strided":
        return np.repeat(made, 2, -1)[..., ::2]
    if order == "reversed":
        return np.ascontiguousarray(made[..., ::-1])[..., ::-1]
    if order == "rotated":
        moved = np.ascontiguousarray(np.moveaxis(made, 0, -1))
        return np.moveaxis(moved, -1, 0)
    return made


def calls(
    count: int,
    *options: dict[str, Any],
    shapes: Any = SQUARE,
    dtypes: Any = DTYPES,
    positive: bool = False,
) -> list[Any]:
    """A matrix, with one of the options."""
    cases = mixed(shapes, dtypes, ORDERS, options or ({},))
    return [
        ((matrix(s, d, o, positive),), option)
        for s, d, o, option in islice(cases, count)
    ]


@pytest.mark.parametrize(
    "name", ["linalg.det", "linalg.inv", "linalg.slogdet"]
)
def test_of_a_square_matrix(name: str) -> None:
    check_all(name, calls(60))


@pytest.mark.parametrize("name", ["linalg.eigh", "linalg.eigvalsh"])
def test_of_a_hermitian_matrix(name: str) -> None:
    check_all(name, calls(60, {}, {"UPLO": "U"}, positive=True))


def test_cholesky() -> None:
    options = {}, {"upper": True}
    check_all("linalg.cholesky", calls(60, *options, positive=True))


@pytest.mark.parametrize("name", ["linalg.eig", "linalg.eigvals"])
def test_eigenvalues_of_complex_matrices(name: str) -> None:
    # Real ones may have real or complex eigenvalues: the size isn't known.
    check_all(name, calls(40, dtypes=("complex64", "complex128")))


def test_svd() -> None:
    options = {}, {"full_matrices": True}
    check_all("linalg.svd", calls(80, *options, shapes=ANY))
    hermitian = calls(60, {"hermitian": True}, positive=True)
    check_all("linalg.svd", hermitian)
    check_all("linalg.svdvals", calls(60, shapes=ANY))


def test_qr() -> None:
    options = {}, {"mode": "complete"}
    check_all("linalg.qr", calls(120, *options, shapes=ANY))


def test_qr_keeps_the_copy_that_it_decomposes() -> None:
    x = np.random.default_rng(0).normal(size=(200, 200))
    measured, predicted = peaks("linalg.qr", x)
    assert 3 * x.nbytes < predicted < 3.2 * x.nbytes
    assert 3 * x.nbytes < measured < 3.2 * x.nbytes


def test_pinv() -> None:
    check_all("linalg.pinv", calls(80, shapes=ANY))
    hermitian = calls(40, {"hermitian": True}, positive=True)
    check_all("linalg.pinv", hermitian)


def test_matrix_rank() -> None:
    check_all("linalg.matrix_rank", calls(60, {}, {"tol": 0.5}, shapes=ANY))
    check_all("linalg.matrix_rank", [((np.ones(20000),), {})])


@pytest.mark.parametrize("p", [None, -2, 1, -1, np.inf, "fro", "nuc"])
def test_condition_number(p: Any) -> None:
    check_all("linalg.cond", calls(40, {"p": p}, positive=True))


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 6, 7, 11, 12, -1, -2, -5])
def test_powers(n: int) -> None:
    dtypes = ("float64", "float32", "complex128", "int64")
    matrices = calls(20, {"n": n}, dtypes=dtypes, positive=True)
    check_all("linalg.matrix_power", matrices)


def test_solve() -> None:
    shapes = [
        ((100, 100), (100,)),
        ((100, 100), (100, 60)),
        ((4, 50, 50), (50, 5)),
        ((3, 50, 50), (3, 50, 60)),
    ]
    cases = mixed(shapes, DTYPES, ORDERS, DTYPES, ORDERS[:4])
    solved = [
        ((matrix(s, d, o, False), matrix((*t, 1), e, p, False)[..., 0]), {})
        for (s, t), d, o, e, p in islice(cases, 100)
    ]
    check_all("linalg.solve", solved)


def test_exponential() -> None:
    # Of small norms and diagonal matrices it needs less, as values tell.
    shapes = ((60, 60), (200, 200), (6, 50, 50))
    check_all("linalg.expm", calls(40, shapes=shapes, dtypes=DTYPES[:4]))
    whole = [((np.ones((n, n), "int64"),), {}) for n in (60, 200)]
    check_all("linalg.expm", whole)


def test_triangular_factors() -> None:
    options = {}, {"p_indices": True}, {"check_finite": False}
    check_all("linalg.lu", calls(120, *options, shapes=ANY))


def test_triangular_systems() -> None:
    shapes = [((100, 100), (100,)), ((100, 100), (100, 60))]
    options = {}, {"lower": True}, {"trans": 1}, {"trans": "C"}
    cases = mixed(shapes, DTYPES, ORDERS, DTYPES, ORDERS[:4], options)
    solved = [
        (
            (
                matrix(s, d, o, True),
                matrix((*t, 1), e, p, False)[..., 0],
            ),
            option,
        )
        for (s, t), d, o, e, p, option in islice(cases, 100)
    ]
    check_all("scipy.linalg.solve_triangular", solved)
