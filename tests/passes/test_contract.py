"""Contract finds cheaper paths, and keeps what it promises."""

import builtins
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes import Contract
from lazyopt.testing import check_pass

from ..helpers import names, normal

PathOptimizer = pytest.importorskip("opt_einsum").paths.PathOptimizer


def contracted(fn: Any, *args: Any) -> lo.Graph:
    """The graph after it, whose result is near to eager's."""

    def beside(*args: Any) -> Any:
        # Something larger, so that intermediates aren't the peak.
        large = do("sum", do("zeros", (100, 1000), like=args[0]))
        return fn(*args) + do("astype", large, args[0].dtype.name)

    graph = lo.trace(beside, *args)
    better = lo.optimize(graph, ["contract"], fast_math=True)
    found, expected = better(*args), beside(*args)
    assert type(found) is type(expected)
    assert found.dtype == expected.dtype and found.shape == expected.shape
    ulp = np.finfo(expected.dtype).eps * np.abs(expected).max(initial=0)
    assert np.abs(found - expected).max(initial=0) <= 64 * ulp
    assert better.flops <= graph.flops
    assert better.memory.peak_bytes <= graph.memory.peak_bytes
    return better


def test_a_product_with_a_vector_comes_from_its_end() -> None:
    A, B, x = normal(30, 30), normal(30, 30, seed=1), normal(30, seed=2)
    for fn in (
        lambda A, B, x: (A @ B) @ x,
        lambda A, B, x: do("dot", do("dot", A, B), x),
        lambda A, B, x: do("tensordot", do("tensordot", A, B, 1), x, 1),
        lambda A, B, x: do("einsum", "ij,jk,k->i", A, B, x),
        lambda A, B, x: do("transpose", B.T @ A.T) @ x,
    ):
        better = contracted(fn, A, B, x)
        assert better.flops < 2 * 30 * 30 * 30 + 100_000


def test_a_network_with_batches_diagonals_and_traces() -> None:
    x, y, z = normal(4, 5, 5), normal(5, 6, seed=1), normal(6, 4, 7, seed=2)

    def fn(x: Any, y: Any, z: Any) -> Any:
        return do("einsum", "bii,ij,jbk->kb", x, y, z)

    better = contracted(fn, x, y, z)
    assert len(better) > 4


@pytest.mark.parametrize("dtype", ["float32", "complex64", "complex128"])
def test_dtypes(dtype: str) -> None:
    arrays = [normal(20, 20, seed=i).astype(dtype) for i in range(3)]
    better = contracted(
        lambda A, B, C: do("einsum", "ij,jk,kl->l", A, B, C), *arrays
    )
    assert names(better).count("einsum") + names(better).count("tensordot") > 1


def test_networks_share_what_is_read_twice() -> None:
    A, B, x = normal(30, 30), normal(30, 30, seed=1), normal(30, seed=2)

    def fn(A: Any, B: Any, x: Any) -> Any:
        C = (A @ B) @ A
        return (C @ C) @ x

    graph = contracted(fn, A, B, x)
    assert names(graph).count("tensordot") + names(graph).count("matmul") == 4


def test_what_is_cheapest_already_stays() -> None:
    A, x = normal(30, 30), normal(30, seed=2)
    for fn in (
        lambda A, x: A @ (A @ x),
        lambda A, x: (A + 1) @ x,
        lambda A, x: (A @ A) * x,
    ):
        graph = lo.trace(fn, A, x)
        assert Contract()(graph) is graph


def test_outputs_are_not_taken_apart() -> None:
    A, x = normal(30, 30), normal(30, seed=2)

    def fn(A: Any, x: Any) -> Any:
        B = A @ A
        return B, B @ x

    graph = lo.trace(fn, A, x)
    assert Contract()(graph) is graph


def test_whole_numbers_and_mixed_dtypes_stay() -> None:
    A, x = normal(30, 30), normal(30, seed=2)
    for B in (A.astype("int64"), A.astype("float32")):
        graph = lo.trace(lambda A, B, x: (A @ B) @ x, A, B, x)
        assert Contract()(graph) is graph


def test_a_path_finder_may_be_given() -> None:
    A, B, x = normal(30, 30), normal(30, 30, seed=1), normal(30, seed=2)
    graph = lo.trace(lambda A, B, x: (A @ B) @ x, A, B, x)
    asked: list[Any] = []

    class Finder(PathOptimizer):
        def __call__(
            self, inputs: Any, output: Any, sizes: Any, memory: Any = None
        ) -> Any:
            asked.append(inputs)
            return [(1, 2), (0, 1)]

    assert Contract(Finder())(graph).flops < graph.flops
    assert len(asked) == 1


def test_it_needs_fast_math() -> None:
    graph = lo.trace(lambda x: x @ x, normal(3, 3))
    with pytest.raises(lo.PassError, match="fast_math"):
        lo.optimize(graph, ["contract"])


def test_it_is_among_the_default_passes_with_fast_math(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    A, x = normal(30, 30), normal(30)
    graph = lo.trace(lambda A, x: (A @ (A + 1)) @ x, A, x)
    fast = lo.optimize(graph, fast_math=True)
    assert "contract" in [record.name for record in fast.history]
    assert fast.flops < graph.flops / 5
    np.testing.assert_allclose(fast(A, x), graph(A, x), rtol=1e-10)
    assert "contract" not in [r.name for r in lo.optimize(graph).history]
    monkeypatch.setattr("lazyopt.optimizing.find_spec", lambda name: None)
    without = lo.optimize(graph, fast_math=True)
    assert "contract" not in [record.name for record in without.history]


def test_without_opt_einsum_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "opt_einsum":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    A, x = normal(30, 30), normal(30, seed=2)
    graph = lo.trace(lambda A, x: (A @ A) @ x, A, x)
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(lo.PassError, match=r"autoray-lazyopt\[contract\]"):
        Contract()(graph)


def test_graphs_of_other_libraries_are_left_alone() -> None:
    A, x = normal(30, 30), normal(30, seed=2)
    graph = lo.trace(lambda A, x: (A @ A) @ x, A, x).on("torch")
    assert Contract()(graph) is graph


def test_random_networks() -> None:
    """Of few labels, so that batches, sums and outer products occur."""
    rng = np.random.default_rng(0)
    applied = 0
    for _ in range(150):
        sizes = dict(zip("abcdef", rng.integers(1, 5, 6), strict=True))
        count = rng.integers(2, 6)
        terms = [
            "".join(rng.choice(list("abcdef"), rng.integers(1, 4)))
            for _ in range(count)
        ]
        used = sorted(set("".join(terms)))
        kept = rng.permutation(used)[: rng.integers(0, 4)]
        equation = f"{','.join(terms)}->{''.join(kept)}"
        arrays = [
            rng.uniform(0.5, 1, [sizes[i] for i in term]) for term in terms
        ]

        def fn(*arrays: Any, equation: str = equation) -> Any:
            return do("einsum", equation, *arrays) + 0.0

        applied += names(contracted(fn, *arrays)).count("einsum") > 1
    assert applied > 15


def test_it_keeps_its_promises() -> None:
    check_pass(Contract(), 400, exact=False)
