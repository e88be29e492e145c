"""Recomputation: what is needed late is made again instead of kept."""

from dataclasses import dataclass
from typing import ClassVar

from lazyopt.errors import PassError
from lazyopt.graph import Graph
from lazyopt.ordering import peak_bytes
from lazyopt.recompute import remade, why_kept
from lazyopt.records import note_remark, note_rewrite, note_skip
from lazyopt.sizes import format_bytes, parse_bytes

__all__ = ["Rematerialise"]


@dataclass(frozen=True)
class Rematerialise:
    """Make values again where they are needed late, so as not to keep them.

    Only pure calls run twice, on the same operands in the same layout, and
    views are made again from what was made again, so that no call sees its
    operands in other storages than before. What costs the fewest operations
    is made again first: along a chain that is gone and come back, as in
    backpropagation, by the dynamic programme that is optimal there; elsewhere
    by dropping what is cheap, large and not read for long. What was dropped
    needlessly is kept after all. Then the calls are ordered again, if that
    lowers the peak.

    Parameters
    ----------
    limit : int or str, optional
        Bytes beyond what is resident, as a number or as in ``"2 GiB"``, that
        are enough: no more is made again than it takes to stay below. By
        default the peak is made as low as it gets, whatever it costs.
    runs : int, optional
        Calls in all sequences that are tried on the way, at most: of small
        graphs fewer are. Where much has to be made again, a sequence is many
        times as long as the program.

    Notes
    -----
    The record tells the operations that were added, and what stood in the
    way of the limit if it isn't reached. A graph within the limit is returned
    as it is.
    """

    limit: int | str = 0
    runs: int = 250_000

    name: ClassVar[str] = "rematerialise"
    exact: ClassVar[bool] = True
    never_grows: ClassVar[tuple[str, ...]] = ("peak",)

    def __post_init__(self) -> None:
        try:
            parse_bytes(self.limit)
        except (TypeError, ValueError) as error:
            raise PassError(f"limit={self.limit!r}: {error}") from error

    def __call__(self, graph: Graph) -> Graph:
        """Return the graph with calls repeated, or itself if it fits."""
        limit = parse_bytes(self.limit)
        before = peak_bytes(graph)
        if before <= limit:
            return graph
        result, method = remade(graph, limit, self.runs)
        peak = peak_bytes(result)
        if peak > limit:
            for node, reason in why_kept(result):
                note_skip(node, reason)
        if peak >= before:
            note_remark(
                f"nothing to make again lowers the peak of "
                f"{format_bytes(before)}"
            )
            return graph
        repeated = sum(n.counts[name] for n in (result,) for name in n.counts)
        extra = result.flops - graph.flops
        part = extra / graph.flops if graph.flops else 0.0
        for _ in range(max(repeated - len(graph), 0)):
            note_rewrite("made again")
        note_remark(
            f"peak {format_bytes(peak)}, from {format_bytes(before)}, for "
            f"{extra:,} more FLOPs (+{part:.1%}; {method})"
        )
        return result
