"""From functions to graphs: arguments, results, closures, static values."""

import gc
import weakref
from typing import Any, NamedTuple

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.tracing import gc_paused

from .helpers import exact, names, normal, same


class Pair(NamedTuple):
    left: Any
    right: Any


def test_arrays_in_any_pytree_become_inputs() -> None:
    def fn(a: Any, b: Any, *, c: Any) -> Any:
        return a[0] + a[1]["k"] * b.left - b.right[0] / c

    x = [normal(3, seed=i) + 5 for i in range(5)]
    args = ((x[0], {"k": x[1]}), Pair(x[2], [x[3]]))
    exact(fn, *args, c=x[4])
    graph = lo.trace(fn, *args, c=x[4])
    assert len(graph.inputs) == 5


def test_results_keep_their_structure() -> None:
    def fn(x: Any) -> Any:
        y = do("exp", x)
        return {"z": Pair(y, [x, (y,)]), "a": None, "n": 3, "empty": ()}

    x = normal(3)
    better = exact(fn, x)
    found = better(x)
    assert type(found["z"]) is Pair
    assert found["n"] == 3


def test_outputs_that_are_one_array_eagerly_are_one_here() -> None:
    def fn(x: Any) -> Any:
        y = x + 1
        return y, y

    a, b = lo.optimize(lo.trace(fn, normal(2)))(normal(2))
    assert a is b


def test_an_input_that_is_returned_is_itself() -> None:
    x = normal(2)
    assert lo.trace(lambda x: x, x)(x) is x
    assert lo.trace(lambda x: (x, 1), x).compile()(x)[0] is x


def test_results_without_arrays() -> None:
    graph = lo.trace(lambda x: (1, None, "a"), normal(2))
    assert graph(normal(2)) == (1, None, "a")
    assert lo.optimize(graph)(normal(2)) == (1, None, "a")
    assert lo.trace(lambda: None)() is None


def test_scalars_and_strings_are_static() -> None:
    def fn(x: Any, n: int, mode: str = "sum", scale: float = 1.0) -> Any:
        for _ in range(n):
            x = do(mode, x, axis=0) * scale
        return x

    exact(fn, normal(2, 3), 2, mode="max", scale=-0.0)
    graph = lo.trace(fn, normal(2, 3), 1)
    assert names(graph) == ["input", "sum", "multiply"]


def test_numpy_scalars_are_inputs_of_their_own_kind() -> None:
    def fn(x: Any, s: Any) -> Any:
        return x * s, s**3

    x, s = normal(3).astype("float32"), np.float64(1.1)
    better = exact(fn, x, s)
    assert better.inputs[1].spec.kind == "scalar"
    same(better(x, np.float64(2.2)), fn(x, np.float64(2.2)))


def test_specs_stand_for_arrays() -> None:
    spec = lo.ArraySpec((2, 3), "float32")
    graph = lo.trace(lambda x, y: x @ y, spec, lo.ArraySpec((3, 4)))
    assert str(graph.outputs[0].spec) == "float64[2,4]"
    x, y = normal(2, 3).astype("float32"), normal(3, 4)
    same(graph(x, y), x @ y)


def test_inputs_are_named_after_parameters() -> None:
    def fn(a: Any, b: Any, *rest: Any, **more: Any) -> Any:
        return a

    x = normal(1)
    graph = lo.trace(fn, x, {"k": [x, x]}, x, x, other=x)
    assert [n.args[0] for n in graph.inputs] == [
        "a",
        "b['k'][0]",
        "b['k'][1]",
        "arg2",
        "arg3",
        "other",
    ]


def test_arrays_of_a_closure_are_constants_and_not_copied() -> None:
    c = normal(3)
    graph = lo.trace(lambda x: x * c + c, normal(3))
    (constant,) = [n for n in graph if n.is_constant]
    assert constant.value is c
    exact(lambda x: x * c + c - do("exp", c), normal(3, seed=1))


def test_numpy_work_on_a_closure_happens_while_tracing() -> None:
    c = normal(3)
    graph = lo.trace(lambda x: x * np.exp(c), normal(3))
    assert names(graph) == ["input", "constant", "multiply"]


def test_a_closures_scalars_are_part_of_the_call() -> None:
    s = np.float32(2)
    graph = lo.trace(lambda x: x * s, normal(3))
    assert graph.outputs[0].args[1] is s
    exact(lambda x: x * s, normal(3))


def test_nodes_are_in_the_order_of_creation() -> None:
    def fn(x: Any) -> Any:
        a = do("exp", x)
        b = do("sin", x)
        c = do("cos", x)
        return c + b + a

    graph = lo.trace(fn, normal(2))
    assert names(graph) == ["input", "exp", "sin", "cos", "add", "add"]


def test_what_is_not_returned_is_recorded() -> None:
    def fn(x: Any) -> Any:
        do("exp", x)
        return x + 1

    assert names(lo.trace(fn, normal(2))) == ["input", "exp", "add"]


def test_arguments_are_not_changed() -> None:
    x = normal(3)
    args = [x, {"k": x}]
    before = x.copy()
    lo.trace(lambda a: a[0] + a[1]["k"], args)(args)
    same(x, before)
    assert args[0] is x
    assert args[1] == {"k": x} or args[1]["k"] is x  # type: ignore[index]


def test_the_traced_function_sees_containers_of_its_own() -> None:
    x = normal(3)
    args = [x]

    def fn(a: list[Any]) -> Any:
        a.append(a[0] + 1)
        return a

    graph = lo.trace(fn, args)
    assert len(args) == 1
    same(graph(args), [x, x + 1])


def test_an_opaque_function_runs_as_traced() -> None:
    calls: list[int] = []

    def noisy(x: Any) -> Any:
        calls.append(1)
        return x + 1

    def fn(x: Any) -> Any:
        lo.call(noisy, x)
        return lo.call(noisy, x), lo.call(noisy, x)

    graph = lo.trace(fn, normal(2))
    assert calls == []
    better = lo.optimize(graph)
    same(better(normal(2)), (normal(2) + 1,) * 2)
    assert len(calls) == 3
    assert [n.op.effect for n in better][1:] == ["opaque"] * 3


def test_assume_pure_lets_them_merge() -> None:
    calls: list[int] = []

    def noisy(x: Any) -> Any:
        calls.append(1)
        return x + 1

    def fn(x: Any) -> Any:
        lo.call(noisy, x)
        return lo.call(noisy, x) * 2, lo.call(noisy, x) * 3

    graph = lo.trace(fn, normal(2), assume_pure=True)
    better = lo.optimize(graph)
    x = normal(2)
    same(better(x), ((x + 1) * 2, (x + 1) * 3))
    assert len(calls) == 1


def test_several_libraries_are_refused() -> None:
    class Foreign:
        shape = (2,)
        dtype = np.dtype("float64")

    with pytest.raises(lo.InputError, match="several libraries"):
        lo.trace(lambda a, b: a, normal(2), Foreign())


def test_a_programs_own_error_keeps_its_type_and_says_where() -> None:
    def fn(x: Any) -> Any:
        return do("sum", x, axis=5)

    with pytest.raises(np.exceptions.AxisError) as error:
        lo.trace(fn, normal(2))
    assert "while tracing sum at" in error.value.__notes__[0]
    assert "test_tracing.py" in error.value.__notes__[0]


def test_a_trace_inside_a_trace_is_its_own() -> None:
    x = normal(3)
    inner: list[lo.Graph] = []

    def fn(x: Any) -> Any:
        inner.append(lo.trace(lambda y: do("exp", y) + 1, normal(3)))
        return do("sin", x)

    graph = lo.trace(fn, x)
    assert names(graph) == ["input", "sin"]
    assert names(inner[0]) == ["input", "exp", "add"]


def test_a_graph_is_called_inside_a_trace() -> None:
    inner = lo.trace(lambda y: do("exp", y) + 1, normal(3))
    with pytest.raises(lo.InputError, match="of lazyopt, but the graph"):
        lo.trace(lambda x: inner(x) * 2, normal(3))


def test_a_failed_trace_leaves_nothing_behind() -> None:
    def fails(x: Any) -> Any:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        lo.trace(fails, normal(2))
    exact(lambda x: x + 1, normal(2))
    assert gc.isenabled()


def test_tracing_frees_its_arrays_without_the_garbage_collector() -> None:
    x = normal(4)
    kept = weakref.ref(x)
    gc.disable()
    try:
        graph = lo.trace(lambda a: a["x"] + 1, {"x": x})
        graph({"x": x})
        del x
        assert kept() is None
    finally:
        gc.enable()


def test_the_collector_is_as_it_was() -> None:
    with gc_paused():
        assert not gc.isenabled()
        with gc_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
