"""The checks can fail: passes that are wrong, each on purpose, are caught."""

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pytest

import lazyopt as lo
from lazyopt.build import call_key, constant
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT
from lazyopt.passes import Fold, Prune, Share
from lazyopt.passes.share import _Guard

from .decoder import decode
from .equivalence import assert_equivalent
from .programs import random_codes

#: Most programs that it may take to catch one.
MOST = 3_000


def merging(key: Callable[[Node], Hashable]) -> Callable[[Graph], Graph]:
    """A pass that merges all nodes of one key, whatever that leads to."""

    def run(graph: Graph) -> Graph:
        table: dict[Hashable, Node] = {}
        new: dict[Node, Node] = {}
        schedule = []
        for node in graph.nodes:
            current = node.rewired(new)
            found = None if node.op in (INPUT, CONSTANT) else key(current)
            first = current if found is None else table.get(found)
            if first is None:
                first = table[found] = current
            if first is not node:
                new[node] = first
            if first is current:
                schedule.append(current)
        outputs = [new.get(n, n) for n in graph.outputs]
        return graph.replace(nodes=schedule, outputs=outputs)

    return run


def by_equality(node: Node) -> Hashable:
    """Python's own ``==``, for which 1 and 1.0 and True are one."""
    if node.op in (INPUT, CONSTANT):
        return None
    try:
        key = (node.op, node.args, tuple(node.kwargs.items()))
        hash(key)
    except TypeError:
        return None
    return key if node.op.is_pure else None


def by_call(node: Node) -> Hashable:
    """The right key, for pure calls, and nothing else to be careful of."""
    pure = node.op.is_pure
    return call_key(node.op, node.args, node._kwargs) if pure else None


def random_too(node: Node) -> Hashable:
    """As if drawing twice gave the same numbers."""
    if node.op.effect != "random":
        return None
    return call_key(node.op, node.args, node._kwargs)


def opaque_too(node: Node) -> Hashable:
    """As if a call that nobody knows had no effect."""
    if node.op.effect in ("pure", "random"):
        return None
    return call_key(node.op, node.args, node._kwargs)


def without_axes(node: Node) -> Hashable:
    """As if -1 and -2 were one, as their hashes are."""
    if not node.op.is_pure or node.op in (INPUT, CONSTANT):
        return None
    numbers = tuple(
        hash(a) if isinstance(a, int) else id(a) for a in node.args
    )
    axes = tuple((k, hash(str(type(v)))) for k, v in node.kwargs.items())
    return (node.op, numbers, axes, node.specs)


def keyed_by(key: Callable[[Node], Hashable]) -> Callable[[Graph], Graph]:
    """The real pass with another key."""

    def run(graph: Graph) -> Graph:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("lazyopt.passes.share._key", key)
            return Share()(graph)

    return run


class _Careless(_Guard):
    """Thinks that no call ever writes."""

    def writes_before(self, node: Node) -> tuple[tuple[int, int], ...]:
        return ()


class _Blind(_Guard):
    """Doesn't see which arrays meet in a contraction."""

    def _note_contraction(self, node: Node) -> None:
        return


def guarded_by(guard: type[_Guard]) -> Callable[[Graph], Graph]:
    """The real pass with another guard."""

    def run(graph: Graph) -> Graph:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("lazyopt.passes.share._Guard", guard)
            return Share()(graph)

    return run


def fold_without_layout(graph: Graph) -> Graph:
    """Folded constants, all in C order."""
    after = Fold()(graph)
    old, new = set(graph.nodes), {}
    for node in after.nodes:
        if node.op is CONSTANT and node not in old:
            new[node] = constant(np.array(node.value, order="C", copy=True))
    return replaced(after, new)


def fold_to_scalars(graph: Graph) -> Graph:
    """Folded arrays of no axes as NumPy scalars."""
    after = Fold()(graph)
    old, new = set(graph.nodes), {}
    for node in after.nodes:
        if node.op is CONSTANT and node not in old:
            value = node.value
            new[node] = constant(value[()] if np.ndim(value) == 0 else value)
    return replaced(after, new)


def fold_outputs(graph: Graph) -> Graph:
    """Results that depend on no input, returned call after call."""
    new: dict[Node, Node] = {}
    for node in graph.nodes:
        flat = all(not isinstance(a, Node) for a in node.args)
        if node.op.name in ("ones", "zeros") and flat:
            call = node.op.implementation("numpy")
            new[node] = constant(call(*node.args, **node.kwargs))
    return replaced(graph, new)


def replaced(graph: Graph, new: dict[Node, Node]) -> Graph:
    """The graph with nodes in the places of others."""
    made = dict(new)
    schedule = []
    for node in graph.nodes:
        made[node] = new.get(node) or node.rewired(made)
        schedule.append(made[node])
    return graph.replace(schedule, [made[n] for n in graph.outputs])


def prune_effects(graph: Graph) -> Graph:
    """Drop what no output needs, effect or not."""
    needed = {*graph.outputs, *graph.inputs}
    for node in reversed(graph.nodes):
        if node in needed:
            needed.update(node.operands)
    return graph.replace([n for n in graph.nodes if n in needed])


def prune_too_much(graph: Graph) -> Graph:
    """Return the first output in place of the last of the same spec."""
    outputs = list(graph.outputs)
    for i, node in enumerate(outputs[1:], 1):
        if node.specs == outputs[0].specs:
            outputs[i] = outputs[0]
    return Prune()(graph.replace(outputs=outputs))


def latest_first(graph: Graph) -> Graph:
    """A topological order, the other way round wherever that can be."""
    left = {n: len(n.operands) for n in graph.nodes}
    ready = [n for n in graph.nodes if not left[n]]
    schedule = []
    while ready:
        node = ready.pop()
        schedule.append(node)
        for user in graph.users(node):
            left[user] -= 1
            if not left[user]:
                ready.append(user)
    return graph.replace(schedule)


def drop_identity(graph: Graph) -> Graph:
    """Take ``x + 0`` and ``x * 1`` for ``x``, whatever x is."""
    new: dict[Node, Node] = {}
    for node in graph.nodes:
        if node.op.name in ("add", "multiply") and len(node.args) == 2:
            x, y = node.args
            plain = isinstance(x, Node) and not isinstance(y, Node)
            if plain and y == (node.op.name == "multiply"):
                new[node] = new.get(x, x)
    schedule = [n.rewired(new) for n in graph.nodes]
    made = dict(zip(graph.nodes, schedule, strict=True))
    schedule = []
    for node in graph.nodes:
        if node in new:
            made[node] = made[new[node]]
        else:
            made[node] = node.rewired(made)
            schedule.append(made[node])
    return graph.replace(schedule, [made[n] for n in graph.outputs])


MUTANTS: dict[str, Callable[[Graph], Graph]] = {
    "1 and 1.0 are one": keyed_by(by_equality),
    "outputs become one": merging(by_call),
    "random draws are one": keyed_by(random_too),
    "opaque calls are one": merging(opaque_too),
    "axes are one": keyed_by(without_axes),
    "merged across a write": guarded_by(_Careless),
    "merged operands": guarded_by(_Blind),
    "layout is lost": fold_without_layout,
    "kind is lost": fold_to_scalars,
    "outputs are kept": fold_outputs,
    "effects are dropped": prune_effects,
    "outputs are mixed up": prune_too_much,
    "effects are swapped": latest_first,
    "x + 0 is x": drop_identity,
}


@pytest.mark.parametrize("name", MUTANTS)
def test_wrong_passes_are_caught(name: str) -> None:
    caught = programs_until_caught(MUTANTS[name])
    assert caught is not None, f"{name!r} was not caught"


def programs_until_caught(mutant: Callable[[Graph], Graph]) -> int | None:
    """How many programs it takes to see that a pass is wrong."""
    rng = np.random.RandomState(0)
    for i in range(MOST):
        program = decode(random_codes(rng))
        graph = program.trace()
        try:
            assert_equivalent(program, graph, mutant(graph), reordered=True)
        except (AssertionError, lo.GraphError):
            return i + 1
    return None


def nothing(graph: Graph) -> Any:
    """Not a mutant: the checks must let it pass."""
    return graph.replace(nodes=graph.nodes)


def test_what_changes_nothing_is_not_caught() -> None:
    rng = np.random.RandomState(1)
    for _ in range(200):
        program = decode(random_codes(rng))
        graph = program.trace()
        assert_equivalent(program, graph, nothing(graph))
