"""Operations of quimb's decompositions, against what they consist of."""

from typing import Any

import pytest
from autoray import do

import lazyopt as lo

pytestmark = pytest.mark.quimb
pytest.importorskip("quimb.tensor")

M, N = 40, 24


def flops(
    name: str, *shape: int, dtype: str = "float64", **options: Any
) -> int:
    def fn(x: Any) -> Any:
        return [y for y in do(name, x, **options) if y is not None]

    return lo.trace(fn, lo.ArraySpec(shape, dtype)).flops


def plain(name: str, *shape: int) -> int:
    return lo.trace(lambda x: do(name, x), lo.ArraySpec(shape)).flops


@pytest.mark.parametrize("shape", [(M, N), (N, M), (3, M, N)])
def test_as_much_as_numpys(shape: tuple[int, ...]) -> None:
    svd, qr = (plain(f"linalg.{name}", *shape) for name in ("svd", "qr"))
    assert flops("svd_truncated", *shape, cutoff=0.0) == svd
    assert flops("qr_stabilized", *shape) == qr


def test_of_square_matrices() -> None:
    assert flops("eigh_truncated", N, N, cutoff=0.0) == 9 * N**3
    assert flops("cholesky_regularized", N, N) == N**3 // 3


def test_complex_numbers_take_four_times_as_much() -> None:
    real = flops("svd_truncated", M, N, cutoff=0.0)
    found = flops("svd_truncated", M, N, dtype="complex128", cutoff=0.0)
    assert found == 4 * real


def test_shortcuts_take_less_than_the_whole() -> None:
    whole = flops("svd_truncated", 20 * M, M, cutoff=0.0)
    by_eig = flops("svd_via_eig_truncated", 20 * M, M, cutoff=0.0)
    sketch = flops("svd_rand_truncated", 20 * M, 20 * M, max_bond=4, seed=1)
    assert by_eig < whole
    assert sketch < flops("svd_truncated", 20 * M, 20 * M, cutoff=0.0) / 10


def test_a_gram_matrix_and_its_eigenvectors() -> None:
    found = flops("svd_via_eig_truncated", M, N, cutoff=0.0)
    assert found == 2 * (2 * M * N * N) + 9 * N**3


def test_polar_is_an_svd_and_two_products() -> None:
    svd = flops("svd_truncated", M, N, cutoff=0.0)
    assert flops("polar_right", M, N) == svd + 2 * M * N * N + 2 * N**3


def test_the_norm_squares_and_adds() -> None:
    graph = lo.trace(lambda x: do("norm_fro", x), lo.ArraySpec((M, N)))
    assert graph.flops == 2 * M * N
