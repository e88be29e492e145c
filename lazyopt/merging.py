"""Passes run so that merging raises no peak.

A value that is computed once and used twice lives from the one use to the
other. Where there is no room for that, some are computed again; and if that
isn't enough, larger values are merged no more.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from lazyopt.graph import Graph
from lazyopt.ordering import peak_bytes
from lazyopt.pipeline import Fixpoint, Pipeline, Settings
from lazyopt.records import PassRecord
from lazyopt.registry import name_of
from lazyopt.tracing import gc_paused

__all__ = ["within_peak"]

#: Up to so many nodes, how much to merge is settled with quick searches.
#: Above, searches are quick as they are.
TRIED_NODES = 10_000
#: Up to so many bytes, all of the peak that there may be is given to merging.
#: Above, as much as merging less takes.
IN_CACHE = 1 << 20
#: Calls in sequences that are tried to make room for what is merged, and the
#: part of all operations that more merging is to leave to be worth that.
RUNS, WORTH_IT = 5_000, 0.9


def within_peak(
    graph: Graph, passes: Pipeline, settings: Settings, room: int = 0
) -> Graph:
    """Run passes; where they raise the peak, run them with less merging.

    Parameters
    ----------
    graph : Graph
    passes : Pipeline
    settings : Settings
    room : int
        Bytes that a peak may reach anyhow.

    Returns
    -------
    Graph
        The graph given, if they raise it all the same.
    """

    def limit() -> int:
        return max(peak_bytes(graph), room)

    with gc_paused():
        for less in _attempts(graph, passes, settings, limit):
            result = less.run(graph, settings)
            # Peaks are not asked for in vain: that takes as long as a pass.
            if _only_lowers(graph, result, less):
                return result
            if peak_bytes(result) <= limit():
                return result
        return _given_back(graph, result)


def _only_lowers(graph: Graph, result: Graph, passes: Pipeline) -> bool:
    """Whether all passes that changed anything never raise a peak."""
    changed = {
        record.name
        for record in result.history[len(graph.history) :]
        if record.changed
    }
    return not _some(
        passes,
        lambda item: (
            name_of(item) in changed
            and "peak" not in getattr(item, "never_grows", ())
        ),
    )


def _attempts(
    graph: Graph,
    passes: Pipeline,
    settings: Settings,
    limit: Callable[[], int],
) -> Iterator[Pipeline]:
    """The passes, with less and less merging; those that may do, and the last.

    A search for the best order takes long, and is of no use to a graph that
    is given up afterwards.
    """
    less = _merging_less(graph, passes)
    searching = _some(passes, _has_effort)
    if not less or not searching or len(graph) > TRIED_NODES:
        yield passes
        yield from less
        return
    quiet = replace(settings, on_pass=None)

    def tried(way: Pipeline) -> Graph:
        quick: Pipeline = _changed(way, _has_effort, effort="fast")
        return quick.run(graph, quiet)

    most = limit()
    merged = tried(passes)
    if peak_bytes(merged) <= most:
        yield passes
    for way in less:
        plain = tried(way)
        if peak_bytes(plain) > most and way is not less[-1]:
            continue
        if merged.flops <= WORTH_IT * plain.flops:
            within = most if most <= IN_CACHE else peak_bytes(plain)
            roomy = _making_room(passes, within)
            made = tried(roomy)
            if peak_bytes(made) <= most and made.flops < plain.flops:
                yield roomy
        yield way


def _making_room(passes: Pipeline, limit: int) -> Pipeline:
    """The passes, with what is merged made again to stay below a limit.

    Before the order is chosen, and behind all merging. Cheap calls made again
    often leave room for dear ones to be merged.
    """
    from lazyopt.passes import Rematerialise

    items = list(passes.passes)
    last = max(i for i, item in enumerate(items) if _some(item, _is_share))
    at = next(
        (i for i in range(last, len(items)) if _is_placing(items[i])),
        len(items),
    )
    again = Rematerialise(limit, RUNS)
    return Pipeline([*items[:at], again, *items[at:]], passes.name)


def _merging_less(graph: Graph, passes: Pipeline) -> list[Pipeline]:
    """The passes with ever smaller values merged, if they merge any."""
    if not _some(passes, _is_share):
        return []
    largest = max((s.nbytes for n in graph for s in n.specs), default=0)
    attempts = []
    while largest > 0:
        largest //= 8
        attempts.append(_changed(passes, _is_share, max_bytes=largest))
    return attempts


def _is_share(item: Any) -> bool:
    return getattr(item, "name", None) == "share" and hasattr(
        item, "max_bytes"
    )


def _is_placing(item: Any) -> bool:
    return getattr(item, "name", None) in ("reorder", "fuse", "reuse")


def _has_effort(item: Any) -> bool:
    """Whether it is a search of the library's own that can be made quick."""
    return type(item).__module__.startswith("lazyopt.passes.") and (
        getattr(item, "effort", "fast") != "fast"
    )


def _some(item: Any, wanted: Callable[[Any], bool]) -> bool:
    if isinstance(item, Pipeline | Fixpoint):
        return any(_some(p, wanted) for p in item.passes)
    return wanted(item)


def _changed(item: Any, wanted: Callable[[Any], bool], **fields: Any) -> Any:
    """A pass with fields replaced in those of its passes that are wanted."""
    if not _some(item, wanted):
        return item
    if isinstance(item, Pipeline):
        passes = [_changed(p, wanted, **fields) for p in item.passes]
        return Pipeline(passes, item.name)
    if isinstance(item, Fixpoint):
        passes = [_changed(p, wanted, **fields) for p in item.passes]
        return Fixpoint(passes, item.max_rounds)
    return replace(item, **fields)


def _given_back(graph: Graph, result: Graph) -> Graph:
    """The graph given, with what was tried on record."""
    tried = result.history[len(graph.history) :]
    undone = PassRecord(
        f"undo: the peak would be {peak_bytes(result):,} bytes",
        len(result),
        len(graph),
        0.0,
        True,
    )
    return graph.replace(history=(*graph.history, *tried, undone))
