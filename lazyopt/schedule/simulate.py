"""What is live while each step of an order runs."""

from collections.abc import Sequence

import numpy as np

from lazyopt.schedule.problem import Ints, Problem
from lazyopt.schedule.tables import Tables


def live_between(tables: Tables, order: Sequence[int]) -> Ints:
    """Return the bytes live before the first step and after each step.

    Parameters
    ----------
    tables
        The problem.
    order
        A valid order of its steps; it is not checked.

    Returns
    -------
    ndarray of int64
        Bytes, one entry more than there are steps; the last is what is kept.
    """
    position = np.empty(tables.steps + 1, dtype=np.int64)
    position[np.asarray(order, dtype=np.int64)] = np.arange(
        1, tables.steps + 1
    )
    # A storage without a producer has -1 for one: it is there after no step.
    position[-1] = 0
    begin = position[tables.producer]
    end = begin.copy()
    storages, first, readers = tables.reads_by_storage
    if storages.size:
        end[storages] = np.maximum.reduceat(position[readers], first)
    change = np.zeros(tables.steps + 1, dtype=np.int64)
    freed = ~tables.kept
    np.add.at(change, begin, tables.sizes)
    np.subtract.at(change, end[freed], tables.sizes[freed])
    live: Ints = np.cumsum(change)
    return live


def timeline(problem: Problem | Tables, order: Sequence[int]) -> Ints:
    """Return the bytes live while each step of an order runs.

    A step allocates its results and its workspace before anything is freed;
    a storage is freed after its last reader, or after its producer if nobody
    reads it, unless it is kept.

    Parameters
    ----------
    problem
        The problem, or its tables, which make further orders cheap.
    order
        A valid order of its steps; it is not checked.

    Returns
    -------
    ndarray of int64
        Bytes, by position in the order.
    """
    tables = problem if isinstance(problem, Tables) else Tables(problem)
    sequence = np.asarray(order, dtype=np.int64)
    needed = tables.alloc + tables.workspace
    during: Ints = live_between(tables, order)[:-1] + needed[sequence]
    return during


def peak(problem: Problem | Tables, order: Sequence[int]) -> int:
    """Return the most bytes live at once in an order.

    Parameters
    ----------
    problem
        The problem, or its tables, which make further orders cheap.
    order
        A valid order of its steps; it is not checked.

    Returns
    -------
    int
        Bytes; at least what is kept at the end.
    """
    tables = problem if isinstance(problem, Tables) else Tables(problem)
    return int(timeline(tables, order).max(initial=tables.kept_bytes))
