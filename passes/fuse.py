"""Fusion of elementwise calls: temporaries that are never whole."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lazyopt.build import item, make_node
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import Op
from lazyopt.ordering import peak_bytes, problem_of
from lazyopt.passes.fuse_groups import groups_of, results_of, units_in_order
from lazyopt.records import note_remark, note_rewrite
from lazyopt.regions import cut_out, region
from lazyopt.reusing import reusing
from lazyopt.schedule import Tables, timeline
from lazyopt.sizes import format_bytes

__all__ = ["Fuse"]

Groups = list[tuple[Node, ...]]
#: What a group is called as, and on what.
Ops = dict[tuple[Node, ...], tuple[Op, tuple[Node, ...]]]

#: So many times ``least`` elements are to be left unmade by a group: calls in
#: blocks take longer each, which two or three small ones don't make up for.
PAYS = 3
#: So often, groups that raise the peak are given up; then all are.
ROUNDS = 4


@dataclass(frozen=True)
class Fuse:
    """Run elementwise calls of one shape together, block by block.

    A fused group computes a block of up to 32,768 elements from start to
    end before the next one, on several threads: what it computes on the way
    stays in cache, and only what is used outside is ever whole. Calls are
    NumPy's own, and only those that give the same bits in blocks: see
    `lazyopt.blockwise`. Groups that would raise the peak are given up, also
    those that would raise that which in-place reuse comes to: a group has
    results of its own. NumPy only.

    Parameters
    ----------
    least : int
        Elements of the arrays; smaller ones are left alone, since they are
        in cache anyway. Groups of few calls need larger ones.
    block : int, optional
        Elements of a block, a multiple of 64; by default as many as fit into
        cache.
    threads : int, optional
        At most so many for one group; by default as many as there are
        processors, and enough to compute and room for.
    """

    least: int = 1 << 16
    block: int | None = None
    threads: int | None = None
    name: ClassVar[str] = "fuse"
    exact: ClassVar[bool] = True
    never_grows: ClassVar[tuple[str, ...]] = ("peak",)

    def __call__(self, graph: Graph) -> Graph:
        """Return the graph with groups fused, or itself if there are none."""
        if graph.backend != "numpy":
            return graph
        best, saved = graph, 0
        groups: Groups = []
        ops: Ops = {}
        tried: Groups | None = None
        for late in (True, False):
            found = groups_of(graph, self.least, late)
            if found == tried:
                break
            tried = found
            result, kept = self._within_peak(graph, found, ops)
            bytes_saved = sum(_bytes_saved(graph, kept))
            if bytes_saved > saved:
                best, saved, groups = result, bytes_saved, kept
        for _ in groups:
            note_rewrite("group")
        if groups:
            calls = sum(map(len, groups))
            note_remark(
                f"{calls:,} calls in {len(groups):,} "
                f"group{'s' * (len(groups) != 1)}, without "
                f"{format_bytes(saved)} of temporaries"
            )
        return best

    def _within_peak(
        self, graph: Graph, groups: Groups, ops: Ops
    ) -> tuple[Graph, Groups]:
        """The graph with as many groups as keep its peak, and these."""
        enough = max(PAYS * self.least, 1)
        inside = _not_whole(graph, groups)
        groups = [
            group
            for group, nodes in zip(groups, inside, strict=True)
            if sum(n.specs[0].size for n in nodes) >= enough
        ]
        if not groups:
            return graph, []
        limits = [peak_bytes(g) for g in (graph, reusing(graph))]
        for _ in range(ROUNDS):
            result, made = self._fused(graph, groups, ops)
            blamed: set[int] = set()
            for way, limit in zip(
                (result, reusing(result)), limits, strict=True
            ):
                if peak_bytes(way) > limit:
                    blamed |= _too_large(way, made, limit)
            if not blamed:
                return result, groups
            groups = [g for i, g in enumerate(groups) if i not in blamed]
            if not groups:
                break
        return graph, []

    def _fused(
        self, graph: Graph, groups: Groups, ops: Ops
    ) -> tuple[Graph, dict[Node, int]]:
        """The graph with these groups fused, and which call is which."""
        number = {g[0]: i for i, g in enumerate(groups)}
        results = results_of(graph, groups)
        new: dict[Node, Node] = {}
        made: dict[Node, int] = {}
        schedule: list[Node] = []
        for unit in units_in_order(graph, groups):
            which = number.get(unit[0])
            if which is None:
                node = unit[0].rewired(new)
                if node is not unit[0]:
                    new[unit[0]] = node
                schedule.append(node)
                continue
            if unit not in ops:
                ops[unit] = self._op(unit, results[which])
            op, operands = ops[unit]
            args = tuple([new.get(n, n) for n in operands])
            call = make_node(op, args, source=unit[-1].source)
            made[call] = which
            schedule.append(call)
            if len(results[which]) == 1:
                new[results[which][0]] = call
                continue
            for i, result in enumerate(results[which]):
                new[result] = item(call, i)
                schedule.append(new[result])
        outputs = [new.get(n, n) for n in graph.outputs]
        return graph.replace(schedule, outputs), made

    def _op(
        self, group: tuple[Node, ...], results: list[Node]
    ) -> tuple[Op, tuple[Node, ...]]:
        """What a group is called as, and on what."""
        body, operands = cut_out(group, results)
        options = {"block": self.block, "threads": self.threads}
        given = {k: v for k, v in options.items() if v is not None}
        return region("fused", body, **given), operands


def _bytes_saved(graph: Graph, groups: Groups) -> list[int]:
    """Bytes of what is not whole any more; 0 for a group without results."""
    return [
        sum(n.specs[0].nbytes for n in nodes)
        for nodes in _not_whole(graph, groups)
    ]


def _not_whole(graph: Graph, groups: Groups) -> list[set[Node]]:
    """For each group, the calls whose results nothing outside uses."""
    return [
        set(group).difference(results) if results else set()
        for group, results in zip(
            groups, results_of(graph, groups), strict=True
        )
    ]


def _too_large(graph: Graph, made: dict[Node, int], limit: int) -> set[int]:
    """Fused calls that run, or whose operands or results are there, above it.

    All of them, if none is: a limit that is passed has some to blame.
    """
    problem, steps, _ = problem_of(graph)
    above = timeline(Tables(problem), range(len(steps))) > limit
    until = np.concatenate([[0], np.cumsum(above)]).tolist()
    born: dict[int, int] = {}
    last = dict.fromkeys(problem.kept, len(steps) - 1)
    for i in reversed(range(len(steps))):
        for s in problem.reads[i]:
            last.setdefault(s, i)
    for i, new in enumerate(problem.produces):
        born.update(dict.fromkeys(new, i))
        for s in new:
            last.setdefault(s, i)
    found: set[int] = set()
    for s, end in last.items():
        start = born.get(s, 0)
        if until[end + 1] > until[start]:
            ends = steps[start], steps[end]
            found.update(made[n] for n in ends if n in made)
    return found or set(made.values())
