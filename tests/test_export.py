"""Graphs for networkx and as LazyArrays."""

from typing import Any

import networkx
import numpy as np
import pytest
from autoray import do
from autoray.lazy import LazyArray

import lazyopt as lo
from lazyopt.export import flat_state, from_flat_state

from .helpers import modified_gram_schmidt, normal, same


def test_networkx_has_a_node_a_call() -> None:
    graph = lo.trace(lambda x: do("exp", x) * x + 1.0, normal(3))
    made = graph.to_networkx()
    assert isinstance(made, networkx.DiGraph)
    assert list(made.nodes) == [0, 1, 2, 3]
    assert set(made.edges) == {(0, 1), (0, 2), (1, 2), (2, 3)}
    assert [made.nodes[i]["op"] for i in made] == [
        "input",
        "exp",
        "multiply",
        "add",
    ]
    assert made.nodes[1]["node"] is graph.nodes[1]
    assert made.nodes[1]["nbytes"] == 24
    assert made.nodes[1]["label"] == "exp(<input>) : float64[3]"
    assert [made.nodes[i]["output"] for i in made] == [False] * 3 + [True]
    assert list(networkx.topological_sort(made)) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "fn",
    [
        modified_gram_schmidt,
        lambda x: {"a": [x, x + 1], "b": (do("exp", x),) * 2},
        lambda x: tuple(do("linalg.svd", x)),
        lambda x: do("sum", x @ x.T, axis=0) - x[0] * 2,
    ],
)
def test_to_lazy_computes_the_same(fn: Any) -> None:
    x = normal(4, 4)
    made = lo.trace(fn, x).to_lazy(x)

    def computed(tree: Any) -> Any:
        if isinstance(tree, dict):
            return {k: computed(v) for k, v in tree.items()}
        if isinstance(tree, tuple | list):
            return type(tree)(map(computed, tree))
        assert isinstance(tree, LazyArray)
        return tree.compute()

    same(computed(made), fn(x))


def test_to_lazy_without_arrays_has_variables() -> None:
    graph = lo.trace(lambda x: do("exp", x) * 2, normal(3))
    again = lo.from_lazy(graph.to_lazy())
    assert [n.op.name for n in again] == ["input", "exp", "multiply"]
    same(again(normal(3)), np.exp(normal(3)) * 2)


def test_to_lazy_needs_all_arrays_or_none() -> None:
    graph = lo.trace(lambda x, y: x + y, normal(3), normal(3))
    with pytest.raises(lo.GraphError, match="2 inputs, but 1"):
        graph.to_lazy(normal(3))


def test_to_lazy_carries_constants_and_keywords() -> None:
    c = normal(2, 3)
    graph = lo.trace(lambda x: do("sum", x * c, axis=1), normal(2, 3))
    x = normal(2, 3, seed=1)
    same(graph.to_lazy(x).compute(), (x * c).sum(axis=1))


def test_the_flat_form_nests_nothing() -> None:
    graph = lo.trace(modified_gram_schmidt, normal(4, 4))
    state = flat_state(graph)
    assert len(state[0]) == len(graph)
    again = from_flat_state(*state)
    assert str(again) == str(graph)
    same(again(normal(4, 4)), graph(normal(4, 4)))
