"""What less memory costs: peaks against extra operations."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lazyopt.errors import PassError
from lazyopt.graph import Graph
from lazyopt.ordering import peak_bytes
from lazyopt.pipeline import Settings, apply_pass
from lazyopt.registry import as_pass
from lazyopt.sizes import format_bytes, parse_bytes

__all__ = ["Fit", "FitPoint", "fit"]

#: Limits, where none are given.
LIMITS = 20


@dataclass(frozen=True)
class FitPoint:
    """What one limit costs.

    Attributes
    ----------
    limit : int
        Bytes beyond what is resident.
    graph : Graph
        Computes the same: the cheapest found within the limit or, where none
        is, the one with the lowest peak.
    peak_bytes : int
        Predicted, of that graph.
    extra_flops : int
        Operations that it takes beyond those of the graph given.
    """

    limit: int
    graph: Graph
    peak_bytes: int
    extra_flops: int

    @property
    def fits(self) -> bool:
        """Whether the peak is within the limit."""
        return self.peak_bytes <= self.limit


@dataclass(frozen=True, repr=False)
class Fit:
    """Peaks that a graph can be brought to, and what they cost.

    Attributes
    ----------
    graph : Graph
        The graph given.
    points : tuple of FitPoint
        From the loosest limit to the tightest.
    """

    graph: Graph
    points: tuple[FitPoint, ...]

    def __repr__(self) -> str:
        rows = [("limit", "peak", "extra FLOPs", "")]
        flops = self.graph.flops
        for p in self.points:
            part = f"+{p.extra_flops / flops:.1%}" if flops else ""
            cost = f"{p.extra_flops:,}"
            rows.append(
                (
                    format_bytes(p.limit),
                    format_bytes(p.peak_bytes),
                    *((cost, part) if p.fits else ("can't be reached", "")),
                )
            )
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(
                [text.rjust(w) for text, w in zip(row, widths, strict=True)]
            ).rstrip()
            for row in rows
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw extra FLOPs over the limit. Needs the ``plot`` extra.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from lazyopt.fit_plot import plot_fit

        return plot_fit(self, ax)


def fit(graph: Graph, limits: Iterable[int | str] | None = None) -> Fit:
    """What it costs, in operations, to bring a graph's peak under limits.

    By ordering, by writing results into operands, and by computing values
    again. Slices and files, which cost no operations, are left to `optimize`
    and its ``memory_limit``.

    Parameters
    ----------
    graph : Graph
    limits : iterable of int or str, optional
        Bytes beyond what is resident. By default 20, evenly from the peak of
        the best order down to the lowest that is reached.

    Returns
    -------
    Fit
        A looser limit never costs more than a tighter one.

    Raises
    ------
    PassError
        If a limit is no number of bytes.
    """
    ordered = apply_pass(graph, as_pass("reorder"), Settings())
    reused = apply_pass(ordered, as_pass("reuse"), Settings())
    best = min(graph, ordered, reused, key=peak_bytes)
    known = [best]
    if limits is None:
        wanted = _evenly(best, known)
    else:
        wanted = sorted({_bytes(limit) for limit in limits})
    points = []
    for limit in wanted:
        known.append(_remade(best, limit))
        points.append(_point(graph, limit, known))
    return Fit(graph, tuple(reversed(points)))


def _remade(graph: Graph, limit: int) -> Graph:
    from lazyopt.passes import Rematerialise

    return apply_pass(graph, Rematerialise(limit), Settings())


def _evenly(graph: Graph, known: list[Graph]) -> list[int]:
    """Limits from the lowest peak that is found to that of the graph."""
    lowest = _remade(graph, 0)
    known.append(lowest)
    low, high = peak_bytes(lowest), peak_bytes(graph)
    steps = LIMITS - 1
    return sorted({low + (high - low) * i // steps for i in range(LIMITS)})


def _point(graph: Graph, limit: int, known: list[Graph]) -> FitPoint:
    """The best of all graphs that are known, for one limit."""

    def rank(one: Graph) -> tuple[int, int]:
        return max(peak_bytes(one) - limit, 0), one.flops

    best = min(known, key=rank)
    return FitPoint(limit, best, peak_bytes(best), best.flops - graph.flops)


def _bytes(limit: int | str) -> int:
    try:
        return parse_bytes(limit)
    except (TypeError, ValueError) as error:
        raise PassError(f"the limit {limit!r}: {error}") from error
