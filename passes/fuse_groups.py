"""Which calls are fused: groups that never wait for what waits for them."""

import heapq
from collections.abc import Hashable, Sequence

from lazyopt.blockwise import in_elements, is_blockwise
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT
from lazyopt.ordering import effects_order, plain_storages_of

__all__ = ["groups_of", "results_of", "units_in_order"]

Before = dict[Node, list[Node]]


def groups_of(graph: Graph, least: int, late: bool) -> list[tuple[Node, ...]]:
    """Blockwise calls of one shape and layout that feed each other.

    Each call has a level, which grows along every edge that can't be inside a
    group. A group is what edges of one level connect, so that no path leaves
    a group and comes back. Linear in the nodes.

    Parameters
    ----------
    graph : Graph
    least : int
        Elements of a result; calls on smaller arrays are left alone.
    late : bool
        Whether calls whose results are only used by what can be fused are put
        off until the first of their users.

    Returns
    -------
    list of tuple of Node
        Of two calls and more, in the order they run.
    """
    keys = {n: _key(n) for n in graph.nodes if _is_large(n, least)}
    keys = {n: key for n, key in keys.items() if is_blockwise(n)}
    if len(keys) < 2:
        return []
    before = effects_order(graph, plain_storages_of(graph))
    levels = _levels(graph, keys, before)
    if late:
        _put_off(graph, keys, levels, before)
    return _connected(keys, levels)


def _is_large(node: Node, least: int) -> bool:
    spec = node.specs[0] if len(node.specs) == 1 else None
    if spec is None or not spec.shape or spec.strides is None:
        return False
    return spec.size >= least and node.op is not INPUT


def _key(node: Node) -> Hashable:
    spec = node.specs[0]
    return spec.shape, in_elements(spec) if spec.dtype else None


def _levels(
    graph: Graph, keys: dict[Node, Hashable], before: Before
) -> dict[Node, int]:
    """The lowest level of each call."""
    levels: dict[Node, int] = {}
    for node in graph.nodes:
        key = keys.get(node)
        level = 0
        for operand in node.operands:
            if operand.op is INPUT or operand.op is CONSTANT:
                continue
            joined = key is not None and keys.get(operand) == key
            level = max(level, levels[operand] + (not joined))
        for other in before.get(node, ()):
            level = max(level, levels[other] + 1)
        levels[node] = level
    return levels


def _put_off(
    graph: Graph,
    keys: dict[Node, Hashable],
    levels: dict[Node, int],
    before: Before,
) -> None:
    """Raise calls to the level of the first of their users, if all join."""
    fixed = set(graph.outputs)
    for node, others in before.items():
        if others:
            fixed.update((node, *others))
    for node in reversed(graph.nodes):
        key = keys.get(node)
        users = graph.users(node)
        if key is None or node in fixed or not users:
            continue
        if all(keys.get(user) == key for user in users):
            levels[node] = min(levels[user] for user in users)


def _connected(
    keys: dict[Node, Hashable], levels: dict[Node, int]
) -> list[tuple[Node, ...]]:
    """Calls of one key and level that feed each other, by union-find."""
    parent: dict[Node, Node] = {n: n for n in keys}

    def root(node: Node) -> Node:
        while parent[node] is not node:
            parent[node] = node = parent[parent[node]]
        return node

    for node, key in keys.items():
        for operand in node.operands:
            if keys.get(operand) == key and levels[operand] == levels[node]:
                parent[root(node)] = root(operand)
    found: dict[Node, list[Node]] = {}
    for node in keys:
        found.setdefault(root(node), []).append(node)
    return [tuple(group) for group in found.values() if len(group) > 1]


def results_of(
    graph: Graph, groups: Sequence[Sequence[Node]]
) -> list[list[Node]]:
    """Of each group, the calls whose results are used outside of it."""
    outputs = set(graph.outputs)
    found = []
    for group in groups:
        inside = set(group)
        found.append(
            [
                n
                for n in group
                if n in outputs
                or any(user not in inside for user in graph.users(n))
            ]
        )
    return found


def units_in_order(
    graph: Graph, groups: Sequence[tuple[Node, ...]]
) -> list[tuple[Node, ...]]:
    """Groups, and all other nodes by themselves, in the order to run.

    Each runs as soon as it can, but not before its last node did.
    """
    unit = {n: -1 - i for i, group in enumerate(groups) for n in group}
    unit |= {n: i for i, n in enumerate(graph.nodes) if n not in unit}
    place = {unit[n]: i for i, n in enumerate(graph.nodes)}
    members = {-1 - i: group for i, group in enumerate(groups)}
    before = effects_order(graph, plain_storages_of(graph))
    waits = dict.fromkeys(place, 0)
    then: dict[int, list[int]] = {}
    for node in graph.nodes:
        own = unit[node]
        for other in (*node.operands, *before.get(node, ())):
            if unit[other] != own:
                waits[own] += 1
                then.setdefault(unit[other], []).append(own)
    ready = [(place[u], u) for u, count in waits.items() if not count]
    heapq.heapify(ready)
    order = []
    while ready:
        _, one = heapq.heappop(ready)
        order.append(members.get(one) or (graph.nodes[one],))
        for other in then.get(one, ()):
            waits[other] -= 1
            if not waits[other]:
                heapq.heappush(ready, (place[other], other))
    return order
