"""LazyArrays as graphs: what is given, what is constant, true shapes."""

from typing import Any

import autoray
import numpy as np
import pytest
from autoray import do, lazy

import lazyopt as lo

from .helpers import names, normal, same


def variable(*shape: int) -> lazy.LazyArray:
    return lazy.Variable(shape, backend="numpy")


def test_without_inputs_the_variables_are_given_in_order_of_use() -> None:
    a, b = variable(2), variable(2)
    x, y = normal(2, seed=1), normal(2, seed=2)
    same(lo.from_lazy(a - b)(x, y), x - y)
    same(lo.from_lazy(b - a)(x, y), x - y)
    same(lo.from_lazy([b, a, a / b])(x, y), [y, x, x / y])
    same(lo.from_lazy(do("stack", (b, a)))(x, y), np.stack((x, y)))
    same(lo.from_lazy((b, a * lazy.array(x)))(x, y), (y, x * x))


def test_without_variables_the_data_is_bound() -> None:
    a, b = normal(2), normal(2, seed=1)
    graph = lo.from_lazy(lazy.array(a) - lazy.array(b) * 2)
    assert len(graph.inputs) == 2
    assert graph.bound is not None
    same(graph(), a - b * 2)
    same(graph.compile()(), a - b * 2)
    same(lo.optimize(graph)(), a - b * 2)
    x, y = normal(2, seed=2), normal(2, seed=3)
    same(graph(x, y), y - x * 2)


def test_given_inputs_make_everything_else_constant() -> None:
    a, b = normal(2), normal(2, seed=1)
    la, lb = lazy.array(a), lazy.array(b)
    graph = lo.from_lazy(la - lb, inputs=la)
    assert [n.value is b for n in graph if n.is_constant] == [True]
    assert graph.bound is None
    same(graph(b), b - b)
    with pytest.raises(lo.InputError, match="1 positional argument,"):
        graph()


def test_inputs_may_be_nested() -> None:
    a, b, c = variable(2), variable(2), variable(2)
    graph = lo.from_lazy((a - b) / c, inputs=({"a": a, "bc": [b, c]},))
    x, y, z = (normal(2, seed=i) for i in range(3))
    same(graph({"a": x, "bc": [y, z]}), (x - y) / z)


def test_an_input_may_be_unused() -> None:
    a, b = variable(2), variable(3)
    graph = lo.from_lazy(a + 1, inputs=(b, a))
    assert len(graph.inputs) == 2
    same(graph(normal(3), normal(2)), normal(2) + 1)


def test_an_intermediate_may_be_an_input() -> None:
    a = variable(2)
    b = do("exp", a)
    graph = lo.from_lazy(b * 2, inputs=b)
    assert names(graph) == ["input", "multiply"]
    same(graph(normal(2)), normal(2) * 2)


def test_a_variable_left_out_is_an_error() -> None:
    a, b = variable(2), variable(2)
    with pytest.raises(lo.InputError, match="not among the inputs"):
        lo.from_lazy(a + b, inputs=a)
    with pytest.raises(lo.InputError, match="not among the inputs"):
        lo.optimize(a + b, inputs=[b])


def test_an_input_given_twice_is_an_error() -> None:
    a = variable(2)
    with pytest.raises(lo.InputError, match="twice"):
        lo.from_lazy(a + 1, inputs=(a, a))


def test_an_input_that_is_no_lazy_array_is_an_error() -> None:
    a = variable(2)
    with pytest.raises(lo.InputError, match="LazyArray"):
        lo.from_lazy(a + 1, inputs=(a, normal(2)))


def test_outputs_must_hold_a_lazy_array() -> None:
    for wrong in (normal(2), [], None, "a"):
        with pytest.raises(lo.TraceError, match="LazyArray"):
            lo.from_lazy(wrong)


def test_dtypes_for_all_for_each_and_by_input() -> None:
    a, b = variable(2), variable(2)
    out = a * b

    def found(dtypes: Any) -> list[str | None]:
        graph = lo.from_lazy(out, inputs=(a, b), dtypes=dtypes)
        return [n.spec.dtype for n in (*graph.inputs, *graph.outputs)]

    assert found("float64") == ["float64"] * 3
    assert found(np.float32) == ["float32"] * 3
    assert found(["float32", "complex64"])[2] == "complex64"
    assert found({a: "float32"}) == ["float32", "float64", "float64"]
    with pytest.raises(lo.InputError, match="1 entries for 2 inputs"):
        found(["float32"])


def test_data_says_its_own_dtype() -> None:
    a = lazy.array(np.array([1, 2], "int8"))
    graph = lo.from_lazy(a + 1, dtypes="float32")
    assert graph.inputs[0].spec.dtype == "int8"
    same(graph(), np.array([2, 3], "int8"))


def test_lazy_arrays_can_still_be_computed() -> None:
    x = normal(3)
    lx = lazy.array(x)
    ly = do("exp", lx) * 2
    graph = lo.from_lazy(ly)
    same(graph(), np.exp(x) * 2)
    assert ly._data is None
    assert ly.history_num_nodes() == 3
    same(ly.compute(), np.exp(x) * 2)


def test_what_was_computed_is_data() -> None:
    ly = do("exp", lazy.array(normal(3)))
    ly.compute()
    graph = lo.from_lazy(ly * 2)
    assert names(graph) == ["input", "multiply"]
    same(graph(), np.exp(normal(3)) * 2)


def test_outputs_keep_their_structure() -> None:
    a = variable(2)
    b = a + 1
    graph = lo.from_lazy({"a": [a, (b, b)], "n": None})
    x = normal(2)
    same(graph(x), {"a": [x, (x + 1, x + 1)], "n": None})


SHAPES: dict[str, tuple[Any, Any]] = {
    "stack": (lambda x, y: do("stack", (x, y), axis=-1), ((2, 3), (2, 3))),
    "where": (lambda x, y: do("where", x > 0, x, y), ((3,), (4, 3))),
    "zero": (lambda x, y: x + y, ((0, 3), (1, 3))),
    "zero-row": (lambda x, y: x * y, ((2, 0), (2, 1))),
    "matmul": (lambda x, y: x @ y, ((5, 2, 3), (5, 3, 4))),
    "clip": (lambda x, y: do("clip", x, y, y + 1), ((3,), (2, 3))),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_that_autoray_gets_wrong_are_right(name: str) -> None:
    fn, shapes = SHAPES[name]
    x, y = normal(*shapes[0]), normal(*shapes[1], seed=1)
    graph = lo.from_lazy(fn(lazy.array(x), lazy.array(y)))
    wanted = fn(x, y)
    spec = graph.outputs[0].spec
    assert (spec.shape, spec.dtype) == (wanted.shape, wanted.dtype.name)
    same(graph(), wanted)


def test_take_along_axis_has_the_shape_of_its_index() -> None:
    x, i = normal(2, 3), np.array([[0], [2]])
    made = do("take_along_axis", lazy.array(x), lazy.array(i), axis=1)
    graph = lo.from_lazy(made)
    assert graph.outputs[0].spec.shape == (2, 1)
    same(graph(), np.take_along_axis(x, i, axis=1))


# autoray warns that it can parse plain equations only, as this one is.
@pytest.mark.filterwarnings("ignore:Could not find a full input parser")
def test_einsum_is_as_compute_runs_it() -> None:
    x, y = normal(4, 4), normal(4, 4, seed=1)

    def make() -> Any:
        return do("einsum", "ij,jk,kl->il", *map(lazy.array, (x, y, x)))

    same(lo.from_lazy(make())(), make().compute())


def test_opaque_functions_keep_autorays_shape() -> None:
    def double(x: Any) -> Any:
        return x * 2

    lx = lazy.array(normal(2, 3))
    ly = lx.to(double, (lx,), shape=(2, 3))
    graph = lo.from_lazy(ly + 1)
    (call,) = [n for n in graph if n.op.effect == "opaque"]
    assert call.spec.shape == (2, 3)
    assert call.spec.dtype is None
    same(graph(), normal(2, 3) * 2 + 1)
    same(lo.optimize(graph)(), normal(2, 3) * 2 + 1)


def test_opaque_calls_run_as_often_as_recorded_unless_pure() -> None:
    calls: list[int] = []

    def noisy(x: Any) -> Any:
        calls.append(1)
        return x * 2

    lx = lazy.array(normal(2))
    parts = [lx.to(noisy, (lx,), shape=(2,)) for _ in range(3)]
    lo.optimize(lo.from_lazy(parts[0] + parts[1] * parts[2]))()
    assert len(calls) == 3
    calls.clear()
    pure = lo.from_lazy(parts[0] + parts[1] * parts[2], assume_pure=True)
    same(lo.optimize(pure)(), normal(2) * 2 + (normal(2) * 2) ** 2)
    assert len(calls) == 1


def test_keyword_arguments_and_nested_operands() -> None:
    x = normal(2, 3)
    lx = lazy.array(x)
    ly = do("concatenate", [do("sum", lx, axis=1), lx[:, 0]], axis=0)
    same(lo.from_lazy(ly)(), np.concatenate([x.sum(axis=1), x[:, 0]]))


def test_arrays_in_arguments_are_constants() -> None:
    x, c = normal(4), normal(4, seed=1)
    lx = lazy.array(x)
    graph = lo.from_lazy(lx.to(np.add, (lx, c), shape=(4,), deps=(lx,)))
    assert [n.value is c for n in graph if n.is_constant] == [True]
    assert names(graph)[-1] == "add"
    same(graph(), x + c)


def test_the_order_is_that_of_compute() -> None:
    lx = variable(2)
    ly = do("exp", lx) + do("sin", do("cos", lx))
    theirs = [n.fn_name for n in ly.ascend()]
    mine = names(lo.from_lazy(ly))
    assert [n for n in mine if n != "input"] == [
        {"None": "input"}.get(n, n) for n in theirs if n != "None"
    ]


def test_several_results_are_items_of_one_call() -> None:
    x = normal(4, 3)
    u, s, vh = do("linalg.svd", lazy.array(x))
    graph = lo.from_lazy((u, do("sum", s), vh))
    assert names(graph).count("linalg.svd") == 1
    eu, es, evh = do("linalg.svd", x)
    same(graph(), (eu, es.sum(), evh))


def test_shared_intermediates_are_imported_as_recorded() -> None:
    lx = variable(2)
    with lazy.shared_intermediates():
        ly = do("exp", lx) + do("exp", lx)
    assert names(lo.from_lazy(ly)).count("exp") == 1


def test_optimize_takes_lazy_arrays() -> None:
    a, b = variable(2), variable(2)
    better = lo.optimize(
        do("exp", a) - do("exp", a) * b, inputs=(b, a), dtypes="float32"
    )
    assert names(better).count("exp") == 1
    x = normal(2).astype("float32")
    same(better(x, x), np.exp(x) - np.exp(x) * x)


def test_a_graph_has_its_inputs_already() -> None:
    graph = lo.trace(lambda x: x, normal(2))
    with pytest.raises(lo.InputError, match="inputs already"):
        lo.optimize(graph, inputs=[1])


class Foreign:
    """An array of another library, as far as autoray can tell."""

    def __init__(self, data: np.ndarray) -> None:
        self.data = data
        self.shape = data.shape
        self.dtype = data.dtype


def test_data_of_several_libraries_is_refused() -> None:
    autoray.register_backend(Foreign, "foreign_from_lazy")
    a = lazy.array(normal(2))
    b = lazy.LazyArray("foreign_from_lazy", None, None, None, (2,), ())
    b._data = Foreign(normal(2))
    c = a.to(lambda x, y: x, (a, b), shape=(2,), deps=(a, b))
    with pytest.raises(lo.InputError, match="several libraries"):
        lo.from_lazy(c)
