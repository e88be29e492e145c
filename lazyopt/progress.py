"""A line on the terminal while long work goes on."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from lazyopt.sizes import format_bytes

__all__ = ["PART_DONE", "reporting"]

#: Seconds before anything is said, and between two lines.
PATIENCE, PAUSE = 2.0, 0.2

Report = Callable[[str, int, int], None]

#: What a call that is made in parts calls between them, with how many are
#: done and how many there are; None where nobody looks.
PART_DONE: ContextVar[Callable[[int, int], None] | None] = ContextVar(
    "part done", default=None
)


@contextmanager
def reporting(name: str) -> Iterator[Report]:
    """What to call with a method, a peak and a bound in bytes.

    The last of them is shown on standard error, if that is a terminal, once
    the work has taken a while; the line is gone when it is done.
    """
    start = said = time.monotonic()
    shown = False

    def report(method: str, peak: int, bound: int) -> None:
        nonlocal said, shown
        now = time.monotonic()
        if now - start < PATIENCE or now - said < PAUSE:
            return
        said, shown = now, True
        gap = f"{peak / bound - 1:.1%}" if bound else "?"
        text = (
            f"{name}: peak {format_bytes(peak)}, at most {gap} above the "
            f"best ({method}, {now - start:.0f} s)"
        )
        sys.stderr.write(f"\r{text:<78}")
        sys.stderr.flush()

    def silent(method: str, peak: int, bound: int) -> None:
        """Nobody is looking."""

    try:
        yield report if sys.stderr.isatty() else silent
    finally:
        if shown:
            sys.stderr.write("\r" + " " * 78 + "\r")
