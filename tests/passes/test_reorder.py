"""Reordering permutes the schedule for a lower peak."""

import re
from collections import Counter
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes import Reorder
from lazyopt.schedule import EFFORTS

from ..helpers import exact, modified_gram_schmidt, names, normal


def wide(x: Any) -> Any:
    """Make all first, then reduce all; one after the other is better."""
    parts = [do("exp", x + i) for i in range(8)]
    return sum(do("sum", p) for p in parts)


def decomposed(x: Any) -> Any:
    parts = [do("linalg.qr", x + i) for i in range(4)]
    return sum(do("sum", q) for q, _ in parts) + sum(r[0, 0] for _, r in parts)


PROGRAMS = [
    wide,
    decomposed,
    modified_gram_schmidt,
    lambda x: x,
    lambda x: [x @ x.T, do("exp", x)[::2], (x + 1).T],
]


@pytest.mark.parametrize("fn", PROGRAMS)
def test_it_is_a_permutation(fn: Any) -> None:
    graph = lo.trace(fn, normal(12, 12))
    better = Reorder()(graph)
    assert Counter(better.nodes) == Counter(graph.nodes)
    assert better.outputs == graph.outputs
    assert better.inputs == graph.inputs
    exact(fn, normal(12, 12), passes=["reorder"])


@pytest.mark.parametrize("fn", PROGRAMS)
def test_the_peak_never_grows(fn: Any) -> None:
    graph = lo.trace(fn, normal(12, 12))
    better = lo.optimize(graph, ["reorder"])
    assert better.memory.peak_bytes <= graph.memory.peak_bytes


@pytest.mark.parametrize("fn", PROGRAMS)
def test_the_peak_it_knows_is_the_profiles(fn: Any) -> None:
    better = Reorder()(lo.trace(fn, normal(12, 12)))
    fresh = better.replace(nodes=list(better.nodes))
    assert better.memory.peak_bytes == fresh.memory.peak_bytes


def test_a_wide_program_becomes_narrow() -> None:
    graph = lo.trace(wide, normal(1000))
    better = Reorder()(graph)
    assert graph.memory.peak_bytes > 8 * 8000
    assert better.memory.peak_bytes <= 2 * 8000 + 200


def test_the_best_order_is_the_same_object() -> None:
    graph = lo.trace(lambda x: do("exp", x + 1) * 2, normal(10))
    assert Reorder()(graph) is graph
    better = lo.optimize(lo.trace(wide, normal(100)), ["reorder"])
    again = lo.optimize(better, ["reorder"])
    assert again.memory.peak_bytes == better.memory.peak_bytes


def test_effects_keep_their_order() -> None:
    order: list[int] = []

    def log(x: Any, i: int) -> Any:
        order.append(i)
        return x.sum()

    def fn(x: Any) -> Any:
        parts = [do("exp", x + i) for i in range(6)]
        return sum(lo.call(log, p, i) for i, p in enumerate(parts))

    better = lo.optimize(lo.trace(fn, normal(100)), ["reorder"])
    better(normal(100))
    assert order == list(range(6))


def test_random_draws_are_those_of_the_order_traced() -> None:
    def fn(x: Any) -> Any:
        draws = [do("random.normal", size=(50,), like=x) for _ in range(6)]
        return [do("sum", d * x) for d in draws]

    graph = lo.trace(fn, normal(50))
    better = lo.optimize(graph)
    np.random.seed(0)
    wanted = graph(normal(50))
    np.random.seed(0)
    assert better(normal(50)) == wanted


def test_readers_stay_on_their_side_of_a_possible_write() -> None:
    def double(x: Any) -> Any:
        x *= 2
        return np.zeros(1)

    def fn(x: Any) -> Any:
        a = x + 1
        before = do("sum", a)
        lo.call(double, a)
        after = do("sum", a)
        return before, after, do("sum", a[1:])

    x = normal(100)
    before, after, part = lo.optimize(lo.trace(fn, x))(x)
    a = x + 1
    assert (before, after, part) == (a.sum(), (a * 2).sum(), (a[1:] * 2).sum())


def test_items_stand_next_to_their_call() -> None:
    better = Reorder()(lo.trace(decomposed, normal(12, 12)))
    found = names(better)
    for i, name in enumerate(found):
        if name == "linalg.qr":
            assert found[i + 1 : i + 3] == ["item", "item"]


def fan(x: Any) -> Any:
    wide = [do("exp", x * i) for i in range(6)]
    return sum(do("sum", w) for w in wide)


@pytest.mark.parametrize("effort", ["fast", "default", "best"])
def test_every_effort_says_what_it_found(effort: str) -> None:
    graph = lo.trace(fan, normal(1000))
    better = lo.optimize(graph, [Reorder(effort)])
    record = better.history[-1]
    assert "proven optimal" in record.remarks[0]
    assert record.remarks[0] in str(record)
    m = better.memory
    assert m.peak_bytes == m.lower_bound_bytes < graph.memory.peak_bytes
    assert "proven optimal" in str(m)


def test_what_is_proven_of_the_order_given_is_kept() -> None:
    graph = lo.trace(lambda x: do("exp", x) * 2, normal(10))
    same = lo.optimize(graph, ["reorder"])
    assert same.nodes == graph.nodes
    assert "proven optimal" in str(same.memory)


def test_a_search_that_is_out_of_time_still_gives_an_order() -> None:
    graph = lo.trace(fan, normal(1000))
    better = lo.optimize(graph, [Reorder("best", seconds=0)])
    assert better.memory.peak_bytes <= graph.memory.peak_bytes


def smoothed(x: Any) -> Any:
    """Each of a row of arrays after its neighbours, again and again."""
    row = [do("exp", x * i) for i in range(10)]
    for _ in range(5):
        row = [sum(row[max(i - 1, 0) : i + 2]) for i in range(10)]
    return sum(do("sum", r) for r in row)


def test_it_says_which_calls_are_in_the_way_of_a_proof(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(EFFORTS, "best", 0)
    graph = lo.trace(smoothed, normal(1000))
    better = lo.optimize(graph, [Reorder("best")])
    remark = better.history[-1].remarks[0]
    found = re.search(
        r"at most [\d.]+ times that of any order \(\w+\); "
        r"in the way: (\d+) of (\d+) calls, "
        r"from %(\d+) (\w+) to %(\d+) (\w+)$",
        remark,
    )
    assert found, remark
    assert int(found[1]) <= int(found[2]) == len(better.memory.steps)
    for place, name in (found.group(3, 4), found.group(5, 6)):
        assert names(better)[int(place)] == name


def test_an_unknown_effort_is_named() -> None:
    with pytest.raises(lo.PassError, match="'huge' isn't one of 'fast'"):
        Reorder("huge")
