"""What programs cost by us and by what people use instead, in one run.

    python -m benchmarks speed [--small] [--only=TEXT] [--peers=NAME,...]
        [--limit=SECONDS] [--threads=N] [--verbose]

Each program is made ready by each peer in a process of its own. Results are
held against eager NumPy's first: ours to the bit, the others' to about
rounding. Then all are timed in turn, again and again, so that what else the
machine does falls on all of them; ratios are medians over these rounds, each
of two calls in the same round. All run on ``--threads`` CPUs; on one, seconds
are CPU time. Where neither programs nor peers are picked, the tables go to
``docs/benchmarks.md`` as well.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from multiprocessing import Pipe
from typing import Any

import numpy as np

from benchmarks.peers import PEERS
from benchmarks.tables import print_tables, write_tables
from benchmarks.timed import TIMED, why_not
from benchmarks.worker import PEAK
from lazyopt.verify import same_bits

__all__ = ["Row", "main"]

#: Seconds that a round of one peer takes at least, if one call is shorter.
ROUND = 0.02
#: Rounds, and seconds that all of them may take if that leaves `LEAST`.
ROUNDS, LONG, LEAST = 15, 20.0, 3
#: Of the largest number in any result, what others may be off by.
NOISE = 1e-15


@dataclass
class Row:
    """What one program came to, by peer.

    Attributes
    ----------
    program : str
    ready : dict
        Seconds until the first result was there, imports included.
    times : dict
        Seconds of a call in each round.
    peaks : dict
        Bytes that a call allocates, or None where nobody tells.
    refused : dict
        Why a peer is left out.
    """

    program: str
    ready: dict[str, float] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)
    peaks: dict[str, int | None] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def ratio(self, peer: str, other: str) -> float | None:
        """Median over rounds of one peer's time over another's."""
        if peer not in self.times or other not in self.times:
            return None
        pairs = zip(self.times[peer], self.times[other], strict=True)
        return float(np.median([a / b for a, b in pairs]))


class Worker:
    """The process of one program and peer; see `benchmarks.worker`."""

    def __init__(self, peer: str, program: str, options: Any) -> None:
        self.connection, theirs = Pipe()
        size = "small" if options.small else "full"
        fd = theirs.fileno()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "benchmarks.worker"),
                *(peer, program, size, str(fd)),
            ],
            pass_fds=[fd],
            env=_environment(),
            stderr=None if options.verbose else subprocess.DEVNULL,
            preexec_fn=lambda: _limit_threads(options.threads),
        )
        theirs.close()

    def receive(self, limit: float | None = None) -> Any:
        """What it answers; ("refused", why) after so many seconds."""
        if not self.connection.poll(limit):
            return "refused", f"not ready after {limit:.0f} s"
        try:
            return self.connection.recv()
        except EOFError:
            return "refused", f"died with {self.process.wait()}"

    def ask(self, what: Any) -> Any:
        """Its answer."""
        self.connection.send(what)
        return self.connection.recv()

    def end(self) -> None:
        """End the process."""
        self.connection.close()
        self.process.kill()
        self.process.wait()


def _environment() -> dict[str, str]:
    """That of this process, with compiled modules kept as installs keep them.

    Else ours would be compiled anew in each process, and the peers' not.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE"
    }


def _limit_threads(count: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))[:count]
        os.sched_setaffinity(0, allowed)
    for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"):
        os.environ[f"{name}_NUM_THREADS"] = str(count)


@contextmanager
def workers(
    row: Row, peers: Sequence[str], options: Any, progress: Any
) -> Iterator[dict[str, Worker]]:
    """Workers of all peers that run a program, and agree with the first."""
    made: dict[str, Worker] = {}
    expected: list[Any] | None = None
    try:
        for peer in peers:
            progress(f"{row.program}: {peer}")
            worker = Worker(peer, row.program, options)
            state, *answer = worker.receive(options.limit)
            if state == "ready" and peer == "eager":
                expected = answer[1]
            if state != "ready":
                problem = answer[0]
            elif expected is None:
                problem = "eager gave nothing to compare with"
            else:
                problem = differs(answer[1], expected, PEERS[peer].exact)
            if problem:
                row.refused[peer] = problem
                worker.end()
                continue
            row.ready[peer] = answer[0]
            made[peer] = worker
        yield made
    finally:
        for worker in made.values():
            worker.end()


def differs(found: Any, expected: Any, exact: bool) -> str:
    """How results differ from those of eager; "" if they agree."""
    if len(found) != len(expected):
        return f"{len(found)} results instead of {len(expected)}"
    # What converges to zero comes to what rounding leaves of the others.
    noise = NOISE * max(map(_largest, expected), default=0.0)
    for a, b in zip(found, expected, strict=True):
        if exact and not same_bits(a, b):
            return "the results differ in their bits"
        if not exact and not _close(a, b, noise):
            return "the results differ"
    return ""


def _close(a: Any, b: Any, noise: float) -> bool:
    if a.shape != b.shape:
        return False
    near = max(1e-9 * _largest(b), noise)
    return bool(np.allclose(a, b, rtol=1e-6, atol=near, equal_nan=True))


def _largest(x: Any) -> float:
    return float(np.abs(x[np.isfinite(x)]).max(initial=0.0))


def time_in_turn(row: Row, made: dict[str, Worker]) -> None:
    """Time all workers again and again, and ask for peaks in the end."""
    once = {peer: worker.ask(1) for peer, worker in made.items()}
    counts = {
        peer: max(1, int(ROUND / max(seconds, 1e-7)))
        for peer, seconds in once.items()
    }
    cost = sum(max(seconds, ROUND) for seconds in once.values())
    row.times = {peer: [] for peer in made}
    for _ in range(min(ROUNDS, max(LEAST, int(LONG / cost)))):
        for peer, worker in made.items():
            row.times[peer].append(worker.ask(counts[peer]))
    row.peaks = {peer: worker.ask(PEAK) for peer, worker in made.items()}


def measure(peers: Sequence[str], options: Any) -> list[Row]:
    """Rows of all programs asked for."""
    from rich.progress import Progress

    rows = []
    chosen = [p for name, p in TIMED.items() if options.only in name]
    with Progress(transient=True) as bar:
        task = bar.add_task("", total=len(chosen))
        for program in chosen:
            reason = why_not(program)
            if reason is not None:
                bar.console.print(f"{program.name}: left out, it {reason}")
                bar.advance(task)
                continue
            row = Row(program.name)

            def progress(text: str) -> None:
                bar.update(task, description=text)

            with workers(row, peers, options, progress) as made:
                progress(f"{program.name}: timing")
                if made:
                    time_in_turn(row, made)
            rows.append(row)
            bar.advance(task)
    return rows


def main(arguments: Sequence[str] = ()) -> None:
    """Print tables of calls, of getting ready, and of memory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks speed")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--only", default="", metavar="TEXT")
    parser.add_argument("--peers", default="", metavar="NAME,...")
    parser.add_argument("--limit", type=float, default=120.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args(arguments)
    picked = options.peers.split(",") if options.peers else PEERS
    asked = dict.fromkeys(["eager", *picked])
    unknown = [name for name in asked if name not in PEERS]
    if unknown:
        parser.error(f"no peer {unknown[0]!r}; there are {', '.join(PEERS)}")
    peers = []
    for name in asked:
        needs = PEERS[name].needs
        if needs is not None and find_spec(needs) is None:
            print(f"{name}: left out, {needs} isn't installed")
        else:
            peers.append(name)
    subprocess.run(
        [sys.executable, "-c", "import lazyopt"],
        env=_environment(),
        check=True,
    )
    rows = measure(peers, options)
    print_tables(rows, peers)
    if not (options.small or options.only or options.peers):
        write_tables(rows, peers, options.threads)
