"""Calls that do something, and memory that somebody else sees."""

from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes import Prune

from ..helpers import exact, names, normal, same
from .everything import EVERYTHING, exact_by_everything


class Counter:
    """A function with a memory: it says how often it was called."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, x: Any) -> Any:
        self.calls += 1
        return x + self.calls


def double(x: Any) -> None:
    """Write into an array, and return nothing."""
    x *= 2


@pytest.mark.parametrize("passes", [None, EVERYTHING])
def test_trap_18_outputs_stay_arrays_of_their_own(passes: Any) -> None:
    def fn(x: Any) -> Any:
        a, b = do("exp", x), do("exp", x)
        return a, b, do("sin", x).T, do("sin", x).T, do("exp", a)

    x = normal(4, 4)
    better = exact(fn, x, passes=passes)
    found = better(x)
    for i, one in enumerate(found):
        assert not any(np.shares_memory(one, y) for y in found[i + 1 :])
    found[0][...] = 0
    same(better(x), fn(x))


def test_trap_18_views_of_an_input_stay_arrays_of_their_own() -> None:
    def fn(x: Any) -> Any:
        return x.T, x.T, x[:1], x[:1], x

    for found in (exact_by_everything(fn, x)(x) for x in [normal(2, 3)]):
        assert len(set(map(id, found))) == 5


def test_trap_18_an_output_that_repeats_is_one_array() -> None:
    def fn(x: Any) -> Any:
        y = do("exp", x)
        return y, y

    x = normal(3)
    found = exact_by_everything(fn, x)(x)
    assert found[0] is found[1]


def draws(x: Any) -> Any:
    """Draws that look alike, one that nobody needs, one that two need."""
    a = do("random.normal", size=(3,), like=x)
    b = do("random.normal", size=(3,), like=x)
    do("random.normal", size=(2,), like=x)
    c = do("random.uniform", size=(3,), like=x)
    return a - b, c * x, do("exp", c), do("random.normal", size=(), like=x)


@pytest.mark.parametrize("item", ["fold", "share", "prune", *EVERYTHING])
def test_trap_19_the_stream_of_random_numbers_is_the_same(item: Any) -> None:
    x = normal(3)
    better = lo.optimize(lo.trace(draws, x), [item])
    for run in (better, better.compile()):
        np.random.seed(5)
        expected = [draws(x) for _ in range(2)]
        np.random.seed(5)
        same([run(x) for _ in range(2)], expected)


def test_trap_19_calls_with_a_memory_are_made_as_often() -> None:
    count = Counter()

    def fn(x: Any) -> Any:
        y, _ = lo.call(count, x), lo.call(count, x)
        z = lo.call(count, x)
        return y * y, z

    x = np.zeros(2)
    graph = lo.optimize(lo.trace(fn, x), EVERYTHING)
    assert count.calls == 0
    same(graph(x), (np.full(2, 1.0), np.full(2, 3.0)))
    same(graph(x), (np.full(2, 16.0), np.full(2, 6.0)))


def test_trap_21_what_is_folded_is_nobody_elses() -> None:
    mine = normal(3, 4)

    def fn(x: Any) -> Any:
        view = do("transpose", mine, like=x)
        return do("matmul", do("negative", view, like=x), x), do("sum", x)

    x = normal(3, 2, seed=1)
    expected = fn(x)
    graph = lo.optimize(lo.trace(fn, x), ["fold", "prune"])
    folded = [n.value for n in graph.nodes if n.is_constant]
    assert [f.shape for f in folded] == [(4, 3)]
    assert not np.shares_memory(folded[0], mine)
    assert not folded[0].flags.writeable
    mine[...] = 0
    same(graph(x), expected)


def test_trap_21_what_is_returned_is_new_at_each_call() -> None:
    def fn(x: Any) -> Any:
        made = do("ones", (2, 3), like=x)
        return do("transpose", made), do("reshape", made, (6,)), x

    x = normal(2)
    graph = exact_by_everything(fn, x)
    for out in graph(x)[:2]:
        out[...] = 7
    same(graph(x), fn(x))


@pytest.mark.parametrize("passes", [["prune"], None, EVERYTHING])
def test_trap_22_a_call_that_writes_is_not_dead(passes: Any) -> None:
    def fn(x: Any) -> Any:
        y = do("exp", x)
        lo.call(double, y)
        return y + 1

    x = normal(3)
    expected = 2 * np.exp(x) + 1
    graph = lo.optimize(lo.trace(fn, x), passes)
    for run in (graph, graph.compile()):
        same(run(x), expected)


@pytest.mark.parametrize("passes", [["share"], None, EVERYTHING])
def test_trap_23_calls_on_both_sides_of_a_write_do_not_merge(
    passes: Any,
) -> None:
    def fn(x: Any) -> Any:
        y, z = do("exp", x), do("exp", x)
        view = y[1:]
        before = do("sum", y), do("sum", view)
        lo.call(double, view)
        after = do("sum", y), do("sum", view)
        # No outputs, which would be let alone for being that.
        return [s + 1 for s in (*before, *after)], do("exp", x), z * 2

    x = normal(3)
    graph = lo.optimize(lo.trace(fn, x), passes)
    y = np.exp(x)
    before = y.sum(), y[1:].sum()
    double(y[1:])
    for run in (graph, graph.compile()):
        sums = [s + 1 for s in (*before, y.sum(), y[1:].sum())]
        same(run(x), (sums, np.exp(x), np.exp(x) * 2))


def test_trap_23_inputs_that_are_one_array_stay_as_they_are() -> None:
    def fn(x: Any, y: Any) -> Any:
        a = x + y
        b = do("exp", x) * 2
        return a * b, do("negative", do("negative", y))

    graph = exact_by_everything(fn, normal(5), normal(5, seed=1))
    x = normal(5, seed=2)
    kept = x.copy()
    same(graph(x, x), fn(x, x))
    same(x, kept)
    both = normal(6, seed=3)
    same(graph(both[:5], both[1:]), fn(both[:5], both[1:]))


def test_trap_28_what_is_returned_is_there_whatever_it_is_part_of() -> None:
    def fn(x: Any) -> Any:
        a = do("exp", x)
        b = a + 1
        c = b * a
        return {"c": c, "a": a, "b": [b, (b, x)], "s": do("sum", c)}

    better = exact_by_everything(fn, normal(4, 5))
    assert names(better).count("exp") <= 1


def test_trap_28_an_output_is_not_dead_for_being_read() -> None:
    def fn(x: Any) -> Any:
        y = do("sin", x)
        return y, do("cos", y)

    graph = lo.trace(fn, normal(3))
    assert Prune()(graph) is graph
