"""Totals over the calls of a graph, by op."""

from collections.abc import Callable, Sequence
from typing import Literal

from lazyopt.cost import bytes_moved_of, flops_of
from lazyopt.errors import GraphError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ordering import problem_of

__all__ = ["Quantity", "allocated_bytes", "per_node", "stats", "title_of"]

Name = Literal["count", "bytes_in", "bytes_out", "bytes_moved", "flops"]
Quantity = Name | Callable[[Node], float | None]

_TITLES = {
    "count": "calls",
    "bytes_in": "bytes of operands",
    "bytes_out": "bytes allocated",
    "bytes_moved": "bytes read and written",
    "flops": "FLOPs",
}


def title_of(of: Quantity) -> str:
    """What a quantity is called on an axis."""
    if callable(of):
        return getattr(of, "__name__", "value").replace("<lambda>", "value")
    return _TITLES[of]


def allocated_bytes(graph: Graph) -> list[int]:
    """Bytes of the storages that each node makes or holds.

    Views make none. An input or a constant holds its own; of constants that
    share memory, the first.

    Returns
    -------
    list of int
        One for each node, in the order they run.
    """
    _, _, storages = problem_of(graph)
    found = dict.fromkeys(graph.nodes, 0)
    for node, size in zip(storages.producer, storages.sizes, strict=True):
        found[node] += size
    return list(found.values())


def per_node(graph: Graph, of: Quantity) -> Sequence[float | None]:
    """A quantity of each node, in the order they run.

    Raises
    ------
    GraphError
        If it is neither a known name nor a function.
    """
    if callable(of):
        return [of(node) for node in graph.nodes]
    if of == "count":
        return [1] * len(graph.nodes)
    if of == "bytes_in":
        return [
            sum(s.nbytes for o in node.operands for s in o.specs)
            for node in graph.nodes
        ]
    if of == "bytes_out":
        return allocated_bytes(graph)
    if of == "bytes_moved":
        return bytes_moved_of(graph)
    if of == "flops":
        return flops_of(graph)
    raise GraphError(
        f"{of!r} is no quantity of a node; choose one of {list(_TITLES)}, or "
        "give a function of a node"
    )


def stats(graph: Graph, of: Quantity) -> dict[str, float]:
    """Totals by op: see `Graph.stats`."""
    totals: dict[str, float] = {}
    for node, value in zip(graph.nodes, per_node(graph, of), strict=True):
        if value is not None:
            totals[node.op.name] = totals.get(node.op.name, 0) + value
    return totals
