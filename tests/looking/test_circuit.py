"""The circuit, read back from the axes."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo

from ..helpers import modified_gram_schmidt, normal

pytestmark = [pytest.mark.plot, pytest.mark.usefixtures("no_windows")]


def marks(ax: Any) -> np.ndarray:
    """Places of all nodes, by column."""
    found = np.vstack([c.get_offsets() for c in ax.collections[1:]])
    return found[np.argsort(found[:, 0])]


def lines(ax: Any) -> list[np.ndarray]:
    """Horizontal lines of values, then those from a value to its readers."""
    return list(ax.collections[0].get_segments())


def rails(ax: Any) -> list[np.ndarray]:
    return [s for s in lines(ax) if s[0, 1] == s[1, 1]]


def program(x: Any) -> Any:
    a = do("sin", x)
    b = do("transpose", a)
    return a @ b, do("cos", x)


@pytest.mark.parametrize("layout", ["balanced", "compact", "wide"])
def test_a_column_a_node_and_no_two_lines_overlap(layout: Any) -> None:
    graph = lo.trace(modified_gram_schmidt, normal(6, 6))
    ax = graph.plot_circuit(layout)
    assert marks(ax)[:, 0].tolist() == list(range(len(graph)))
    taken: dict[float, list[tuple[float, float]]] = {}
    for (start, y), (stop, _) in rails(ax):
        if stop > start:
            taken.setdefault(y, []).append((start, stop))
    for spans in taken.values():
        spans.sort()
        for (_, stop), (start, _) in pairwise(spans):
            assert stop <= start


def test_every_use_is_a_line() -> None:
    graph = lo.trace(program, normal(4, 4))
    ax = graph.plot_circuit()
    uses = sum(len(n.operands) for n in graph)
    assert len(lines(ax)) == len(graph) + uses
    ends = {tuple(s[1]) for s in lines(ax)[1:]}
    assert all(tuple(mark) in ends for mark in marks(ax)[1:].tolist())


def test_what_is_returned_goes_on_to_the_end() -> None:
    graph = lo.trace(program, normal(4, 4))
    ax = graph.plot_circuit()
    ends = [s[1, 0] for s in rails(ax)]
    assert sum(end == len(graph) - 0.45 for end in ends) == 2


def test_views_are_hollow_and_inputs_round() -> None:
    graph = lo.trace(program, normal(4, 4))
    round_, square = graph.plot_circuit().collections[1:3]
    assert round_.get_offsets().tolist() == [[0, 0]]
    places = square.get_offsets()[:, 0].tolist()
    white = [tuple(c[:3]) == (1, 1, 1) for c in square.get_facecolors()]
    hollow = [int(i) for i, w in zip(places, white, strict=True) if w]
    assert [graph.nodes[i].op.name for i in hollow] == ["transpose"]


def test_columns_have_names_and_the_peak_is_marked() -> None:
    graph = lo.trace(program, normal(4, 4))
    texts = [t.get_text() for t in graph.plot_circuit().texts]
    assert texts == [
        "peak 256 B",
        "input 4x4",
        "sin 4x4",
        "transpose 4x4",
        "matmul 4x4",
        "cos 4x4",
    ]


def test_a_long_schedule_is_drawn_around_its_peak() -> None:
    def fn(x: Any) -> Any:
        for i in range(2000):
            x = x + i
            if i == 700:
                x = do("sum", do("stack", [x] * 9), axis=0)
        return x

    graph = lo.trace(fn, normal(5))
    ax = graph.plot_circuit()
    columns = marks(ax)[:, 0]
    peak = graph.number(graph.memory.peak_step)
    assert len(columns) == 200
    assert columns[0] < peak < columns[-1]
    assert ax.get_xlabel().startswith("nodes %602 to %801 of 2,003")
    names = [t.get_text() for t in ax.get_legend().get_texts()]
    assert names == ["add", "stack", "sum"]


def test_a_window_has_what_comes_in_from_before_it() -> None:
    graph = lo.trace(modified_gram_schmidt, normal(6, 6))
    ax = graph.plot_circuit(window=(40, 50))
    assert marks(ax)[:, 0].tolist() == list(range(40, 50))
    inside = set(graph.nodes[40:50])
    before = {o for n in inside for o in n.operands} - inside
    assert sum(s[0, 0] == 39 for s in rails(ax)) == len(before)


@pytest.mark.parametrize("window", [(-1, 3), (3, 3), (0, 1000)])
def test_a_window_is_a_part_of_the_schedule(window: Any) -> None:
    graph = lo.trace(program, normal(4, 4))
    with pytest.raises(lo.GraphError, match="no part of 5 nodes"):
        graph.plot_circuit(window=window)


def test_another_layout_is_an_error() -> None:
    graph = lo.trace(program, normal(4, 4))
    with pytest.raises(lo.GraphError, match="'tight' isn't one of"):
        graph.plot_circuit("tight")  # type: ignore[arg-type]


def test_a_graph_that_only_returns_its_input() -> None:
    ax = lo.trace(lambda x: x, normal(3)).plot_circuit()
    assert marks(ax).tolist() == [[0, 0]]
