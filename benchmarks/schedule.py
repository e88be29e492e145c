"""Peaks that orders of steps reach: the peers', ours, and the lower bound.

``python -m benchmarks schedule`` prints every table; ``--programs``,
``--known``, ``--cells``, ``--trees`` and ``--large`` pick some. Peaks are in
elements, of the order alone: inputs are resident, views are free and no call
borrows workspace.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from statistics import fmean

import lazyopt as lo
from benchmarks.orders import PEERS
from benchmarks.programs import PROGRAMS
from benchmarks.programs.elements import in_elements
from benchmarks.programs.instances import (
    LARGE,
    chained_cells,
    random_tree,
    random_wired,
)
from benchmarks.programs.known import KNOWN
from lazyopt.schedule import Problem, Schedule, Tables, best_order, peak
from lazyopt.tracing import gc_paused

__all__ = ["main"]

CELLS = 100
TREES = (10, 100, 1_000, 10_000, 100_000)
DASK_STEPS = 20_000
"""Up to how many steps dask is asked; its time grows faster than they do."""


@dataclass(frozen=True)
class Row:
    """What one problem came to.

    Attributes
    ----------
    name : str
    steps : int
    given : int
        Peak of the order given, in elements.
    peers : dict
        The best peak of each peer that was asked.
    ours : Schedule
    seconds : float
        What ours took.
    """

    name: str
    steps: int
    given: int
    peers: dict[str, int]
    ours: Schedule
    seconds: float

    @property
    def gap(self) -> float:
        """How far ours is above the bound, in percent."""
        return percent(self.ours.peak, self.ours.bound)

    @property
    def best_peer(self) -> int:
        """The lowest peak that a peer reached."""
        return min(self.peers.values())


def order(problem: Problem) -> Schedule:
    """Return our order, with the collector paused as it is for a pass."""
    with gc_paused():
        return best_order(problem)


def is_asked(peer: str, steps: int) -> bool:
    """Whether a peer orders so many steps: not dask where it is missing."""
    if peer != "dask":
        return True
    return steps <= DASK_STEPS and find_spec("dask") is not None


def measure(name: str, problem: Problem) -> Row:
    """Order a problem in every way."""
    show(name)
    tables = Tables(problem)
    start = time.perf_counter()
    ours = order(problem)
    seconds = time.perf_counter() - start
    peers = {}
    for peer, orders in PEERS.items():
        if is_asked(peer, tables.steps):
            show(f"{name}: {peer}")
            peers[peer] = min(peak(tables, each(problem)) for each in orders)
    show("")
    given = peak(tables, range(tables.steps))
    return Row(name, tables.steps, given, peers, ours, seconds)


def programs() -> Iterator[Row]:
    """Measure the programs, as far as what they need is installed."""
    for name, program in PROGRAMS.items():
        if program.needs and find_spec(program.needs) is None:
            print(f"{name}: left out, it needs {program.needs}")
            continue
        fn, args = program.make()
        yield measure(name, in_elements(lo.trace(fn, *args)))


def known() -> Iterator[Row]:
    """Measure the small problems; their name says the optimum."""
    for name, (make, optimum) in KNOWN.items():
        yield measure(f"{name}: {optimum}", make())


def trees() -> Iterator[Row]:
    """Measure a random tree of each size."""
    for leaves in TREES:
        yield measure(f"tree, {leaves:,} leaves", random_tree(0, leaves))


def large() -> Iterator[Row]:
    """Measure problems of about a million steps."""
    for name, make in LARGE.items():
        show(name)
        yield measure(name, make())


def table(title: str, rows: Iterator[Row]) -> list[Row]:
    """Print rows as they come, and return them."""
    names = "".join(f"{peer:>13}" for peer in PEERS)
    print(
        f"\n{title:34}{'steps':>10}{'given':>13}{names}{'ours':>13}"
        f"{'bound':>13}{'gap %':>8}{'s':>8}  method"
    )
    found = []
    for row in rows:
        found.append(row)
        peaks = [row.given, *(row.peers.get(peer) for peer in PEERS)]
        cells = "".join(
            f"{'-' if each is None else format(each, ',d'):>13}"
            for each in [*peaks, row.ours.peak, row.ours.bound]
        )
        print(
            f"{row.name:34}{row.steps:>10,}{cells}{row.gap:>8.1f}"
            f"{row.seconds:>8.2f}  {row.ours.method}",
            flush=True,
        )
    return found


def summary(title: str, make: Callable[[int], Problem]) -> list[Row]:
    """Print what many random problems came to, and return them."""
    rows = [measure(f"{title}, seed {i}", make(i)) for i in range(CELLS)]
    seconds = [row.seconds for row in rows]
    gaps = [row.gap for row in rows]
    below = sum(row.ours.peak < row.best_peer for row in rows)
    exact = sum(row.ours.peak == row.ours.bound for row in rows)
    print(
        f"\n{len(rows)} times {title}, {rows[0].steps} steps: ours is below "
        f"every peer in {below}, at the bound in {exact};\n  above the bound "
        f"by {fmean(gaps):.1f} %, at most {max(gaps):.1f} %; "
        f"{fmean(seconds):.3f} s each, at most {max(seconds):.3f} s"
    )
    for peer in ("given", *rows[0].peers):
        above = [
            percent(
                row.given if peer == "given" else row.peers[peer],
                row.ours.peak,
            )
            for row in rows
        ]
        print(
            f"  {peer:12} above ours by {fmean(above):5.1f} %, "
            f"{min(above):.1f} to {max(above):.1f} %",
            flush=True,
        )
    return rows


def cells() -> list[Row]:
    """Summarise randomly wired cells, single and chained."""
    return [
        *summary("a random-wired cell", random_wired),
        *summary("three chained cells", chained_cells),
    ]


SECTIONS: dict[str, Callable[[], list[Row]]] = {
    "programs": lambda: table("program", programs()),
    "known": lambda: table("known optimum", known()),
    "cells": cells,
    "trees": lambda: table("random tree", trees()),
    "large": lambda: table("a million steps", large()),
}


def percent(value: int, reference: int) -> float:
    """How far a value is above a reference."""
    return 100.0 * (value - reference) / reference if reference else 0.0


def show(text: str) -> None:
    """Say what is under way, on a line that the next one replaces."""
    if sys.stderr.isatty():
        print(f"\r{text[:79]:79}\r", end="", file=sys.stderr, flush=True)


def main(options: Sequence[str] = ()) -> None:
    """Print the tables that are asked for, or all.

    Parameters
    ----------
    options
        ``--programs``, ``--known``, ``--cells``, ``--trees``, ``--large``.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks schedule")
    for section in SECTIONS:
        parser.add_argument(f"--{section}", action="store_true")
    asked = vars(parser.parse_args(options))
    rows = []
    for section, run in SECTIONS.items():
        if asked[section] or not any(asked.values()):
            rows += run()
    above = [row.name for row in rows if row.ours.peak > row.best_peer]
    print(
        f"\nOurs was above the best peer in {len(above)} of {len(rows)} "
        f"problems{': ' + '; '.join(above) if above else ''}."
    )
