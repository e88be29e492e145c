"""Order, reuse and memory: what is counted, freed, and written over."""

import contextvars
import threading
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes import Fuse, Rematerialise, Reorder, Reuse

from ..helpers import exact, names, normal, same
from .everything import EVERYTHING, exact_by_everything


def test_trap_29_a_group_waits_for_all_that_it_reads() -> None:
    def fn(x: Any) -> Any:
        a = do("exp", x)
        t = do("sin", a)
        s = do("sum", a)  # of the whole, between two parts of what could fuse
        b = a * s
        c = t + b
        return c - do("max", c), do("sqrt", a) * b

    exact_by_everything(fn, normal(50, 40))
    graph = lo.optimize(lo.trace(fn, normal(300, 200)), [Fuse()])
    graph.on("numpy")  # its nodes are in order, or this raises
    same(graph(normal(300, 200)), fn(normal(300, 200)))


def test_trap_29_fusing_does_not_raise_the_peak() -> None:
    def fn(x: Any, y: Any) -> Any:
        a = do("exp", x)
        b = do("exp", y)
        for _ in range(3):
            a = a * x + 1
            b = b * y + 1
            x, y = do("sin", a), do("cos", b)
        return do("sum", a) + do("sum", b), x, y

    x = normal(200, 200)
    graph = lo.trace(fn, x, x + 1)
    better = exact(fn, x, x + 1, passes=[Fuse(least=1)])
    assert better.memory.peak_bytes <= graph.memory.peak_bytes


@pytest.mark.parametrize("passes", [[Reuse(effort="fast")], EVERYTHING])
@pytest.mark.parametrize(
    "fn",
    [
        lambda x: (lambda y: (y + 1) * y)(do("exp", x)),
        lambda x: (lambda y: (y + 1, y))(do("exp", x)),
        lambda x: (lambda y: y + y[::-1])(do("exp", x)),
        lambda x: (lambda y: y[::-1] * 2 + y)(do("exp", x)),
        lambda x: (lambda y: (y * 2, do("sum", y.T, 0)))(do("exp", x)),
        lambda x: (lambda y: do("reshape", y, (-1,))[1:] + 1)(do("exp", x)),
        lambda x: (lambda y: (y @ y) * y + y.T)(do("exp", x)),
        lambda x: (lambda y: y * do("broadcast_to", y[0], (4, 4)))(x * 2),
        lambda x: x * 2 + x,
        lambda x: (x + 1) * 2 - do("sum", x),
    ],
)
def test_trap_30_nothing_that_is_alive_is_written_over(
    fn: Any, passes: Any
) -> None:
    x = normal(4, 4)
    kept = x.copy()
    better = exact(fn, x, passes=passes)
    same([better(x), better(x)], [fn(x), fn(x)])
    same(x, kept)


def test_trap_30_constants_are_not_written_over() -> None:
    c = normal(5)
    kept = c.copy()

    def fn(x: Any) -> Any:
        y = do("add", c, 1, like=x)
        return do("exp", y) * x, do("asarray", c, like=x) * x

    better = exact_by_everything(fn, normal(5, seed=1))
    better(normal(5, seed=1))
    same(c, kept)


def sums(x: Any) -> Any:
    """One large array after the other, made here and summed much later."""
    parts = [do("exp", x + i) for i in range(12)]
    return [do("sum", p) for p in parts], do("max", parts[0])


def spectra(x: Any) -> Any:
    """Calls of several results, of which some are read late or never."""
    found = [do("linalg.svd", x * (i + 1)) for i in range(6)]
    total = do("sum", do("stack", [s for _, s, _ in found]))
    return total, [u @ v for u, _, v in found][::-1]


def halves(x: Any) -> Any:
    """Pieces of one array, read in another order than they come in."""
    a, b = do("split", do("exp", x), 2)
    c, d = do("split", a * 2, 2)
    return do("sum", b), do("sum", d), do("sum", c), a


@pytest.mark.parametrize("fn", [sums, spectra, halves])
@pytest.mark.parametrize("effort", ["fast", "default"])
def test_trap_35_orders_of_many_outputs_are_no_worse(
    fn: Any, effort: str
) -> None:
    x = normal(40, 40)
    graph = lo.trace(fn, x)
    better = exact(fn, x, passes=[Reorder(effort=effort)])
    assert better.memory.peak_bytes <= graph.memory.peak_bytes
    assert len(better.outputs) == len(graph.outputs)


def test_trap_35_each_array_is_used_up_before_the_next() -> None:
    x = normal(40, 40)
    better = lo.optimize(lo.trace(sums, x), ["reorder"])
    assert better.memory.peak_bytes < 3.1 * x.nbytes


def test_trap_42_a_result_is_allocated_before_operands_are_freed() -> None:
    x = normal(100, 100)
    graph = lo.trace(lambda x: do("sin", do("cos", do("exp", x))), x)
    assert graph.memory.peak_bytes == 2 * x.nbytes
    assert graph.memory.lower_bound_bytes == 2 * x.nbytes
    one = lo.trace(lambda x: do("exp", x), x)
    assert one.memory.peak_bytes == x.nbytes


def test_trap_47_sharing_does_not_raise_the_peak() -> None:
    def fn(x: Any) -> Any:
        a = do("exp", x)
        s = do("sum", a)
        c = x * s
        e = c + do("tanh", c)
        return e * do("exp", x)

    x = normal(100, 100)
    graph = lo.trace(fn, x)
    shared = lo.optimize(graph, ["prune"])
    assert shared.memory.peak_bytes == 3 * x.nbytes
    better = exact(fn, x)
    assert better.memory.peak_bytes <= graph.memory.peak_bytes
    alone = lo.passes.Share()(graph)
    assert alone.memory.peak_bytes > graph.memory.peak_bytes


def test_trap_47_recomputing_brings_it_down_again() -> None:
    def fn(x: Any) -> Any:
        a = do("exp", x)
        c = x * do("sum", a)
        e = c + do("tanh", c)
        return e * a

    x = normal(100, 100)
    graph = lo.trace(fn, x)
    assert graph.memory.peak_bytes == 4 * x.nbytes
    better = exact(fn, x, passes=[Rematerialise()])
    assert better.memory.peak_bytes == 3 * x.nbytes
    assert names(better).count("exp") == 2


def test_trap_48_errstate_holds_in_a_thread_with_the_callers_context() -> None:
    x = np.array([1.0, 0.0])
    better = lo.optimize(lo.trace(lambda x: 1 / x, x))
    for run in (better, better.compile()):
        outcome: list[Any] = []

        def work(run: Any = run, outcome: list[Any] = outcome) -> None:
            outcome.append(run(x))

        with np.errstate(divide="ignore"):
            context = contextvars.copy_context()
            thread = threading.Thread(target=context.run, args=(work,))
            thread.start()
            thread.join()
            same(run(x), np.array([1.0, np.inf]))
        same(outcome, [np.array([1.0, np.inf])])
        with (
            np.errstate(divide="raise"),
            pytest.raises(FloatingPointError, match="divide by zero"),
        ):
            run(x)


def test_trap_48_folding_leaves_what_errstate_decides() -> None:
    zero = np.zeros(2)

    def fn(x: Any) -> Any:
        return x + do("true_divide", 1.0, zero, like=x)

    x = normal(2)
    with np.errstate(divide="ignore"):
        better = exact(fn, x)
    with (
        np.errstate(divide="raise"),
        pytest.raises(FloatingPointError, match="divide by zero"),
    ):
        better(x)


def test_trap_48_threads_of_ours_run_under_the_callers_errstate() -> None:
    x = normal(400, 300)
    x[0, 0] = 0

    def fn(x: Any) -> Any:
        return do("sqrt", do("exp", 1 / x)) * 2

    with np.errstate(all="ignore"):
        expected = fn(x)
        better = lo.optimize(lo.trace(fn, x), [Fuse(threads=4)])
        for run in (better, better.compile()):
            same(run(x), expected)
    for run in (better, better.compile()):
        with (
            np.errstate(all="ignore", divide="raise"),
            pytest.raises(FloatingPointError, match="divide by zero"),
        ):
            run(x)
