"""Random pipelines over random graphs, on all cores, until told to stop.

``python -m lazyopt.testing.fuzz --seconds 60`` prints how far it is, and in
the end what it has drawn. A graph on which a pass is wrong is made small and
printed as a script; then the exit status is 1.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from lazyopt.errors import VerificationError
from lazyopt.testing.coverage import Coverage
from lazyopt.testing.decoder import decoded
from lazyopt.testing.failures import Failure, smallest_failure
from lazyopt.testing.operands import SMALL, TAME
from lazyopt.testing.pipelines import (
    DIGITS,
    baited,
    check_pipeline,
    is_exact,
    own_passes,
    passes_of,
)
from lazyopt.testing.programs import LONG_CODE, Program, prepared
from lazyopt.testing.reducing import reduced
from lazyopt.testing.scripts import script_of
from lazyopt.testing.trials import Trial
from lazyopt.tracing import gc_paused

__all__ = ["Found", "main", "replay", "run_chunk"]

#: Graphs that are drawn from one seed, by one process.
CHUNK = 2_000
#: Instructions of a program: graphs have 14 nodes on average.
LEAST, MOST = 4, 15
#: One graph in so many is run by the executor as well.
EXECUTED = 16


@dataclass
class Found:
    """What came of some graphs.

    Attributes
    ----------
    graphs, nodes : int
        How many there were, and how large they were in all.
    seconds : float
        Of the processor's time.
    coverage : Coverage
    number : int or None
        Of the first graph on which something was wrong.
    script : str
        That shows it.
    """

    graphs: int = 0
    nodes: int = 0
    seconds: float = 0.0
    coverage: Coverage = field(default_factory=Coverage)
    number: int | None = None
    script: str = ""


def run_chunk(
    seed: int, chunk: int, count: int, names: tuple[str, ...]
) -> Found:
    """Try so many graphs, up to the first on which something is wrong.

    Parameters
    ----------
    seed : int
    chunk : int
        Programs and passes depend on this and the seed alone.
    count : int
        At most `CHUNK`.
    names : sequence of str
        Passes to draw from.
    """
    start, found = time.process_time(), Found()
    with prepared(), gc_paused():
        for i, (codes, passes) in enumerate(_drawn(seed, chunk, count, names)):
            found.graphs += 1
            try:
                found.nodes += _try(codes, passes, found.coverage, i)
            except Exception as error:
                found.number = chunk * CHUNK + i
                said = f"seed {seed}, graph {found.number}: {error}"
                found.script = _script(codes, passes, error, said)
                break
    found.seconds = time.process_time() - start
    return found


def _drawn(
    seed: int, chunk: int, count: int, names: tuple[str, ...]
) -> Iterator[tuple[list[int], list[Any]]]:
    """Codes of programs, and passes for them."""
    rng = np.random.RandomState([seed, chunk])
    rows = rng.randint(0, LONG_CODE, (count, DIGITS + 1 + MOST))
    for digits in rows.tolist():
        passes = passes_of(digits, names)
        length = LEAST + digits[DIGITS] % (MOST + 1 - LEAST)
        codes = digits[DIGITS + 1 :][:length]
        yield baited(codes, passes, digits[DIGITS - 1]), passes


def _try(
    codes: Sequence[int], passes: Sequence[Any], coverage: Coverage, i: int
) -> int:
    """Try one graph, and say how many nodes it has."""
    trial = Trial.of_program(_program(passes, codes))
    coverage.note_graph(trial.graph)
    coverage.note_passes(passes)
    check_pipeline(trial, passes, coverage, executed=i % EXECUTED == 0)
    return len(trial.graph)


def _program(passes: Sequence[Any], codes: Sequence[int]) -> Program:
    """A program to try passes on: with no extremes, if they may round."""
    return decoded(codes, SMALL if is_exact(passes) else TAME)


def replay(codes: Sequence[int], passes: Sequence[Any]) -> None:
    """Run passes on a program given by its codes; raise if they are wrong."""
    with prepared():
        trial = Trial.of_program(_program(passes, codes))
        check_pipeline(trial, passes, executed=True)


def _script(
    codes: list[int], passes: Sequence[Any], error: Exception, said: str
) -> str:
    """A script that shows what is wrong, on the smallest graph found."""
    comments = ["Found by lazyopt.testing.fuzz", *said.splitlines()[:1]]

    def check(trial: Trial) -> None:
        check_pipeline(trial, passes, executed=True)

    try:
        if not isinstance(error, VerificationError):
            raise error
        make = partial(_program, passes)
        failure = smallest_failure(codes, error, check, make)
        passes = _fewest(passes, failure)
        script = script_of(failure.graph, passes, failure.divide, comments)
        if _raises(script):
            return script
    except Exception as other:
        comments.append(f"as a graph: {type(other).__name__}: {other}")
    less = reduced(codes, lambda less: _fails(less, passes))
    return "\n".join(
        [
            *(f"# {' '.join(line.split())}" for line in comments),
            "from lazyopt.passes import *",
            "from lazyopt.pipeline import Fixpoint",
            "from lazyopt.testing.fuzz import replay",
            "",
            f"replay({less}, {list(passes)})",
            "",
        ]
    )


def _fewest(passes: Sequence[Any], failure: Failure) -> Sequence[Any]:
    """Passes without those that have no part in a failure."""
    inputs = failure.graph.bound or ()
    for i in reversed(range(len(passes))):
        less = [*passes[:i], *passes[i + 1 :]]
        trial = Trial.of_graph(failure.graph, inputs, failure.divide)
        try:
            check_pipeline(trial, less, executed=True)
        except VerificationError:
            passes = less
    return passes


def _fails(codes: Sequence[int], passes: Sequence[Any]) -> bool:
    try:
        replay(codes, passes)
    except Exception:
        return True
    return False


def _raises(script: str) -> bool:
    try:
        exec(compile(script, "<script>", "exec"), {"__name__": "script"})
    except Exception:
        return True
    return False


# ------------------------------------------------------------ command line


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status, 1 if a pass is wrong."""
    options = _parser().parse_args(arguments)
    # The matrices here are small, and threads would only get in the way.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    names = tuple(options.passes or own_passes())
    start, total = time.perf_counter(), Found()
    try:
        _add_results(total, options, names, start)
    except KeyboardInterrupt:
        print("interrupted")
    print(_progress(total, time.perf_counter() - start))
    print(f"seed {options.seed}, passes {', '.join(names)}\n")
    if total.number is None:
        print(total.coverage.text())
        return 0
    path = Path(options.out) / f"fuzz-{options.seed}-{total.number}.py"
    path.write_text(total.script, encoding="utf-8")
    print(f"graph {total.number} is wrong; as a script, in {path}:\n")
    print(total.script)
    return 1


def _add_results(
    total: Found, options: Any, names: tuple[str, ...], start: float
) -> None:
    """Add up what comes of the chunks, saying now and then how far it is."""
    said = start
    for found in _results(options, names, start):
        total.graphs += found.graphs
        total.nodes += found.nodes
        total.seconds += found.seconds
        total.coverage.add(found.coverage)
        if found.number is not None:
            total.number, total.script = found.number, found.script
            return
        now = time.perf_counter()
        if now - said > options.every:
            said = now
            print(_progress(total, now - start), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lazyopt.testing.fuzz",
        description="Try random pipelines of passes on random graphs.",
    )
    add = parser.add_argument
    add("--seconds", type=float, help="how long; 60, unless --graphs is given")
    add("--graphs", type=int, help="how many")
    add("--seed", type=int, default=0, help="the same graphs for the same one")
    add("--first", type=int, default=0, help="number of the first graph")
    add("--jobs", type=int, default=os.cpu_count(), help="processes")
    add("--passes", nargs="*", help="names of passes; all there are")
    add("--out", default=".", help="folder for the script of a failure")
    every = 10 if sys.stdout.isatty() else 60
    add("--every", type=float, default=every, help="seconds between lines")
    return parser


def _progress(total: Found, seconds: float) -> str:
    rate = total.graphs / max(seconds, 1e-9)
    on_core = total.graphs / max(total.seconds, 1e-9)
    nodes = total.nodes / max(total.graphs, 1)
    wrong = 0 if total.number is None else 1
    return (
        f"{total.graphs:,} graphs of {nodes:.1f} nodes in {seconds:,.0f} s, "
        f"{rate:,.0f} a second ({on_core:,.0f} a second of a core's time), "
        f"{wrong} mismatches"
    )


def _chunks(options: Any, start: float) -> Iterator[tuple[int, int]]:
    """Numbers of chunks, and how many graphs to try of each."""
    seconds = options.seconds
    if seconds is None and options.graphs is None:
        seconds = 60.0
    left = options.graphs
    chunk = options.first // CHUNK
    while left is None or left > 0:
        if seconds is not None and time.perf_counter() - start > seconds:
            return
        yield chunk, CHUNK if left is None else min(left, CHUNK)
        chunk += 1
        left = None if left is None else left - CHUNK


def _results(
    options: Any, names: tuple[str, ...], start: float
) -> Iterator[Found]:
    """What comes of the chunks, in their order."""
    chunks = _chunks(options, start)
    if options.jobs == 1:
        for chunk, count in chunks:
            yield run_chunk(options.seed, chunk, count, names)
        return
    pool = ProcessPoolExecutor(
        options.jobs, get_context("spawn"), _leave_interrupts
    )
    try:
        yield from _from_pool(pool, options, names, chunks)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _leave_interrupts() -> None:
    """Leave it to the main process what an interrupt does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _from_pool(
    pool: Executor,
    options: Any,
    names: tuple[str, ...],
    chunks: Iterator[tuple[int, int]],
) -> Iterator[Found]:
    waiting: list[Any] = []
    while True:
        while len(waiting) < 3 * options.jobs:
            task = next(chunks, None)
            if task is None:
                break
            waiting.append(pool.submit(run_chunk, options.seed, *task, names))
        if not waiting:
            return
        yield waiting.pop(0).result()


if __name__ == "__main__":
    sys.exit(main())
