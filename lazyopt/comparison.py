"""Two graphs side by side: size, work, memory, time, and equal results."""

import time
import tracemalloc
from dataclasses import dataclass, replace
from typing import Any

from lazyopt.errors import GraphError
from lazyopt.execute import run_values
from lazyopt.graph import Graph
from lazyopt.inputs import own_values, take_inputs
from lazyopt.ordering import peak_bytes
from lazyopt.profiling import plan_for
from lazyopt.sizes import format_bytes
from lazyopt.verify import same_bits

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True)
class Comparison:
    """Figures of two graphs; each is a pair, before and after.

    Attributes
    ----------
    nodes, flops : tuple of int
    bytes_moved : tuple of int
        Read of operands and written of results, by all calls.
    predicted_peak, measured_peak : tuple of int
        Bytes allocated at once beyond inputs and constants; measured with
        `tracemalloc`, on one run.
    seconds : tuple of float
        Of the fastest of several runs, taken in turns.
    equal : bool or None
        Whether all outputs have the same bits. None without inputs to run.
    """

    nodes: tuple[int, int]
    flops: tuple[int, int]
    bytes_moved: tuple[int, int]
    predicted_peak: tuple[int, int]
    measured_peak: tuple[int, int] | None = None
    seconds: tuple[float, float] | None = None
    equal: bool | None = None

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """What is compared, before, and after."""
        rows: list[tuple[str, ...]] = [
            ("nodes", *[f"{n:,}" for n in self.nodes]),
            ("FLOPs", *[f"{n:,}" for n in self.flops]),
            ("bytes moved", *map(format_bytes, self.bytes_moved)),
            ("predicted peak", *map(format_bytes, self.predicted_peak)),
        ]
        if self.measured_peak and self.seconds:
            rows += [
                ("measured peak", *map(format_bytes, self.measured_peak)),
                ("time", *[f"{t * 1e3:.3f} ms" for t in self.seconds]),
            ]
        return rows

    def __str__(self) -> str:
        lines = [f"{'':16}{'before':>14}{'after':>14}"]
        lines += [f"{name:16}{a:>14}{b:>14}" for name, a, b in self.rows]
        if self.equal is not None:
            said = "equal, to the bit" if self.equal else "NOT EQUAL"
            lines.append(f"{'results':16}{said:>28}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from lazyopt.looking.pages import comparison_html

        return comparison_html(self)


def compare(
    before: Graph, after: Graph, /, *inputs: Any, **kwargs: Any
) -> Comparison:
    """Put two graphs side by side, and run both if given their inputs.

    Parameters
    ----------
    before, after : Graph
    *inputs, **kwargs
        What the graphs are called with.

    Returns
    -------
    Comparison
        Prints as a table.
    """
    static = Comparison(
        (len(before), len(after)),
        (before.flops, after.flops),
        (before.bytes_moved, after.bytes_moved),
        (peak_bytes(before), peak_bytes(after)),
    )
    takes_none = not before.inputs or before.bound is not None
    if not inputs and not kwargs and not takes_none:
        return static
    graphs = (before, after)
    values = [take_inputs(g, inputs, kwargs) for g in graphs]
    pairs = list(zip(graphs, values, strict=True))
    one, other = [_run(g, v) for g, v in pairs]
    if len(one) != len(other):
        raise GraphError("the graphs return different numbers of results")
    equal = before.out_tree == after.out_tree and all(
        map(same_bits, one, other)
    )
    return replace(
        static,
        measured_peak=(_peak(*pairs[0]), _peak(*pairs[1])),
        seconds=_times(pairs),
        equal=equal,
    )


def _run(graph: Graph, values: list[Any]) -> list[Any]:
    return run_values(plan_for(graph, values), own_values(graph, values))


def _peak(graph: Graph, values: list[Any]) -> int:
    """Bytes allocated at once, the inputs' own aside."""
    own = own_values(graph, values)
    plan = plan_for(graph, values)
    started = tracemalloc.is_tracing()
    if not started:
        tracemalloc.start()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    run_values(plan, own)
    peak = tracemalloc.get_traced_memory()[1] - held
    if not started:
        tracemalloc.stop()
    return peak


def _times(pairs: list[tuple[Graph, list[Any]]]) -> tuple[float, float]:
    """Seconds of the fastest run of each, run in turns.

    So both meet the same weather.
    """
    times: list[list[float]] = [[], []]
    while len(times[0]) < 3 or (sum(times[0]) < 0.2 and len(times[0]) < 100):
        for (graph, values), found in zip(pairs, times, strict=True):
            own, plan = own_values(graph, values), plan_for(graph, values)
            start = time.perf_counter()
            run_values(plan, own)
            found.append(time.perf_counter() - start)
    return min(times[0]), min(times[1])
