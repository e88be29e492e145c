"""The tables of `benchmarks.speed`, on the terminal and in the docs."""

import platform
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from benchmarks.speed import Row

__all__ = ["PAGE", "as_markdown", "print_tables", "tables", "write_tables"]

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
#: Peers that are lazyopt itself.
OURS = ("lazyopt", "fast_math")
#: So many programs are named.
NAMED = 4
#: Columns of a table that goes to a file.
WIDTH = 160
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"

Table = tuple[str, list[str], list[list[str]]]
"""A title, heads of columns, and rows."""


def tables(rows: Sequence["Row"], peers: Sequence[str]) -> list[Table]:
    """Calls, getting ready and memory, by program and peer."""
    others = [peer for peer in peers if peer != "lazyopt"]
    return [
        _calls(rows, peers),
        _ratios(rows, others),
        _ready(rows, peers),
        _peaks(rows, peers),
    ]


def _calls(rows: Sequence["Row"], peers: Sequence[str]) -> Table:
    def cell(row: "Row", peer: str) -> str:
        times = row.times.get(peer)
        return "-" if times is None else f"{np.median(times) * 1e3:.3g}"

    return (
        "A call, in milliseconds",
        ["program", *peers],
        [[row.program, *[cell(row, p) for p in peers]] for row in rows],
    )


def _ratios(rows: Sequence["Row"], others: Sequence[str]) -> Table:
    def ratio(row: "Row", peer: str) -> float | None:
        return row.ratio("lazyopt", peer)

    return (
        "Our time over theirs",
        ["program", *others],
        [*_compared(rows, others, ratio)],
    )


def _ready(rows: Sequence["Row"], peers: Sequence[str]) -> Table:
    def cell(row: "Row", peer: str) -> str:
        seconds = row.ready.get(peer)
        return "-" if seconds is None else f"{seconds:.2f}"

    return (
        "Until the first result, in seconds",
        ["program", *peers],
        [[row.program, *[cell(row, p) for p in peers]] for row in rows],
    )


def _peaks(rows: Sequence["Row"], peers: Sequence[str]) -> Table:
    told = [
        peer
        for peer in peers
        if any(row.peaks.get(peer) is not None for row in rows)
    ]
    others = [peer for peer in told if peer != "lazyopt"]

    def ratio(row: "Row", peer: str) -> float | None:
        ours, theirs = row.peaks.get("lazyopt"), row.peaks.get(peer)
        return None if not ours or not theirs else ours / theirs

    body = [*_compared(rows, others, ratio)]
    for row, line in zip(rows, body, strict=False):
        ours = row.peaks.get("lazyopt")
        line.insert(1, "-" if ours is None else f"{ours:,}")
    body[-1].insert(1, "")
    return (
        "Bytes that a call allocates, results included, and ours over theirs",
        ["program", "lazyopt", *others],
        body,
    )


def _compared(
    rows: Sequence["Row"],
    others: Sequence[str],
    ratio: Callable[["Row", str], float | None],
) -> Iterable[list[str]]:
    """Ratios, and their geometric means in a last line."""
    logs: dict[str, list[float]] = {peer: [] for peer in others}
    for row in rows:
        line = [row.program]
        for peer in others:
            value = ratio(row, peer)
            if value is not None:
                logs[peer].append(float(np.log(value)))
            line.append("-" if value is None else f"{value:.3g}")
        yield line
    means = [
        f"{np.exp(np.mean(v)):.2f} of {len(v)}" if v else "-"
        for v in logs.values()
    ]
    yield ["geometric mean", *means]


def print_tables(rows: Sequence["Row"], peers: Sequence[str]) -> None:
    """Print them, and who was left out of what and why."""
    from rich.console import Console
    from rich.table import Table as Drawn

    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    for title, heads, body in tables(rows, peers):
        drawn = Drawn(title=title)
        for head in heads:
            drawn.add_column(
                head, justify="left" if head == "program" else "right"
            )
        for line in body:
            drawn.add_row(*line)
        console.print(drawn)
    for line in refusals(rows):
        console.print(line, markup=False, highlight=False)


def refusals(rows: Sequence["Row"]) -> list[str]:
    """A line for each peer and reason, with the programs it leaves out."""
    programs: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for peer, reason in row.refused.items():
            key = peer, " ".join(reason.split())[:160]
            programs.setdefault(key, []).append(row.program)
    lines = []
    for (peer, reason), names in programs.items():
        few = len(names) <= NAMED
        which = "; ".join(names) if few else f"{len(names)} programs"
        lines.append(f"{which}, {peer}: {reason}")
    return lines


def as_markdown(
    rows: Sequence["Row"], peers: Sequence[str], threads: int
) -> str:
    """All of it as text for the docs."""
    names = {"eager": "numpy", "Function": "autoray"}
    libraries = {
        names.get(p, p.partition(".")[0]): None for p in peers if p not in OURS
    }
    versions = ", ".join(f"{n} {version(n)}" for n in libraries)
    cpus = "one CPU" if threads == 1 else f"{threads} CPUs"
    parts = [
        f"On {cpus} ({platform.machine()}), Python "
        f"{platform.python_version()}; {versions}."
    ]
    for title, heads, body in tables(rows, peers):
        aligned = ["---" if h == "program" else "---:" for h in heads]
        lines = [heads, aligned, *body]
        parts.append(f"**{title}**")
        parts.append("\n".join(f"| {' | '.join(x)} |" for x in lines))
    left_out = refusals(rows)
    if left_out:
        parts.append("Left out:")
        parts.append("\n".join(f"- {_escaped(x)}" for x in left_out))
    return "\n\n".join(parts)


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("|", "\\|").replace("`", "'")


def write_tables(
    rows: Sequence["Row"],
    peers: Sequence[str],
    threads: int,
    page: Any = PAGE,
) -> None:
    """Put the tables between the marks of a page.

    Raises
    ------
    ValueError
        If it has no marks.
    """
    text = page.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no lines {BEGIN} and {END}")
    found = as_markdown(rows, peers, threads)
    page.write_text(f"{before}{BEGIN}\n\n{found}\n\n{END}{after}")
    print(f"written to {page}")
