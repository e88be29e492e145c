"""Smaller graphs that fail as a large one does."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from lazyopt.build import input_node, make_node
from lazyopt.errors import InputError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT, get_op
from lazyopt.tree import Tree

__all__ = ["reduce"]

#: Nodes of graphs to try, in all: more would take minutes.
MOST = 4_000_000
Fails = Callable[[Graph], bool]


def reduce(graph: Graph, fails: Fails) -> Graph:
    """Make a graph smaller for as long as it fails.

    Outputs are dropped, or what they are made of is returned instead; nodes
    become inputs, copies, or are taken for an operand of the same spec; and
    what is not needed goes: large parts first, then single nodes, until none
    can go (Zeller and Hildebrandt, "Simplifying and isolating
    failure-inducing input", 2002), or graphs of four million nodes in all
    have been tried.

    Parameters
    ----------
    graph : Graph
        If its inputs are bound to values, so are those of the result: what
        became an input has the value that it had. All results are held for
        that while it searches.
    fails : callable
        Given a graph, whether it still shows what is being looked for.

    Returns
    -------
    Graph
        The smallest that was found. Its inputs are positional arguments.

    Raises
    ------
    InputError
        If the graph given doesn't fail.
    """
    if not fails(graph):
        raise InputError("there is nothing to reduce: fails(graph) is false")
    search = _Search(graph, fails)
    size = (-1, -1, -1)
    with suppress(_Enough):
        while size != search.size():
            size = search.size()
            search.drop_outputs()
            search.drop_end()
            search.drop_nodes()
            search.bypass_nodes()
            search.copy_instead()
        search.show_output()
    return search.graph


class _Enough(Exception):
    """So many graphs were tried that it shall be enough."""


class _Search:
    """The smallest graph so far, and the ways to make it smaller.

    Each try costs a call of ``fails``, and work in proportion to the graph.
    """

    def __init__(self, graph: Graph, fails: Fails) -> None:
        self.graph = graph
        self.fails = fails
        self.values = _values(graph)
        self.names = 0
        self.left = MOST

    def size(self) -> tuple[int, int, int]:
        """What gets smaller."""
        read = sum([len(n.operands) for n in self.graph.nodes])
        return len(self.graph.nodes), len(self.graph.outputs), read

    def _accept(self, graph: Graph | None) -> bool:
        if self.left < 0:
            raise _Enough
        self.left -= len(self.graph)
        if graph is None or not self.fails(graph):
            return False
        self.graph = graph
        return True

    def drop_outputs(self) -> None:
        """Drop outputs, in halves, quarters, and one by one."""
        for start, size in _parts(lambda: len(self.graph.outputs)):
            outputs = self.graph.outputs
            left = (*outputs[:start], *outputs[start + size :])
            self._accept(self._with(self.graph.nodes, left, {}))

    def drop_end(self) -> None:
        """Drop the end of the schedule; what it read is returned."""
        size = len(self.graph.nodes) // 2
        while size:
            while size < len(self.graph.nodes) and self._accept(
                self._before(len(self.graph.nodes) - size)
            ):
                pass
            size //= 2

    def _before(self, end: int) -> Graph | None:
        graph = self.graph
        kept = dict.fromkeys(graph.nodes[:end])
        read = [o for n in graph.nodes[end:] for o in n.operands]
        wanted = dict.fromkeys(n for n in (*graph.outputs, *read) if n in kept)
        if not kept.keys() >= set(graph.inputs):
            return None
        return self._with(kept, wanted, {})

    def drop_nodes(self) -> None:
        """Drop stretches of the schedule; what they gave becomes inputs."""
        for start, size in _parts(lambda: len(self.graph.nodes)):
            self._accept(self._without(start, start + size))

    def _without(self, start: int, end: int) -> Graph | None:
        graph = self.graph
        gone = [n for n in graph.nodes[start:end] if n.op is not INPUT]
        gone += [n for n in graph.nodes[start:end] if _is_idle(graph, n)]
        if not gone:
            return None
        kept = dict.fromkeys(graph.nodes)
        for node in gone:
            kept.pop(node, None)
        wanted = {o for n in kept for o in n.operands} | set(graph.outputs)
        new: dict[Node, Node] = {}
        for node in gone:
            if node in wanted:
                cut = self._as_input(node)
                if cut is None:
                    return None
                new[node] = cut
        if len(new) == len(gone) and all(n.op is CONSTANT for n in gone):
            return None
        return self._with([*new.values(), *kept], graph.outputs, new)

    def _as_input(self, node: Node) -> Node | None:
        """An input in place of a node, if one can stand there."""
        spec = node.specs[0]
        plain = not node.op.multi and spec.kind in ("array", "scalar")
        if not plain or spec.shape is None or spec.dtype is None:
            return None
        if self.graph.bound is not None and node not in self.values:
            return None
        made = input_node(f"v{self.names}", spec)
        self.names += 1
        if node in self.values:
            self.values[made] = self.values[node]
        return made

    def bypass_nodes(self) -> None:
        """Take a node for one of its operands, where the specs agree."""
        for node in self._backwards():
            for operand in node.operands:
                if (
                    operand.op.multi == node.op.multi
                    and operand.specs == node.specs
                    and self._accept(self._past(node, operand))
                ):
                    break

    def copy_instead(self) -> None:
        """Take calls of several operands for copies of one of them.

        Or of an input, where what they read is given to them alone.
        """
        if self.graph.backend != "numpy":
            return
        for node in self._backwards():
            if len(node.operands) < 2 or len(node.specs) != 1:
                continue
            for copied in self._as_copies(node):
                if self._accept(copied):
                    break

    def _backwards(self) -> Iterator[Node]:
        """Nodes from the last on, also while there get to be fewer."""
        place = len(self.graph.nodes)
        while place:
            place = min(place, len(self.graph.nodes)) - 1
            yield self.graph.nodes[place]

    def _as_copies(self, node: Node) -> Iterator[Graph | None]:
        graph = self.graph
        for operand in node.operands:
            copy = _copy_of(operand, node)
            if copy is not None:
                new = [copy if n is node else n for n in graph.nodes]
                yield self._with(new, graph.outputs, {node: copy})
        own = [
            n
            for n in node.operands
            if n.op in (INPUT, CONSTANT)
            and graph.users(n) == (node,)
            and n not in graph.outputs
        ]
        if len(own) > 1:
            given = self._as_input(node)
            copy = None if given is None else _copy_of(given, node)
            if given is not None and copy is not None:
                left = [n for n in graph.nodes if n not in own]
                new = [given, *[copy if n is node else n for n in left]]
                yield self._with(new, graph.outputs, {node: copy})

    def show_output(self) -> None:
        """Return the last node, where nothing is returned any more."""
        nodes = self.graph.nodes
        if nodes and not self.graph.outputs:
            self._accept(self._with(nodes, nodes[-1:], {}))

    def _past(self, node: Node, operand: Node) -> Graph | None:
        left = [n for n in self.graph.nodes if n is not node]
        return self._with(left, self.graph.outputs, {node: operand})

    def _with(
        self,
        nodes: Iterable[Node],
        outputs: Iterable[Node],
        new: dict[Node, Node],
    ) -> Graph | None:
        """A graph of these nodes, some of them in the place of others.

        None if it would return several results as one.
        """
        made = dict(new)
        schedule = []
        for node in nodes:
            current = node.rewired(made)
            if current is not node:
                made[node] = current
                if node in self.values:
                    self.values[current] = self.values[node]
            schedule.append(current)
        last = [made.get(n, n) for n in outputs]
        if any(n.op.multi for n in last):
            return None
        return self._graph(schedule, last)

    def _graph(self, nodes: list[Node], outputs: list[Node]) -> Graph:
        old = self.graph
        inputs = [n for n in nodes if n.op is INPUT]
        same_in = tuple(inputs) == old.inputs
        same_out = len(outputs) == len(old.outputs)
        bound = None
        if old.bound is not None:
            bound = tuple([self.values[n] for n in inputs])
        return Graph(
            nodes,
            inputs,
            outputs,
            old.in_tree if same_in else _flat(len(inputs)),
            old.out_tree if same_out else _row(len(outputs)),
            backend=old.backend,
            bound=bound,
            parameters=old.parameters if same_in else (),
            donated=old.donated.intersection(inputs),
        )


def _copy_of(x: Node, node: Node) -> Node | None:
    """A copy that has the spec of a node, if there is one."""
    if x.op.multi or x.specs[0].kind != "array" or x.specs[0].shape is None:
        return None
    for order in "KCF":
        kwargs = {} if order == "K" else {"order": order}
        made = make_node(get_op("copy"), (x,), kwargs, source=node.source)
        if made.specs == node.specs:
            return made
    return None


def _is_idle(graph: Graph, node: Node) -> bool:
    """Whether it is an input that nothing uses."""
    return (
        node.op is INPUT
        and node not in graph.outputs
        and not graph.users(node)
    )


def _parts(count: Callable[[], int]) -> Iterable[tuple[int, int]]:
    """Stretches to try to leave out, large ones first, from the end.

    ``count`` says how many there are, which changes as some are left out.
    """
    size = max(1, count() // 2)
    while size:
        start = count() - size
        while start > -size:
            yield max(start, 0), size + min(start, 0)
            start = min(start, count()) - size
        size //= 2


def _row(count: int) -> Tree:
    return Tree(tuple, (), (Tree(),) * count)


def _flat(count: int) -> Tree:
    """The structure of so many positional arguments."""
    return Tree(tuple, (), (_row(count), Tree(dict)))


def _values(graph: Graph) -> dict[Node, Any]:
    """What nodes give, if the inputs are bound; up to one that fails."""
    from lazyopt.testing.evaluating import values_of

    if graph.bound is None:
        return {}
    values: dict[Node, Any] = {}

    def keep(node: Node, value: Any) -> Any:
        values[node] = value
        return value

    try:
        return values_of(graph, graph.bound, keep)
    except Exception:
        return {**dict(zip(graph.inputs, graph.bound, strict=True)), **values}
