"""Scheduling for peak memory: the best of several orders."""

from dataclasses import dataclass
from typing import ClassVar

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.memory import is_step, problem_of
from lazyopt.ops import ITEM
from lazyopt.schedule import best_order

__all__ = ["Reorder"]

#: Up to how many nodes it is repeated until nothing is gained.
AGAIN_NODES = 2_000


@dataclass(frozen=True)
class Reorder:
    """Permute the schedule for a lower peak; never for a higher one.

    A portfolio of near-linear heuristics is simulated, the order given among
    them, and the best is kept. Calls with an effect keep their order.
    """

    name: ClassVar[str] = "reorder"
    exact: ClassVar[bool] = True

    def __call__(self, graph: Graph) -> Graph:
        """Return the graph in its best order, or itself if it has that.

        The heuristics start from the order given: while the program is
        small, they get another chance at what they made of it.
        """
        result = self._once(graph)
        while result is not graph and len(graph) <= AGAIN_NODES:
            graph, result = result, self._once(result)
        return result

    def _once(self, graph: Graph) -> Graph:
        problem, steps, _ = problem_of(graph)
        best = best_order(problem)
        if all(i == j for i, j in enumerate(best.order)):
            return graph
        items: dict[Node, list[Node]] = {}
        for node in graph.nodes:
            if node.op is ITEM:
                items.setdefault(node.args[0], []).append(node)
        schedule = [
            n for n in graph.nodes if not is_step(n) and n.op is not ITEM
        ]
        for i in best.order:
            schedule.append(steps[i])
            schedule += items.get(steps[i], ())
        result = graph.replace(nodes=schedule)
        result._cache["peak"] = best.peak
        return result
