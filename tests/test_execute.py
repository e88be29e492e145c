"""Running: by loop or compiled, freed at last use, in threads, in error."""

import gc
import operator
import subprocess
import sys
import threading
import tracemalloc
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt import straight_line as straight
from lazyopt.plan import Step, plan_of
from lazyopt.straight_line import straight_line

from .helpers import exact, modified_gram_schmidt, normal, same


def both(graph: lo.Graph) -> list[Callable[..., Any]]:
    return [graph, graph.compile()]


def test_loop_and_compiled_agree_with_eager() -> None:
    exact(modified_gram_schmidt, normal(6, 6))


def test_compiled_is_called_as_the_graph_is() -> None:
    def fn(x: Any, *, y: Any, n: int) -> Any:
        return {"r": x + y * n}

    x, y = normal(2), normal(2, seed=1)
    f = lo.trace(fn, x, y=y, n=2).compile()
    same(f(x, y=y, n=2), fn(x, y=y, n=2))
    with pytest.raises(lo.InputError, match="traced with 2"):
        f(x, y=y, n=3)


def test_long_programs_are_compiled_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(straight, "PART", 3)
    exact(modified_gram_schmidt, normal(6, 6))
    graph = lo.trace(modified_gram_schmidt, normal(4, 4))
    program = straight.straight_line(plan_of(graph))
    assert len(program.lines) == -(-len(plan_of(graph).steps) // 3)


class Watched(np.ndarray):
    """An array that can be watched for when it is freed."""


def watcher() -> tuple[Callable[[Any], Any], list[weakref.ref[Any]]]:
    made: list[weakref.ref[Any]] = []

    def watched(x: Any) -> Any:
        value = np.array(x).view(Watched)
        made.append(weakref.ref(value))
        return value

    return watched, made


def test_values_are_freed_at_their_last_use() -> None:
    watched, made = watcher()
    alive: list[list[bool]] = []

    def look(x: Any) -> Any:
        alive.append([r() is not None for r in made])
        return np.zeros(1)

    def fn(x: Any) -> Any:
        a = lo.call(watched, x)
        b = lo.call(watched, a)
        c = lo.call(look, b)
        d = lo.call(watched, b)
        e = lo.call(look, d)
        return c, e

    graph = lo.trace(fn, normal(3))
    for run in both(graph):
        made.clear()
        alive.clear()
        run(normal(3))
        assert alive == [[False, True], [False, False, True]]


def test_a_result_that_nobody_uses_of_one_without_a_name_is_freed() -> None:
    watched, made = watcher()

    def seen(x: Any) -> Any:
        return made[0]() is None

    def fn(x: Any) -> Any:
        lo.call(watched, do("exp", x))
        return lo.call(seen, x), x * 1

    for run in both(lo.trace(fn, normal(2))):
        made.clear()
        assert run(normal(2))[0]


def test_what_nobody_uses_is_freed_at_once() -> None:
    watched, made = watcher()
    alive: list[bool] = []

    def fn(x: Any) -> Any:
        lo.call(watched, x)
        return lo.call(lambda x: alive.append(made[0]() is None) or x, x)

    for run in both(lo.trace(fn, normal(3))):
        made.clear()
        run(normal(3))
    assert alive == [True, True]


@pytest.mark.usefixtures("own_registry")
def test_unused_results_of_several_are_freed() -> None:
    made: list[weakref.ref[Any]] = []
    alive: list[list[bool]] = []

    def two(x: Any) -> Any:
        pair = (np.array(x).view(Watched), np.array(x).view(Watched))
        made.extend(map(weakref.ref, pair))
        return pair

    def look(x: Any) -> Any:
        alive.append([r() is not None for r in made])
        return x

    spec = lo.ArraySpec((3,))
    lo.register_op(
        two,
        effects="opaque",
        infer=lambda x: (spec, spec),
        name="execute_two_results",
        results=2,
    )

    def fn(x: Any) -> Any:
        first, _ = lo.call("execute_two_results", x)
        lo.call(look, x)
        return lo.call(look, first * 2)

    for run in both(lo.trace(fn, normal(3))):
        made.clear()
        run(normal(3))
    assert alive == [[True, False], [False, False]] * 2


def test_inputs_are_not_kept() -> None:
    for run in both(lo.trace(lambda x: x + 1, normal(3))):
        array = normal(3).view(Watched)
        kept = weakref.ref(array)
        run(array)
        del array
        assert kept() is None


@pytest.mark.parametrize("compiled", [False, True])
def test_the_peak_measured_is_the_peak_predicted(compiled: bool) -> None:
    def fn(x: Any) -> Any:
        for _ in range(10):
            x = do("sin", x) * 2.0
        return x

    x = normal(200, 500)
    graph = lo.trace(fn, x)
    run = graph.compile() if compiled else graph
    run(x)
    tracemalloc.start()
    try:
        held = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        run(x)
        peak = tracemalloc.get_traced_memory()[1] - held
    finally:
        tracemalloc.stop()
    assert graph.memory.peak_bytes == 2 * x.nbytes
    assert peak == pytest.approx(graph.memory.peak_bytes, rel=0.01)


def test_nothing_is_kept_between_calls() -> None:
    watched, made = watcher()
    graph = lo.trace(lambda x: lo.call(watched, x), normal(3))
    gc.disable()
    try:
        for run in both(graph):
            made.clear()
            result = run(normal(3))
            del result
            assert made[0]() is None
    finally:
        gc.enable()


def test_a_graph_may_run_while_it_runs() -> None:
    runs: list[Callable[..., Any]] = []

    def again(x: Any) -> Any:
        return runs[0](x - 1) + 1 if x[0] > 0 else x

    def fn(x: Any) -> Any:
        y = x * 2
        return lo.call(again, x) * 3 + y

    def eager(x: Any) -> Any:
        y = x * 2
        return (eager(x - 1) + 1 if x[0] > 0 else x) * 3 + y

    x = np.array([3.0, 4.0])
    for run in both(lo.trace(fn, x)):
        runs[:] = [run]
        same(run(x), eager(x))


def test_four_threads_run_one_graph_at_once() -> None:
    barrier = threading.Barrier(4, timeout=30)

    def meet(x: Any) -> Any:
        barrier.wait()
        return x

    def fn(x: Any) -> Any:
        y = x * 2
        lo.call(meet, y)
        z = y + x
        lo.call(meet, z)
        return z - y

    graph = lo.trace(fn, normal(3))
    inputs = [normal(3, seed=i) for i in range(4)]
    for run in both(graph):
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(run, inputs))
        same(found, [(x * 2 + x) - x * 2 for x in inputs])


def test_errors_keep_their_type_and_name_the_call() -> None:
    def fn(x: Any) -> Any:
        return do("linalg.cholesky", x * 1.0)

    graph = lo.trace(fn, np.eye(2))
    for run in both(graph):
        with pytest.raises(np.linalg.LinAlgError) as error:
            run(-np.eye(2))
        (note,) = error.value.__notes__
        assert "linalg.cholesky(<multiply>) : float64[2,2]" in note
        line = fn.__code__.co_firstlineno + 1
        assert f"{__file__}:{line}" in note


@pytest.mark.usefixtures("own_registry")
def test_an_error_names_its_call_however_deep_it_is_written() -> None:
    wrong = ""

    def named(name: str) -> Callable[[Any, Any], Any]:
        def fn(x: Any, y: Any) -> Any:
            if name == wrong:
                raise ValueError("on purpose")
            return x + y

        fn.__name__ = name
        lo.register_op(
            fn, effects="pure", infer=lambda x, y: x, name=f"the_{name}"
        )
        return fn

    names = [f"step{i}" for i in range(2 * straight.DEEPEST + 3)]
    functions = [named(name) for name in names]

    def program(x: Any, y: Any) -> Any:
        for i, fn in enumerate(functions):
            x = lo.call(fn, x, y) if i % 3 else lo.call(fn, y, x)
        return x

    graph = lo.trace(program, normal(2), normal(2))
    run = graph.compile()
    same(run(normal(2), normal(2)), graph(normal(2), normal(2)))
    for wrong in names:
        with pytest.raises(ValueError, match="on purpose") as error:
            run(normal(2), normal(2))
        (note,) = error.value.__notes__
        assert f"in the_{wrong}(" in note


def test_what_one_call_reads_has_no_name() -> None:
    def fn(x: Any, y: Any) -> Any:
        return do("hypot", y, do("sin", do("exp", y))), x

    x, y = normal(2), normal(2)
    program = straight_line(plan_of(lo.trace(fn, x, y)))
    code = program.function.__code__  # type: ignore[attr-defined]
    nodes = program.lines[id(code)]
    assert [n.op.name for n in nodes if n] == ["hypot", "sin", "exp"]
    same(program.function([x, y]), fn(x, y))


def test_operators_hold_together_where_they_are_written() -> None:
    def fn(x: Any) -> Any:
        y = x**1
        return do("stack", (y, y**1)), do("stack", (y @ y, x[0] + x)), x

    exact(fn, normal(3, 3))
    x = normal(3, 3)
    same(lo.trace(fn, x).compile()(x), fn(x))


def test_operators_get_nothing_that_has_no_name() -> None:
    # NumPy's write into arrays that nothing else refers to.
    node = lo.trace(lambda x: -x, normal(2)).nodes[1]
    step = Step(operator.neg, (0,), 1, None, (0,), node)
    assert not straight._reads_alone(0, step, None)
    assert straight._reads_alone(0, step._replace(function=np.negative), None)
    twice = step._replace(function=np.add, ins=(0, 0))
    assert not straight._reads_alone(0, twice, None)
    alive = step._replace(function=np.negative, dead=())
    assert not straight._reads_alone(0, alive, None)


def test_a_graph_runs_again_after_an_error() -> None:
    graph = lo.trace(lambda x: do("linalg.inv", x) + 1, np.eye(2))
    for run in both(graph):
        with pytest.raises(np.linalg.LinAlgError):
            run(np.zeros((2, 2)))
        same(run(np.eye(2)), np.linalg.inv(np.eye(2)) + 1)


NASTY = [
    "it's",
    'a "quote"',
    "'''\n\"\"\"",
    "\\",
    "'); raise SystemExit('pasted') #",
    "{x}%s{0}",
    "r1",
    "held",
]


@pytest.mark.parametrize("text", NASTY)
def test_no_string_of_the_user_reaches_the_source_text(text: str) -> None:
    def echo(*args: Any, **kwargs: Any) -> Any:
        return (args[1:], kwargs)

    def fn(x: Any) -> Any:
        return lo.call(echo, x, text, [text], {text: text}, **{text: text})

    graph = lo.trace(fn, normal(2))
    for run in both(graph):
        assert run(normal(2)) == ((text, [text], {text: text}), {text: text})
    program = straight_line(plan_of(graph))
    code = program.function.__code__
    consts = [c for c in code.co_consts if isinstance(c, str)]
    found = [*consts, *code.co_names, *code.co_varnames]
    if text not in ("r1", "held"):
        assert not any(text in name for name in found)


def test_function_names_do_not_reach_the_source_text() -> None:
    def plain(x: Any) -> Any:
        return x + 1

    plain.__name__ = "x; raise SystemExit('pasted')"
    graph = lo.trace(lambda x: lo.call(plain, x), normal(2))
    same(graph.compile()(normal(2)), normal(2) + 1)


def test_compiled_text_has_no_builtins_but_what_numpy_needs() -> None:
    program = straight_line(plan_of(lo.trace(lambda x: x + 1, normal(2))))
    builtins = program.function.__globals__["__builtins__"]
    assert list(builtins) == ["__import__"]


def test_functions_may_import_when_they_are_first_called() -> None:
    script = """
import numpy as np
import lazyopt as lo
x = np.ones(3)
f = lo.trace(lambda x: lo.call("mean", x), x).compile()
assert f(x) == 1.0
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_nested_arguments_are_rebuilt_for_each_call() -> None:
    seen: list[Any] = []

    def keeps(parts: Any) -> Any:
        seen.append(parts)
        parts["list"].append(0)
        return parts["list"][0]

    def fn(x: Any) -> Any:
        return lo.call(keeps, {"list": [x, (x, 1)], "slice": slice(None, 2)})

    graph = lo.trace(fn, normal(2))
    for run in both(graph):
        for _ in range(2):
            same(run(normal(2)), normal(2))
    assert all(len(p["list"]) == 3 for p in seen)
    assert len({id(p["list"]) for p in seen}) == 4


def test_a_static_list_is_not_shared_with_an_opaque_function() -> None:
    def grows(x: Any, items: list[int]) -> Any:
        items.append(1)
        return x + len(items)

    graph = lo.trace(lambda x: lo.call(grows, x, [5]), normal(2))
    for run in both(graph):
        for _ in range(2):
            same(run(normal(2)), normal(2) + 2)


def test_graphs_of_inputs_alone_run() -> None:
    graph = lo.trace(lambda x, y: (y, x), normal(1), normal(2))
    for run in both(graph):
        same(run(normal(1), normal(2)), (normal(2), normal(1)))


def test_what_is_run_is_not_written() -> None:
    x = normal(4)
    x.flags.writeable = False
    graph = lo.optimize(lo.trace(lambda x: (x + 1) * 2 - x, x))
    for run in both(graph):
        same(run(x), (x + 1) * 2 - x)


def test_registers_are_as_many_as_values_alive_at_once() -> None:
    def fn(x: Any) -> Any:
        for i in range(1000):
            x = do("exp", x) * 2 - i % 3
        return x

    plan = plan_of(lo.trace(fn, normal(3)))
    assert len(plan.registers) - plan.fixed == 1
    assert plan.fixed == 3


def test_constants_that_are_equal_but_differ_stay_apart() -> None:
    x = np.array([1, 2])
    graph = lo.trace(lambda x: (x + 1, x + 1.0, x + True, x * 0.0), x)
    for run in both(graph):
        same(run(x), (x + 1, x + 1.0, x + True, x * 0.0))


@pytest.mark.parametrize("steps", [3, 2 * straight.PART])
def test_a_donated_array_is_freed_after_its_last_reader(steps: int) -> None:
    def fn(x: Any) -> Any:
        y = do("sum", x)
        for _ in range(steps):
            y = y * 1.0
        return lo.call(alive, y)

    seen: list[bool] = []
    held: list[Any] = []

    def alive(y: Any) -> Any:
        seen.append(held[0]() is not None)
        return y

    graph = lo.trace(fn, normal(5)).donate()
    run = graph.compile()

    def made() -> np.ndarray:
        x = normal(5)
        held[:] = [weakref.ref(x)]
        return x

    run(made())
    x = made()
    run(x)
    assert seen == [False, True]


@pytest.mark.parametrize("part", [1, 100])
def test_an_error_in_a_part_keeps_no_array(
    part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched, made = watcher()
    monkeypatch.setattr(straight, "PART", part)

    def fails(x: Any) -> Any:
        raise ValueError("on purpose")

    def fn(x: Any) -> Any:
        y = lo.call(watched, x)
        return lo.call(fails, x), y

    run = lo.trace(fn, normal(3)).compile()
    with pytest.raises(ValueError, match="on purpose") as error:
        run(normal(3))
    assert len(error.value.__notes__) == 1
    assert made[0]() is None


@pytest.mark.usefixtures("own_registry")
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("compiled", [False, True])
def test_errors_and_interrupts_free_what_was_held(
    error: type[BaseException], compiled: bool
) -> None:
    held: list[weakref.ref[Any]] = []

    def seen(x: Any) -> Any:
        made = x + 1
        held.append(weakref.ref(made))
        return made

    def fail(x: Any) -> Any:
        assert held[0]() is not None
        raise error("stop")

    for function in (seen, fail):
        name = function.__name__
        lo.register_op(function, effects="pure", infer=lambda x: x, name=name)

    def program(x: Any) -> Any:
        y = lo.call(seen, x)
        return y, lo.call(fail, x * 2)

    x = normal(10)
    graph = lo.trace(program, x)
    run = graph.compile() if compiled else graph
    with pytest.raises(error) as caught:
        run(x)
    assert caught.value.__traceback__ is not None
    assert held[0]() is None
