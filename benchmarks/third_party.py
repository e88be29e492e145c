"""Programs of other libraries: equal results, peaks, and times.

    python -m benchmarks third_party [--small] [--only=TEXT]

Each is traced, optimised by the default passes, and held against the library
itself: results to the bit, the most bytes that are allocated, and the time of
a call. Unless some are picked, the table goes to ``docs/programs.md`` too.
"""

import argparse
import platform
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import lazyopt as lo
from benchmarks.programs import Program
from benchmarks.programs.third_party import THIRD_PARTY
from benchmarks.worker import measured, timed
from lazyopt.ordering import peak_bytes, problem_of
from lazyopt.schedule import peak
from lazyopt.schedule.traversal import ascend
from lazyopt.tree import flatten
from lazyopt.verify import same_bits

__all__ = ["Row", "main", "measure", "write"]

PAGE = Path(__file__).parent.parent / "docs" / "programs.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"

#: Rounds, of two calls each, and seconds of one round at least.
ROUNDS, ROUND = 11, 0.05


@dataclass(frozen=True)
class Row:
    """What one program came to.

    Attributes
    ----------
    program, library : str
    nodes : tuple of int
        Before and after.
    eager_peak, peak : int
        Bytes that a call allocates at most, by the library and by ours, as
        `tracemalloc` sees it.
    autoray, predicted, bound : int
        Bytes of the order in which autoray computes the same calls, of our
        graph, and that no order of its calls goes below.
    eager, ours : float
        Seconds of a call.
    ready : float
        Seconds to trace and optimise.
    equal : bool
        Whether all results have the same bits.
    """

    program: str
    library: str
    nodes: tuple[int, int]
    eager_peak: int
    autoray: int
    predicted: int
    peak: int
    bound: int
    eager: float
    ours: float
    ready: float
    equal: bool


def measure(program: Program, small: bool = False) -> Row:
    """Run a program in both ways."""
    fn, args = (program.small if small else program.make)()
    expected = fn(*args)  # what is imported or compiled once is there now
    start = time.perf_counter()
    before = lo.trace(fn, *args)
    after = lo.optimize(before)
    ready = time.perf_counter() - start
    compiled = after.compile()
    found = compiled(*args)
    eager, ours = _times(lambda: fn(*args), lambda: compiled(*args))
    return Row(
        program.name,
        program.needs or "",
        (len(before), len(after)),
        measured(lambda: fn(*args)),
        autorays_peak(before),
        peak_bytes(after),
        measured(lambda: compiled(*args)),
        after.memory.lower_bound_bytes,
        eager,
        ours,
        ready,
        equal(found, expected),
    )


def autorays_peak(graph: lo.Graph) -> int:
    """Bytes that the same calls need in autoray's order."""
    problem, *_ = problem_of(graph)
    return peak(problem, ascend(problem))


def equal(found: Any, expected: Any) -> bool:
    """Whether two results have one structure and the same bits."""
    (one, tree), (other, their_tree) = map(_leaves, (found, expected))
    return tree == their_tree and all(map(same_bits, one, other))


def _leaves(result: Any) -> Any:
    return flatten(result, lambda leaf: hasattr(leaf, "dtype"))


def _times(eager: Any, ours: Any) -> tuple[float, float]:
    """Seconds of the fastest round of each, taken in turns."""
    counts = [max(1, int(ROUND / timed(call, 1))) for call in (eager, ours)]
    found = [
        (timed(eager, counts[0]), timed(ours, counts[1]))
        for _ in range(ROUNDS)
    ]
    return min(x for x, _ in found), min(x for _, x in found)


# ------------------------------------------------------------------- table

HEADS = (
    "program",
    "equal",
    "calls",
    "library's peak",
    "autoray's order",
    "ours",
    "ours, measured",
    "bound",
    "library, ms",
    "ours, ms",
    "ready, s",
)


def cells(row: Row) -> list[str]:
    """A line of the table; bytes as they are."""
    return [
        row.program,
        "to the bit" if row.equal else "NO",
        f"{row.nodes[0]:,} to {row.nodes[1]:,}",
        f"{row.eager_peak:,}",
        f"{row.autoray:,}",
        f"{row.predicted:,}",
        f"{row.peak:,}",
        f"{row.bound:,}",
        f"{row.eager * 1e3:.3g}",
        f"{row.ours * 1e3:.3g}",
        f"{row.ready:.2f}",
    ]


def as_markdown(rows: Sequence[Row]) -> str:
    """All of it as text for the docs, a table for each library."""
    libraries = dict.fromkeys(row.library for row in rows)
    versions = ", ".join(f"{n} {version(n)}" for n in ("numpy", *libraries))
    parts = [
        f"On {platform.machine()}, Python {platform.python_version()}; "
        f"{versions}."
    ]
    for library in libraries:
        lines = [
            HEADS,
            ["---", "---", *["---:"] * (len(HEADS) - 2)],
            *(cells(row) for row in rows if row.library == library),
        ]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        parts += [f"**{library}**", table]
    return "\n\n".join(parts)


def write(rows: Sequence[Row], page: Path = PAGE) -> None:
    """Put the tables between the marks of a page.

    Raises
    ------
    ValueError
        If it has no marks.
    """
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no lines {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n\n{as_markdown(rows)}\n\n{END}{after}")


def _rows(only: str, small: bool) -> Iterator[Row]:
    for program in THIRD_PARTY.values():
        if only.lower() not in program.name.lower():
            continue
        if program.needs and find_spec(program.needs) is None:
            print(f"{program.name}: left out, it needs {program.needs}")
            continue
        row = measure(program, small)
        print("  ".join(cells(row)), flush=True)
        yield row


def main(options: Sequence[str] = ()) -> None:
    """Print a line for each program; write the tables if all were run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks third_party")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--only", default="")
    asked = parser.parse_args(options)
    with warnings.catch_warnings():
        # cotengra looks for optional partitioners when it is first used.
        warnings.filterwarnings("ignore", "Couldn't (find|import)")
        print("  ".join(HEADS))
        rows = list(_rows(asked.only, asked.small))
    wrong = [row.program for row in rows if not row.equal]
    above = [row.program for row in rows if row.predicted > row.autoray]
    if not asked.small and not asked.only:
        write(rows)
        print(f"written to {PAGE}")
    print(f"not equal: {', '.join(wrong) or 'none'}")
    print(f"above autoray's order: {', '.join(above) or 'none'}")
