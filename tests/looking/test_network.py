"""The network, read back from the axes."""

import shutil
from typing import Any

import networkx
import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.looking.network import GRAPHVIZ, NETWORKX, layered

from ..helpers import modified_gram_schmidt, normal

pytestmark = [pytest.mark.plot, pytest.mark.usefixtures("no_windows")]


def places(ax: Any) -> np.ndarray:
    return np.vstack([c.get_offsets() for c in ax.collections[1:3]])


@pytest.fixture
def graph() -> lo.Graph:
    return lo.trace(modified_gram_schmidt, normal(6, 6))


@pytest.mark.parametrize("layout", ["layers", *NETWORKX])
def test_all_nodes_and_edges_are_there(graph: lo.Graph, layout: str) -> None:
    ax = graph.plot_graph(layout)
    edges = ax.collections[0].get_segments()
    assert len(edges) == sum(len(n.operands) for n in graph)
    found = {tuple(p) for p in np.round(places(ax), 9).tolist()}
    assert len(found) == len(graph)
    ends = {tuple(p) for e in edges for p in np.round(e, 9).tolist()}
    assert ends == found


def test_the_same_graph_looks_the_same_twice(graph: lo.Graph) -> None:
    for layout in ("layers", "spring", "forceatlas2"):
        one, other = (places(graph.plot_graph(layout)) for _ in range(2))
        assert (one == other).all()


# pydot's own, on what it parses with.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("layout", GRAPHVIZ)
def test_graphviz_lays_out_or_is_asked_for(
    graph: lo.Graph, layout: str
) -> None:
    try:
        import pydot  # noqa: F401
    except ImportError:
        with pytest.raises(ImportError, match="pip install pydot"):
            graph.plot_graph(layout)
        return
    if shutil.which("dot") is None:
        with pytest.raises(ImportError, match="needs pydot and Graphviz"):
            graph.plot_graph(layout)
        return
    assert len(places(graph.plot_graph(layout))) == len(graph)


def test_operands_are_to_the_left(graph: lo.Graph) -> None:
    for start, end in graph.plot_graph().collections[0].get_segments():
        assert start[0] < end[0]


def test_layers_that_need_no_crossing_have_none() -> None:
    ladders = networkx.DiGraph()
    # Four chains, numbered so that plain order would cross.
    for i, start in enumerate((3, 1, 0, 2)):
        ladders.add_edge(i, 4 + start)
    found = layered(ladders)
    edges = [(found[a][1], found[b][1]) for a, b in ladders.edges]
    assert sorted(a for a, _ in edges) == sorted(b for _, b in edges)
    assert all(a == b for a, b in edges)


def test_what_needs_nothing_stands_beside_its_reader() -> None:
    def fn(x: Any, late: Any) -> Any:
        for _ in range(5):
            x = do("sin", x)
        return x + late

    graph = lo.trace(fn, normal(3), normal(3))
    ax = graph.plot_graph()
    columns = sorted(ax.collections[1].get_offsets()[:, 0].tolist())
    assert columns == [0, 5]


def test_areas_grow_with_bytes_and_views_are_hollow() -> None:
    def fn(x: Any) -> Any:
        y = do("outer", x, x)
        return do("sum", do("transpose", y))

    graph = lo.trace(fn, normal(50))
    squares = graph.plot_graph().collections[2]
    outer, view, total = squares.get_sizes()
    assert outer > total >= view
    white = [tuple(c[:3]) == (1, 1, 1) for c in squares.get_facecolors()]
    assert white == [False, True, False]


def test_the_peak_has_a_ring(graph: lo.Graph) -> None:
    ax = graph.plot_graph()
    ring = ax.collections[3].get_offsets().tolist()
    stack = [s[1] for s in ax.collections[0].get_segments()][-1]
    assert ring == [stack.tolist()]


def test_a_large_graph_is_drawn_around_its_peak() -> None:
    graph = lo.trace(modified_gram_schmidt, normal(40, 40))
    ax = graph.plot_graph()
    assert len(places(ax)) == 300
    n = len(graph)
    assert ax.get_title("left").startswith(
        f"nodes %{n - 300:,} to %{n - 1:,} of {n:,}"
    )


def test_an_unknown_layout_is_an_error(graph: lo.Graph) -> None:
    with pytest.raises(lo.GraphError, match="'tree' isn't one of"):
        graph.plot_graph("tree")


def test_the_users_own_axes(graph: lo.Graph) -> None:
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    assert graph.plot_graph(ax=ax) is ax
    assert graph.plot_circuit(ax=ax) is ax
    assert graph.plot_stats(ax=ax) is ax
    assert graph.plot_ops(ax=ax) is ax
    assert len(plt.get_fignums()) == 1
