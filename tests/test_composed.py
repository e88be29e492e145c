"""Functions recorded as others: the same bits, or the same dtype."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo

from .helpers import exact, names, normal

Program = Callable[..., Any]

X = normal(4, 5)
SQUARE = X @ X.T

SVD: list[tuple[Program, Any, str]] = [
    (lambda x: do("linalg.svd", x), X, "linalg.svd"),
    (lambda x: do("linalg.svd", x, full_matrices=True), X, "linalg.svd"),
    (lambda x: do("linalg.svd", x, compute_uv=False), X, "linalg.svdvals"),
    (np.linalg.svd, X, "linalg.svd"),
    (lambda x: np.linalg.svd(x, False), X, "linalg.svd"),
    (lambda x: np.linalg.svd(x, hermitian=True), SQUARE, "linalg.svd"),
    (lambda x: np.linalg.svd(x, compute_uv=False), X, "linalg.svdvals"),
    (
        lambda x: np.linalg.svd(x, False, False, True),
        SQUARE,
        "linalg.eigvalsh",
    ),
]


@pytest.mark.parametrize(("fn", "x", "name"), SVD)
def test_svd_in_all_its_forms(fn: Program, x: Any, name: str) -> None:
    assert name in names(exact(fn, x))


def test_negative_eigenvalues_are_singular_values_as_well() -> None:
    exact(lambda x: np.linalg.svd(x, False, False, True), -SQUARE)


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: do("broadcast_arrays", x, x[0]),
        lambda x: np.broadcast_arrays(x[:, :1], x[0], 2.5),
        lambda x: do("broadcast_arrays", x, x[0, 0]),
        lambda x: np.broadcast_arrays(x, x),
    ],
)
def test_broadcast_arrays(fn: Program) -> None:
    better = exact(fn, X)
    assert "broadcast_to" in names(better)


def test_arrays_that_do_not_broadcast_are_refused() -> None:
    with pytest.raises(ValueError, match="broadcast"):
        lo.trace(lambda x: do("broadcast_arrays", x, x.T), X)


def test_dtypes_are_known_while_tracing() -> None:
    seen: list[Any] = []

    def program(x: Any, y: Any) -> Any:
        seen.append(do("result_type", x, y, 1.5))
        seen.append(np.result_type(x, "float16"))
        seen.append(do("can_cast", x, "float64"))
        seen.append(np.can_cast(y, "float64"))
        return x.astype(seen[0])

    x, y = X.astype("float32"), X.astype("complex64")
    exact(program, x, y)
    graph = lo.trace(program, x, y)
    assert names(graph) == ["input", "input", "astype"]
    assert seen[:4] == [np.complex64, np.float32, True, False]


@pytest.mark.parametrize(
    "name", ["nonzero", "unique_values", "unique_counts", "unique_all"]
)
def test_what_depends_on_values_is_refused(name: str) -> None:
    with pytest.raises(lo.TraceError, match="depend on values"):
        lo.trace(lambda x: do(name, x), X)
