"""Dead-node elimination: drop what no output needs."""

from dataclasses import dataclass
from typing import ClassVar

from lazyopt.graph import Graph
from lazyopt.ir import Node

__all__ = ["Prune"]


@dataclass(frozen=True)
class Prune:
    """Drop exactly the nodes that no output needs (dead code elimination).

    Calls with an effect are needed by definition, and so is what they use.
    An error is no effect: a call that would raise goes if nothing needs it.
    Inputs stay: they are how the graph is called.
    """

    name: ClassVar[str] = "prune"
    exact: ClassVar[bool] = True
    never_grows: ClassVar[tuple[str, ...]] = ("nodes", "peak")

    def __call__(self, graph: Graph) -> Graph:
        """Return the graph without them, or itself if there are none."""
        needed: set[Node] = {*graph.outputs, *graph.inputs}
        for node in reversed(graph.nodes):
            if node in needed or not node.op.is_pure:
                needed.add(node)
                needed.update(node.operands)
        if len(needed) == len(graph.nodes):
            return graph
        return graph.replace(nodes=[n for n in graph.nodes if n in needed])
