"""Threads that help with one call: a pool that all graphs share."""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from threading import Lock

__all__ = ["on_threads", "usable_threads"]

#: More than any call asks for. Only as many start as are busy at once.
MOST = 256

_pool: ThreadPoolExecutor | None = None
_lock = Lock()


def usable_threads() -> int:
    """How many processors this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _shared_pool() -> ThreadPoolExecutor:
    global _pool
    with _lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(MOST, "lazyopt")
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=_forget)
        return _pool


def _forget() -> None:
    """Let a forked process start anew: it has none of the threads."""
    global _pool, _lock
    _pool, _lock = None, Lock()


def on_threads(work: Callable[[], None], count: int) -> None:
    """Run the same function on several threads, this one among them.

    Whatever is to be done is shared out by the function itself: if no thread
    is free, this one does it all.

    Parameters
    ----------
    work : callable
        Called once on each thread, in a copy of this one's context, so that
        `numpy.errstate` holds there, too. Returns when nothing is left.
    count : int
        Threads, this one included.
    """
    helpers: list[Future[None]] = []
    try:
        for _ in range(count - 1):
            context = copy_context()
            helpers.append(_shared_pool().submit(context.run, work))
    except RuntimeError:
        pass  # no thread can be started: the interpreter is shutting down
    try:
        work()
    finally:
        started = [h for h in helpers if not h.cancel()]
        wait(started)
    for helper in started:
        helper.result()
