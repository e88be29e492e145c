"""Predicted against measured peaks, in the order given and in ours.

    python -m benchmarks memory [--small]

Bytes beyond what is resident. Allowed are 1 %, or 16 kB and 200 B for each
value alive at the peak, whichever is more. Last is what the profile of a
million nodes takes.
"""

import time
from importlib.util import find_spec
from typing import Any

import numpy as np

import lazyopt as lo
from benchmarks.programs import PROGRAMS

__all__ = ["main"]


def main(options: list[str]) -> None:
    """Print a line for each program and order."""
    small = "--small" in options
    print(
        f"{'program':34} {'order':6} {'predicted':>13} {'measured':>13}"
        f" {'off by':>9} {'bound':>13}"
    )
    off = 0
    for program in PROGRAMS.values():
        if program.needs and find_spec(program.needs) is None:
            print(f"{program.name:34} needs {program.needs}")
            continue
        fn, args = (program.small if small else program.make)()
        graph = lo.trace(fn, *args)
        for order, one in (("given", graph), ("ours", lo.optimize(graph))):
            off += line(program.name, order, one, args)
    print("all within what is allowed" if not off else f"{off} are off")
    if not small:
        million()


def million() -> None:
    """Print how long the profile of a million nodes takes."""

    def chain(x: Any, y: Any) -> Any:
        for _ in range(333_333):
            x = np.sin(x) * y + x
        return x

    x = np.ones(10)
    graph = lo.trace(chain, x, x)
    start = time.perf_counter()
    found = graph.memory
    seconds = time.perf_counter() - start
    print(f"{len(graph):,} nodes: {found!r} in {seconds:.1f} s")


def line(
    name: str, order: str, graph: lo.Graph, args: tuple[Any, ...]
) -> bool:
    """Print one; say whether it is off by more than is allowed."""
    found = graph.measure(*args)
    predicted, measured = found.predicted_peak, found.measured_peak
    values = len(graph.memory.live_at_peak)
    allowed = max(measured / 100, 16384 + 200 * values)
    off = abs(predicted - measured) > allowed
    difference = (predicted - measured) / max(measured, 1)
    bound = graph.memory.lower_bound_bytes
    mark = "  OFF" if off else ""
    print(
        f"{name:34} {order:6} {predicted:13,} {measured:13,}"
        f" {difference:9.2%} {bound:13,}{mark}",
        flush=True,
    )
    return off
