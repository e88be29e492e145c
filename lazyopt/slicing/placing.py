"""A group of calls, replaced by a region that makes them in parts."""

import numpy as np

from lazyopt.build import item
from lazyopt.dense import is_dense
from lazyopt.errors import GraphError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import ITEM
from lazyopt.ordering import peak_bytes, problem_of
from lazyopt.regions import cut_out, region
from lazyopt.slicing.chunks import chunked
from lazyopt.slicing.growth import Group
from lazyopt.storages import Storages, viewed_operand

__all__ = ["Cut"]


class Cut:
    """A group cut out of its graph, to be put back with parts of any length.

    Parameters
    ----------
    group : Group

    Raises
    ------
    GraphError
        If some result has no memory of its own that it fills.
    """

    def __init__(self, group: Group) -> None:
        self.group = group
        graph = group.graph
        _, _, storages = problem_of(graph)
        calls = group.calls()
        self._results, self._views = _owners(group, storages)
        for node in self._results:
            if isinstance(group.axes[node], int) and not is_dense(node.spec):
                raise GraphError(f"{node!r} leaves gaps in its memory")
        body, self._operands = cut_out(calls, self._results)
        self.body = body
        self.axes = (
            *[group.outside[n] for n in self._operands],
            *[group.axes[n] for n in calls],
        )

    def workspace(self, rows: int) -> int:
        """Bytes that a part of so many rows takes."""
        return peak_bytes(chunked(self.body, self.axes, rows))

    def rows_within(self, nbytes: int) -> int:
        """About the most rows of a part that takes so many bytes."""
        most = self.group.size // 2
        few, many = 2, min(16, most)
        least = self.workspace(few)
        if many == few:
            return few
        slope = (self.workspace(many) - least) / (many - few)
        if slope <= 0:
            return most
        return int(np.clip(few + (nbytes - least) / slope, few, most))

    def placed(self, rows: int) -> tuple[Graph, Node]:
        """The graph with the region in it, and the region's node."""
        op = region("sliced", self.body, axes=self.axes, rows=rows)
        specs = tuple(n.spec for n in self._results)
        source = self._results[0].source
        made = Node(op, self._operands, None, specs, source, True)
        new = {self._results[0]: made}
        if op.multi:
            new = {n: item(made, i) for i, n in enumerate(self._results)}
        return self._rebuilt(made, new), made

    def _rebuilt(self, made: Node, new: dict[Node, Node]) -> Graph:
        """The schedule with the region where the group's last call was."""
        graph, group = self.group.graph, self.group
        reach = group.reach()
        late = group.dependent(reach)
        first, last = map(graph.number, (reach[0], reach[-1]))
        schedule = list(graph.nodes[:first])
        behind: list[Node] = []
        for node in reach:
            if node in late or node in self._views:
                behind.append(node)
            elif node not in group.axes:
                schedule.append(node)
        schedule.append(made)
        if made.op.multi:
            schedule += new.values()
        for node in (*behind, *graph.nodes[last + 1 :]):
            current = node.rewired(new)
            if current is not node:
                new[node] = current
            schedule.append(current)
        return graph.replace(schedule, [new.get(n, n) for n in graph.outputs])


def _owners(
    group: Group, storages: Storages
) -> tuple[list[Node], frozenset[Node]]:
    """Results in memory of their own, and the views of them to keep.

    A view that is used outside of the group stays there, and the region
    returns what it is a view of.
    """
    owners: dict[Node, None] = {}
    views: set[Node] = set()
    for node in group.results():
        while not _owns(node, storages) and node in group.axes:
            views.add(node)
            base = viewed_operand(node)
            node = node.args[0] if base is None else base
        if node in group.axes:
            owners[node] = None
    if not owners:
        raise GraphError("the group computes nothing but views")
    return list(owners), frozenset(views)


def _owns(node: Node, storages: Storages) -> bool:
    if node.op.multi:
        return False
    (held,) = storages.of[node]
    made = node.args[0] if node.op is ITEM else node
    return storages.producer[held] is made
