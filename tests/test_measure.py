"""What is measured beside what was predicted, and nothing left behind."""

import gc
import threading
import time
import tracemalloc
import weakref
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt import measure as module
from lazyopt.errors import GraphError, InputError

from .helpers import modified_gram_schmidt, normal

N = 50_000
BYTES = 8 * N
#: What a few array objects and the loop take.
SMALL = 3_000


def chain(x: Any) -> Any:
    """Two, three and two arrays' worth of it at once."""
    y = do("exp", x)
    z = y * 2
    return z + y


def near(measured: Any, arrays: list[int]) -> None:
    """Assert that so many arrays were live in each step, and no more."""
    assert len(measured) == len(arrays)
    for found, n in zip(measured, arrays, strict=True):
        assert 0 <= found - n * BYTES < SMALL, (measured, arrays)


def test_it_measures_what_is_live_while_each_step_runs() -> None:
    x = normal(N)
    m = lo.trace(chain, x).measure(x)
    near(m.measured, [1, 2, 3])
    assert m.predicted == (BYTES, 2 * BYTES, 3 * BYTES)
    assert m.predicted_peak == 3 * BYTES
    assert m.measured_peak == m.measured[2]
    assert m.lower_bound_bytes == m.profile.lower_bound_bytes > 0
    assert [n.op.name for n in m.steps] == ["exp", "multiply", "add"]
    assert m.parts_at is None


def test_freed_values_are_gone_from_the_next_step() -> None:
    def fn(x: Any) -> Any:
        return do("sum", do("sin", do("sin", do("sin", x))))

    x = normal(N)
    near(lo.trace(fn, x).measure(x).measured, [1, 2, 2, 1])


def test_the_loop_itself_hardly_shows() -> None:
    x = normal(10)
    m = lo.trace(lambda x: [x[i:] for i in range(5)], x).measure(x)
    assert max(m.measured) < 1_000
    assert m.predicted == (0,) * 5


def test_many_steps_do_not_add_up() -> None:
    def fn(x: Any) -> Any:
        for _ in range(3_000):
            x = x + 1
        return x

    x = normal(4)
    m = lo.trace(fn, x).measure(x)
    assert max(m.measured) - m.measured[10] < 500


@pytest.mark.parametrize("better", [False, True])
def test_a_program_of_many_steps_is_as_predicted(better: bool) -> None:
    x = normal(20, 2_000)
    graph = lo.trace(modified_gram_schmidt, x)
    if better:
        graph = lo.optimize(graph)
    m = graph.measure(x)
    assert m.parts_at is None
    assert len(m.measured) == len(m.predicted) == len(m.values)


def test_a_wrong_prediction_is_found_where_it_is_most_wrong(
    own_registry: None,
) -> None:
    def greedy(x: Any, times: int) -> Any:
        np.empty(times * x.size)
        return x * 2

    lo.register_op(greedy, infer=lambda x, times: x)
    x = normal(N)

    def fn(x: Any) -> Any:
        return [lo.call(greedy, x, times) for times in (2, 5, 3)]

    m = lo.trace(fn, x).measure(x)
    assert m.parts_at == (1, m.steps[1])
    lines = str(m).splitlines()
    assert lines[1].startswith("not as predicted: of 3 steps, %2 greedy")
    assert lines[1].endswith("with 1.5 MiB more than predicted")
    worst = [line.split()[0] for line in lines[3:]]
    assert worst == ["%2", "%3", "%1"]
    assert "+1.5 MiB" in lines[3]


def test_small_differences_are_no_parting(own_registry: None) -> None:
    def greedy(x: Any) -> Any:
        np.empty(15_000, np.uint8)
        return x * 2

    lo.register_op(greedy, infer=lambda x: x)
    x = normal(10)
    assert (
        lo.trace(lambda x: lo.call(greedy, x), x).measure(x).parts_at is None
    )


def test_it_prints_in_a_few_lines() -> None:
    x = normal(N)
    m = lo.trace(chain, x).measure(x)
    lines = str(m).splitlines()
    assert lines[0] == (
        "measured 1.1 MiB, predicted 1.1 MiB, no order needs less than 1.1 MiB"
    )
    assert lines[1] == "as predicted, through 3 steps"
    assert lines[2].split() == ["step", "predicted", "measured", "difference"]
    assert any("%3 add  test_measure.py:" in line for line in lines[3:])
    assert len(lines) == 6
    assert len({len(line) for line in lines[2:]}) == 1
    assert repr(m) == (
        f"<Measurement: peak {m.measured_peak:,} B, predicted 1,200,000 B>"
    )


def test_the_table_has_the_five_worst_steps() -> None:
    x = normal(10)
    m = lo.trace(lambda x: [x + i for i in range(9)], x).measure(x)
    assert len(str(m).splitlines()) == 8


@pytest.mark.parametrize(
    ("fn", "args"), [(lambda: 1, ()), (lambda x: (x, x), (normal(N),))]
)
def test_a_graph_without_steps(fn: Any, args: Any) -> None:
    graph = lo.trace(fn, *args)
    for g in (graph, graph.donate()):
        m = g.measure(*args)
        assert (m.measured, m.measured_peak, m.parts_at) == ((), 0, None)
        assert str(m).splitlines()[1] == "nothing runs"


def test_unknown_sizes_are_at_least() -> None:
    def mystery(x: Any) -> Any:
        return np.concatenate([x, x])

    x = normal(N)
    m = lo.trace(lambda x: lo.call(mystery, x + 1), x).measure(x)
    near(m.measured, [1, 3])
    assert m.predicted == (BYTES, BYTES)
    assert m.parts_at == (1, m.steps[1])
    assert "predicted at least 390.6 KiB" in str(m)
    assert "predicted at least 400,000 B" in repr(m)


def test_donated_inputs_count_until_their_last_reader() -> None:
    def fn(x: Any, y: Any) -> Any:
        z = do("exp", x + y)
        return z * y

    x, y = normal(N), normal(N, seed=1)
    graph = lo.trace(fn, x, y)
    near(graph.measure(x, y).measured, [1, 2, 2])
    donated = graph.donate("x")
    near(donated.measure(x, y).measured, [2, 2, 2])
    both = graph.donate()
    near(both.measure(x, y).measured, [3, 3, 3])
    for g in (donated, both):
        assert g.measure(x, y).parts_at is None
    assert x.tobytes() == normal(N).tobytes()


@pytest.mark.parametrize(
    "fn",
    [
        lambda x, y: y * 2,  # nothing reads one of them
        lambda x, y: (x, y + 1),  # nothing reads one, but it's returned
        lambda x, y: (x, x + y),  # read and returned
        lambda x, y: (x[5:], do("exp", y)),  # returned by a view
    ],
)
def test_donated_inputs_that_are_not_freed(fn: Any) -> None:
    x, y = normal(N), normal(N, seed=1)
    for inputs in ((), ("x",), ("y",)):
        m = lo.trace(fn, x, y).donate(*inputs).measure(x, y)
        near(m.measured, [n // BYTES for n in m.predicted])


def test_bound_data_is_not_used_up() -> None:
    from autoray import lazy

    x = normal(N)
    graph = lo.from_lazy(do("exp", lazy.array(x)) * 2).donate()
    near(graph.measure().measured, [2, 2])
    assert graph().tobytes() == (np.exp(x) * 2).tobytes()


def test_a_donated_copy_has_the_layout_of_the_array() -> None:
    seen: list[bool] = []

    def layout(x: Any) -> Any:
        seen.append(x.flags.f_contiguous and not x.flags.c_contiguous)
        return x

    x = np.asfortranarray(normal(20, 30))
    lo.trace(lambda x: lo.call(layout, x), x).donate().measure(x)
    assert seen == [True, True]


@pytest.mark.parametrize("steps", [(-1, 1), (1, -1), (-1, -1)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_donated_copy_runs_backwards_as_the_array_does(
    steps: tuple[int, int], order: Any
) -> None:
    x = np.asarray(normal(200, 300), order=order)[:: steps[0], :: steps[1]]

    def contract(x: Any) -> Any:  # BLAS takes no negative strides: a copy
        return do("tensordot", x, do("ones", (300, 20)), 1)

    graph = lo.trace(contract, x).donate()
    found = graph.measure(x)
    assert graph.memory.workspace[-1] >= x.nbytes
    assert found.parts_at is None, str(found)


def test_inputs_are_left_alone_by_functions_that_write() -> None:
    def overwrite(x: Any) -> Any:
        x += 1
        return x.sum()

    seen: list[float] = []

    def look(x: Any) -> Any:
        seen.append(float(x[0]))
        return x

    x = np.zeros(10)

    def fn(x: Any) -> Any:
        lo.call(overwrite, x)
        return lo.call(look, x)

    lo.trace(fn, x).measure(x)
    assert not x.any()
    assert seen == [1, 1]


def test_random_numbers_are_measured_as_well() -> None:
    def fn(x: Any) -> Any:
        return x + do("random.normal", size=(N,), like=x)

    x = normal(N)
    near(lo.trace(fn, x).measure(x).measured, [1, 2])


def test_several_results_count_together() -> None:
    def fn(x: Any) -> Any:
        a, b = do("split", x * 2, 2)
        q, r = do("linalg.qr", do("reshape", a, (50, -1)))
        return q @ r, b

    x = normal(N)
    m = lo.trace(fn, x).measure(x)
    assert m.values[1] == 3  # x * 2, and its halves
    assert m.measured[0] >= BYTES


def test_tracing_that_is_on_stays_on_and_keeps_its_peak() -> None:
    x = normal(N)
    graph = lo.trace(chain, x)
    expected = graph.measure(x).measured
    assert not tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        mine = np.empty(20 * N)
        high = tracemalloc.get_traced_memory()[1]
        del mine
        measured = graph.measure(x).measured
        assert tracemalloc.is_tracing()
        peak = tracemalloc.get_traced_memory()[1]
        assert high <= peak < high + SMALL
        tracemalloc.reset_peak()
        now = tracemalloc.get_traced_memory()[0]
        graph.measure(x)
        peak = tracemalloc.get_traced_memory()[1]
        assert 3 * BYTES <= peak - now < 3 * BYTES + SMALL
    finally:
        tracemalloc.stop()
    near(measured, [1, 2, 3])
    near(expected, [1, 2, 3])


def test_measuring_within_a_measured_call() -> None:
    x = normal(N)
    inner = lo.trace(lambda x: do("sum", (x + 1) * 2), x)

    def call(x: Any) -> Any:
        found.append(inner.measure(x).measured)
        return x

    found: list[Any] = []
    outer = lo.trace(lambda x: lo.call(call, x * 2), x)
    m = outer.measure(x)
    assert len(found) == 2
    for measured in found:
        near(measured, [1, 2, 1])
    assert 3 * BYTES <= m.measured[1] < 3 * BYTES + 4 * SMALL
    assert not tracemalloc.is_tracing()


@pytest.mark.parametrize("collecting", [False, True])
def test_the_garbage_collector_is_left_as_it_was(collecting: bool) -> None:
    during: list[bool] = []

    def look(x: Any) -> Any:
        during.append(gc.isenabled())
        return x

    x = normal(3)
    graph = lo.trace(lambda x: lo.call(look, x), x)
    try:
        if not collecting:
            gc.disable()
        graph.measure(x)
        assert gc.isenabled() is collecting
    finally:
        gc.enable()
    assert during[-1] is False


class Fails:
    """Fails in the second run, which is the measured one."""

    def __init__(self) -> None:
        self.calls = 0
        self.seen: list[Any] = []

    def __call__(self, x: Any) -> Any:
        self.calls += 1
        self.seen.append(weakref.ref(x))
        if self.calls == 2:
            raise ValueError("of the user's own")
        return x


def test_errors_keep_their_type_say_where_and_leave_nothing() -> None:
    fails = Fails()
    x = normal(N)
    graph = lo.trace(lambda x: lo.call(fails, x * 2) + 1, x)
    with pytest.raises(ValueError, match="of the user's own") as caught:
        graph.measure(x)
    assert "in Fails(<multiply>)" in caught.value.__notes__[0]
    assert "test_measure.py:" in caught.value.__notes__[0]
    assert len(caught.value.__notes__) == 1
    assert not tracemalloc.is_tracing()
    assert gc.isenabled()
    frames = []
    trace = caught.value.__traceback__
    while trace is not None:
        frames.append(trace.tb_frame)
        trace = trace.tb_next
    registers = [f.f_locals.get("registers") for f in frames]
    assert [] in registers
    assert graph.measure(x).measured


def test_an_error_in_the_first_run_says_where_too() -> None:
    graph = lo.trace(lambda x: do("linalg.inv", x * 0), np.eye(3))
    with pytest.raises(np.linalg.LinAlgError) as caught:
        graph.measure(np.eye(3))
    assert len(caught.value.__notes__) == 1
    assert not tracemalloc.is_tracing()


def test_nothing_is_held_when_it_is_done() -> None:
    made: list[Any] = []

    def look(x: Any) -> Any:
        made.append(weakref.ref(x))
        return x * 2

    x = normal(N)
    graph = lo.trace(lambda x: lo.call(look, x + 1), x)
    m = graph.measure(x)
    assert all(ref() is None for ref in made)
    assert m.graph is graph


def test_threads_measure_one_at_a_time() -> None:
    def pause(x: Any) -> Any:
        time.sleep(0.001)  # another thread goes on
        return x

    x = normal(N)
    graph = lo.trace(lambda x: lo.call(pause, chain(x)), x)
    found: list[tuple[int, ...]] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        for _ in range(5):
            found.append(graph.measure(x).measured)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert not tracemalloc.is_tracing()
    assert gc.isenabled()
    for measured in found:
        near(measured, [1, 2, 3, 1])


def test_it_is_called_as_the_graph_is() -> None:
    def fn(data: dict[str, Any], *, scale: Any) -> Any:
        return data["x"] * scale

    x, scale = normal(N), normal(1)
    graph = lo.trace(fn, {"x": x}, scale=scale)
    near(graph.measure({"x": x}, scale=scale).measured, [1])
    with pytest.raises(InputError):
        graph.measure({"x": x[:5]}, scale=scale)
    with pytest.raises(InputError):
        graph.measure({"x": x})


def test_other_libraries_are_refused_with_what_to_do() -> None:
    graph = lo.trace(lambda x: x * 2, normal(3)).on("cupy")
    with pytest.raises(GraphError, match="see the memory of cupy") as caught:
        graph.measure(normal(3))
    assert "graph.on('numpy')" in str(caught.value)
    assert issubclass(GraphError, lo.LazyoptError)


def test_a_peak_is_only_ever_raised() -> None:
    tracemalloc.start()
    try:
        high = tracemalloc.get_traced_memory()[1] + 1_000_000
        module._raise_peak(high)
        assert high <= tracemalloc.get_traced_memory()[1] < high + 1_000
        module._raise_peak(10)
        assert tracemalloc.get_traced_memory()[1] >= high
    finally:
        tracemalloc.stop()
