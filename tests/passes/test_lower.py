"""Lower makes cheaper calls, and keeps all that can be seen."""

from collections.abc import Callable
from typing import Any

import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes import Lower, Prune, Simplify, lower
from lazyopt.pipeline import Settings

from ..helpers import exact, modified_gram_schmidt, names, normal, same


def cheaper(fn: Callable[..., Any], *args: Any) -> list[str]:
    """Names of the calls after it, with results equal to eager."""
    return names(exact(fn, *args, passes=[Lower()]))[len(args) :]


def test_a_product_of_matrices_is_one_dot() -> None:
    x, y = normal(4, 5), normal(5, 6, seed=1)
    assert cheaper(lambda x, y: do("tensordot", x, y, 1), x, y) == ["dot"]


def test_axes_are_moved_only_where_they_must() -> None:
    x, y = normal(4, 5), normal(6, 5, seed=1)
    calls = cheaper(lambda x, y: do("tensordot", x, y, ((1,), (1,))), x, y)
    assert calls == ["transpose", "dot"]
    x, y = normal(2, 3, 4), normal(4, 5, seed=1)
    calls = cheaper(lambda x, y: do("tensordot", x, y, 1), x, y)
    assert calls == ["reshape", "dot", "reshape"]


def test_a_product_of_vectors_is_left_to_the_plan() -> None:
    x, y = normal(5), normal(5, seed=1)
    calls = cheaper(lambda x, y: do("tensordot", x, y, 1) * x, x, y)
    assert calls == ["tensordot", "multiply"]


def test_what_numpy_computes_otherwise_stays() -> None:
    def fn(x: Any) -> Any:
        return (
            do("linalg.norm", x, 1),
            do("linalg.norm", x, axis=0),
            do("linalg.norm", x, 2),
            do("take", x, 1, axis=0),
            do("vstack", (x[0], x[1])),
        )

    graph = lo.trace(fn, normal(3, 3))
    assert Lower()(graph) is graph


def test_axes() -> None:
    x = normal(2, 3, 4)

    def fn(x: Any) -> Any:
        y = do("moveaxis", x, 0, 1) * 2
        return do("expand_dims", y, 1) + do("hstack", (x, x)).sum()

    calls = cheaper(fn, x)
    assert calls[0] == "transpose"
    assert "reshape" in calls and "concatenate" in calls


def test_the_peak_never_grows() -> None:
    def fn(x: Any, y: Any) -> Any:
        return do("tensordot", x, y, ((0,), (0,))) @ (x + y)

    graph = lo.trace(fn, normal(30, 30), normal(30, 30, seed=1))
    better = Lower()(graph)
    assert better.memory.peak_bytes <= graph.memory.peak_bytes


def test_each_rule_is_on_record() -> None:
    x = normal(4, 4)
    graph = lo.trace(lambda x: do("tensordot", x, x, 1), x)
    better = lo.optimize(graph, [Lower()])
    assert better.history[-1].rewrites == {"tensordot as dot": 1}


def test_gram_schmidt() -> None:
    x = normal(30, 30)
    graph = exact(
        modified_gram_schmidt, x, passes=[Simplify(), Prune(), Lower()]
    )
    assert "conjugate" not in names(graph)


def test_graphs_of_other_libraries_are_left_alone() -> None:
    graph = lo.trace(lambda x: do("tensordot", x, x, 1), normal(3, 3))
    moved = graph.on("torch")
    assert Lower()(moved) is moved


def test_what_it_makes_can_be_saved_and_moved(tmp_path: Any) -> None:
    x = normal(3, 3)
    graph = Lower()(lo.trace(lambda x: do("tensordot", x, x, ((1,), (1,))), x))
    path = tmp_path / "graph.lo"
    graph.save(path)
    same(lo.load(path)(x), graph(x))


def test_it_is_a_value() -> None:
    assert Lower() == Lower()
    assert repr(Lower()) == "Lower()"


def test_calls_that_would_raise_the_peak_are_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As if each call took a byte: none is known whose parts take more."""
    x = normal(4, 5)
    graph = lo.trace(lambda x: do("tensordot", x, x, ((1,), (1,))), x)
    assert Lower()(graph) is not graph
    monkeypatch.setattr(lower, "peak_bytes", len)
    better = lo.Pipeline([Lower()]).run(graph, Settings())
    assert better.nodes == graph.nodes
    assert "raise the peak" in str(better.history[-1])
    same_number = lo.trace(lambda x: do("moveaxis", x, 0, 1), x)
    assert names(Lower()(same_number)) == ["input", "transpose"]
