"""`reduce`: the smallest part of a graph that still fails."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt import reducing

from .helpers import normal


def calls(graph: lo.Graph, name: str) -> int:
    return graph.counts.get(name, 0)


def long_program(length: int) -> Callable[..., Any]:
    def program(x: Any, y: Any) -> Any:
        kept = []
        for i in range(length):
            x = do("tanh", x) * 1.25
            if i == length // 3:
                kept.append(x - y)
                x = kept[0] + do("sum", y)
        return {"last": x, "kept": kept}

    return program


def test_one_call_is_left_of_many() -> None:
    graph = lo.trace(long_program(50), normal(2, 3), normal(2, 3))
    small = lo.reduce(graph, lambda g: calls(g, "subtract") == 1)
    assert [n.op.name for n in small if not n.is_input] == ["subtract"]
    assert len(small) == 3
    assert len(small.outputs) == 1


def test_two_calls_far_apart() -> None:
    graph = lo.trace(long_program(40), normal(3), normal(3))
    small = lo.reduce(
        graph, lambda g: calls(g, "subtract") and calls(g, "sum")
    )
    assert len(small) <= 5


def test_bound_values_stay_what_they_were() -> None:
    x = normal(2, 3)
    lazy = lo.from_lazy(_lazy(x))
    seen = []

    def fails(graph: lo.Graph) -> bool:
        if not calls(graph, "log"):
            return False
        seen.append(graph())
        return True

    small = lo.reduce(lazy, fails)
    assert len(small) == 2
    (value,) = small.bound or ()
    np.testing.assert_array_equal(value, np.exp(x) + 1)
    assert len(seen) > 2


def _lazy(x: Any) -> Any:
    from autoray import lazy

    return do("sqrt", do("log", do("exp", lazy.array(x)) + 1))


def test_the_graph_given_is_left_as_it_is() -> None:
    graph = lo.trace(long_program(5), normal(3), normal(3))
    text = str(graph)
    lo.reduce(graph, lambda g: calls(g, "tanh") > 0)
    assert str(graph) == text


def test_what_does_not_fail_is_refused() -> None:
    graph = lo.trace(np.exp, normal(3))
    with pytest.raises(lo.InputError, match="nothing to reduce"):
        lo.reduce(graph, lambda g: False)


def test_effects_and_several_results_are_reduced_too() -> None:
    def program(x: Any) -> Any:
        u, s, v = do("linalg.svd", x @ x)
        noise = do("random.normal", size=(3,), like=x)
        return lo.call(_unknown, u), s + noise, v

    graph = lo.trace(program, normal(3, 3))
    small = lo.reduce(graph, lambda g: calls(g, "random.normal") == 1)
    assert len([n for n in small if not n.is_input]) == 1
    small = lo.reduce(graph, lambda g: calls(g, "linalg.svd") == 1)
    assert len([n for n in small if not n.is_input]) <= 2
    small = lo.reduce(graph, lambda g: calls(g, "_unknown") == 1)
    assert [n.op.name for n in small if not n.is_input] == ["_unknown"]


def test_several_results_are_not_returned_as_one() -> None:
    """Even if there is one of them: `split` in one part."""

    def program(x: Any) -> Any:
        (part,) = do("split", do("exp", x), 1)
        return do("tanh", part)

    def fails(graph: lo.Graph) -> bool:
        graph(*[normal(4) for _ in graph.inputs])  # each that is tried runs
        return calls(graph, "split") == 1

    small = lo.reduce(lo.trace(program, normal(4)), fails)
    assert [n.op.name for n in small if not n.is_input] == ["split"]


def _unknown(x: Any) -> Any:
    return x


def test_a_call_is_taken_for_its_operand() -> None:
    """Between two calls that matter, others of the same spec go."""

    def program(x: Any) -> Any:
        y = do("exp", x)
        for _ in range(10):
            y = do("tanh", y)
        return do("log", y)

    def fails(graph: lo.Graph) -> bool:
        for node in graph:
            if node.op.name != "log":
                continue
            while node.op.name in ("log", "tanh"):
                node = node.args[0]
                if node.op.name == "exp":
                    return True
        return False

    small = lo.reduce(lo.trace(program, normal(3)), fails)
    assert [n.op.name for n in small] == ["input", "exp", "log"]


@pytest.mark.parametrize("shape", [(3, 3), (3, 2)])
def test_a_call_of_several_is_taken_for_a_copy(shape: Any) -> None:
    """Of one of them, or of an input, if none has the result's shape."""

    def fn(x: Any, y: Any) -> Any:
        return do("exp", x @ y) + 1

    graph = lo.trace(fn, normal(3, 3), normal(*shape))

    def fails(g: lo.Graph) -> bool:
        return any(
            n.op.name == "exp" and not n.operands[0].is_input for n in g.nodes
        )

    small = lo.reduce(graph, fails)
    assert [n.op.name for n in small] == ["input", "copy", "exp"]
    assert small.outputs[0].specs == graph.nodes[3].specs


def test_what_nothing_reads_then_goes() -> None:
    graph = lo.trace(lambda x, y: x @ y, normal(2, 2), normal(2, 2))

    def fails(g: lo.Graph) -> bool:
        return [n.op.name in ("matmul", "copy") for n in g.outputs] == [True]

    small = lo.reduce(graph, fails)
    assert [n.op.name for n in small] == ["input", "copy"]


def test_what_is_returned_stays_where_a_copy_is_tried() -> None:
    graph = lo.trace(
        lambda x, y: (x, y, do("exp", x @ y)), normal(2, 3), normal(3, 2)
    )
    seen: list[lo.Graph] = []

    def fails(g: lo.Graph) -> bool:
        seen.append(g)
        assert set(g.nodes).issuperset(g.outputs)
        return len(g.outputs) == 3 and calls(g, "exp") == 1

    assert len(lo.reduce(graph, fails)) == 4
    assert len(seen) > 4


def test_a_deep_graph_takes_few_tries() -> None:
    graph = lo.trace(long_program(7_000), normal(3), normal(3))
    tries = []

    def fails(graph: lo.Graph) -> bool:
        tries.append(len(graph))
        return calls(graph, "subtract") == 1

    assert len(graph) > 14_000
    assert len(lo.reduce(graph, fails)) == 3
    assert sum(tries) < 20 * len(graph)


def test_it_ends_where_nothing_can_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph = lo.trace(long_program(400), normal(3), normal(3))
    monkeypatch.setattr(reducing, "MOST", 20_000)
    tries = []

    def fails(graph: lo.Graph) -> bool:
        tries.append(len(graph))
        return calls(graph, "tanh") >= 150

    small = lo.reduce(graph, fails)
    assert calls(small, "tanh") >= 150
    assert sum(tries) <= 20_000 + 2 * len(graph)
