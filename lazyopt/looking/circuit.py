"""A graph as a circuit: a column a step, a line for each value alive."""

from collections.abc import Iterator
from itertools import count
from typing import Any, Literal

from lazyopt.errors import GraphError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.looking.drawing import (
    add_legend,
    axes,
    caption,
    number_axis,
    op_colours,
    peak_place,
    scaled,
    window_of,
)
from lazyopt.looking.statistics import allocated_bytes
from lazyopt.sizes import format_bytes

__all__ = ["plot_circuit"]

#: Nodes that are drawn by default; up to so many, each has its name.
NODES, NAMED = 200, 60

Layout = Literal["balanced", "compact", "wide"]


def plot_circuit(
    graph: Graph,
    layout: Layout = "balanced",
    window: tuple[int, int] | None = None,
    ax: Any = None,
) -> Any:
    """Draw a graph as a circuit: see `Graph.plot_circuit`."""
    if layout not in ("balanced", "compact", "wide"):
        raise GraphError(
            f"layout={layout!r} isn't one of 'balanced', 'compact', 'wide'"
        )
    first, end = window_of(graph, window, NODES)
    rails = _Rails(graph, layout, first, end)
    low, high = min(rails.of.values()), max(rails.of.values())
    width = min(max(0.2 * (end - first), 5.0), 11.0)
    ax = axes(ax, (width + 1.5, min(max(0.3 * (high - low) + 1.8, 2.5), 9.0)))
    colours = op_colours(graph)
    drawn = graph.nodes[first:end]
    _draw_lines(ax, graph, rails, colours)
    _draw_nodes(ax, graph, rails, colours, first, end)
    _draw_peak(ax, graph, first, end)
    ax.set_xlim(first - 1, end)
    ax.set_ylim(low - 0.7, high + 0.7)
    ax.set_yticks([])
    number_axis(ax.xaxis)
    ax.set_xlabel(f"{caption(graph, first, end)}, in the order they run")
    ax.spines[["top", "left", "right"]].set_visible(False)
    if end - first <= NAMED:
        _name_columns(ax, drawn, first, high, colours)
    else:
        add_legend(ax, colours, {n.op.name for n in drawn})
    return ax


class _Rails:
    """Which height each value's line has, while it lives.

    A line goes from the call that makes the value to the last one that reads
    it, or to the end if it is returned. No two lines overlap.
    """

    def __init__(
        self, graph: Graph, layout: Layout, first: int, end: int
    ) -> None:
        self.first, self.end = first, end
        self.layout = layout
        self.of: dict[Node, int] = {}
        self.starts: dict[Node, float] = {}
        self.stops: dict[Node, float] = {}
        nodes = graph.nodes[first:end]
        for x, node in enumerate(nodes, first):
            self.starts[node] = self.stops[node] = x
            for operand in node.operands:
                self.starts.setdefault(operand, first - 1)
                self.stops[operand] = x
        returned = set(graph.outputs)
        for node in self.starts:
            if node in returned or any(
                graph.number(user) >= end for user in graph.users(node)
            ):
                self.stops[node] = end
        busy: set[int] = set()
        for node, start in self.starts.items():
            if start < first:
                self._place(node, 0, busy)
        for node in nodes:
            self._place_after(node, busy)

    def _place_after(self, node: Node, busy: set[int]) -> None:
        """Give a node its height, near its operands."""
        near = 0
        x = self.starts[node]
        for operand in reversed(node.operands):
            near = self.of[operand]
            if self.stops[operand] == x:
                busy.discard(near)
        self._place(node, near, busy)
        if self.stops[node] == x:
            busy.discard(self.of[node])

    def _place(self, node: Node, near: int, busy: set[int]) -> None:
        self.of[node] = next(y for y in self._around(near) if y not in busy)
        busy.add(self.of[node])

    def _around(self, near: int) -> Iterator[int]:
        if self.layout == "wide":
            yield from count(near)
        elif self.layout == "compact":
            yield from range(near, -1, -1)
            yield from count(near + 1)
        else:
            yield near
            for away in count(1):
                yield near + away if near <= 0 else near - away
                yield near - away if near <= 0 else near + away


def _draw_lines(
    ax: Any, graph: Graph, rails: _Rails, colours: dict[str, str]
) -> None:
    """Lines of values, and from each of them to the calls that read it."""
    from matplotlib.collections import LineCollection

    sizes = dict(zip(graph.nodes, allocated_bytes(graph), strict=True))
    nodes = list(rails.of)
    width = dict(
        zip(nodes, scaled([sizes[n] for n in nodes], 0.6, 2.6), strict=True)
    )
    segments, styles, widths = [], [], []
    for node, y in rails.of.items():
        start, stop = rails.starts[node], rails.stops[node] - 0.45
        segments.append([(start, y), (max(start, stop), y)])
        styles.append(colours[node.op.name])
        widths.append(width[node])
        if rails.starts[node] < rails.first:
            continue
        for operand in node.operands:
            x, other = rails.starts[node], rails.of[operand]
            segments.append([(x - 0.45, other), (x, y)])
            styles.append(colours[operand.op.name])
            widths.append(width[operand])
    ax.add_collection(
        LineCollection(
            segments, colors=styles, linewidths=widths, alpha=0.75, zorder=1
        )
    )


def _draw_nodes(
    ax: Any,
    graph: Graph,
    rails: _Rails,
    colours: dict[str, str],
    first: int,
    end: int,
) -> None:
    """A mark a node: round if it is given, hollow if it allocates nothing."""
    sizes = allocated_bytes(graph)
    area = 36 if end - first <= NAMED else 9
    for marker, given in (("o", True), ("s", False)):
        places = [
            i
            for i in range(first, end)
            if (graph.nodes[i].is_input or graph.nodes[i].is_constant) is given
        ]
        edges = [colours[graph.nodes[i].op.name] for i in places]
        ax.scatter(
            places,
            [rails.of[graph.nodes[i]] for i in places],
            s=area,
            marker=marker,
            edgecolors=edges,
            facecolors=[
                edge if sizes[i] else "white"
                for i, edge in zip(places, edges, strict=True)
            ],
            linewidths=1,
            zorder=2,
        )


def _draw_peak(ax: Any, graph: Graph, first: int, end: int) -> None:
    place = peak_place(graph)
    if place is None or not first <= place < end:
        return
    ax.axvspan(place - 0.45, place + 0.45, color="#D55E00", alpha=0.15, lw=0)
    left = place < (first + end) / 2
    ax.annotate(
        f"peak {format_bytes(graph.memory.peak_bytes)}",
        (place + (0.6 if left else -0.6), 0.02),
        xycoords=("data", "axes fraction"),
        ha="left" if left else "right",
        va="bottom",
        fontsize="small",
        color="#B34700",
        bbox={"color": "white", "alpha": 0.75, "pad": 1},
    )


def _name_columns(
    ax: Any,
    nodes: tuple[Node, ...],
    first: int,
    high: int,
    colours: dict[str, str],
) -> None:
    """Above each column, the op and what it returns."""
    for x, node in enumerate(nodes, first):
        shape = node.specs[0].shape if node.specs else ()
        sizes = "?" if shape is None else "x".join(map(str, shape))
        ax.text(
            x,
            high + 0.8,
            f"{node.op.name} {sizes}".rstrip(),
            rotation=55,
            rotation_mode="anchor",
            ha="left",
            va="center",
            fontsize="x-small",
            color=colours[node.op.name],
        )
