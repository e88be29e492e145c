"""`share` with one of its guards switched off."""

from collections.abc import Callable, Hashable
from typing import Any
from unittest.mock import patch

from lazyopt.build import call_key
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT, Op
from lazyopt.passes import Share, share
from lazyopt.passes.share import _Guard, _key

from .spoiling import Pass, Spoiled, after_init

__all__ = ["MUTANTS"]


# -------------------------------------------------------------- which calls


def keyed_by(key: Callable[[Node], Hashable]) -> Pass:
    """The pass with another idea of which calls are equal."""
    return Spoiled(Share(), patch.object(share, "_key", key))


def as_if_pure(effect: str) -> Callable[[Node], Hashable]:
    """Calls with this effect have equals too."""

    def key(node: Node) -> Hashable:
        if node.op.effect == effect:
            return call_key(node.op, node.args, node._kwargs)
        return _key(node)

    return key


def inputs_of_one_spec(node: Node) -> Hashable:
    """Inputs are the same if they look the same."""
    return (INPUT, node.specs) if node.op is INPUT else _key(node)


def without_keywords(node: Node) -> Hashable:
    """Keyword arguments are forgotten."""
    if node.op.is_pure and node._kwargs:
        return call_key(node.op, node.args, {})
    return _key(node)


def without_order(node: Node) -> Hashable:
    """All calls commute."""
    key = _key(node)
    if node.op in (INPUT, CONSTANT) or not isinstance(key, tuple):
        return key
    return (key[0], frozenset(key[1:]))


def by_name_of_op(node: Node) -> Hashable:
    """Python's ``**`` and ``numpy.power`` are one, by their name."""
    key = _key(node)
    if node.op in (INPUT, CONSTANT) or not isinstance(key, tuple):
        return key
    return (key[0].name, *key[1:])


def without_index(node: Node) -> Hashable:
    """All results of a call are its first."""
    if node.op.name == "item":
        return (node.op, node.args[0])
    return _key(node)


# ------------------------------------------------------------ which of them


def guarded_by(change: Callable[[Any], object]) -> Pass:
    """The pass with a guard that doesn't know something."""
    guard = after_init(_Guard, change)
    return Spoiled(Share(), patch.object(share, "_Guard", guard))


def guarded_with(**methods: Any) -> Pass:
    """The pass with a guard that does something else."""
    guard = type("Changed", (_Guard,), methods)
    return Spoiled(Share(), patch.object(share, "_Guard", guard))


def outputs_alone(guard: _Guard) -> None:
    """Views of what is returned may be anything."""
    guard.shown = guard.outputs & guard.shown
    guard.stands = set(guard.shown)


def forgetful(guard: _Guard, node: Node, first: Node) -> bool:
    """What a node stands for is forgotten from merge to merge."""
    allowed = _Guard.allows(guard, node, first)
    guard.stands = set(guard.shown)
    return allowed


def one_step(guard: _Guard, node: Node, first: Node) -> bool:
    """Two merges in a row are not seen as one."""
    allowed = _Guard.allows(guard, node, first)
    guard.merged.clear()
    return allowed


def constants_are_ours(guard: _Guard, node: Node) -> bool:
    """No constant is anybody else's."""
    return node.op is not CONSTANT and _Guard.is_fixed(guard, node)


def only_constants(guard: _Guard, node: Node) -> bool:
    """What a call writes into may be merged, but for constants."""
    return node.op is CONSTANT and _Guard.is_fixed(guard, node)


# ------------------------------------------------------------ what is given


def always_new(graph: Graph) -> Graph:
    """Return another graph even if no two calls were equal."""
    after = Share()(graph)
    return graph.replace(nodes=graph.nodes) if after is graph else after


def outputs_are_late(graph: Graph) -> Graph:
    """Forget that outputs are replaced as well."""
    after = Share()(graph)
    return after if after is graph else after.replace(outputs=graph.outputs)


def keep_the_last(graph: Graph) -> Graph:
    """Merge equal calls into the last one, whose operands come too late."""
    last: dict[Hashable, Node] = {}
    for node in graph.nodes:
        key = _key(node)
        if key is not None:
            last[key] = node
    new = {n: last.get(_key(n), n) for n in graph.nodes}
    kept = [n for n in graph.nodes if new[n] is n]
    if len(kept) == len(graph.nodes):
        return graph
    nodes = [n.rewired(new) for n in kept]
    made = dict(zip(kept, nodes, strict=True))
    return graph.replace(nodes, [made[new[n]] for n in graph.outputs])


def is_contraction(op: Op) -> bool:
    """The ops that a first look takes for contractions."""
    return op.name in ("matmul", "dot")


def only_products(guard: _Guard, node: Node) -> None:
    """``tensordot`` and ``einsum`` are no contractions."""
    if is_contraction(node.op):
        _Guard._note_contraction(guard, node)


MUTANTS: dict[str, Pass] = {
    "inputs that look the same are one": keyed_by(inputs_of_one_spec),
    "random draws are one": keyed_by(as_if_pure("random")),
    "keyword arguments are forgotten": keyed_by(without_keywords),
    "all calls commute": keyed_by(without_order),
    "operators are NumPy's functions": keyed_by(by_name_of_op),
    "all results of a call are one": keyed_by(without_index),
    "calls that write are one": Spoiled(
        Share(),
        patch.object(share, "_key", as_if_pure("writes")),
        patch.object(_Guard, "is_fixed", lambda guard, node: False),
    ),
    "calls that nobody knows are one": Spoiled(
        Share(),
        patch.object(share, "_key", as_if_pure("opaque")),
        patch.object(_Guard, "is_fixed", lambda guard, node: False),
    ),
    "outputs that show an input become one": guarded_by(
        lambda g: (g.shown.clear(), g.stands.clear())
    ),
    "views that are returned become one": guarded_by(outputs_alone),
    "what stands for an output is forgotten": guarded_with(allows=forgetful),
    "two merges are not one": guarded_with(allows=one_step),
    "operands of a contraction become one": guarded_by(
        lambda g: g.partners.clear()
    ),
    "tensordot is no contraction": guarded_with(
        _note_contraction=only_products
    ),
    "merged across a write": guarded_with(passed=lambda guard, node: None),
    "a constant that is returned is anybody's": guarded_with(
        is_fixed=constants_are_ours
    ),
    "what is written into is merged": guarded_with(is_fixed=only_constants),
    "nothing changed, and yet another graph": always_new,
    "outputs are those of before": outputs_are_late,
    "the last of equal calls is kept": keep_the_last,
}
