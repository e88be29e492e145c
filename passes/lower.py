"""Lowering: the cheapest call that gives the same bits."""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ordering import peak_bytes
from lazyopt.passes.lower_rules import lowered
from lazyopt.records import note_remark, note_rewrite
from lazyopt.rewrite import replace_nodes

__all__ = ["Lower"]


@dataclass(frozen=True)
class Lower:
    """Call what NumPy's functions call in the end.

    ``tensordot`` becomes ``dot`` of the matrices that it would make, so that
    other passes see its copies, and functions that only move axes or pick an
    element become a transpose or an index. The same routines see the same
    arrays: results keep their bits, layout and kind. What is left out is the
    work of finding out, at each call, what shapes and dtypes tell once. Where
    no call would be another op, the plan does the same by itself.

    It belongs behind passes that look for equal calls, and before the order
    is chosen: a call may become several. Graphs for other libraries than
    NumPy are left alone, and so are calls whose parts would raise the peak.
    """

    name: ClassVar[str] = "lower"
    exact: ClassVar[bool] = True
    never_grows: ClassVar[tuple[str, ...]] = ("peak",)

    def __call__(self, graph: Graph) -> Graph:
        """Return the graph in cheaper calls, or itself if there are none."""
        if graph.backend != "numpy":
            return graph
        names: list[str] = []
        found = replace_nodes(graph, partial(_cheaper, names))
        if found is not graph and peak_bytes(found) > peak_bytes(graph):
            note_remark("left: the cheaper calls would raise the peak")
            return graph
        for name in names:
            note_rewrite(name)
        return found


def _cheaper(names: list[str], node: Node) -> Node | None:
    found = lowered(node)
    if found is None:
        return None
    names.append(found[0])
    return found[1]
