"""`reorder` that loses a rule of the order."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from lazyopt import ordering
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT, ITEM
from lazyopt.ordering import effects_order
from lazyopt.passes import Reorder, reorder
from lazyopt.schedule import Schedule
from lazyopt.storages import Storages

from .spoiling import Pass, Spoiled

__all__ = ["MUTANTS"]

Before = dict[Node, list[Node]]
WRITING = ("opaque", "writes")


def latest_first(problem: Any, *_: Any) -> Schedule:
    """An order that is allowed, as far from the given one as it can be."""
    waits = [len(set(after)) for after in problem.after]
    users: list[list[int]] = [[] for _ in waits]
    for i, after in enumerate(problem.after):
        for j in set(after):
            users[j].append(i)
    ready = [i for i, n in enumerate(waits) if not n]
    order = []
    while ready:
        i = ready.pop()
        order.append(i)
        for j in users[i]:
            waits[j] -= 1
            if not waits[j]:
                ready.append(j)
    return Schedule(tuple(order), 0, 0, "", ())


#: In any order that the rules allow, so that a lost rule shows.
ANY_ORDER = patch.object(reorder, "best_order", latest_first)


class Turned:
    """The pass that takes the last order that is allowed, and stays there."""

    name = "turned"

    def __init__(
        self,
        rules: Callable[[Graph, Storages], Before] = effects_order,
        never_grows: tuple[str, ...] = ("nodes",),
    ) -> None:
        self.never_grows = never_grows
        self.right = Spoiled(
            Reorder(),
            ANY_ORDER,
            patch.object(ordering, "effects_order", rules),
        )

    def __call__(self, graph: Graph) -> Graph:
        if "turned" in graph._cache:
            return graph
        after = self.right(graph)
        after._cache["turned"] = True
        return after


def no_rules(graph: Graph, storages: Storages) -> Before:
    """Calls with effects may come in any order."""
    return {}


def among(*effects: str) -> Callable[[Graph, Storages], Before]:
    """Only calls of these effects keep their order; readers as they were."""

    def rules(graph: Graph, storages: Storages) -> Before:
        before = effects_order(graph, storages)
        for node, first in before.items():
            before[node] = [
                n
                for n in first
                if n.op.is_pure
                or node.op.is_pure
                or (n.op.effect in effects and node.op.effect in effects)
            ]
        return before

    return rules


def writes_are_late(graph: Graph, storages: Storages) -> Before:
    """A call that writes need not wait for who reads what was there."""
    before = effects_order(graph, storages)
    for node, first in before.items():
        if node.op.effect in WRITING:
            before[node] = [n for n in first if not n.op.is_pure]
    return before


def reads_are_early(graph: Graph, storages: Storages) -> Before:
    """Who reads what a call wrote need not wait for it."""
    before = effects_order(graph, storages)
    return {n: rules for n, rules in before.items() if not n.op.is_pure}


def of_nodes(graph: Graph, storages: Storages) -> Before:
    """Readers of a view are no readers of what it is a view of."""
    before = effects_order(graph, storages)
    for node, first in before.items():
        own = set(node.operands)
        before[node] = [
            n
            for n in first
            if not (n.op.is_pure or node.op.is_pure)
            or own.intersection(n.operands)
        ]
    return before


def without_operands(graph: Graph) -> Graph:
    """Calls in order of their size, wherever their operands stand."""
    given = [n for n in graph.nodes if n.op in (INPUT, CONSTANT)]
    rest = [n for n in graph.nodes if n.op not in (INPUT, CONSTANT)]
    rest.sort(key=lambda n: sum(s.nbytes for s in n.specs))
    nodes = (*given, *rest)
    return graph if nodes == graph.nodes else graph.replace(nodes)


def items_late(graph: Graph, steps: list[Node]) -> list[Node]:
    """Results of a call that returns several stand at the end."""
    calls = set(steps)
    given = [n for n in graph.nodes if n not in calls and n.op is not ITEM]
    return [*given, *steps, *[n for n in graph.nodes if n.op is ITEM]]


def outputs_move(graph: Graph) -> Graph:
    """Outputs follow the order of the schedule."""
    after = Reorder(effort="fast")(graph)
    if after is graph:
        return graph
    return after.replace(outputs=sorted(after.outputs, key=after.number))


def back_and_forth(graph: Graph) -> Graph:
    """Constants before the inputs, and the next time behind them."""
    constants = [n for n in graph.nodes if n.op is CONSTANT]
    inputs = [n for n in graph.nodes if n.op is INPUT]
    rest = [n for n in graph.nodes if n.op not in (INPUT, CONSTANT)]
    nodes = (*constants, *inputs, *rest)
    if nodes == graph.nodes:
        nodes = (*inputs, *constants, *rest)
    return graph if nodes == graph.nodes else graph.replace(nodes)


def by_address(graph: Graph) -> Graph:
    """Constants first, in the order of a set of them."""
    constants = [n for n in graph.nodes if n.op is CONSTANT]
    rest = [n for n in graph.nodes if n.op is not CONSTANT]
    constants.sort(key=lambda n: id(n) // 16 % 101)
    nodes = (*constants, *rest)
    return graph if nodes == graph.nodes else graph.replace(nodes)


MUTANTS: dict[str, Pass] = {
    "effects come in any order": Turned(no_rules),
    "draws come in any order": Turned(among("writes", "opaque")),
    "calls that write come in any order": Turned(among("random", "opaque")),
    "unknown calls come in any order": Turned(among("random", "writes")),
    "a write before what read the old": Turned(writes_are_late),
    "a read before the write": Turned(reads_are_early),
    "views are not what they are views of": Turned(of_nodes),
    "any order is as good": Turned(never_grows=("nodes", "peak")),
    "operands need not come first": without_operands,
    "several results come late": Spoiled(
        Reorder(effort="fast"), patch.object(reorder, "scheduled", items_late)
    ),
    "outputs move with what makes them": outputs_move,
    "there and back again": back_and_forth,
    "by address": by_address,
}
