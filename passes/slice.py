"""Slicing: calls around large values made in parts along an axis."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from lazyopt.errors import GraphError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.memory import Held
from lazyopt.ops import INPUT
from lazyopt.ordering import peak_bytes, problem_of
from lazyopt.records import note_remark, note_skip
from lazyopt.schedule import Tables, timeline
from lazyopt.sizes import format_bytes, parse_bytes
from lazyopt.sliced import lengths_of_parts
from lazyopt.slicing.growth import Group, grown
from lazyopt.slicing.masks import written_out
from lazyopt.slicing.placing import Cut

__all__ = ["Slice"]

#: Values at the peak to slice around, and groups that may be made of calls.
SEEDS, ROUNDS = 4, 32
#: Nodes of graphs that are made to try groups.
MOST_EFFORT = 500_000
#: Parts that an axis is cut into, unless only more would reach the limit.
PARTS = 256
#: An axis is cut from this length on: parts of one element are another thing.
SHORTEST = 4
#: What a group has to gain of the peak to be worth it.
WORTH = 1 / 64


@dataclass(frozen=True)
class Slice:
    """Make the calls around large values in parts, for a lower peak.

    What is made in parts is a group of calls that treat one axis element by
    element: elementwise calls, views, reductions and sorts along other axes,
    products and decompositions of batches of matrices. Large values that
    only calls of the group use never exist as a whole. ``eye``, ``identity``
    and ``tri`` are written as comparisons, if that lets them be made in parts
    as well. Nothing is computed twice. If the graph fits the limit already,
    it stays as it is; else groups are made until it fits, or nothing helps.
    Parts are as long as the limit lets them be. Calls with effects, random
    ones among them, stay whole.

    If an error or a warning of NumPy's comes out of such calls, it may be
    that of another call than before, as after reordering; a warning may come
    once for each part. NumPy only.

    Parameters
    ----------
    limit : int or str, optional
        Peak to reach, in bytes or as ``"2 GiB"``; as low as it gets by
        default.
    exact : bool, optional
        If not, rows and columns of matrix products are sliced too, and sums
        are made of partial sums: last bits change, so it needs
        ``fast_math=True``.
    """

    limit: int | str = 0
    exact: bool = True
    name: ClassVar[str] = "slice"
    never_grows: ClassVar[tuple[str, ...]] = ("peak",)

    def __call__(self, graph: Graph) -> Graph:
        """Return the graph in parts, or itself if it fits or none helps."""
        limit = parse_bytes(self.limit)
        if graph.backend != "numpy":
            note_remark(f"only NumPy is sliced, not {graph.backend}")
            return graph
        if peak_bytes(graph) <= limit:
            return graph
        plain = graph.replace(donors={}) if graph.donors else graph
        found = self._in_parts(plain, limit)
        if peak_bytes(found) > limit:
            masks = written_out(plain)
            other = found if masks is plain else self._in_parts(masks, limit)
            if peak_bytes(other) < peak_bytes(found):
                found = other
        if peak_bytes(found) > limit > 0:
            _say_what_stays(found)
        return found if peak_bytes(found) < peak_bytes(graph) else graph

    def _in_parts(self, graph: Graph, limit: int) -> Graph:
        """The graph with groups in parts, until it fits or none helps."""
        effort = MOST_EFFORT
        for _ in range(ROUNDS):
            better, effort = self._lower(graph, limit, effort)
            if better is None:
                break
            graph = better
            if peak_bytes(graph) <= limit:
                break
        return graph

    def _lower(
        self, graph: Graph, limit: int, effort: int
    ) -> tuple[Graph | None, int]:
        """The graph with one group more, if that lowers the peak.

        With the effort that is left.
        """
        peak = peak_bytes(graph)
        best: _Candidate | None = None
        most = peak - max(int(peak * WORTH), 1)
        for group in _groups(graph, self.exact, peak - most):
            if effort <= 0:
                break
            effort -= len(graph)
            found = _candidate(group, limit)
            if found is None or found.peak > most:
                continue
            if best is None or found.peak < best.peak:
                best = found
            if found.peak <= limit:
                break
        return None if best is None else _said(best, peak), effort


@dataclass(frozen=True)
class _Candidate:
    """A graph with one region more, and its peak."""

    graph: Graph
    peak: int
    group: Group
    rows: int


def _groups(graph: Graph, exact: bool, least: int) -> Iterator[Group]:
    """Groups that keep so many bytes of the peak within, largest first."""
    live = graph.memory.live_at_peak
    heavy = {h.node: h.nbytes for h in live}
    met: set[tuple[Node, int | str]] = set()
    for seed, axis in _seeds(live):
        if (seed, axis) in met:
            continue
        found = grown(graph, seed, axis, exact, heavy)
        for _, group in found[-1:]:
            met.update(group.axes.items())
        found = [(n, group) for n, group in found if n >= least]
        # Of many, those of about twice the calls of the next.
        places = {len(found) - (1 << i) for i in range(len(found))}
        for i in sorted(places, reverse=True):
            if i >= 0:
                yield found[i][1]


def _seeds(live: Sequence[Held]) -> Iterator[tuple[Node, int]]:
    """Calls whose results weigh at the peak, and axes, outermost first."""
    made = [h for h in live if h.node.op is not INPUT]
    for held in made[:SEEDS]:
        shape, strides = held.spec.shape, held.spec.strides
        if shape is None or strides is None or held.node.op.region:
            continue
        shapes = [s.shape or () for s in held.node.specs]
        axes = [
            i
            for i, d in enumerate(shape)
            if d >= SHORTEST and all(s[i : i + 1] == (d,) for s in shapes)
        ]
        for axis in sorted(axes, key=lambda i: -abs(strides[i])):
            yield held.node, axis


def _candidate(group: Group, limit: int) -> _Candidate | None:
    """A group in parts as long as the limit allows; None if it can't be."""
    try:
        cut = Cut(group)
        least = max(2, group.grain)
        if group.size < 2 * least:
            return None
        rows = _rounded(-(-group.size // PARTS), group)
        found = _with_rows(cut, rows)
        if found.peak > limit > 0 and rows > least:
            shorter = _with_rows(cut, least)
            if shorter.peak <= limit:
                found = shorter
        if found.peak <= limit:
            return _with_longer_parts(cut, found, limit)
    except GraphError:
        return None
    return found


def _with_rows(cut: Cut, rows: int) -> _Candidate:
    graph, _ = cut.placed(rows)
    return _Candidate(graph, peak_bytes(graph), cut.group, rows)


def _with_longer_parts(cut: Cut, found: _Candidate, limit: int) -> _Candidate:
    """The same with the longest parts that fit: the fewest calls."""
    graph, node = cut.placed(found.rows)
    problem, steps, _ = problem_of(graph)
    at = steps.index(node)
    live = timeline(Tables(problem), range(len(steps)))
    spare = limit - int(live[at]) + problem.workspace[at]
    rows = _rounded(cut.rows_within(spare), cut.group)
    while rows > found.rows:
        longer = _with_rows(cut, rows)
        if longer.peak <= limit:
            return longer
        rows = _rounded(rows * 7 // 8, cut.group)
    return found


def _rounded(rows: int, group: Group) -> int:
    """Rows of a part, down to where parts may begin, but two at least."""
    return max(rows // group.grain * group.grain, 2, group.grain)


def _said(found: _Candidate, peak: int) -> Graph:
    """The graph found, with what was done on record."""
    lengths = lengths_of_parts(found.group.size, found.rows)
    note_remark(
        f"{len(found.group.axes)} calls in {len(lengths)} parts of "
        f"{lengths[0]} along an axis of {found.group.size}: peak "
        f"{format_bytes(peak)} -> {format_bytes(found.peak)}, no extra FLOPs"
    )
    return found.graph


def _say_what_stays(graph: Graph) -> None:
    for held in graph.memory.live_at_peak[:SEEDS]:
        note_skip(
            held.node,
            f"its {format_bytes(held.nbytes)} stay whole: no axis goes "
            "through what makes and uses it",
        )
