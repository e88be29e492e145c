"""Bad input gets an error of its own before anything runs."""

import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import autoray
import numpy as np
import pytest
from autoray import lazy

import lazyopt as lo
from lazyopt.inputs import take_inputs

from .helpers import normal, same


class Foreign:
    """An array of another library, as far as autoray can tell."""

    def __init__(self, data: np.ndarray) -> None:
        self.data = data
        self.shape = data.shape
        self.dtype = data.dtype


autoray.register_backend(Foreign, "foreign_inputs")

#: Calls of an opaque function; none may happen before the input is checked.
CALLS: list[int] = []


def noted(x: Any) -> Any:
    CALLS.append(1)
    return x


def program(x: Any, pair: Any, *, scale: float = 2.0, bias: Any = None) -> Any:
    lo.call(noted, x)
    y = x * scale + pair[0] - pair[1]["b"]
    return y if bias is None else y + bias


X = normal(2, 3)
PAIR = (normal(2, 3, seed=1), {"b": normal(3, seed=2)})


def ways(*args: Any, **kwargs: Any) -> list[Callable[..., Any]]:
    graph = lo.trace(program, *args, **kwargs)
    better = lo.optimize(graph)
    return [graph, graph.compile(), better, better.compile()]


@pytest.fixture(params=["graph", "compiled", "optimised", "both"])
def run(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    which = ["graph", "compiled", "optimised", "both"].index(request.param)
    found = ways(X, PAIR)[which]
    before = [X.copy(), PAIR[0].copy(), PAIR[1]["b"].copy()]
    CALLS.clear()
    yield found
    same([X, PAIR[0], PAIR[1]["b"]], before)


def refused(run: Callable[..., Any], match: str, *args: Any, **kw: Any) -> str:
    with pytest.raises(lo.InputError, match=match) as error:
        run(*args, **kw)
    assert not CALLS
    return str(error.value)


def test_good_input_runs(run: Callable[..., Any]) -> None:
    same(run(X, PAIR), program(X, PAIR))
    assert len(CALLS) == 1


def test_wrong_number(run: Callable[..., Any]) -> None:
    text = refused(run, r"takes 2 positional arguments.*got 1", X)
    assert "x: float64[2,3]" in text
    refused(run, r"takes 2 positional arguments.*got 3", X, PAIR, X)
    refused(run, "got 0")


def test_wrong_structure(run: Callable[..., Any]) -> None:
    refused(run, r"pair should be a tuple of 2", X, PAIR[:1])
    refused(run, r"pair should be a tuple of 2", X, X)
    refused(run, r"pair\[1\] should be a dict", X, (X, [X]))
    refused(run, r"keys \['b'\]", X, (X, {"c": X}))
    refused(run, r"keys \['b'\]", X, (X, {**PAIR[1], "c": X}))


def test_wrong_shape(run: Callable[..., Any]) -> None:
    text = refused(run, r"input x should be float64\[2,3\]", X.T, PAIR)
    assert "float64[3,2]" in text
    refused(run, r"pair\[1\]\['b'\]", X, (X, {"b": normal(4)}))
    refused(run, "should be", normal(1, 2, 3), PAIR)


@pytest.mark.parametrize("dtype", ["float32", "int64", "complex128", "bool"])
def test_wrong_dtype(run: Callable[..., Any], dtype: str) -> None:
    text = refused(run, "input x should be", X.astype(dtype), PAIR)
    assert f"{dtype}[2,3]" in text
    assert "convert" in text


def test_wrong_kind() -> None:
    for run in [
        (graph := lo.trace(lambda x: x**3, np.array(2.0))),
        graph.compile(),
    ]:
        same(run(np.array(3.0)), np.array(3.0) ** 3)
        with pytest.raises(lo.InputError, match="scalar"):
            run(np.float64(3.0))
        with pytest.raises(lo.InputError, match="a float"):
            run(3.0)
    scalar = lo.trace(lambda x: x**3, np.float64(2.0))
    with pytest.raises(lo.InputError, match=r"float64\[\] scalar"):
        scalar(np.array(3.0))


@pytest.mark.parametrize("value", [None, 1.0, "x", [[0.0] * 3] * 2, object()])
def test_what_is_no_array(run: Callable[..., Any], value: Any) -> None:
    refused(run, r"input x should be float64\[2,3\]", value, PAIR)


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        ("x", r"is a str\. Convert it with numpy\.asarray\(\.\.\., 'float64'"),
        ([[0.0] * 3] * 2, r"is a list\. Convert it with numpy\.asarray"),
        (
            lo.ArraySpec((2, 3)),
            r"is an ArraySpec\. Those are for lazyopt\.trace",
        ),
        (lazy.array(X), r"is a LazyArray\. Compute it first"),
        (np.full((2, 3), "a"), "is of dtype <U1"),
    ],
    ids=["text", "list", "spec", "lazy", "text array"],
)
def test_it_says_which_input_and_what_to_do(
    run: Callable[..., Any], value: Any, advice: str
) -> None:
    refused(
        run,
        r"input pair\[1\]\['b'\] should be .*" + advice,
        X,
        (X, {"b": value}),
    )


def test_a_number_in_place_of_a_scalar() -> None:
    graph = lo.trace(lambda s: s + 1, np.float64(1))
    with pytest.raises(lo.InputError, match=r"with numpy\.float64\("):
        graph(1.0)


def test_keys_that_are_there_are_named(run: Callable[..., Any]) -> None:
    refused(run, r"but is one with \['c'\]", X, (X, {"c": X}))


def test_a_default_is_part_of_the_graph() -> None:
    def scaled(x: Any, by: float = 2.0) -> Any:
        return x * by

    graph = lo.trace(scaled, X)
    for call in (graph, graph.compile()):
        with pytest.raises(lo.InputError, match="by was not given when"):
            call(X, by=3.0)
        with pytest.raises(lo.InputError, match="by was not given when"):
            call(X, 3.0)


def test_another_library(run: Callable[..., Any]) -> None:
    text = refused(run, "foreign_inputs", Foreign(X), PAIR)
    assert "numpy" in text
    assert "graph.on('foreign_inputs')" in text
    refused(run, "foreign_inputs", X, (Foreign(X), PAIR[1]))


def test_mixed_libraries_are_refused_at_the_trace() -> None:
    with pytest.raises(lo.InputError, match="several libraries"):
        lo.trace(program, X, (Foreign(X), PAIR[1]))
    assert lo.trace(program, X, PAIR).backend == "numpy"


def test_unknown_keyword(run: Callable[..., Any]) -> None:
    refused(run, r"unknown keyword arguments \['size'\]", X, PAIR, size=1)


def test_keywords_in_any_order_and_missing_ones() -> None:
    bias = normal(3)
    for run in ways(X, PAIR, scale=3.0, bias=bias):
        wanted = program(X, PAIR, scale=3.0, bias=bias)
        same(run(X, PAIR, bias=bias, scale=3.0), wanted)
        CALLS.clear()
        refused(run, "'bias' is missing", X, PAIR, scale=3.0)
        refused(run, "input bias should be", X, PAIR, bias=X)


@pytest.mark.parametrize("value", [4.0, 3, True, "3.0", None, np.float64(3)])
def test_a_static_argument_of_another_value(value: Any) -> None:
    for run in ways(X, PAIR, scale=3.0):
        text = refused(run, "scale is", X, PAIR, scale=value)
        assert "traced with 3.0" in text
        assert "Trace again" in text


def test_static_arguments_are_compared_by_their_bits() -> None:
    graph = lo.trace(lambda x, a: x * a, X, 0.0)
    same(graph(X, 0.0), X * 0.0)
    with pytest.raises(lo.InputError, match=r"-0\.0"):
        graph(X, -0.0)
    nan = lo.trace(lambda x, a: x * a, X, float("nan"))
    same(nan(X, float("nan")), X * float("nan"))


def test_subclasses_of_arrays_count_as_arrays() -> None:
    class Sub(np.ndarray):
        pass

    graph = lo.trace(lambda x: x + 1, X)
    same(np.asarray(graph(X.view(Sub))), X + 1)


@pytest.mark.parametrize("make", [np.asfortranarray, lambda x: x[:, ::-1]])
def test_any_memory_order_is_taken(make: Callable[..., Any]) -> None:
    x = make(X)
    graph = lo.trace(lambda x: x.sum() + x, X)
    same(graph(x), x.sum() + x)


def test_a_graph_without_inputs_is_called_without() -> None:
    graph = lo.trace(lambda: np.ones(2))
    same(graph(), np.ones(2))
    with pytest.raises(lo.InputError, match="takes 0 positional"):
        graph(X)


def test_bytes_in_another_order_are_numbers_all_the_same() -> None:
    x = X.astype(X.dtype.newbyteorder())
    graph = lo.trace(lambda x: (x + 1, x[0]), x)
    same(graph(x), (x + 1, x[0]))


def test_text_is_no_input() -> None:
    with pytest.raises(lo.InputError, match="words is an array of <U3"):
        lo.trace(lambda words: words, np.array(["one", "two"]))


def test_many_inputs_are_taken_without_much_memory() -> None:
    arrays = {f"weight {i}": np.ones(1) for i in range(500)}
    graph = lo.trace(lambda x: sum(x.values()), arrays)
    take_inputs(graph, (arrays,), {})
    tracemalloc.start()
    try:
        held = tracemalloc.get_traced_memory()[0]
        assert len(take_inputs(graph, (arrays,), {})) == 500
        # A list of them, one of the names, and one of the specs.
        assert tracemalloc.get_traced_memory()[1] - held < 24 * 500 + 8192
    finally:
        tracemalloc.stop()
