"""Times of calls: what is run, how often, and how it is told."""

import time
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt import profiling

from .helpers import modified_gram_schmidt, normal


def program(x: Any) -> Any:
    left, values, right = do("linalg.svd", x)
    y = do("exp", x) + do("exp", x)
    return left @ right, values, y


def test_rows_add_up_to_the_run() -> None:
    x = normal(6, 6)
    graph = lo.trace(modified_gram_schmidt, x)
    p = graph.profile(x)
    steps = graph.memory.steps
    assert p.steps == steps
    assert len(p.seconds) == len(steps)
    assert all(s > 0 for s in p.seconds)
    for rows in (p.by_op, p.by_source):
        assert sum(r.calls for r in rows) == len(steps)
        assert sum(r.seconds for r in rows) == pytest.approx(sum(p.seconds))
        assert sum(r.share for r in rows) == pytest.approx(1)
        assert sum(r.flops for r in rows) == graph.flops
        assert sum(r.bytes_moved for r in rows) == graph.bytes_moved
        times = [r.seconds for r in rows]
        assert times == sorted(times, reverse=True)
    calls = {r.name: r.calls for r in p.by_op}
    assert calls == {k: n for k, n in graph.counts.items() if k != "input"}
    assert all("helpers.py:" in r.name for r in p.by_source)


def test_the_slow_call_is_found() -> None:
    def slow(x: Any) -> Any:
        time.sleep(0.02)
        return x

    graph = lo.trace(lambda x: lo.call(slow, x + 1) + 1, normal(3))
    p = graph.profile(normal(3))
    first = p.by_op[0]
    assert first.name == "slow"
    assert first.seconds >= 0.02
    assert first.share > 0.9
    assert p.run_seconds == pytest.approx(sum(p.seconds))


def test_it_is_run_once_before_and_then_a_few_times() -> None:
    ran = []

    def counted(x: Any) -> Any:
        ran.append(x)
        return x

    graph = lo.trace(lambda x: lo.call(counted, x), normal(3))
    p = graph.profile(normal(3))
    assert len(ran) == p.runs + 1
    assert p.runs == profiling.MOST_RUNS


@pytest.mark.parametrize(
    "runs, elapsed, goes_on",
    [
        (0, 0.0, True),
        (99, 0.1, True),
        (100, 0.1, False),
        (50, 0.6, False),
        (1, 0.6, True),
        (1, 5.0, False),
        (3, 0.6, False),
    ],
)
def test_a_long_run_is_not_repeated(
    runs: int, elapsed: float, goes_on: bool
) -> None:
    assert profiling._goes_on(runs, elapsed) is goes_on


def test_several_results_and_unused_ones() -> None:
    x = normal(5, 5)
    p = lo.trace(program, x).profile(x)
    assert {r.name: r.calls for r in p.by_op} == {
        "linalg.svd": 1,
        "exp": 2,
        "add": 1,
        "matmul": 1,
    }


def test_inputs_that_may_be_written_to_stay_as_they_are() -> None:
    def write(x: Any) -> Any:
        x += 1
        return x.sum()

    x = normal(4)
    before = x.tobytes()
    graph = lo.trace(lambda x: lo.call(write, x), x)
    graph.profile(x)
    assert x.tobytes() == before
    given = lo.trace(lambda x: do("exp", x) * 2, x).donate()
    given.profile(x)
    assert x.tobytes() == before


def test_it_prints_as_tables() -> None:
    x = normal(6, 6)
    p = lo.trace(modified_gram_schmidt, x).profile(x)
    text = str(p)
    head, *rest = text.splitlines()
    assert "a run (of 100), 79 calls; " in head
    assert head.endswith("GB/s")
    assert rest[1].split() == [
        *["op", "calls", "time", "share", "bytes", "moved", "FLOPs"]
    ]
    tables = text.split("\n\n")[1:]
    assert [len(t.splitlines()) for t in tables] == [
        1 + len(p.by_op),
        1 + len(p.by_source),
    ]
    assert all(len({len(x) for x in t.splitlines()}) == 1 for t in tables)
    assert repr(p).startswith("<Profile: ")


def test_many_rows_are_summed_up() -> None:
    names = ["sin", "cos", "tan", "exp", "log", "sqrt", "sinh", "cosh"]
    names += ["tanh", "arcsin", "arctan", "floor", "ceil", "rint", "cbrt"]

    def fn(x: Any) -> Any:
        return [do(name, x) for name in names]

    x = np.full(3, 0.5)
    p = lo.trace(fn, x).profile(x)
    assert "3 more" in str(p)
    assert "3 more" in p._repr_html_()
    assert len(p.by_op) == len(names)


def test_nothing_to_run() -> None:
    x = normal(3)
    p = lo.trace(lambda x: x, x).profile(x)
    assert p.steps == p.by_op == p.by_source == ()
    assert "0 calls" in str(p)


def test_errors_say_where() -> None:
    graph = lo.trace(lambda x: do("linalg.inv", x), normal(3, 3))
    with pytest.raises(np.linalg.LinAlgError) as caught:
        graph.profile(np.zeros((3, 3)))
    (note,) = caught.value.__notes__
    assert "linalg.inv" in note and "test_profiling.py:" in note


def test_wrong_inputs_are_refused() -> None:
    graph = lo.trace(lambda x: x + 1, normal(3))
    with pytest.raises(lo.InputError, match="input x should be"):
        graph.profile(normal(4))


@pytest.mark.torch
def test_on_torch() -> None:
    torch = pytest.importorskip("torch")
    graph = lo.trace(program, normal(5, 5)).on("torch")
    p = graph.profile(torch.ones((5, 5), dtype=torch.float64))
    assert sum(r.calls for r in p.by_op) == len(p.steps)


@pytest.mark.parametrize(
    "seconds, text",
    [(1.5, "1.5 s"), (0.0123, "12.3 ms"), (4e-6, "4 us"), (2.5e-8, "25 ns")],
)
def test_times_have_units(seconds: float, text: str) -> None:
    assert profiling.format_seconds(seconds) == text
