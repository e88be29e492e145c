"""Peak memory of a graph, known before it runs."""

from dataclasses import dataclass, field

import numpy as np

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import ITEM, Op
from lazyopt.ordering import certificate_of, problem_of, resident_storages
from lazyopt.schedule import Problem, Tables, forced_live, timeline
from lazyopt.specs import ArraySpec
from lazyopt.storages import Storages
from lazyopt.tracing import gc_paused

__all__ = ["Held", "MemoryProfile", "profile"]


@dataclass(frozen=True)
class Held:
    """One storage that is live at the peak.

    Attributes
    ----------
    node : Node
        The call that allocates it, or a donated input.
    spec : ArraySpec
        Of the result that it was allocated for.
    nbytes : int
    place : int
        Number of ``node`` in the schedule, as printed.
    last : Node or None
        The last call that reads it; None for what is returned.
    seen_bytes : int
        Part of ``nbytes`` that is still read or returned: less where it is
        only needed through smaller views.
    """

    node: Node
    spec: ArraySpec
    nbytes: int
    place: int
    last: Node | None
    seen_bytes: int

    @property
    def op(self) -> Op:
        """The op that makes it."""
        return self.node.op

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Shape it was allocated with."""
        return self.spec.shape

    @property
    def dtype(self) -> str | None:
        """Dtype it was allocated with."""
        return self.spec.dtype

    @property
    def source(self) -> str | None:
        """Where the program makes it, ``file:line``."""
        return self.node.source


@dataclass(frozen=True)
class MemoryProfile:
    """Memory of one run of a graph, in bytes.

    On NumPy it is what ``tracemalloc`` measures. For other libraries, sizes
    are theirs, while which calls copy and what they need while they run is
    still taken to be as on NumPy.

    Attributes
    ----------
    peak_bytes : int
        Most that is allocated at once beyond what is resident, outputs and
        donated inputs included.
    lower_bound_bytes : int
        No order of these calls needs less.
    resident_bytes : int
        Inputs that aren't donated, and constants.
    timeline : tuple of int
        Bytes live while each call runs, in the order they run.
    workspace : tuple of int
        The part of it that a call needs for itself, and frees.
    steps : tuple of Node
        The calls, in the order they run.
    peak_step : Node or None
        The call that runs at the peak, the first of several.
    live_at_peak : tuple of Held
        The storages that are live then, largest first.
    unknown : tuple of Node
        Calls whose results have a size that isn't known: where there are
        any, the peak is at least what is said.
    backend : str
        The library whose arrays it is about.
    graph : Graph or None
        What it is the profile of, where that is known.
    """

    peak_bytes: int
    lower_bound_bytes: int
    resident_bytes: int
    timeline: tuple[int, ...]
    workspace: tuple[int, ...]
    steps: tuple[Node, ...]
    peak_step: Node | None
    live_at_peak: tuple[Held, ...]
    unknown: tuple[Node, ...]
    backend: str
    graph: Graph | None = field(default=None, compare=False)

    @property
    def workspace_at_peak(self) -> int:
        """Bytes that the call at the peak needs for itself."""
        if not self.steps:
            return 0
        return self.workspace[self.timeline.index(max(self.timeline))]

    def __str__(self) -> str:
        from lazyopt.explain import memory_text

        return memory_text(self)

    def _repr_html_(self) -> str:
        from lazyopt.looking.pages import memory_html

        return memory_html(self)

    def __repr__(self) -> str:
        least = "at least " if self.unknown else ""
        return (
            f"<MemoryProfile: peak {least}{self.peak_bytes:,} B, bound "
            f"{self.lower_bound_bytes:,} B, resident "
            f"{self.resident_bytes:,} B>"
        )


def profile(graph: Graph) -> MemoryProfile:
    """Simulate a run of the graph's schedule.

    Returns
    -------
    MemoryProfile
    """
    with gc_paused():
        return _profile(graph)


def _profile(graph: Graph) -> MemoryProfile:
    problem, steps, storages = problem_of(graph)
    tables = Tables(problem)
    live = timeline(tables, range(len(steps)))
    top = int(np.argmax(live)) if steps else None
    certificate = certificate_of(graph)
    return MemoryProfile(
        peak_bytes=int(live.max(initial=tables.kept_bytes)),
        lower_bound_bytes=forced_live(tables)
        if certificate is None
        else certificate.bound,
        resident_bytes=sum(
            storages.sizes[s] for s in resident_storages(graph, storages)
        ),
        timeline=tuple(live.tolist()),
        workspace=problem.workspace,
        steps=tuple(steps),
        peak_step=None if top is None else steps[top],
        live_at_peak=()
        if top is None
        else _live_at(graph, problem, steps, storages, top),
        unknown=_of_unknown_size(steps),
        backend=graph.backend,
    )


def _of_unknown_size(steps: list[Node]) -> tuple[Node, ...]:
    found = []
    for node in steps:
        for spec in node.specs:
            if spec.shape is None or spec.dtype is None:
                found.append(node)
                break
    return tuple(found)


def _live_at(
    graph: Graph,
    problem: Problem,
    steps: list[Node],
    storages: Storages,
    step: int,
) -> tuple[Held, ...]:
    """The storages that are live while a step runs, largest first."""
    end = len(steps)
    born = [-1] * len(problem.sizes)
    dies = [-2] * len(problem.sizes)
    for i, (made, read) in enumerate(
        zip(problem.produces, problem.reads, strict=True)
    ):
        for s in made:
            born[s] = dies[s] = i
        for s in read:
            dies[s] = i
    for s in problem.kept:
        dies[s] = end
    live = [
        s
        for s, size in enumerate(problem.sizes)
        if size and born[s] <= step <= dies[s]
    ]
    live.sort(key=lambda s: (-problem.sizes[s], s))
    seen = _bytes_still_seen(graph, storages, set(live), steps[step])
    return tuple(
        Held(
            node=(node := storages.producer[s]),
            spec=node.specs[storages.of[node].index(s)],
            nbytes=problem.sizes[s],
            place=graph.number(node),
            last=None if dies[s] == end else steps[dies[s]],
            seen_bytes=min(seen[s], problem.sizes[s])
            if node is not steps[step]
            else problem.sizes[s],
        )
        for s in live
    )


def _bytes_still_seen(
    graph: Graph, storages: Storages, live: set[int], at: Node
) -> dict[int, int]:
    """Bytes of each storage that the step at the peak and later ones read.

    Through views, that may be less than it holds.
    """
    aliases = {
        n for n, held in storages.of.items() if not live.isdisjoint(held)
    }
    read: dict[Node, None] = dict.fromkeys(
        n for n in graph.outputs if n in aliases
    )
    for reader in graph.nodes[graph.number(at) :]:
        if reader.op is ITEM:
            continue
        for operand in reader.operands:
            if operand in aliases:
                read[operand] = None
    seen: dict[int, int] = dict.fromkeys(live, 0)
    for node in read:
        for s, spec in zip(storages.of[node], node.specs, strict=True):
            if s in seen:
                seen[s] += spec.nbytes
    return seen
