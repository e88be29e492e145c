"""Where the time of a run goes: by call, by op and by source line."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lazyopt.cost import node_bytes_moved, node_flops
from lazyopt.execute import add_note, run_values
from lazyopt.graph import Graph
from lazyopt.inputs import own_values, take_inputs
from lazyopt.ir import Node
from lazyopt.layouts import suited
from lazyopt.plan import Plan, is_subclass, plan_of
from lazyopt.sizes import format_bytes
from lazyopt.tracing import gc_paused

__all__ = ["Profile", "ProfileRow", "plan_for", "profile"]

#: A run is repeated for so many seconds, and so many times, at most; but at
#: least so often, unless it takes longer than that.
SECONDS, MOST_RUNS, LEAST_RUNS = 0.5, 100, 3

#: Rows that a table shows.
ROWS = 12

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class ProfileRow:
    """What the calls of one op, or of one source line, take in a run.

    Attributes
    ----------
    name : str
        The op's name, or ``file:line``; ``"?"`` where that isn't known.
    calls : int
    seconds : float
    share : float
        Part of the time of all calls, from 0 to 1.
    bytes_moved : int
        Read of operands and written of results.
    flops : int
    """

    name: str
    calls: int
    seconds: float
    share: float
    bytes_moved: int
    flops: int


@dataclass(frozen=True, repr=False)
class Profile:
    """Times of a graph's calls.

    Attributes
    ----------
    graph : Graph
    steps : tuple of Node
        The calls, in the order they run.
    seconds : tuple of float
        Of each call, with freeing what dies there: means over the faster
        half of the runs, so that they add up.
    runs : int
        How often it was run.
    """

    graph: Graph
    steps: tuple[Node, ...]
    seconds: tuple[float, ...]
    runs: int

    @property
    def run_seconds(self) -> float:
        """Of a whole run."""
        return sum(self.seconds)

    @property
    def by_op(self) -> tuple[ProfileRow, ...]:
        """A row for each op, the slowest first."""
        return self._rows(lambda node: node.op.name)

    @property
    def by_source(self) -> tuple[ProfileRow, ...]:
        """A row for each line of the program, the slowest first."""
        return self._rows(lambda node: node.source or "?")

    def _rows(self, name: Callable[[Node], str]) -> tuple[ProfileRow, ...]:
        totals: dict[str, list[Any]] = {}
        for node, seconds in zip(self.steps, self.seconds, strict=True):
            row = totals.setdefault(name(node), [0, 0.0, 0, 0])
            row[0] += 1
            row[1] += seconds
            row[2] += node_bytes_moved(node)
            row[3] += node_flops(node)
        whole = self.run_seconds or 1.0
        rows = [
            ProfileRow(key, calls, seconds, seconds / whole, moved, flops)
            for key, (calls, seconds, moved, flops) in totals.items()
        ]
        return tuple(sorted(rows, key=lambda row: (-row.seconds, row.name)))

    def plot(self, ax: Any = None) -> Any:
        """Draw the time by op as bars. Needs the ``plot`` extra.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default a new figure, with the time by source
            line beside it.

        Returns
        -------
        matplotlib.axes.Axes
            That of the ops.
        """
        from lazyopt.looking.charts import plot_profile

        return plot_profile(self, ax)

    def __str__(self) -> str:
        lines = [self.headline]
        for title, rows in (
            ("op", self.by_op),
            ("source line", self.by_source),
        ):
            lines += ["", *_table(title, rows)]
        return "\n".join(lines)

    @property
    def headline(self) -> str:
        """Time of a run, and the rates that it comes to, in a line."""
        n = len(self.steps)
        text = (
            f"{format_seconds(self.run_seconds)} a run (of {self.runs:,}), "
            f"{n:,} call{'s' * (n != 1)}"
        )
        if not self.run_seconds:
            return text
        flops = self.graph.flops / self.run_seconds / 1e9
        moved = self.graph.bytes_moved / self.run_seconds / 1e9
        return f"{text}; {flops:.3g} GFLOP/s, {moved:.3g} GB/s"

    def __repr__(self) -> str:
        return f"<Profile: {self.headline}>"

    def _repr_html_(self) -> str:
        from lazyopt.looking.pages import profile_html

        return profile_html(self)


def format_seconds(seconds: float) -> str:
    """A time in the unit that suits it: ``"3.2 ms"``."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def _table(title: str, rows: tuple[ProfileRow, ...]) -> list[str]:
    """A heading and a line for each of the slowest rows."""
    shown = [_cells(row) for row in rows[:ROWS]]
    if len(rows) > ROWS:
        rest = rows[ROWS:]
        shown.append(
            _cells(
                ProfileRow(
                    f"{len(rest):,} more",
                    sum(r.calls for r in rest),
                    sum(r.seconds for r in rest),
                    sum(r.share for r in rest),
                    sum(r.bytes_moved for r in rest),
                    sum(r.flops for r in rest),
                )
            )
        )
    head = (title, "calls", "time", "share", "bytes moved", "FLOPs")
    table = [head, *shown]
    widths = [max(len(row[i]) for row in table) for i in range(len(head))]
    return [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in table
    ]


def _cells(row: ProfileRow) -> tuple[str, ...]:
    return (
        PurePath(row.name).name,
        f"{row.calls:,}",
        format_seconds(row.seconds),
        f"{row.share:.1%}",
        format_bytes(row.bytes_moved),
        f"{row.flops:,}",
    )


# ----------------------------------------------------------------- running


def profile(
    graph: Graph, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Profile:
    """Run a graph several times, and time its calls: `Graph.profile`."""
    values = take_inputs(graph, args, kwargs)
    plan = plan_for(graph, values)
    run_values(plan, own_values(graph, values))
    wait = _waiter(graph.backend)
    runs: list[Ints] = []
    elapsed = 0.0
    while _goes_on(len(runs), elapsed):
        own = own_values(graph, values)
        with gc_paused():
            marks = _run_steps(plan, own, wait)
        runs.append(np.diff(marks))
        elapsed += float(marks[-1] - marks[0]) / 1e9
    times = np.array(runs)
    faster = np.argsort(times.sum(axis=1))[: (len(runs) + 1) // 2]
    return Profile(
        graph,
        tuple([step.node for step in plan.steps]),
        tuple((times[faster].mean(axis=0) / 1e9).tolist()),
        len(runs),
    )


def _goes_on(runs: int, elapsed: float) -> bool:
    if elapsed > SECONDS:
        return runs < LEAST_RUNS and elapsed < 4 * SECONDS
    return runs < MOST_RUNS


def plan_for(graph: Graph, values: list[Any]) -> Plan:
    """What a run with these inputs goes by."""
    plain = not any(map(is_subclass, values))
    return plan_of(suited(graph, values), plain)


def _run_steps(
    plan: Plan, values: list[Any], wait: Callable[[Any], Any] | None
) -> Ints:
    """What `execute.run_values` does, with a look at the clock a step."""
    registers = plan.registers.copy()
    for place in reversed(plan.inputs):
        registers[place] = values.pop()
    clock = time.perf_counter_ns
    marks = [0] * (len(plan.steps) + 1)
    step = several = None
    marks[0] = clock()
    try:
        for at, step in enumerate(plan.steps, 1):
            function, ins, out, outs, dead, _ = step
            if outs is None:
                registers[out] = function(*[registers[i] for i in ins])
                if wait is not None:
                    wait(registers[out])
            else:
                several = function(*[registers[i] for i in ins])
                if wait is not None:
                    wait(several)
                for place, which in outs:
                    registers[place] = several[which]
                several = None
            for i in dead:
                registers[i] = None
            marks[at] = clock()
    except BaseException as error:
        # The error keeps this frame, which must not keep the arrays.
        registers.clear()
        several = None
        if step is not None and isinstance(error, Exception):
            add_note(error, step.node)
        raise
    return np.asarray(marks, np.int64)


def _waiter(backend: str) -> Callable[[Any], Any] | None:
    """What waits for a result on a library that computes in the background."""
    if backend == "jax":
        import jax

        waits: Callable[[Any], Any] = jax.block_until_ready
        return waits
    if backend == "torch":
        import torch

        if torch.cuda.is_initialized():
            return lambda _: torch.cuda.synchronize()
    return None
