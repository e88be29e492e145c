"""What NumPy allocates while a function runs, as ``tracemalloc`` sees it."""

import gc
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import lazyopt as lo
from lazyopt.recorder import record_call

__all__ = ["allocated", "peaks"]


def allocated(function: Callable[..., Any], *args: Any, **kwargs: Any) -> int:
    """Peak bytes that one call allocates, its results included.

    The function runs once before, so that what it makes only once, caches
    and imports, doesn't count. Nor does what was allocated before, even if
    it is freed meanwhile.
    """
    function(*args, **kwargs)
    enabled = gc.isenabled()
    gc.disable()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        result = function(*args, **kwargs)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        if enabled:
            gc.enable()
    del result
    return peak - before


def peaks(
    op: lo.Op, *args: Any, **kwargs: Any
) -> tuple[int, lo.MemoryProfile]:
    """Peak bytes measured of one call of an op, and the model's profile."""

    def traced(*a: Any, **k: Any) -> Any:
        return record_call(op, a, k)

    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        measured = allocated(op.implementation("numpy"), *args, **kwargs)
        return measured, lo.trace(traced, *args, **kwargs).memory
