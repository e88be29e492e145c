"""What memory limits cost: peaks reached, and extra operations.

    python -m benchmarks budget [--small] [--only=TEXT]

For each program, limits from its best peak down to the lowest that is found
by computing again, then lower ones by slices and files: what they were reached
by, the predicted and the measured peak, operations beside those without a
limit, and whether results have the same bits. For a chain of layers whose
gradients are reduced to norms, operations beside those of the best schedule
there is with so many values kept (Griewank and Walther, 2000). For all pairs
of many points, at a twentieth of the largest intermediate, the time of a call
beside that of one without a limit.
"""

import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np

import lazyopt as lo
from benchmarks.distributed import timed
from benchmarks.programs import PROGRAMS
from benchmarks.programs.chains import least_flops, norms
from benchmarks.programs.particles import accelerations, nearest
from lazyopt.verify import same_bits

__all__ = ["main"]

CHOSEN = (
    "MLP backprop, 8 layers of 256",
    "MLP backprop, clipped by norm",
    "attention backprop, 2 blocks",
    "fan out and reduce, 24 x 200,000",
    "Jacobi, 30 steps",
)
#: Parts of the way from the lowest peak that recomputation reaches to that of
#: the best order; below the lowest, parts of it.
BETWEEN = (1.0, 0.75, 0.5, 0.25, 0.0)
BELOW = (0.9, 0.75, 0.5)
#: Values of layers that a chain's limit has room for.
VALUES = (40, 30, 20, 14, 10, 8, 6, 5)
#: So much larger than the limit is what all pairs take.
LARGER = 20
#: Calls with the limit and without it, in turn.
ROUNDS = 9


def main(options: list[str]) -> None:
    """Print a line for each program and limit."""
    small = "--small" in options
    only = next(
        (o.removeprefix("--only=") for o in options if o[:7] == "--only="), ""
    )
    for name in CHOSEN:
        if only in name:
            program = PROGRAMS[name]
            fn, args = (program.small if small else program.make)()
            _print_limits(name, fn, args)
    if only in "chain":
        _print_chain(*((12, 16) if small else (60, 128)))
    for pairs in (accelerations, nearest):
        if only in "all pairs":
            _print_sliced(pairs.__name__, *pairs())


def _print_limits(name: str, fn: Any, args: tuple[Any, ...]) -> None:
    graph = lo.trace(fn, *args)
    free = lo.optimize(graph)
    high = free.memory.peak_bytes
    low = lo.optimize(free, ["rematerialise"]).memory.peak_bytes
    print(
        f"{name}: best peak {high:,}, bound "
        f"{free.memory.lower_bound_bytes:,}, computing again reaches {low:,}"
    )
    expected = free(*args)
    for part in BETWEEN:
        limit = low + int((high - low) * part)
        _print_line(graph, free, limit, args, expected, None)
    with tempfile.TemporaryDirectory() as folder:
        for part in BELOW:
            _print_line(graph, free, int(low * part), args, expected, folder)


def _print_line(
    graph: lo.Graph,
    free: lo.Graph,
    limit: int,
    args: tuple[Any, ...],
    expected: Any,
    folder: str | None,
) -> None:
    try:
        better = lo.optimize(graph, memory_limit=limit, spill_folder=folder)
    except lo.PassError as error:
        print(f"  {limit:12,}  {str(error).splitlines()[-2]}", flush=True)
        return
    measured = better.measure(*args).measured_peak
    means = [
        r.name
        for r in better.history[len(free.history) :]
        if r.changed and r.name != "reorder"
    ]
    extra = better.flops / free.flops - 1
    print(
        f"  {limit:12,}  predicted {better.memory.peak_bytes:12,}  measured "
        f"{measured:12,}  FLOPs {extra:+7.1%}  "
        f"{'same bits' if _same(better(*args), expected) else 'OTHER BITS'}"
        f"  {', '.join(means) or 'as it is'}",
        flush=True,
    )


def _same(found: Any, expected: Any) -> bool:
    if isinstance(expected, tuple | list):
        pairs = zip(found, expected, strict=True)
        return all(_same(a, b) for a, b in pairs)
    if isinstance(found, np.memmap):
        found = np.asarray(found)
    return bool(same_bits(found, expected))


def _print_chain(layers: int, width: int) -> None:
    fn, args = norms(layers, width)
    graph = lo.trace(fn, *args)
    free = lo.optimize(graph, ["share", "prune", "reorder"])
    array = 8 * width**2
    print(f"chain of {layers} layers, norms of gradients, {len(free)} nodes")
    expected = free(*args)
    for values in VALUES:
        limit = values * array + 8 * layers + 512
        if limit >= free.memory.peak_bytes:
            continue
        better = lo.optimize(free, [lo.passes.Rematerialise(limit)])
        # A value is made from another with a gradient in memory; while a norm
        # is taken, there are two more.
        best, loose = (
            least_flops(free.flops, layers, width, max(values - n, 0))
            for n in (4, 3)
        )
        measured = better.measure(*args).measured_peak
        same = _same(better(*args), expected)
        print(
            f"  {values:3} values: peak "
            f"{better.memory.peak_bytes / array:6.2f}  measured "
            f"{measured / array:6.2f}  FLOPs "
            f"{better.flops / free.flops - 1:+7.1%}  "
            f"{better.flops / best:.3f} of the best schedule's; "
            f"{better.flops / loose:.3f} with one value more; "
            f"{'same bits' if same else 'OTHER BITS'}",
            flush=True,
        )


def _print_sliced(name: str, fn: Any, args: tuple[Any, ...]) -> None:
    """Print how long a call takes whose intermediate doesn't fit."""
    graph = lo.trace(fn, *args)
    free = lo.optimize(graph)
    largest = max(s.nbytes for n in graph for s in n.specs)
    limit = largest // LARGER
    better = lo.optimize(graph, memory_limit=limit)
    ways: list[Callable[[], Any]] = [
        lambda: free(*args),
        lambda: better(*args),
    ]
    expected, found = (way() for way in ways)
    rounds = [[timed(way)[0] for way in ways] for _ in range(ROUNDS)]
    ratio = np.median([sliced / whole for whole, sliced in rounds])
    measured = better.measure(*args).measured_peak
    print(
        f"{name}, all pairs: intermediate {largest:,}, limit {limit:,}, "
        f"predicted {better.memory.peak_bytes:,}, measured {measured:,}, "
        f"{ratio:.2f} of the time without a limit, "
        f"{'same bits' if _same(found, expected) else 'OTHER BITS'}",
        flush=True,
    )
