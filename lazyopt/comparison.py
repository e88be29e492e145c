"""Two graphs side by side: size, work, memory, time, and equal results."""

import time
import tracemalloc
from dataclasses import dataclass
from typing import Any

from lazyopt.errors import GraphError
from lazyopt.execute import run_values
from lazyopt.graph import Graph
from lazyopt.inputs import take_inputs
from lazyopt.memory import peak_bytes
from lazyopt.plan import plan_of
from lazyopt.sizes import format_bytes
from lazyopt.verify import same_bits

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True)
class Comparison:
    """Figures of two graphs; each is a pair, before and after.

    Attributes
    ----------
    nodes, flops : tuple of int
    predicted_peak, measured_peak : tuple of int
        Bytes allocated at once beyond inputs and constants; measured with
        `tracemalloc`, on one run.
    seconds : tuple of float
        Of the fastest of several runs.
    equal : bool or None
        Whether all outputs have the same bits. None without inputs to run.
    """

    nodes: tuple[int, int]
    flops: tuple[int, int]
    predicted_peak: tuple[int, int]
    measured_peak: tuple[int, int] | None = None
    seconds: tuple[float, float] | None = None
    equal: bool | None = None

    def __str__(self) -> str:
        rows = [
            ("nodes", *[f"{n:,}" for n in self.nodes]),
            ("FLOPs", *[f"{n:,}" for n in self.flops]),
            ("predicted peak", *map(format_bytes, self.predicted_peak)),
        ]
        if self.measured_peak and self.seconds:
            rows += [
                ("measured peak", *map(format_bytes, self.measured_peak)),
                ("time", *[f"{t * 1e3:.3f} ms" for t in self.seconds]),
            ]
        lines = [f"{'':16}{'before':>14}{'after':>14}"]
        lines += [f"{name:16}{a:>14}{b:>14}" for name, a, b in rows]
        if self.equal is not None:
            said = "equal, to the bit" if self.equal else "NOT EQUAL"
            lines.append(f"{'results':16}{said:>28}")
        return "\n".join(lines)


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
        (peak_bytes(before), peak_bytes(after)),
    )
    takes_none = not before.inputs or before.bound is not None
    if not inputs and not kwargs and not takes_none:
        return static
    runs = [_measure(g, inputs, kwargs) for g in (before, after)]
    if len(runs[0][0]) != len(runs[1][0]):
        raise GraphError("the graphs return different numbers of results")
    equal = before.out_tree == after.out_tree and all(
        map(same_bits, runs[0][0], runs[1][0])
    )
    return Comparison(
        static.nodes,
        static.flops,
        static.predicted_peak,
        (runs[0][1], runs[1][1]),
        (runs[0][2], runs[1][2]),
        equal,
    )


def _measure(
    graph: Graph, args: Any, kwargs: Any
) -> tuple[list[Any], int, float]:
    """Results, peak in bytes, and seconds of the fastest of some runs."""
    values = take_inputs(graph, args, kwargs)
    plan = plan_of(graph)
    results = run_values(plan, values)
    started = tracemalloc.is_tracing()
    if not started:
        tracemalloc.start()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    run_values(plan, values)
    peak = tracemalloc.get_traced_memory()[1] - held
    if not started:
        tracemalloc.stop()
    times: list[float] = []
    while len(times) < 3 or (sum(times) < 0.2 and len(times) < 100):
        start = time.perf_counter()
        run_values(plan, values)
        times.append(time.perf_counter() - start)
    return results, peak, min(times)
