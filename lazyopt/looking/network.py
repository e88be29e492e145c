"""A graph as a network: nodes by bytes, coloured by op, laid out."""

from collections.abc import Mapping
from typing import Any

import networkx
import numpy as np

from lazyopt.errors import GraphError
from lazyopt.graph import Graph
from lazyopt.looking.drawing import (
    add_legend,
    axes,
    caption,
    op_colours,
    peak_place,
    scaled,
    window_of,
)
from lazyopt.looking.statistics import allocated_bytes

__all__ = ["plot_graph"]

#: Nodes that are drawn by default, and up to how many are drawn large.
NODES, LARGE = 300, 300

NETWORKX = (
    "circular",
    "forceatlas2",
    "kamada_kawai",
    "shell",
    "spectral",
    "spiral",
    "spring",
)
GRAPHVIZ = ("circo", "dot", "fdp", "neato", "sfdp", "twopi")
#: Those that begin with random positions.
SEEDED = ("forceatlas2", "spring")

#: How often layers are sorted by their neighbours.
SWEEPS = 8

Positions = Mapping[int, Any]


def plot_graph(
    graph: Graph,
    layout: str = "layers",
    window: tuple[int, int] | None = None,
    ax: Any = None,
) -> Any:
    """Draw a graph as a network: see `Graph.plot_graph`."""
    known = ("layers", *NETWORKX, *GRAPHVIZ)
    if layout not in known:
        raise GraphError(f"layout={layout!r} isn't one of {known}")
    first, end = window_of(graph, window, NODES)
    network = _network(graph, first, end)
    places = _positions(network, layout)
    size = _size(places, layout)
    ax = axes(ax, size)
    colours = op_colours(graph)
    _draw_edges(ax, network, places)
    # Marks that fit between columns; inches have 72 points.
    columns = 1 + len({x for x, _ in places.values()})
    side = 72 * 0.8 * size[0] / columns if layout == "layers" else 12.0
    most = min(max(side, 3.0), 12.0) ** 2
    _draw_nodes(ax, graph, places, colours, first, end, most)
    add_legend(ax, colours, {n.op.name for n in graph.nodes[first:end]})
    ax.set_title(
        f"{caption(graph, first, end)}; area by bytes, hollow: nothing "
        "allocated, ringed: the peak",
        loc="left",
        fontsize="small",
    )
    ax.margins(0.06)
    ax.axis("off")
    return ax


def _size(places: Positions, layout: str) -> tuple[float, float]:
    """Width and height of a figure, in inches."""
    if layout != "layers":
        side = min(max(len(places) ** 0.5, 4.0), 9.0)
        return side + 2.0, 0.8 * side
    columns, rows = np.ptp(np.array(list(places.values())), axis=0)
    width = min(max(0.25 * columns, 4.0), 11.0)
    return width + 2.0, min(max(0.4 * rows + 0.6, 2.0), 9.0)


def _network(graph: Graph, first: int, end: int) -> networkx.DiGraph:
    """The part that is drawn, with edges among its own nodes."""
    network = networkx.DiGraph()
    network.add_nodes_from(range(first, end))
    for i in range(first, end):
        for operand in graph.nodes[i].operands:
            place = graph.number(operand)
            if place >= first:
                network.add_edge(place, i)
    return network


def _positions(network: networkx.DiGraph, layout: str) -> Positions:
    """Where each node goes."""
    if layout == "layers":
        return layered(network)
    if layout in NETWORKX:
        place = getattr(networkx, f"{layout}_layout")
        options = {"seed": 0} if layout in SEEDED else {}
        # Neither direction nor its arrows count for where things go.
        found: Positions = place(network.to_undirected(), **options)
        return found
    try:
        found = networkx.nx_pydot.graphviz_layout(network, prog=layout)
    except (ImportError, FileNotFoundError) as error:
        raise ImportError(
            f"the layout {layout!r} needs pydot and Graphviz: pip install "
            "pydot, and Graphviz from graphviz.org or your system's packages"
        ) from error
    return found


def layered(network: networkx.DiGraph) -> dict[int, tuple[float, float]]:
    """Columns by the distance from the inputs, with few crossings.

    A column is sorted by the mean height of its neighbours in the one before
    it, and then by those in the one behind it, some times over: the
    barycentre method of Sugiyama, Tagawa and Toda (1981). Near-linear in
    nodes and edges.
    """
    depth: dict[int, int] = {}
    for i in sorted(network):  # numbers are in topological order
        before = [depth[j] for j in network.predecessors(i)]
        depth[i] = 1 + max(before, default=-1)
    # What needs nothing that is drawn goes beside what first reads it.
    for i in depth:
        if not network.in_degree(i) and network.out_degree(i):
            depth[i] = min(depth[j] for j in network.successors(i)) - 1
    layers: list[list[int]] = [[] for _ in range(max(depth.values()) + 1)]
    for i in depth:
        layers[depth[i]].append(i)
    height = {
        i: at - (len(layer) - 1) / 2
        for layer in layers
        for at, i in enumerate(layer)
    }
    for sweep in range(SWEEPS):
        backwards = sweep % 2
        beside = network.successors if backwards else network.predecessors
        for layer in reversed(layers) if backwards else layers:
            wish = {}
            for i in layer:
                around = [height[j] for j in beside(i)]
                wish[i] = float(np.mean(around)) if around else height[i]
            layer.sort(key=lambda i: (wish[i], height[i]))
            for at, i in enumerate(layer):
                height[i] = at - (len(layer) - 1) / 2
    return {i: (float(depth[i]), height[i]) for i in depth}


def _draw_edges(ax: Any, network: networkx.DiGraph, places: Positions) -> None:
    from matplotlib.collections import LineCollection

    lines = [(places[a], places[b]) for a, b in network.edges]
    few = network.number_of_nodes() <= LARGE
    ax.add_collection(
        LineCollection(
            lines,
            colors="#808080",
            linewidths=0.9 if few else 0.4,
            alpha=0.6 if few else 0.35,
            zorder=1,
        )
    )


def _draw_nodes(
    ax: Any,
    graph: Graph,
    places: Positions,
    colours: dict[str, str],
    first: int,
    end: int,
    most: float,
) -> None:
    """A mark a node, its area by bytes; the peak has a ring around it."""
    sizes = allocated_bytes(graph)[first:end]
    areas = scaled(sizes, most / 8, most)
    for marker, given in (("o", True), ("s", False)):
        drawn = [
            i
            for i in range(first, end)
            if (graph.nodes[i].is_input or graph.nodes[i].is_constant) is given
        ]
        edges = [colours[graph.nodes[i].op.name] for i in drawn]
        ax.scatter(
            [places[i][0] for i in drawn],
            [places[i][1] for i in drawn],
            s=[areas[i - first] for i in drawn],
            marker=marker,
            edgecolors=edges,
            facecolors=[
                edge if sizes[i - first] else "white"
                for i, edge in zip(drawn, edges, strict=True)
            ],
            linewidths=0.8,
            zorder=2,
        )
    peak = peak_place(graph)
    if peak is not None and first <= peak < end:
        ax.scatter(
            *places[peak],
            s=3 * most,
            facecolors="none",
            edgecolors="#D55E00",
            linewidths=1.6,
            zorder=3,
            label="peak",
        )
