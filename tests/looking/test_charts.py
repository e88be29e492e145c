"""Charts of ops, read back from the axes."""

from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.looking.statistics import per_node

from ..helpers import modified_gram_schmidt, normal

pytestmark = [pytest.mark.plot, pytest.mark.usefixtures("no_windows")]


@pytest.fixture
def graph() -> lo.Graph:
    return lo.trace(modified_gram_schmidt, normal(6, 6))


def shown(ax: Any) -> list[str]:
    return [t.get_text() for t in ax.get_legend().get_texts()]


@pytest.mark.parametrize("of", ["bytes_out", "bytes_in", "flops"])
def test_a_point_a_node(graph: lo.Graph, of: Any) -> None:
    ax = graph.plot_ops(of)
    points = np.vstack([c.get_offsets() for c in ax.collections])
    points = points[np.argsort(points[:, 0])]
    assert points[:, 0].tolist() == list(range(len(graph)))
    assert points[:, 1].tolist() == list(per_node(graph, of))
    assert shown(ax)[:3] == ["input, constant", "conjugate", "multiply"]


def test_ops_have_colours_of_their_own(graph: lo.Graph) -> None:
    ax = graph.plot_ops()
    colours = {
        c.get_label(): tuple(c.get_facecolor()[0]) for c in ax.collections
    }
    assert set(colours) == set(graph.counts)
    assert len(set(colours.values())) == len(colours)


def test_a_line_a_node(graph: lo.Graph) -> None:
    ax = graph.plot_ops(kind="lines")
    segments = [s for c in ax.collections for s in c.get_segments()]
    tops = {int(s[1, 0]): s[1, 1] for s in segments}
    assert [tops[i] for i in range(len(graph))] == per_node(graph, "bytes_out")


def test_a_pixel_a_node(graph: lo.Graph) -> None:
    ax = graph.plot_ops(kind="image")
    (image,) = ax.images
    pixels = np.asarray(image.get_array()).reshape(-1, 3)
    assert len(pixels) >= len(graph)
    # The largest is of its full colour, what allocates nothing is paler.
    stack, view = pixels[len(graph) - 1], pixels[1]
    assert stack.min() < view.min()
    assert (pixels[len(graph) :] == 1).all()


def test_logarithms_of_bytes_have_units(graph: lo.Graph) -> None:
    ax = graph.plot_ops(log=True)
    ax.figure.draw_without_rendering()
    assert ax.get_yscale() == "log"
    low, high = ax.get_ylim()
    assert 0 < low < 8 < 288 < high
    texts = [t.get_text() for t in ax.get_yticklabels()]
    assert {"8 B", "32 B"} <= set(texts)


def test_a_function_of_a_node(graph: lo.Graph) -> None:
    def rank(node: Any) -> float | None:
        return None if node.is_input else float(node.spec.ndim)

    ax = graph.plot_ops(rank)
    points = np.ma.vstack([c.get_offsets() for c in ax.collections])
    assert np.nanmax(points[:, 1]) == 2
    assert ax.get_title("left") == "rank, by call"


def test_more_ops_than_colours_are_other() -> None:
    names = ["sin", "cos", "tan", "exp", "log", "sqrt", "sinh", "cosh"]
    names += ["tanh", "arcsin", "arctan", "floor", "ceil", "rint", "cbrt"]

    def fn(x: Any) -> Any:
        return [do(name, x) for name in names]

    graph = lo.trace(fn, normal(3))
    assert shown(graph.plot_ops())[-1] == "other"
    bars = graph.plot_stats()
    labels = [t.get_text() for t in bars.get_yticklabels()]
    assert len(labels) == 13
    assert labels[-1] == "4 more"
    assert bars.patches[-1].get_width() == 4


def test_bars_from_the_largest_down(graph: lo.Graph) -> None:
    ax = graph.plot_stats()
    labels = [t.get_text() for t in ax.get_yticklabels()]
    widths = [p.get_width() for p in ax.patches]
    assert dict(zip(labels, widths, strict=True)) == graph.counts
    assert widths == sorted(widths, reverse=True)
    assert ax.yaxis_inverted()
    assert ax.get_title("left") == f"calls, by op: {len(graph)} in all"
    assert [t.get_text() for t in ax.texts][:2] == ["15", "15"]


def test_a_pie_with_shares(graph: lo.Graph) -> None:
    ax = graph.plot_stats("bytes_out", kind="pie")
    turns = [w.theta2 - w.theta1 for w in ax.patches]
    totals = graph.stats("bytes_out")
    most = max(totals.values())
    assert abs(turns[0] / 360) == pytest.approx(most / sum(totals.values()))
    assert shown(ax)[0].startswith("conjugate  720 B  (")
    assert not any("getitem" in text for text in shown(ax))


def test_nothing_to_count_is_no_error() -> None:
    graph = lo.trace(lambda x: x, normal(3))
    for kind in ("bar", "pie"):
        ax = graph.plot_stats("flops", kind=kind)  # type: ignore[arg-type]
        assert ax.get_title("left") == "FLOPs, by op: 0 in all"
        ax.figure.draw_without_rendering()
    graph.plot_ops("flops", log=True).figure.draw_without_rendering()


def test_other_kinds_are_errors(graph: lo.Graph) -> None:
    with pytest.raises(lo.GraphError, match="'bars' isn't one of"):
        graph.plot_ops(kind="bars")  # type: ignore[arg-type]
    with pytest.raises(lo.GraphError, match="'cake' isn't one of"):
        graph.plot_stats(kind="cake")  # type: ignore[arg-type]


def test_times_by_op_and_by_source_line(graph: lo.Graph) -> None:
    profile = graph.profile(normal(6, 6))
    ax = profile.plot()
    by_op, by_line = ax.figure.axes
    assert by_op is ax
    labels = [t.get_text() for t in by_op.get_yticklabels()]
    assert labels == [row.name for row in profile.by_op]
    widths = [p.get_width() for p in by_op.patches]
    assert widths == [row.seconds for row in profile.by_op]
    lines = [t.get_text() for t in by_line.get_yticklabels()]
    assert all(text.startswith("helpers.py:") for text in lines)
    assert len(profile.plot(ax=by_line).figure.axes) == 2


def test_twenty_thousand_nodes_are_drawn() -> None:
    graph = lo.trace(modified_gram_schmidt, normal(100, 100))
    assert len(graph) == 20_102
    for ax in (
        graph.plot_ops(),
        graph.plot_ops(kind="lines"),
        graph.plot_ops(kind="image"),
        graph.plot_stats(),
        graph.plot_circuit(),
        graph.plot_graph(),
    ):
        ax.figure.draw_without_rendering()
