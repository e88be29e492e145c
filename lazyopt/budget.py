"""Bringing a graph's peak under a limit, by the cheapest means that do."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from lazyopt.errors import PassError
from lazyopt.graph import Graph
from lazyopt.ops import INPUT
from lazyopt.ordering import peak_bytes
from lazyopt.pipeline import Settings, apply_pass
from lazyopt.recompute import smallest_call
from lazyopt.regions import inlined
from lazyopt.registry import as_pass
from lazyopt.sizes import format_bytes, parse_bytes

__all__ = ["limit_in_bytes", "within_limit"]

Folder = str | os.PathLike[str] | None

#: How often a limit that was reached on the way to another one is tried by
#: itself, before it is said to work.
CHECKS = 4
#: A limit is out of reach if what was tried for a bit less stays above it by
#: this part: it isn't tried by itself then.
OUT_OF_REACH = 0.25
#: What plans leave free below the limit, for the array objects of Python's:
#: so many bytes, or this part of the limit if that is less.
BYTES_LEFT, PART_LEFT = 16 << 10, 100
#: Values that an error tells of.
SHOWN = 4


def limit_in_bytes(limit: int | str) -> int:
    """A memory limit as a number of bytes.

    Raises
    ------
    PassError
        If it is neither a number of bytes nor text such as ``"2 GiB"``.
    """
    try:
        return parse_bytes(limit)
    except (TypeError, ValueError) as error:
        raise PassError(f"memory_limit={limit!r}: {error}") from error


def within_limit(
    graph: Graph,
    limit: int,
    settings: Settings,
    spill_folder: Folder = None,
) -> Graph:
    """The graph with a predicted peak that is not above a limit.

    Parameters
    ----------
    graph : Graph
        In a good order.
    limit : int
        Bytes that a run may allocate beyond what is resident.
    settings : Settings
    spill_folder : path, optional
        Where values may be written to; nowhere by default.

    Returns
    -------
    Graph
        Reached by fusing and reuse, by computing again, by slicing, or by
        spilling, in this order: as soon as one of them, or several together,
        are enough, the others are left out. Each is on record.

    Raises
    ------
    PassError
        If the limit can't be reached: saying what needs how much, and the
        smallest limit that works.
    """
    unknown = graph.memory.unknown
    if unknown:
        raise PassError(
            f"no limit can be kept: the size of what {unknown[0]!r}"
            f"{_where(unknown[0])} returns isn't known. Tell it with "
            "lazyopt.register_op(fn, infer=...)"
        )
    settings = replace(settings, peaks=True)
    means = _Means(limit, settings, spill_folder)
    best = _best(graph, means)
    if peak_bytes(best) <= limit:
        return best
    quiet = replace(means, settings=replace(settings, on_pass=None))
    smallest = _smallest(graph, peak_bytes(best), quiet)
    raise PassError(_what_stands_in_the_way(best, limit, smallest, means))


def _best(graph: Graph, means: "_Means") -> Graph:
    """The cheapest graph with some room left, or else within the limit.

    If there is none, that with the lowest peak.
    """
    limit = means.limit
    less = limit - min(BYTES_LEFT, limit // PART_LEFT)
    best = replace(means, limit=less).best(graph)
    if less < peak_bytes(best) <= limit * (1 + OUT_OF_REACH):
        best = min(best, means.best(graph), key=peak_bytes)
    return best


def _smallest(graph: Graph, peak: int, means: "_Means") -> int:
    """The smallest limit known to work, tried by itself."""
    works = None
    for _ in range(CHECKS):
        reached = peak_bytes(_best(graph, replace(means, limit=peak)))
        if reached <= peak:
            works = peak
        if reached == peak or (works is not None and reached > peak):
            break
        peak = reached
    return peak_bytes(graph) if works is None else works


@dataclass(frozen=True)
class _Means:
    """What lowers peaks, from the cheapest on.

    Attributes
    ----------
    limit : int
        Bytes.
    settings : Settings
    folder : path or None
        Where values may be written to.
    known : dict
        What came of computing again, by graphs and limits: those below what
        one call needs are all the same. Other limits are tried with it.
    """

    limit: int
    settings: Settings
    folder: Folder
    known: dict[Any, Graph] = field(default_factory=dict)

    def best(self, graph: Graph) -> Graph:
        """The first graph within the limit, or that with the lowest peak."""
        best = graph
        for found in self._found(graph):
            if peak_bytes(found) < peak_bytes(best):
                best = found
            if peak_bytes(best) <= self.limit:
                break
        return best

    def _found(self, graph: Graph) -> Iterator[Graph]:
        yield graph
        if graph.backend != "numpy":
            yield self._repeated(graph)
            return
        dense = self._dense(graph)
        yield dense
        repeated = self._repeated(dense)
        yield repeated
        plain = self._plain(graph)
        sliced = self._sliced(plain)
        yield sliced
        both = repeated
        if set(sliced.nodes) != set(dense.nodes):
            both = self._repeated(sliced)
            yield both
        if self.folder is not None:
            each = {g.nodes: g for g in (plain, sliced, repeated, both)}
            for item in self._ways_to_spill(self.folder):
                for one in each.values():
                    yield self._spilled(one, item)

    def _dense(self, graph: Graph) -> Graph:
        """With results written into operands, and fused if that helps."""
        reused = self._apply(graph, "reuse")
        if peak_bytes(reused) <= self.limit:
            return reused
        fused = self._apply(graph.replace(donors={}), "fuse")
        fused = self._apply(fused, "reuse")
        return min(reused, fused, key=peak_bytes)

    def _plain(self, graph: Graph) -> Graph:
        """Without donors, which are lost next, and fused calls one by one.

        Those aren't cut into parts. In the order that is best then.
        """
        plain = inlined(graph.replace(donors={}) if graph.donors else graph)
        return graph if plain is graph else self._apply(plain, "reorder")

    def _repeated(self, graph: Graph) -> Graph:
        from lazyopt.passes import Rematerialise

        least = max(self.limit, smallest_call(graph)[0])
        key = graph.nodes, frozenset(graph.donors.items()), least
        if key not in self.known:
            found = self._apply(graph, Rematerialise(self.limit))
            self.known[key] = found
        return self.known[key]

    def _sliced(self, graph: Graph) -> Graph:
        from lazyopt.passes import Slice

        sliced = self._in_parts(graph, Slice(self.limit))
        if peak_bytes(sliced) > self.limit and self.settings.fast_math:
            # What is in parts already doesn't become part of a larger group.
            item = Slice(self.limit, exact=False)
            for one in (graph, sliced):
                found = self._in_parts(one, item)
                sliced = min(sliced, found, key=peak_bytes)
                if peak_bytes(sliced) <= self.limit:
                    break
        if peak_bytes(sliced) > self.limit or sliced.donors:
            return sliced
        fused = self._apply(sliced, "fuse")
        return fused if peak_bytes(fused) <= self.limit else sliced

    def _in_parts(self, graph: Graph, item: Any) -> Graph:
        plain = graph.replace(donors={})
        return self._lower(graph, self._apply(plain, item))

    def _ways_to_spill(self, folder: str | os.PathLike[str]) -> list[Any]:
        """Read back; read in files; and outputs left there, too."""
        from lazyopt.passes import Spill

        return [
            Spill(self.limit, folder),
            Spill(self.limit, folder, maps=True),
            Spill(self.limit, folder, maps=True, outputs=True),
        ]

    def _spilled(self, graph: Graph, item: Any) -> Graph:
        plain = graph.replace(donors={})
        return self._lower(graph, self._apply(plain, item))

    def _lower(self, before: Graph, after: Graph) -> Graph:
        """What lost its donors, with donors again; if it is worth it."""
        if peak_bytes(after) > self.limit and not after.donors:
            after = self._apply(after, "reuse")
        return min(before, after, key=peak_bytes)

    def _apply(self, graph: Graph, item: Any) -> Graph:
        return apply_pass(graph, as_pass(item), self.settings)


def _where(node: Any) -> str:
    return f" at {node.source}" if node.source else ""


def _what_stands_in_the_way(
    graph: Graph, limit: int, smallest: int, means: _Means
) -> str:
    m = graph.memory
    lines = [
        f"a limit of {format_bytes(limit)} ({limit:,} B) can't be reached."
    ]
    if m.peak_step is not None:
        lines.append(
            f"{m.peak_step!r}{_where(m.peak_step)} runs when "
            f"{format_bytes(max(m.timeline))} are needed:"
        )
    for held in m.live_at_peak[:SHOWN]:
        what = "donated input" if held.op is INPUT else held.op.name
        why = (
            "made there"
            if held.node is m.peak_step
            else "returned"
            if held.last is None
            else f"read by {held.last.op.name}"
        )
        lines.append(f"  {format_bytes(held.nbytes)}: {what}, {why}")
    if m.workspace_at_peak:
        lines.append(
            f"  {format_bytes(m.workspace_at_peak)}: what it needs meanwhile"
        )
    lines.append(
        f"The smallest limit that works is {smallest} "
        f"({format_bytes(smallest)})."
    )
    hints = []
    if means.folder is None and graph.backend == "numpy":
        hints.append("spill_folder=... lets values wait in files")
    if not means.settings.fast_math:
        hints.append("fast_math=True lets more be sliced, in other last bits")
    if hints:
        lines.append(f"For less: {'; '.join(hints)}.")
    return "\n".join(lines)
