"""Sequences of runs: what they hold is what the graph made of them holds."""

from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.ordering import peak_bytes
from lazyopt.recompute.calls import Calls, calls_of
from lazyopt.recompute.limits import smallest_call
from lazyopt.recompute.rebuild import rebuilt
from lazyopt.recompute.runs import Versions, cost, expanded, pruned
from lazyopt.recompute.sequences import Patience, best_sequence
from lazyopt.recompute.tighten import tightened
from lazyopt.recompute.walk import SCORES, most_runs, walk
from lazyopt.reusing import donors_in_order

from ..helpers import normal, same


def program(x: Any) -> Any:
    """Views, several results, and values that wait."""
    a = do("exp", x)
    q, r = do("linalg.qr", a)
    b = do("sin", a.T)
    early = [do("cos", b + i) for i in range(4)]
    s = do("sum", q @ r)
    return [do("sum", e * a * s) for e in early[::-1]], b[0]


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("limit", [4_000, 8_000, 12_000, 40_000])
@pytest.mark.parametrize("in_place", [False, True])
def test_the_peak_is_that_of_the_graph(
    score: str, limit: int, in_place: bool
) -> None:
    x = normal(12, 12)
    graph = lo.trace(program, x)
    calls = calls_of(graph, in_place)
    sequence = walk(calls, limit, score)
    assert sequence is not None  # these are few calls
    sequence = pruned(calls, sequence)
    for each in (sequence, tightened(calls, sequence, limit)):
        made = rebuilt(graph, calls, each)
        if in_place:
            made = made.replace(donors=donors_in_order(made))
        assert peak_bytes(made) <= Versions(calls, each).peak()
        same(made(x), program(x))
        runs = expanded(calls, each)
        assert Versions(runs, range(len(runs))).peak() == (
            Versions(calls, each).peak()
        )


def lanczos(x: Any, v: Any) -> Any:
    """Vectors of which each needs all before it, and how long they are."""
    found, lengths = [v], []
    w = x @ v
    for _ in range(12):
        w = w - do("sum", w * found[-1]) * found[-1]
        for u in found:
            w = w - do("sum", u * w) * u
        lengths.append(do("linalg.norm", w))
        found.append(w / lengths[-1])
        w = x @ found[-1]
    return do("stack", tuple(found)), do("stack", tuple(lengths))


def test_what_takes_ever_more_runs_is_given_up() -> None:
    # It was some 300,000 runs of 400 calls, dozens of times over.
    graph = lo.trace(lanczos, normal(20, 20), normal(20, seed=1))
    calls = calls_of(graph)
    limit = smallest_call(graph)[0]
    found = [walk(calls, limit, score) for score in SCORES]
    assert None in found
    for sequence in found:
        assert sequence is None or len(sequence) <= most_runs(calls)
    patience = Patience(1)
    best = best_sequence(calls, limit, patience)
    assert best.sequence == list(range(len(calls)))
    assert patience.left < 0


def test_a_limit_that_is_no_limit_changes_nothing() -> None:
    calls = calls_of(lo.trace(program, normal(12, 12)))
    for score in SCORES:
        assert walk(calls, 10**9, score) == list(range(len(calls)))


def test_what_is_repeated_for_nothing_is_left_out() -> None:
    calls = calls_of(lo.trace(program, normal(12, 12)))
    once = list(range(len(calls)))
    twice = [v for v in once for _ in range(1 + calls.again[v])]
    assert pruned(calls, twice) == once
    spread = [*once[:4], *[v for v in once[:4] if calls.again[v]], *once[4:]]
    assert tightened(calls, pruned(calls, spread), 10**9) == once
    assert cost(calls, once) < cost(calls, twice)


def again(calls: Calls) -> dict[str, bool]:
    pairs = zip(calls.nodes, calls.again, strict=True)
    return {node.op.name: may for node, may in pairs}


def test_what_has_an_effect_or_may_be_written_runs_once() -> None:
    def double(x: Any) -> Any:
        x *= 2
        return np.zeros(1)

    def fn(x: Any) -> Any:
        a = do("exp", x)
        lo.call(double, a)
        b = do("sin", a)
        r = do("random.normal", size=(3,), like=x)
        c = do("cos", r)
        return do("sum", b) * do("sum", c), do("sum", b)

    found = again(calls_of(lo.trace(fn, normal(3))))
    assert not found["exp"]
    assert not found["sin"]
    assert not found["random.normal"]
    assert not found["cos"]


def test_a_call_on_what_is_gone_by_then_runs_once() -> None:
    def fn(x: Any) -> Any:
        r = do("random.normal", size=(3,), like=x)
        a = do("exp", r)
        b = do("sum", do("sin", a))
        return b, do("sum", a)

    assert not again(calls_of(lo.trace(fn, normal(3))))["exp"]
    given = lo.trace(lambda x: do("sum", do("exp", x)) * 2, normal(3))
    assert again(calls_of(given))["exp"]
