"""In-place reuse: results written into operands that die."""

from dataclasses import dataclass
from typing import ClassVar

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ordering import Certificate, certify, peak_bytes, problem_of
from lazyopt.passes.reorder import (
    check_effort,
    in_the_way,
    scheduled,
    verdict,
)
from lazyopt.progress import reporting
from lazyopt.records import note_remark, note_rewrite
from lazyopt.reusing import (
    Values,
    donors_bound,
    donors_floor,
    donors_in_order,
)
from lazyopt.schedule import Schedule, best_order
from lazyopt.sizes import format_bytes

__all__ = ["Reuse"]


@dataclass(frozen=True)
class Reuse:
    """Write results into operands that die there, and order calls for that.

    An elementwise call whose operand has the shape, dtype and strides of the
    result, and that nothing else sees afterwards, needs no memory of its own:
    `Graph.donors`. It is never an input that isn't donated, a constant, an
    output, or what a function that isn't the library's own has seen. What
    order is best depends on it, so the order is searched again, and kept
    where the peak is lower. To be run last: passes that change the graph
    forget the donors. NumPy only.

    Parameters
    ----------
    effort, seconds
        Of the search, as for `Reorder`.
    """

    effort: str = "default"
    seconds: float | None = None
    name: ClassVar[str] = "reuse"
    exact: ClassVar[bool] = True
    never_grows: ClassVar[tuple[str, ...]] = ("nodes", "peak")

    def __post_init__(self) -> None:
        check_effort(self.effort)

    def __call__(self, graph: Graph) -> Graph:
        """Return the graph with donors, or itself if there are none."""
        if graph.donors:
            return graph
        if graph.backend != "numpy":
            note_remark("arrays of other libraries are left to them")
            return graph
        values = Values(graph)
        donors, certain = values.in_order(), values.certain()
        result, method = graph.replace(donors=donors), "the order given"
        bound = donors_floor(graph, values)
        blocking = ""
        if peak_bytes(result) > bound:
            loose = result
            if donors != certain:
                loose = graph.replace(donors=certain)
            bound, uncertain = donors_bound(loose, values, certain)
        if certain and peak_bytes(result) > bound:
            problem, steps, _ = problem_of(loose)
            with reporting(self.name) as progress:
                best = best_order(problem, self.effort, self.seconds, progress)
            found = _in_order(graph, steps, best)
            if peak_bytes(found) < peak_bytes(result):
                result, method = found, best.method
            if not uncertain:
                bound = max(bound, best.bound)
            if peak_bytes(result) > bound:
                blocking = in_the_way(best, steps, result)
        if not result.donors:
            return graph
        for _ in result.donors:
            note_rewrite("written into an operand")
        certify(result, Certificate(bound, method))
        note_remark(
            f"{verdict(peak_bytes(result), bound)} ({method}), from "
            f"{format_bytes(peak_bytes(graph))}{blocking}"
        )
        return result


def _in_order(graph: Graph, steps: list[Node], best: Schedule) -> Graph:
    order = [steps[i] for i in best.order]
    found = graph.replace(nodes=scheduled(graph, order))
    return found.replace(donors=donors_in_order(found))
