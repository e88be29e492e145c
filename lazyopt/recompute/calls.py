"""A graph's calls on plain integers, with what each costs to make again."""

from collections.abc import Sequence
from dataclasses import dataclass

from lazyopt.cost import node_bytes_moved, node_flops
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import ITEM
from lazyopt.ordering import problem_of
from lazyopt.reusing import Values
from lazyopt.storages import Storages, is_unknown, viewed_operand

__all__ = ["Calls", "calls_of", "repeatable"]

#: Operations weigh this much more than bytes moved, which settle between
#: calls that compute nothing.
FLOP = 1024


@dataclass(frozen=True, eq=False)
class Calls:
    """What runs, without views, which are made anew where they are read.

    Parameters
    ----------
    nodes : tuple of Node
        The calls in the order of the graph, which is the order given.
    sizes : tuple of int
        Bytes of each storage.
    produces, reads : tuple of tuples of int
        For each call, the storages it allocates, and those that it reads,
        also through views; resident ones are left out.
    workspace, cost : tuple of int
        For each call, bytes that it holds while it runs, and what it costs to
        run it: operations, and a little for bytes moved.
    kept : frozenset of int
        Storages that live to the end.
    producer : tuple of int
        For each storage the call that makes it, or -1.
    barred, again : tuple of bool
        For each call, whether running it twice could be seen; and whether it
        can run again for as long as its results are needed.
    fits : tuple of tuples of int
        For each call, storages that it reads and can write its result into,
        if they die there; none where nothing is to be written in place.
    views : dict of Node to Node
        Views that cost nothing to make again, with what they view.
    """

    nodes: tuple[Node, ...]
    sizes: tuple[int, ...]
    produces: tuple[tuple[int, ...], ...]
    reads: tuple[tuple[int, ...], ...]
    workspace: tuple[int, ...]
    cost: tuple[int, ...]
    kept: frozenset[int]
    producer: tuple[int, ...]
    barred: tuple[bool, ...]
    again: tuple[bool, ...]
    fits: tuple[tuple[int, ...], ...]
    views: dict[Node, Node]

    def __len__(self) -> int:
        return len(self.nodes)

    def readers(self) -> list[list[int]]:
        """For each storage the calls that read it, in order."""
        found: list[list[int]] = [[] for _ in self.sizes]
        for v, row in enumerate(self.reads):
            for s in row:
                found[s].append(v)
        return found


def calls_of(graph: Graph, in_place: bool = False) -> Calls:
    """The calls of a graph without donors.

    Parameters
    ----------
    in_place : bool, optional
        Whether it is to have donors later.
    """
    problem, steps, storages = problem_of(graph)
    written = _written(graph, storages)
    views = _plain_views(graph, steps, storages, written)
    chosen = [i for i, n in enumerate(steps) if n not in views]
    producer = [-1] * len(problem.sizes)
    produces = tuple([problem.produces[i] for i in chosen])
    reads = tuple([problem.reads[i] for i in chosen])
    nodes = tuple([steps[i] for i in chosen])
    for v, row in enumerate(produces):
        for s in row:
            producer[s] = v
    barred = _barred(graph, nodes, views, storages, written)
    again = repeatable(produces, reads, producer, problem.kept, barred)
    return Calls(
        nodes,
        problem.sizes,
        produces,
        reads,
        tuple([problem.workspace[i] for i in chosen]),
        tuple([FLOP * node_flops(n) + node_bytes_moved(n) for n in nodes]),
        problem.kept,
        tuple(producer),
        tuple(barred),
        again,
        _fits(graph, nodes, storages) if in_place else ((),) * len(nodes),
        views,
    )


def _fits(
    graph: Graph, nodes: Sequence[Node], storages: Storages
) -> tuple[tuple[int, ...], ...]:
    fitting = Values(graph).candidates
    return tuple(
        [tuple([storages.of[x][0] for x in fitting.get(n, ())]) for n in nodes]
    )


def _plain_views(
    graph: Graph, steps: Sequence[Node], storages: Storages, written: set[int]
) -> dict[Node, Node]:
    """Views of one array by static arguments, that somebody reads."""
    used = {o for n in graph.nodes for o in n.operands} | set(graph.outputs)
    views: dict[Node, Node] = {}
    for node in steps:
        if not node.op.views or not node.op.is_pure or node not in used:
            continue
        base = viewed_operand(node)
        if (
            base is not None
            and node.operands == (base,)
            and base.specs[0].strides is not None
            and written.isdisjoint(storages.reach[node])
        ):
            views[node] = base
    return views


def _written(graph: Graph, storages: Storages) -> set[int]:
    """What somebody may write into, or may keep for later."""
    return {
        s
        for n in graph.nodes
        if n.op is not ITEM and is_unknown(n)
        for near in (n, *n.operands)
        for s in storages.reach[near]
    }


def repeatable(
    produces: Sequence[Sequence[int]],
    reads: Sequence[Sequence[int]],
    producer: Sequence[int],
    kept: frozenset[int],
    barred: Sequence[bool],
) -> tuple[bool, ...]:
    """For each call, whether it can run again until its results die.

    What it reads must be there until then, or be made again itself.
    """
    end = len(produces)
    last = [-1] * len(producer)
    for v, row in enumerate(reads):
        for s in row:
            last[s] = v
    for s in kept:
        last[s] = end
    # Until when a call can run again.
    until: list[int] = []
    again: list[bool] = []
    for v in range(end):
        limit = end
        for s in reads[v]:
            maker = producer[s]
            there = maker >= 0 and again[maker]
            limit = min(limit, until[maker] if there else last[s])
        needed = max([last[s] for s in produces[v]], default=end)
        again.append(not barred[v] and bool(produces[v]) and limit >= needed)
        until.append(limit)
    return tuple(again)


def _barred(
    graph: Graph,
    nodes: Sequence[Node],
    views: dict[Node, Node],
    storages: Storages,
    written: set[int],
) -> list[bool]:
    """For each call, whether running it twice could be seen.

    It has an effect, or may read what is written to meanwhile; or there are
    views of its results that can't simply be made again.
    """
    single: set[int] = set()
    for node in nodes:
        if node.op.views and (base := viewed_operand(node)) is not None:
            single.update(storages.reach[base])
    return [
        not n.op.is_pure
        or not single.isdisjoint(storages.of[n])
        or any(s.shape is None or s.dtype is None for s in n.specs)
        or not all(
            written.isdisjoint(storages.reach[x]) for x in (n, *n.operands)
        )
        for n in nodes
    ]
