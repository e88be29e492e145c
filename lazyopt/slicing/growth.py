"""Groups of calls that are made in parts along one axis, grown from a call."""

from collections.abc import Iterable, Mapping

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT, ITEM
from lazyopt.ordering import problem_of, resident_storages
from lazyopt.slicing.grain import grain
from lazyopt.slicing.rules import demands, partial_sum

__all__ = ["Group", "grown"]

#: Calls that a group may hold, and calls that it may reach over.
MOST_CALLS, MOST_REACH = 256, 5_000


class Group:
    """Calls with the axis that each is sliced along.

    It has no gaps: what lies on a path between two of its calls is in it.

    Parameters
    ----------
    graph : Graph
    size : int
        Length of the sliced axis.
    exact : bool
        Whether all bits must be kept.

    Attributes
    ----------
    axes : dict
        For each call the axis of its results, or the ufunc that combines
        those of parts.
    outside : dict
        For each operand from outside its axis, or None if it is taken whole.
    grain : int
        Of what parts must begin at multiples.
    """

    def __init__(self, graph: Graph, size: int, exact: bool) -> None:
        self.graph = graph
        self.size = size
        self.exact = exact
        self.axes: dict[Node, int | str] = {}
        self.outside: dict[Node, int | None] = {}
        self.grain = 1
        self._returned = frozenset(graph.outputs)

    def with_calls(self, calls: Mapping[Node, int | str]) -> "Group | None":
        """This group and more calls, or None if that can't be."""
        made = Group(self.graph, self.size, self.exact)
        made.axes, made.outside = dict(self.axes), dict(self.outside)
        made.grain = self.grain
        pending = dict(calls)
        while pending:
            while pending:
                node, axis = pending.popitem()
                found = made._add(node, axis)
                if found is None:
                    return None
                for other, own in found.items():
                    if pending.setdefault(other, own) != own:
                        return None
            if len(made.axes) > MOST_CALLS:
                return None
            gaps = made._gaps()
            if gaps is None:
                return None
            for node in gaps:
                through = made.axis_through(node)
                if through is None:
                    return None
                pending[node] = through
        return made

    def _add(
        self, node: Node, axis: int | str
    ) -> dict[Node, int | str] | None:
        """Add one call; returns what must be added with it."""
        if node in self.axes:
            return {} if self.axes[node] == axis else None
        if node.op is INPUT or node.op is CONSTANT:
            return None
        if self.outside.pop(node, axis) != axis:
            return None
        wanted = self._demands(node, axis)
        if wanted is None:
            return None
        if self.exact and isinstance(axis, int):
            own_grain = grain(node, axis)
            if own_grain is None:
                return None
            self.grain = max(self.grain, own_grain)
        self.axes[node] = axis
        needed: dict[Node, int | str] = {}
        for operand, own in wanted.items():
            if operand in self.axes:
                if self.axes[operand] != own:
                    return None
            elif node.op is ITEM and own is not None:
                needed[operand] = own
            elif self.outside.setdefault(operand, own) != own:
                return None
        if node.op.multi:
            needed.update(dict.fromkeys(self.graph.users(node), axis))
        return needed

    def _demands(
        self, node: Node, axis: int | str
    ) -> dict[Node, int | None] | None:
        if isinstance(axis, int):
            shapes = [s.shape or () for s in node.specs]
            if any(s[axis : axis + 1] != (self.size,) for s in shapes):
                return None
            return demands(node, axis, self.exact)
        for operand in node.operands:
            own = self.axes.get(operand)
            if isinstance(own, int):
                found = partial_sum(node, operand, own)
                if found is not None and found[0] == axis:
                    return found[1]
        return None

    def axis_through(self, node: Node) -> int | str | None:
        """Along which axis a call goes on that uses calls of the group."""
        inside = [o for o in node.operands if o in self.axes]
        for axis, size in enumerate(node.specs[0].shape or ()):
            if size != self.size:
                continue
            found = self._demands(node, axis)
            if found and all(found[o] == self.axes[o] for o in inside):
                return axis
        for operand in () if self.exact else inside:
            own = self.axes[operand]
            partly = isinstance(own, int) and partial_sum(node, operand, own)
            if partly and all(partly[1][o] == self.axes[o] for o in inside):
                return partly[0]
        return None

    def _gaps(self) -> list[Node] | None:
        """Calls between those of the group; None if some have effects."""
        nodes = self.reach()
        if len(nodes) > MOST_REACH or not all(n.op.is_pure for n in nodes):
            return None
        behind = self.dependent(nodes)
        between: set[Node] = set()
        for node in reversed(nodes):
            if node in behind:
                users = self.graph.users(node)
                if any(u in self.axes or u in between for u in users):
                    between.add(node)
        return [n for n in nodes if n in between]

    def reach(self) -> tuple[Node, ...]:
        """The schedule from the group's first call to its last."""
        places = [self.graph.number(n) for n in self.axes]
        return self.graph.nodes[min(places) : max(places) + 1]

    def dependent(self, nodes: Iterable[Node]) -> set[Node]:
        """Those of the nodes outside that need some call of the group."""
        found: set[Node] = set()
        for node in nodes:
            if node not in self.axes and any(
                o in self.axes or o in found for o in node.operands
            ):
                found.add(node)
        return found

    def calls(self) -> list[Node]:
        """The group's calls in the order that they run."""
        return sorted(self.axes, key=self.graph.number)

    def results(self) -> list[Node]:
        """Calls of the group that are used outside of it."""
        return [
            n
            for n in self.calls()
            if not n.op.multi
            and (
                n in self._returned
                or any(u not in self.axes for u in self.graph.users(n))
            )
        ]

    def boundary(self) -> list[tuple[int, Node]]:
        """Bytes of what goes in and out, largest first; none is resident."""
        _, _, storages = problem_of(self.graph)
        resident = resident_storages(self.graph, storages)
        found = []
        for node in (*self.results(), *self.outside):
            held = {s for s in storages.of[node] if s not in resident}
            size = sum(storages.sizes[s] for s in held)
            if size:
                found.append((size, node))
        found.sort(key=lambda pair: (-pair[0], self.graph.number(pair[1])))
        return found

    def absorbing(self, value: Node) -> "Group | None":
        """A group that this value is inside of, or None."""
        if value in self.outside:
            own = self.outside[value]
            return None if own is None else self.with_calls({value: own})
        if value in self._returned or not isinstance(self.axes[value], int):
            return None
        wanted: dict[Node, int | str] = {}
        for user in self.graph.users(value):
            if user in self.axes:
                continue
            axis = self.axis_through(user)
            if axis is None:
                return None
            wanted[user] = axis
        return self.with_calls(wanted)


def grown(
    graph: Graph,
    seed: Node,
    axis: int,
    exact: bool,
    heavy: Mapping[Node, int],
) -> list[tuple[int, Group]]:
    """Groups around a call, each in the next, with less and less outside.

    Parameters
    ----------
    graph : Graph
    seed : Node
    axis : int
        Of the seed's results.
    exact : bool
        Whether all bits must be kept.
    heavy : dict
        Calls whose results weigh at the peak, and how many bytes.

    Returns
    -------
    list of (int, Group)
        Those that more of what is heavy stays within than in all before, or
        as much, with less bytes going in and out; and how much it is.
    """
    size = (seed.specs[0].shape or ())[axis]
    group = Group(graph, size, exact).with_calls({seed: axis})
    best: tuple[int, int] | None = None
    found: list[tuple[int, Group]] = []
    while group is not None:
        boundary = group.boundary()
        ends = {node for _, node in boundary}
        within = sum(
            size
            for node, size in heavy.items()
            if node in group.axes and node not in ends
        )
        rank = -within, sum(size for size, _ in boundary)
        if best is None or rank < best:
            best = rank
            found.append((within, group))
        group = next(
            (
                larger
                for _, value in boundary
                if (larger := group.absorbing(value)) is not None
            ),
            None,
        )
    return found
