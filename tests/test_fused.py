"""Fused groups: results, errors told once, threads, memory."""

import os
import pickle
import threading
import tracemalloc
import warnings
from concurrent.futures import Future
from typing import Any, ClassVar

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt import workers
from lazyopt.errors import GraphError
from lazyopt.fused import Fused
from lazyopt.graph import Graph
from lazyopt.ops import CONSTANT, INPUT
from lazyopt.passes import Fuse
from lazyopt.regions import cut_out

from .helpers import normal, same

N = 20_000
THREADS = (1, 2, 3)


def body_of(fn: Any, *args: Any) -> tuple[Graph, tuple[Any, ...]]:
    """A traced function as a body, with its operands."""
    graph = lo.trace(fn, *args)
    calls = [n for n in graph if n.op not in (INPUT, CONSTANT)]
    body, taken = cut_out(calls, dict.fromkeys(graph.outputs))
    values = dict(zip(graph.inputs, args, strict=True))
    return body, tuple(
        n.args[0] if n.op is CONSTANT else values[n] for n in taken
    )


def program(x: Any, y: Any) -> Any:
    a = do("exp", x) * y
    b = do("where", a > 1, a, 0.5) + do("tanh", y)
    return a, b**2 - x


def logs(x: Any) -> Any:
    return 1 / do("log", x * 1.0) + do("exp", x)


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("block", [64, 6400, None])
def test_results_are_those_of_the_calls(
    threads: int, block: int | None
) -> None:
    x, y = normal(N), normal(N, seed=1)
    body, values = body_of(program, x, y)
    fused = Fused(body, block, threads)
    same(fused(*values), program(x, y))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1)])
def test_results_lie_in_memory_as_eager_ones(order: tuple[int, ...]) -> None:
    x = normal(20, 30, 40).transpose(order)
    body, values = body_of(lambda x: do("exp", x) * 2 - x, x)
    result = Fused(body, 64)(*values)
    expected = np.exp(x) * 2 - x
    same(result, expected)
    assert result.strides == expected.strides
    assert result.flags.owndata
    assert result.flags.writeable


def test_operands_that_are_broadcast() -> None:
    x = normal(300, 40)
    row, column, one = normal(40), normal(300, 1), normal(1, 1)
    number, scalar = np.array(2.0), np.float64(3)

    def fn(x: Any, *others: Any) -> Any:
        for other in others:
            x = do("tanh", x - other) / other
        return x

    args = x, row, column, one, number
    body, values = body_of(fn, *args)
    same(Fused(body, 64)(*values), fn(*args))
    body, values = body_of(lambda x: fn(x, scalar), x)
    same(Fused(body, 64)(*values), fn(x, scalar))


def test_operands_other_than_traced_are_run_whole() -> None:
    x = normal(N)
    body, _ = body_of(lambda x: do("exp", x) * 2, x)
    strided = normal(2 * N)[::2]
    same(Fused(body)(strided), np.exp(strided) * 2)
    masked = np.ma.masked_array(x, x > 0)
    found = Fused(body)(masked)
    assert isinstance(found, np.ma.MaskedArray)
    same(found.mask, masked.mask)


@pytest.mark.parametrize("threads", THREADS)
def test_a_warning_comes_once_a_call(threads: int) -> None:
    x = np.ones(N)
    x[::100] = 0
    x[5::100] = -1
    body, _ = body_of(logs, x)
    found, expected = [], []
    for run, told in ((Fused(body, 64, threads), found), (logs, expected)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run(x)
        told += [(w.category, str(w.message)) for w in caught]
    assert found == expected
    assert len(found) == 3


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("kind", ["divide", "over", "invalid"])
def test_errors_are_raised_as_the_caller_wants(
    threads: int, kind: Any
) -> None:
    x = np.full(N, 2.0)
    x[N // 2 :] = {"divide": 0.0, "over": 1e300, "invalid": -1.0}[kind]
    body, _ = body_of(logs, x)
    fused = Fused(body, 64, threads)
    with np.errstate(all="ignore"):
        same(fused(x), logs(x))
        with np.errstate(**{kind: "raise"}):
            with pytest.raises(FloatingPointError) as expected:
                logs(x)
            with pytest.raises(FloatingPointError) as found:
                fused(x)
    assert str(found.value) == str(expected.value)


def test_a_handler_is_called_once() -> None:
    x = np.ones(N)
    x[7::64] = 0
    body, _ = body_of(lambda x: 1 / (x * 1.0), x)
    told: list[Any] = []
    with np.errstate(divide="call", call=lambda *a: told.append(a)):
        Fused(body, 64, 2)(x)
    assert told == [("divide by zero", 1)]


def test_errors_of_whole_rows_are_told() -> None:
    x, y = np.ones((N, 3)), np.ones(3)
    x[-1, 1] = 0
    body, values = body_of(lambda x, y: (y / x) / y, x, y)
    with (
        np.errstate(divide="raise"),
        pytest.raises(FloatingPointError, match="divide by zero"),
    ):
        Fused(body, 64)(*values)


@pytest.mark.parametrize("threads", THREADS)
def test_an_exception_is_that_of_the_first_call(threads: int) -> None:
    x = np.ones(N, np.int64)
    x[-5] = -1

    def fn(x: Any) -> Any:
        return do("power", 2, x + 0) + do("power", x + 1, x)

    body, _ = body_of(fn, np.ones(N, np.int64))
    with pytest.raises(ValueError, match="negative integer powers"):
        Fused(body, 64, threads)(x)


def test_many_threads_may_call_one_graph() -> None:
    x, y = normal(N), normal(N, seed=1)
    graph = lo.optimize(lo.trace(program, x, y), [Fuse(0, 640, 3)])
    assert "fused" in graph.counts
    run = graph.compile()
    expected = [program(x + i, y) for i in range(4)]
    wrong: list[Any] = []

    def calls(i: int) -> None:
        for _ in range(20):
            try:
                same(run(x + i, y), expected[i])
            except BaseException as error:
                wrong.append(error)

    callers = [threading.Thread(target=calls, args=(i,)) for i in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert not wrong


def test_threads_are_used_again() -> None:
    x, y = normal(N), normal(N, seed=1)
    body, values = body_of(program, x, y)
    fused = Fused(body, 64, 3)
    fused(*values)
    before = threading.active_count()
    for _ in range(50):
        fused(*values)
    assert threading.active_count() <= before + 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_starts_its_own_threads() -> None:
    x, y = normal(N), normal(N, seed=1)
    body, values = body_of(program, x, y)
    fused = Fused(body, 64, 3)
    expected = fused(*values)
    assert workers._pool is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there are threads
        pid = os.fork()
    if pid == 0:
        right = all(
            a.tobytes() == b.tobytes()
            for a, b in zip(fused(*values), expected, strict=True)
        )
        os._exit(0 if right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@pytest.mark.parametrize("threads", THREADS)
def test_workspace_is_what_is_measured(threads: int) -> None:
    n = 400_000
    x, y = normal(n), normal(n, seed=1)
    body, values = body_of(program, x, y)
    fused = Fused(body, threads=threads)
    fused(*values)
    tracemalloc.start()
    try:
        result = fused(*values)
        tracemalloc.clear_traces()
        del result
        tracemalloc.reset_peak()
        held = tracemalloc.get_traced_memory()[0]
        fused(*values)
        measured = tracemalloc.get_traced_memory()[1] - held
    finally:
        tracemalloc.stop()
    predicted = fused.workspace_bytes + 2 * 8 * n
    # What some calls take for themselves, threads may take at other times.
    own = (threads - 1) * fused._program.call_bytes
    assert -own - 4096 < measured - predicted < 0.01 * measured + 16384


@pytest.mark.parametrize("processors", [1, 2, 4, 9, 64])
def test_the_peak_is_known_on_any_number_of_processors(
    monkeypatch: pytest.MonkeyPatch, processors: int
) -> None:
    monkeypatch.setattr("lazyopt.fused.usable_threads", lambda: processors)

    def roots(x: Any, y: Any) -> Any:  # with buffers, and nothing else
        for _ in range(8):
            x, y = do("sqrt", x * x + y * y) / 2, do("tanh", x * y) + x
        return x, y

    def mixed(x: Any, y: Any) -> Any:  # NumPy casts through buffers
        for _ in range(8):
            y = do("sin", do("astype", y, "float32") + x)
        return y

    n = 200_000
    for fn in (roots, mixed):
        body, values = body_of(fn, normal(n), normal(n, seed=1))
        fused = Fused(body)
        assert fused._threads <= processors
        made = sum(x.nbytes for x in np.atleast_2d(fused(*values)))
        program = fused._program
        # Half as much again, and the first thread's own.
        assert fused.workspace_bytes <= made // 2 + (
            program.thread_bytes + fused._threads * program.call_bytes
        )
        # What depends on when the threads run is a small part.
        assert (fused._threads - 1) * program.call_bytes <= made // 100


@pytest.mark.parametrize("exponent", [-1, 0, 0.5, 1, 2, 3, 2.5, np.float32(2)])
@pytest.mark.parametrize("dtype", ["float64", "float32", "complex64", "int64"])
def test_powers_by_numbers_are_computed_in_place(
    exponent: Any, dtype: str
) -> None:
    x = normal(N).astype(dtype)
    if dtype == "int64" and exponent == -1:
        return  # refused by NumPy

    def powers(x: Any) -> Any:
        return -((+x) ** exponent)

    body, values = body_of(powers, x)
    with np.errstate(all="ignore"):
        same(Fused(body, threads=1)(*values), powers(x))
    if np.result_type(x, exponent) == dtype:
        assert Fused(body, threads=1).workspace_bytes == 0


def test_threads_that_come_too_late_keep_no_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Busy:
        """A pool that runs nothing, and keeps what it was given."""

        given: ClassVar[list[Any]] = []

        def submit(self, *task: Any) -> Future[None]:
            self.given.append(task)
            return Future()

    monkeypatch.setattr(workers, "_shared_pool", Busy)
    n = 400_000
    body, values = body_of(program, normal(n), normal(n, seed=1))
    fused = Fused(body, threads=3)
    assert fused._program.thread_bytes > 1 << 16
    fused(*values)
    tracemalloc.start()
    try:
        held = tracemalloc.get_traced_memory()[0]
        fused(*values)
        assert tracemalloc.get_traced_memory()[0] - held < 1 << 14
    finally:
        tracemalloc.stop()
    assert len(Busy.given) == 4


def test_a_chain_needs_no_memory_but_its_result() -> None:
    x = normal(N)
    body, _ = body_of(lambda x: do("exp", x * 2 - 1) / 3, x)
    assert Fused(body, threads=2).workspace_bytes == 0


def test_it_counts_operations() -> None:
    x = normal(100)
    assert Fused(body_of(lambda x: do("exp", x) * 2, x)[0]).flops == 200


def test_a_fused_graph_can_be_pickled() -> None:
    x, y = normal(N), normal(N, seed=1)
    graph = lo.optimize(lo.trace(program, x, y), [Fuse(0, 640, 2)])
    again = pickle.loads(pickle.dumps(graph))
    assert "fused" in again.counts
    same(again(x, y), program(x, y))


def test_what_is_no_body_is_refused() -> None:
    body, _ = body_of(lambda x: do("cumsum", x) * 2, normal(10))
    with pytest.raises(GraphError, match="can't be run in blocks"):
        Fused(body)
    body, _ = body_of(lambda x: do("exp", x) * 2, normal(10))
    with pytest.raises(GraphError, match="multiple of 64"):
        Fused(body, 100)
    with pytest.raises(GraphError, match="at least one thread"):
        Fused(body, threads=0)


def test_arrays_may_be_too_large_to_be_anywhere() -> None:
    spec = lo.ArraySpec((10**7, 10**7))
    graph = lo.trace(lambda x: do("sum", do("tanh", x * 2) + 1, axis=0), spec)
    better = lo.optimize(graph, peaks=True)
    assert "fused" in better.counts
    assert better.memory.peak_bytes < graph.memory.peak_bytes
