"""The order in which dask would run the steps as tasks."""

from typing import Any

from lazyopt.schedule import Problem
from lazyopt.schedule.traversal import Order

__all__ = ["dask_order"]


def dask_order(problem: Problem) -> Order:
    """Return what ``dask.order.order`` makes of the steps, by asking it.

    It knows how tasks depend on each other, but no sizes.

    Raises
    ------
    ImportError
        If dask isn't installed.
    """
    try:
        from dask.order import order
    except ImportError as error:
        raise ImportError(
            "the order of dask needs the package dask"
        ) from error
    # Dask breaks ties by how keys are written, so all are equally long, and
    # iterates over sets of them: those of integers are the same every time.
    first = 10**9
    tasks: dict[Any, Any] = {
        first + v: (_run, *[first + earlier for earlier in row])
        for v, row in enumerate(problem.after)
    }
    rank = order(tasks)
    return sorted(range(len(tasks)), key=lambda v: rank[first + v])


def _run(*results: object) -> None:
    """What a task would call."""
