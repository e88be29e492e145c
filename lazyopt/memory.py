"""Peak memory of a graph, known before it runs.

Memory belongs to storages, not to nodes: a view joins the storage it shares,
and a storage lives from its producer to the last reader of any alias of it.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lazyopt.aliasing import groups_in_memory
from lazyopt.build import call_key, to_specs
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.keys import Identity
from lazyopt.ops import CONSTANT, INPUT, ITEM
from lazyopt.ops.core import infer_opaque
from lazyopt.schedule import Problem, forced_live, peak, timeline

__all__ = [
    "MemoryProfile",
    "Storages",
    "ordering_problem",
    "peak_bytes",
    "problem_of",
    "profile",
]


class Storages:
    """Which storage each node's results lie in.

    Attributes
    ----------
    of : dict
        For each node, the numbers of its results' storages.
    sizes : list of int
        Bytes of each storage.
    producer : list of Node
        The node whose call allocates it, or that holds it.
    reach : dict
        For each node, the storages that its results may lie in: an unknown
        call may return its operands, or views of them.
    """

    def __init__(self, graph: Graph) -> None:
        self.of: dict[Node, tuple[int, ...]] = {}
        self.reach: dict[Node, tuple[int, ...]] = {}
        self.sizes: list[int] = []
        self.producer: list[Node] = []
        of, reach = self.of, self.reach
        shared = _constants_in_memory(graph)
        for node in graph.nodes:
            if shared and node in shared and shared[node] in of:
                of[node] = reach[node] = of[shared[node]]
                continue
            if node.op is ITEM:
                base = node.args[0]
                of[node] = (of[base][node.args[1]],)
                known = reach[base] is of[base]
                reach[node] = of[node] if known else reach[base]
                continue
            viewed = viewed_operand(node) if node.op.views else None
            if viewed is not None:
                of[node] = of[viewed][:1] * len(node.specs)
                reach[node] = reach[viewed]
                continue
            of[node] = tuple([self._new(node, s) for s in node.specs])
            reach[node] = of[node]
            if is_unknown(node):
                for operand in node.operands:
                    reach[node] += reach[operand]
                reach[node] = tuple(dict.fromkeys(reach[node]))

    def _new(self, node: Node, spec: Any) -> int:
        self.sizes.append(spec.nbytes)
        self.producer.append(node)
        return len(self.sizes) - 1


def is_unknown(node: Node) -> bool:
    """Whether the function is one that nobody has vouched for."""
    op = node.op
    return op.infer is infer_opaque or op.effect in ("opaque", "writes")


def _constants_in_memory(graph: Graph) -> dict[Node, Node]:
    """For constants that overlap in memory, the first of those they meet."""
    constants = [n for n in graph.nodes if n.op is CONSTANT]
    groups = groups_in_memory([n.args[0] for n in constants])
    first: dict[Node, Node] = {}
    for group in groups:
        if len(group) > 1:
            first.update((constants[i], constants[min(group)]) for i in group)
    return first


_COPIES: dict[Hashable, bool] = {}


def viewed_operand(node: Node) -> Node | None:
    """The operand whose memory the results share, or None."""
    op = node.op
    if not op.views or op is ITEM:
        return None
    args, kwargs = op.bind(node.args, node._kwargs)
    base: Node | None = next(
        (args[i] for i in op.views if i < len(args) and type(args[i]) is Node),
        None,
    )
    if base is None or base.specs[0].kind in ("scalar", "python"):
        return None
    if op.copies is None or base.specs[0].strides is None:
        return base  # where nothing tells, it may well be a view
    key = call_key(op, args, kwargs, _spec_key)
    copies = _COPIES.get(key)
    if copies is None:
        copies = op.copies(
            *map(to_specs, args),
            **{k: to_specs(v) for k, v in kwargs.items()},
        )
        if len(_COPIES) > 1 << 15:
            _COPIES.clear()
        _COPIES[key] = copies
    return None if copies else base


def _spec_key(x: Any) -> Hashable:
    return x.specs if type(x) is Node else Identity(x)


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


def ordering_problem(
    graph: Graph, storages: Storages
) -> tuple[Problem, list[Node]]:
    """A graph as the ordering problem, and the node of each step."""
    steps = [n for n in graph.nodes if is_step(n)]
    number: dict[Node, int] = {}
    for i, n in enumerate(steps):
        number[n] = i
    effects = effects_order(graph, storages)
    resident = {
        s
        for n in graph.nodes
        if n.op is INPUT or n.op is CONSTANT
        for s in storages.of[n]
    }
    of, producer = storages.of, storages.producer
    produces, reads, after = [], [], []
    for n in steps:
        own = [s for s in of[n] if producer[s] is n]
        produces.append(tuple(own))
        used: dict[int, None] = {}
        first: dict[int, None] = {}
        for operand in n.operands:
            for s in of[operand]:
                if s not in resident:
                    used[s] = None
            made = operand.args[0] if operand.op is ITEM else operand
            if made in number:
                first[number[made]] = None
        for other in effects.get(n, ()):
            made = other.args[0] if other.op is ITEM else other
            if made in number and made is not n:
                first[number[made]] = None
        reads.append(tuple(used))
        after.append(tuple(first))
    kept = {s for n in graph.outputs for s in of[n]} - resident
    problem = Problem(
        tuple(storages.sizes),
        tuple(produces),
        tuple(reads),
        tuple(after),
        (0,) * len(steps),
        frozenset(kept),
    )
    return problem, steps


def problem_of(graph: Graph) -> tuple[Problem, list[Node], Storages]:
    """The ordering problem of a graph, made once."""
    found = graph._cache.get("problem")
    if found is None:
        storages = Storages(graph)
        found = (*ordering_problem(graph, storages), storages)
        graph._cache["problem"] = found
    return found


def peak_bytes(graph: Graph) -> int:
    """Peak of a graph's schedule, without the rest of its profile."""
    if "peak" not in graph._cache:
        problem, steps, _ = problem_of(graph)
        graph._cache["peak"] = peak(problem, range(len(steps)))
    return int(graph._cache["peak"])


@dataclass(frozen=True)
class MemoryProfile:
    """Memory of one run of a graph, in bytes.

    Attributes
    ----------
    peak_bytes : int
        Most that is allocated at once beyond what is resident, outputs
        included.
    lower_bound_bytes : int
        No order of these calls needs less.
    resident_bytes : int
        Inputs and constants.
    timeline : tuple of int
        Bytes live while each call runs, in the order they run.
    live_at_peak : tuple of Node
        The calls whose results make the peak, largest first.
    unknown : tuple of Node
        Calls whose results have a size that isn't known: where there are
        any, the peak is at least what is said.
    """

    peak_bytes: int
    lower_bound_bytes: int
    resident_bytes: int
    timeline: tuple[int, ...]
    live_at_peak: tuple[Node, ...]
    unknown: tuple[Node, ...]

    def __str__(self) -> str:
        from lazyopt.render import memory_text

        return memory_text(self)

    def __repr__(self) -> str:
        return (
            f"<MemoryProfile: peak {self.peak_bytes:,} B, bound "
            f"{self.lower_bound_bytes:,} B, resident "
            f"{self.resident_bytes:,} B>"
        )


def profile(graph: Graph) -> MemoryProfile:
    """Simulate a run of the graph's schedule.

    Returns
    -------
    MemoryProfile
    """
    problem, steps, storages = problem_of(graph)
    live = timeline(problem, range(len(steps)))
    fixed = [n for n in graph.nodes if n.op is INPUT or n.op is CONSTANT]
    return MemoryProfile(
        peak_bytes=int(live.max(initial=0)),
        lower_bound_bytes=forced_live(problem),
        resident_bytes=_resident(fixed),
        timeline=tuple(live.tolist()),
        live_at_peak=_live_at(problem, storages, int(np.argmax(live)))
        if steps
        else (),
        unknown=tuple(
            n
            for n in steps
            if any(s.shape is None or s.dtype is None for s in n.specs)
        ),
    )


def _resident(nodes: list[Node]) -> int:
    """Bytes of inputs and of constants, an array held twice counted once."""
    seen: set[int] = set()
    total = 0
    for n in nodes:
        if n.op is CONSTANT:
            if id(n.args[0]) in seen:
                continue
            seen.add(id(n.args[0]))
        total += n.specs[0].nbytes
    return total


def _live_at(
    problem: Problem, storages: Storages, step: int
) -> tuple[Node, ...]:
    born: dict[int, int] = {}
    dies: dict[int, int] = {}
    for i, (made, read) in enumerate(
        zip(problem.produces, problem.reads, strict=True)
    ):
        for s in made:
            born[s] = dies[s] = i
        for s in read:
            dies[s] = i
    for s in problem.kept:
        dies[s] = len(problem.reads)
    live = [s for s, i in born.items() if i <= step <= dies[s]]
    live.sort(key=lambda s: (-problem.sizes[s], s))
    return tuple(storages.producer[s] for s in live if problem.sizes[s])
