"""Scheduling for peak memory: the best order found, and a bound on any."""

from dataclasses import dataclass
from typing import ClassVar

from lazyopt.errors import PassError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import ITEM
from lazyopt.ordering import Certificate, certify, is_step, problem_of
from lazyopt.progress import reporting
from lazyopt.records import note_remark
from lazyopt.schedule import EFFORTS, Schedule, best_order
from lazyopt.sizes import format_bytes, format_gap

__all__ = ["Reorder", "check_effort", "in_the_way", "scheduled", "verdict"]


@dataclass(frozen=True)
class Reorder:
    """Permute the schedule for a lower peak; never for a higher one.

    Memory-aware list scheduling, tree and series-parallel algorithms, beam
    and exact search, with lower bounds from minimum cuts. The search stops
    when bound and peak meet, or when its effort is spent. Calls with an
    effect keep their order. What was found is said in the pass's record, and
    the bound is that of `Graph.memory` from then on.

    Parameters
    ----------
    effort : {"fast", "default", "best"}
        Near-linear heuristics, for a million nodes in seconds; a search of
        seconds for some thousand nodes; one of minutes.
    seconds : float, optional
        After how long to stop with the best order so far. Only where this
        cuts a search short does the result depend on the clock.
    """

    effort: str = "default"
    seconds: float | None = None
    name: ClassVar[str] = "reorder"
    exact: ClassVar[bool] = True
    never_grows: ClassVar[tuple[str, ...]] = ("nodes", "peak")

    def __post_init__(self) -> None:
        check_effort(self.effort)

    def __call__(self, graph: Graph) -> Graph:
        """Return the graph in its best order, or itself if it has that."""
        problem, steps, _ = problem_of(graph)
        with reporting(self.name) as progress:
            best = best_order(problem, self.effort, self.seconds, progress)
        result = graph
        if any(i != j for i, j in enumerate(best.order)):
            schedule = scheduled(graph, [steps[i] for i in best.order])
            result = graph.replace(nodes=schedule)
        certify(result, Certificate(best.bound, best.method))
        note_remark(
            f"{verdict(best.peak, best.bound)} ({best.method})"
            + in_the_way(best, steps, result)
        )
        return result


def check_effort(effort: str) -> None:
    """Raise PassError, with the efforts there are, if it is none of them."""
    if effort not in EFFORTS:
        raise PassError(
            f"effort={effort!r} isn't one of {', '.join(map(repr, EFFORTS))}"
        )


def verdict(peak: int, bound: int) -> str:
    """The peak, and how far it may be above that of any other order."""
    if peak <= bound:
        return f"peak {format_bytes(peak)}, proven optimal"
    if not bound:
        return f"peak {format_bytes(peak)}"
    return f"peak {format_bytes(peak)}, {format_gap(peak, bound)}"


def in_the_way(best: Schedule, steps: list[Node], graph: Graph) -> str:
    """The calls that keep an order from a proof, by where they are now."""
    place = sorted([graph.number(steps[i]) for i in best.blocking])
    if not place:
        return ""
    first, last = (graph.nodes[i].op.name for i in (place[0], place[-1]))
    return (
        f"; in the way: {len(place)} of {len(steps)} calls, from "
        f"%{place[0]} {first} to %{place[-1]} {last}"
    )


def scheduled(graph: Graph, steps: list[Node]) -> list[Node]:
    """All nodes: what is there at the start, then steps and their items."""
    items: dict[Node, list[Node]] = {}
    for node in graph.nodes:
        if node.op is ITEM:
            items.setdefault(node.args[0], []).append(node)
    schedule = [n for n in graph.nodes if not is_step(n) and n.op is not ITEM]
    for step in steps:
        schedule.append(step)
        schedule += items.get(step, ())
    return schedule
