"""Graphs as text."""

from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.render import call_text

from .helpers import normal


def test_a_graph_prints_as_numbered_calls() -> None:
    def fn(x: Any) -> Any:
        y = do("tensordot", x[0, :], x[:, 1], 1)
        return do("sum", do("stack", (y, y), axis=0), axis=0) - 1.5

    assert str(lo.trace(fn, normal(2, 2))).splitlines() == [
        "Graph: 7 nodes, 1 input, 1 output, on numpy",
        "  %0 = input x : float64[2,2]",
        "  %1 = getitem(%0, (0, :)) : float64[2]",
        "  %2 = getitem(%0, (:, 1)) : float64[2] strided",
        "  %3 = tensordot(%1, %2, 1) : float64[]",
        "  %4 = stack((%3, %3), axis=0) : float64[2]",
        "  %5 = sum(%4, axis=0) : float64[] scalar",
        "  %6 = subtract(%5, 1.5) : float64[] scalar",
        "return %6",
    ]


def test_constants_show_small_values_and_effects_a_mark() -> None:
    def noise(x: Any) -> Any:
        return x

    c, s = np.ones((2, 3)), np.array(2.5)
    graph = lo.trace(lambda x: lo.call(noise, x * c + s), normal(2, 3))
    text = str(graph)
    assert "constant : float64[2,3]" in text
    assert "constant 2.5 : float64[]" in text
    assert "noise(%4) : ?[?] ? !opaque" in text


def test_a_transposed_array_shows_its_layout() -> None:
    text = str(lo.trace(lambda x: x.T, normal(2, 3)))
    assert "%1 = transpose(%0) : float64[3,2] F" in text


def test_a_long_graph_is_abridged() -> None:
    def fn(x: Any) -> Any:
        for _ in range(500):
            x = x + 1
        return x

    lines = str(lo.trace(fn, normal(2))).splitlines()
    assert len(lines) == 58
    assert lines[41] == "  ... 446 more ..."
    assert lines[-2].startswith("  %500 = add(%499, 1)")
    assert lines[-1] == "return %500"


def test_many_outputs_are_abridged() -> None:
    graph = lo.trace(lambda x: [x + i for i in range(20)], normal(2))
    assert str(graph).splitlines()[-1].endswith("%12, ... 8 more")


def test_many_results_are_abridged() -> None:
    graph = lo.trace(lambda x: do("unstack", x), normal(1000, 2))
    assert repr(graph.nodes[1]).endswith("... 992 more>")


def test_long_arguments_are_abridged() -> None:
    graph = lo.trace(lambda x: do("stack", [x] * 20), normal(2))
    assert "... 12 more]" in str(graph)

    def takes(x: Any, text: str) -> Any:
        return x

    graph = lo.trace(lambda x: lo.call(takes, x, "a" * 1000), normal(2))
    assert "<str>" in str(graph)
    assert "aaaa" not in str(graph)


def test_show_prints_a_tree_with_references(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fn(x: Any) -> Any:
        y = do("exp", x)
        return do("sin", y) + y

    lo.trace(fn, normal(2)).show()
    assert capsys.readouterr().out.splitlines() == [
        "   0 %3 add(#, #) : float64[2]",
        "   1 ├─%2 sin(#) : float64[2]",
        "   2 │ ╰─%1 exp(#) : float64[2]",
        "   3 │   ╰─%0 input x : float64[2]",
        "   4 ╰─... (%1, see line 2)",
    ]


def test_show_stops_at_its_limit(capsys: pytest.CaptureFixture[str]) -> None:
    graph = lo.trace(lambda x: [x + i for i in range(30)], normal(2))
    graph.show(max_lines=4)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert "branches more" in lines[-1]
    graph.show(max_lines=None)
    assert len(capsys.readouterr().out.splitlines()) == 60


def test_printing_says_the_same_twice() -> None:
    def fn(x: Any) -> Any:
        return {k: do(k, x) for k in ("sin", "cos", "exp")}

    texts = {str(lo.optimize(lo.trace(fn, normal(2)))) for _ in range(3)}
    assert len(texts) == 1


def test_call_text_takes_names_for_nodes() -> None:
    graph = lo.trace(lambda x: do("sum", x, axis=-1), normal(2, 2))
    (node,) = graph.outputs
    assert call_text(node) == "sum(<input>, axis=-1) : float64[2]"
    assert call_text(node, lambda n: "X") == "sum(X, axis=-1) : float64[2]"


def test_slices_and_new_axes_print_as_written() -> None:
    graph = lo.trace(lambda x: x[1:, None, ..., ::2, 0], normal(3, 4, 5))
    assert "getitem(%0, (1:, None, ..., ::2, 0))" in str(graph)
