"""A graph as the ordering problem: its calls on plain integers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT, ITEM
from lazyopt.schedule import Problem, peak
from lazyopt.storages import Storages
from lazyopt.workspace import workspace_bytes

__all__ = [
    "Certificate",
    "certificate_of",
    "certify",
    "effects_order",
    "is_given_away",
    "is_step",
    "ordering_problem",
    "peak_bytes",
    "plain_storages_of",
    "problem_of",
    "storages_of",
]


def effects_order(graph: Graph, storages: Storages) -> dict[Node, list[Node]]:
    """What must come before each node besides its operands.

    Calls with an effect keep their order. One that nobody registered may
    write into its operands, so all other readers of these stay on their side
    of it.
    """
    before: dict[Node, list[Node]] = {}
    if all(n.op.effect == "pure" for n in graph.nodes):
        return before
    last: Node | None = None
    watched = {
        s
        for n in graph.nodes
        if n.op.effect in ("opaque", "writes")
        for operand in n.operands
        for s in storages.reach[operand]
    }
    readers: dict[int, list[Node]] = {s: [] for s in watched}
    writer: dict[int, Node] = {}
    for node in graph.nodes:
        rules = before.setdefault(node, [])
        if node.op.effect != "pure" and node.op not in (INPUT, CONSTANT):
            if last is not None:
                rules.append(last)
            last = node
        touched = {s for o in node.operands for s in storages.reach[o]}
        for s in sorted(touched & watched):
            if node.op.effect in ("opaque", "writes"):
                rules += readers[s]
                readers[s] = [node]
                writer[s] = node
            else:
                readers[s].append(node)
                if s in writer:
                    rules.append(writer[s])
    return before


def is_step(node: Node) -> bool:
    """Whether it runs: inputs and constants are there, items are a name."""
    op = node.op
    return op is not INPUT and op is not CONSTANT and op is not ITEM


def is_given_away(graph: Graph, node: Node) -> bool:
    """Whether it is an input that is freed after its last reader.

    A donated input that nothing reads isn't: nothing could free it.
    """
    return node in graph.donated and bool(graph.users(node))


def resident_storages(graph: Graph, storages: Storages) -> set[int]:
    """Storages of constants, and of inputs that the caller keeps."""
    donated = {
        s
        for n in graph.inputs
        if is_given_away(graph, n)
        for s in storages.of[n]
    }
    held = {
        s
        for n in graph.nodes
        if n.op is INPUT or n.op is CONSTANT
        for s in storages.of[n]
    }
    return held - donated


def _live(
    of: Mapping[Node, tuple[int, ...]], resident: set[int]
) -> Mapping[Node, tuple[int, ...]]:
    """For each node the storages of its results that aren't resident."""
    if not resident:
        return of
    return {
        n: own
        if resident.isdisjoint(own)
        else tuple([s for s in own if s not in resident])
        for n, own in of.items()
    }


def _all_of(
    operands: Sequence[Node], live: Mapping[Node, tuple[int, ...]]
) -> tuple[int, ...]:
    """The storages of several operands, each once."""
    found = live[operands[0]] if operands else ()
    for x in operands[1:]:
        other = live[x]
        if other != found:
            found += other
    if len(found) < 2 or (len(found) == 2 and found[0] != found[1]):
        return found
    return tuple(dict.fromkeys(found))


def _calls_of(
    graph: Graph,
) -> tuple[list[Node], list[tuple[int, ...]], tuple[int, ...]]:
    """The node of each step, the steps that it uses, and its workspace."""
    found: Any = graph._cache.get("calls")
    if found is None:
        steps: list[Node] = []
        number: dict[Node, int] = {}
        after: list[tuple[int, ...]] = []
        for n in graph.nodes:
            if n.op is ITEM:
                number[n] = number[n.args[0]]
            elif is_step(n):
                used = [number[x] for x in n.operands if x in number]
                if len(used) > 1:
                    used = [*dict.fromkeys(used)]
                after.append(tuple(used))
                number[n] = len(steps)
                steps.append(n)
        workspace = tuple([workspace_bytes(n) for n in steps])
        found = graph._cache["calls"] = (steps, after, workspace)
    calls: tuple[list[Node], list[tuple[int, ...]], tuple[int, ...]] = found
    return calls


def _with_effects(
    steps: list[Node],
    after: list[tuple[int, ...]],
    effects: dict[Node, list[Node]],
) -> list[tuple[int, ...]]:
    """The steps that come before each, those of its effects among them."""
    number = {n: i for i, n in enumerate(steps)}
    rows = []
    for n, row in zip(steps, after, strict=True):
        first = dict.fromkeys(row)
        for other in effects[n]:
            made = other.args[0] if other.op is ITEM else other
            if made in number and made is not n:
                first[number[made]] = None
        rows.append(tuple(first))
    return rows


def ordering_problem(
    graph: Graph, storages: Storages
) -> tuple[Problem, list[Node]]:
    """A graph as the ordering problem, and the node of each step."""
    steps, after, workspace = _calls_of(graph)
    effects = effects_order(graph, storages)
    if effects:
        after = _with_effects(steps, after, effects)
    resident = resident_storages(graph, storages)
    of, producer = storages.of, storages.producer
    live = _live(of, resident)
    produces: list[tuple[int, ...]] = []
    reads: list[tuple[int, ...]] = []
    for n in steps:
        own = of[n]
        if len(own) != 1 or producer[own[0]] is not n:
            own = tuple([s for s in own if producer[s] is n])
        produces.append(own)
        reads.append(_all_of(n.operands, live))
    kept = {s for n in graph.outputs for s in live[n]}
    problem = Problem(
        tuple(storages.sizes),
        tuple(produces),
        tuple(reads),
        tuple(after),
        workspace,
        frozenset(kept),
    )
    return problem, steps


def problem_of(graph: Graph) -> tuple[Problem, list[Node], Storages]:
    """The ordering problem of a graph, made once."""
    found = graph._cache.get("problem")
    if found is None:
        storages = storages_of(graph)
        found = (*ordering_problem(graph, storages), storages)
        graph._cache["problem"] = found
    return found


def storages_of(graph: Graph) -> Storages:
    """Where a graph's results lie, found out once."""
    if not graph.donors:
        return plain_storages_of(graph)
    found: Storages | None = graph._cache.get("storages")
    if found is None:
        found = graph._cache["storages"] = Storages(graph, graph.donors)
    return found


def plain_storages_of(graph: Graph) -> Storages:
    """Where they would lie if no call wrote into an operand.

    For passes that rewrite: donors are for a graph as it stands.
    """
    found: Storages | None = graph._cache.get("plain storages")
    if found is None:
        found = graph._cache["plain storages"] = Storages(graph, {})
    return found


def peak_bytes(graph: Graph) -> int:
    """Peak of a graph's schedule, without the rest of its profile."""
    if "peak" not in graph._cache:
        problem, steps, _ = problem_of(graph)
        graph._cache["peak"] = peak(problem, range(len(steps)))
    return int(graph._cache["peak"])


@dataclass(frozen=True)
class Certificate:
    """What a search for a better order has shown of a graph.

    Attributes
    ----------
    bound : int
        Bytes that no order of its calls can do without.
    method : str
        What found the order that it has.
    """

    bound: int
    method: str


def certify(graph: Graph, certificate: Certificate) -> None:
    """Let a graph's profile tell what is known about its order."""
    graph._cache["certificate"] = certificate
    graph._cache.pop("memory", None)


def certificate_of(graph: Graph) -> Certificate | None:
    """What is known about a graph's order, if it was searched."""
    found: Certificate | None = graph._cache.get("certificate")
    return found
