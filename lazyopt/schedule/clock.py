"""When a search is to stop, for those that are given a time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_STOP: ContextVar[float] = ContextVar("stop", default=float("inf"))


@contextmanager
def limited(seconds: float | None) -> Iterator[None]:
    """Let the time for what runs inside be over after some seconds."""
    stop = float("inf") if seconds is None else time.monotonic() + seconds
    token = _STOP.set(stop)
    try:
        yield
    finally:
        _STOP.reset(token)


def is_over() -> bool:
    """Say whether the time is over.

    It is asked between pieces of work whose results don't depend on the
    clock. Then no more of them are done, and what there is is the result.
    """
    stop = _STOP.get()
    return stop < float("inf") and time.monotonic() > stop
