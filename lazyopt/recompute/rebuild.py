"""The graph of a sequence of runs."""

from collections.abc import Sequence

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import ITEM
from lazyopt.ordering import is_step
from lazyopt.recompute.calls import Calls

__all__ = ["rebuilt"]


def rebuilt(graph: Graph, calls: Calls, sequence: Sequence[int]) -> Graph:
    """The graph whose calls are these runs, in this order.

    Views are made where they are first read, and again when what they view
    has been made again: an old one would keep the old array.

    Parameters
    ----------
    graph : Graph
        What the calls are of.
    sequence : sequence of int
        Calls, as often as they run.
    """
    return _Builder(graph, calls).result(sequence)


class _Builder:
    """Copies calls, the results of each as they are at the moment."""

    def __init__(self, graph: Graph, calls: Calls) -> None:
        self.graph = graph
        self.calls = calls
        self.items: dict[Node, list[Node]] = {}
        for node in graph.nodes:
            if node.op is ITEM:
                self.items.setdefault(node.args[0], []).append(node)
        #: What stands for a node now, if it isn't itself.
        self.now: dict[Node, Node] = {}
        #: What a view of this version of its base was made of.
        self.base: dict[Node, Node] = {}
        self.made: set[Node] = set()
        self.schedule: list[Node] = []

    def result(self, sequence: Sequence[int]) -> Graph:
        for node in self.graph.nodes:
            if not is_step(node) and node.op is not ITEM:
                self.schedule.append(node)
        for v in sequence:
            node = self.calls.nodes[v]
            for operand in node.operands:
                self.renew(operand)
            self.run(node)
        for node in self.graph.outputs:
            self.renew(node)
        outputs = [self.now.get(n, n) for n in self.graph.outputs]
        used = {o for n in self.schedule for o in n.operands} | set(outputs)
        own = set(self.graph.nodes)
        nodes = [
            n
            for n in self.schedule
            if n.op is not ITEM or n in used or n in own
        ]
        return self.graph.replace(nodes, outputs)

    def renew(self, node: Node) -> None:
        """Make a view again, and those it goes through, if it is old."""
        views = self.calls.views
        path = []
        while True:
            step = node.args[0] if node.op is ITEM else node
            if step not in views:
                break
            path.append(step)
            node = views[step]
        for step in reversed(path):
            now = self.now.get(views[step], views[step])
            if self.base.get(step) is not now:
                self.base[step] = now
                self.run(step)

    def run(self, node: Node) -> None:
        """Append a run of a call, and its items."""
        new = node.rewired(self.now)
        if new in self.made:
            new = _copy(new)
        self.made.add(new)
        self.schedule.append(new)
        if new is not node:
            self.now[node] = new
        for item in self.items.get(node, ()):
            one = item.rewired(self.now)
            self.schedule.append(one)
            if one is not item:
                self.now[item] = one


def _copy(node: Node) -> Node:
    return Node(
        node.op,
        node.args,
        node._kwargs,
        node.specs,
        node.source,
        node._inferred,
    )
