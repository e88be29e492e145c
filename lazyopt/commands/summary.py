"""What commands tell of graphs and passes, for people and as JSON."""

from collections.abc import Callable, Iterable
from typing import Any

from lazyopt.commands.console import Console, UsageError
from lazyopt.commands.files import is_file_spec, named_in_file
from lazyopt.errors import PassError
from lazyopt.graph import Graph
from lazyopt.records import PassRecord
from lazyopt.registry import as_pass, find_pass, pass_names
from lazyopt.sizes import format_bytes

__all__ = [
    "figures",
    "pass_from",
    "record_as_json",
    "show_figures",
    "show_records",
    "telling",
]


def pass_from(text: str) -> Any:
    """A pass by its name, or from the user's file.

    Parameters
    ----------
    text : str
        Such as ``share``, or ``FILE.py:PASS``: a class, an instance, or a
        function.

    Raises
    ------
    UsageError
        If there is none.
    """
    if ":" in text or is_file_spec(text):
        try:
            return as_pass(named_in_file(text))
        except PassError as error:
            raise UsageError(f"{text}: {error}") from error
    if text not in pass_names():
        try:
            find_pass(text)
        except PassError as error:
            raise UsageError(
                f"{error} A pass of your own is given as FILE.py:PASS."
            ) from error
    return find_pass(text)


def figures(graph: Graph) -> dict[str, int]:
    """Size, work and memory of a graph; bytes beyond what is resident."""
    m = graph.memory
    return {
        "nodes": len(graph),
        "flops": graph.flops,
        "bytes_moved": graph.bytes_moved,
        "peak_bytes": m.peak_bytes,
        "lower_bound_bytes": m.lower_bound_bytes,
        "resident_bytes": m.resident_bytes,
    }


#: What the figures are called in tables, and how they are written.
_ROWS: dict[str, tuple[str, Callable[[int], str]]] = {
    "nodes": ("nodes", "{:,}".format),
    "flops": ("FLOPs", "{:,}".format),
    "bytes_moved": ("bytes moved", format_bytes),
    "resident_bytes": ("inputs, constants", format_bytes),
    "peak_bytes": ("predicted peak", format_bytes),
    "lower_bound_bytes": ("lower bound", format_bytes),
}


def show_figures(
    console: Console, before: dict[str, int], after: dict[str, int]
) -> None:
    """Print the figures of two graphs beside each other."""
    rows = [("", "before", "after")]
    for key, (name, written) in _ROWS.items():
        rows.append((name, written(before[key]), written(after[key])))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        f"{name:{widths[0]}}  {old:>{widths[1]}}  {new:>{widths[2]}}"
        for name, old, new in rows
    ]
    console.show("\n".join(lines))


def record_as_json(record: PassRecord) -> dict[str, Any]:
    """What a pass did, in plain values."""
    return {
        "name": record.name,
        "nodes_before": record.nodes_before,
        "nodes_after": record.nodes_after,
        "seconds": record.seconds,
        "changed": record.changed,
        "rewrites": record.rewrites,
        "skips": [
            {
                "op": skip.node.op.name,
                "source": skip.node.source,
                "reason": skip.reason,
            }
            for skip in record.skips
        ],
        "peak_bytes": record.peak_bytes,
        "remarks": record.remarks,
    }


def show_records(console: Console, records: Iterable[PassRecord]) -> None:
    """Print what passes did, one a line."""
    console.show("passes", style="bold")
    for record in records:
        console.show(f"  {record}")


def telling(say: Callable[[str], None]) -> Callable[[PassRecord], None]:
    """What `optimize` is given to tell which passes are done."""
    return lambda record: say(
        f"{record.name} done, {record.nodes_after:,} nodes"
    )
