"""``lazyopt demo``: a program before and after, held against eager NumPy."""

from typing import Any

import lazyopt as lo
from lazyopt.commands.console import Console, UsageError, working
from lazyopt.commands.programs import PROGRAMS
from lazyopt.commands.summary import (
    figures,
    record_as_json,
    show_records,
    telling,
)
from lazyopt.sizes import format_bytes
from lazyopt.verify import same_bits

__all__ = ["demo"]


def demo(program: str, as_json: bool = False) -> int:
    """Trace a program, optimise it, and hold it against eager NumPy.

    Parameters
    ----------
    program : str
        One of `PROGRAMS`.
    as_json : bool, optional

    Returns
    -------
    int
        Exit status: 0 if the results are the same to the last bit.

    Raises
    ------
    UsageError
        If there is no such program.
    """
    if program not in PROGRAMS:
        known = ", ".join(PROGRAMS)
        raise UsageError(f"{program!r} isn't one of {known}")
    chosen, console = PROGRAMS[program], Console(as_json)
    x = chosen.array()
    shape = " x ".join(map(str, x.shape))
    console.show(f"{program} on an array of {shape} float64\n")
    with working("optimising") as say:
        before = lo.trace(chosen.fn, x)
        after = lo.optimize(before, peaks=True, on_pass=telling(say))
        say("measuring")
        table = lo.compare(before, after, x)
        equal = _equal(chosen.fn(x), after(x))
    for name, graph in (("before", before), ("after", after)):
        console.show(name, style="bold")
        console.show(_abridged(str(graph)))
        console.show(graph.memory, style="dim")
        console.show()
    show_records(console, after.history)
    console.show(f"\n{table}")
    limit = format_bytes(after.memory.lower_bound_bytes)
    console.show(f"\nNo order of these calls needs less than {limit}.")
    if equal:
        console.show(
            "The result equals eager NumPy's, bit for bit.", style="green"
        )
    else:
        console.show("The result differs from eager NumPy's.", style="red")
    console.document(
        {
            "program": program,
            "before": _measured(before, table, 0),
            "after": _measured(after, table, 1),
            "passes": [record_as_json(r) for r in after.history],
            "equal": equal,
        }
    )
    return 0 if equal else 1


def _measured(graph: lo.Graph, table: Any, side: int) -> dict[str, Any]:
    return {
        **figures(graph),
        "measured_peak_bytes": table.measured_peak[side],
        "seconds": table.seconds[side],
    }


def _abridged(text: str, head: int = 9, tail: int = 4) -> str:
    lines = text.splitlines()
    if len(lines) <= head + tail + 1:
        return text
    return "\n".join([*lines[:head], "  ...", *lines[-tail:]])


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(_equal, a, b))
    return same_bits(a, b)
