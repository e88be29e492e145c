"""A run that says how far it is: `graph(..., progress=True)`."""

import copy
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Protocol

from lazyopt.cost import node_bytes_moved, node_flops
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.plan import Plan, Step
from lazyopt.progress import PART_DONE
from lazyopt.sizes import format_bytes

__all__ = ["has_keyword", "watched"]

#: Seconds between two looks on a terminal, and between two lines in a file.
PAUSE, PAUSE_IN_FILES = 0.1, 10.0

#: Rough speeds, to weigh steps against each other: a second's operations and
#: bytes, and what a call takes however small.
FLOPS, BYTES, CALL = 5e9, 5e9, 2e-6


def has_keyword(graph: Graph, name: str) -> bool:
    """Whether the program itself has a parameter of this name."""
    _, keywords = graph.in_tree.children
    return name in keywords.keys or name in graph.parameters


class watched(AbstractContextManager[Plan]):
    """Context with a plan to run that reports its steps on standard error.

    With rich installed, the extra ``cli``, a bar; else a line of text. It
    names the step, the bytes that are predicted to be live, and the time
    left, as far as FLOPs and bytes tell.

    Parameters
    ----------
    graph : Graph
    plan : Plan
        Of that graph.
    """

    def __init__(self, graph: Graph, plan: Plan) -> None:
        self._live = graph.memory.timeline
        self._weights = [_weight(step.node) for step in plan.steps]
        self._total = sum(self._weights)
        self._done = 0.0
        self._start = self._said = time.monotonic()
        self._text = ""
        self._at = 0
        self._display = _display()
        self._plan = copy.copy(plan)
        reported: Any = self._reported(plan.steps)
        self._plan.steps = reported

    def __enter__(self) -> Plan:
        self._token = PART_DONE.set(self._part_done)
        return self._plan

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        PART_DONE.reset(self._token)
        steps = f"{self._at} of {len(self._weights)} steps"
        seconds = time.monotonic() - self._start
        most = format_bytes(max(self._live, default=0))
        self._display.close(f"{steps} in {seconds:.1f} s, at most {most}")

    def _reported(self, steps: Iterable[Step]) -> Iterator[Step]:
        for i, step in enumerate(steps):
            name = step.node.op.name
            live = format_bytes(self._live[i])
            count = len(self._weights)
            self._text = f"step {i + 1} of {count} ({name}), {live} live"
            self._say(0.0)
            yield step
            self._done += self._weights[i]
            self._at = i + 1

    def _part_done(self, done: int, parts: int) -> None:
        self._say(self._weights[self._at] * done / parts)

    def _say(self, part: float) -> None:
        now = time.monotonic()
        if now - self._said < self._display.pause:
            return
        self._said = now
        done = (self._done + part) / (self._total or 1)
        left = ""
        if done > 0:
            left = f", {(now - self._start) * (1 / done - 1):.0f} s left"
        self._display.show(self._text + left, done)


def _weight(node: Node) -> float:
    """Seconds that a step may take, to compare with others."""
    return node_flops(node) / FLOPS + node_bytes_moved(node) / BYTES + CALL


class _Display(Protocol):
    """Where progress is shown."""

    pause: float

    def show(self, text: str, done: float) -> None:
        """Show how much is done, from 0 to 1."""

    def close(self, text: str) -> None:
        """Take the display away, and say what was done."""


class _Lines:
    """Plain text: a line that is written over, or lines in a file."""

    def __init__(self) -> None:
        self._rewrites = sys.stderr.isatty()
        self.pause = PAUSE if self._rewrites else PAUSE_IN_FILES

    def show(self, text: str, done: float) -> None:
        text = f"{done:4.0%} {text}"
        sys.stderr.write(f"\r{text:<78}" if self._rewrites else f"{text}\n")
        sys.stderr.flush()

    def close(self, text: str) -> None:
        sys.stderr.write(f"\r{text:<78}\n" if self._rewrites else f"{text}\n")


class _Bar:
    """A bar drawn by rich."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._progress = Progress(
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}% {task.description}"),
            console=Console(stderr=True),
            auto_refresh=False,
            transient=True,
        )
        self.pause = PAUSE
        self._progress.start()
        self._task = self._progress.add_task("", total=1.0)

    def show(self, text: str, done: float) -> None:
        self._progress.update(self._task, description=text, completed=done)
        self._progress.refresh()

    def close(self, text: str) -> None:
        self._progress.stop()
        sys.stderr.write(f"{text}\n")


def _display() -> _Display:
    if sys.stderr.isatty():
        try:
            return _Bar()
        except ImportError:
            return _Lines()
    return _Lines()
