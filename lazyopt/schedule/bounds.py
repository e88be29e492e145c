"""Bytes that no order of a problem can do without."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lazyopt.schedule.problem import Ints, Problem
from lazyopt.schedule.simulate import timeline
from lazyopt.schedule.tables import Tables

EXACT_STEPS = 5000
"""Up to this many steps, the bound looks at everything for each of them."""


def forced_live(problem: Problem | Tables) -> int:
    """Return a lower bound on the peak of every order.

    While a step runs, a storage is live in any order if it comes from the
    step or an ancestor and the step or a descendant reads it, or if it is
    kept. In problems of more than `EXACT_STEPS` steps that is found for the
    two steps where it is likely to be most, and for the others only what
    they read or allocate themselves, so that the time stays linear.

    Parameters
    ----------
    problem
        The problem, or its tables.

    Returns
    -------
    int
        Bytes; at least what is kept at the end.
    """
    tables = problem if isinstance(problem, Tables) else Tables(problem)
    if not tables.steps or not tables.storages:
        return int(tables.workspace.max(initial=tables.kept_bytes))
    if tables.steps <= EXACT_STEPS:
        needed = _forced_bytes(tables) + tables.alloc + tables.workspace
        return int(needed.max(initial=tables.kept_bytes))
    needed = _read_bytes(tables) + tables.alloc + tables.workspace
    during = timeline(tables, range(tables.steps))
    likely = {int(needed.argmax()), int(during.argmax())}
    return max(
        tables.kept_bytes,
        int(needed.max()),
        *(forced_at(tables, step) for step in sorted(likely)),
    )


def forced_at(tables: Tables, step: int) -> int:
    """Return the bytes live while a step runs, whatever the order.

    Parameters
    ----------
    tables
        The problem.
    step
        The step.

    Returns
    -------
    int
        Bytes: a lower bound on the peak of every order.
    """
    before = _marked(step, range(step, -1, -1), tables.problem.after)
    behind = _marked(step, range(step, tables.steps), tables.successors)
    before[step] = False
    present = (tables.producer < 0) | before[tables.producer]
    wanted = tables.kept.copy()
    wanted[tables.read_storage[behind[tables.read_step]]] = True
    held = int(tables.sizes[present & wanted].sum())
    return held + tables.cost[step]


def _marked(
    step: int, among: range, neighbours: Sequence[Sequence[int]]
) -> NDArray[np.bool_]:
    """Mark a step and what is reached from it, in the order of `among`."""
    marks = bytearray(len(neighbours))
    marks[step] = 1
    for v in among:
        if marks[v]:
            for reached in neighbours[v]:
                marks[reached] = 1
    return np.frombuffer(marks, dtype=np.bool_)


def _read_bytes(tables: Tables) -> Ints:
    """Return for each step the bytes it reads and did not allocate."""
    others = tables.producer[tables.read_storage] != tables.read_step
    held = np.zeros(tables.steps, dtype=np.int64)
    np.add.at(
        held,
        tables.read_step[others],
        tables.sizes[tables.read_storage[others]],
    )
    return held


def _forced_bytes(tables: Tables) -> Ints:
    """Return for each step the bytes live before it in any order."""
    present = _present(tables)
    wanted = _wanted(tables)
    width = -(-tables.storages // 8)
    rows = b"".join(
        (have & want).to_bytes(width, "little")
        for have, want in zip(present, wanted, strict=True)
    )
    bits = np.frombuffer(rows, dtype=np.uint8).reshape(tables.steps, width)
    return _weigh(bits, tables.sizes)


def _present(tables: Tables) -> list[int]:
    """Return for each step a bit set of the storages its ancestors made."""
    problem = tables.problem
    own = [sum(1 << s for s in row) for row in problem.produces]
    unmade = np.flatnonzero(tables.producer < 0).tolist()
    start = sum(1 << s for s in unmade)
    before: list[int] = []
    for row in problem.after:
        have = start
        for earlier in row:
            have |= before[earlier] | own[earlier]
        before.append(have)
    return before


def _wanted(tables: Tables) -> list[int]:
    """Return for each step a bit set of the storages it keeps needed."""
    problem = tables.problem
    kept = sum(1 << s for s in sorted(problem.kept))
    wanted = [kept | sum(1 << s for s in row) for row in problem.reads]
    for v in range(tables.steps - 1, -1, -1):
        for earlier in problem.after[v]:
            wanted[earlier] |= wanted[v]
    return wanted


def _weigh(bits: NDArray[np.uint8], sizes: Ints) -> Ints:
    """Return the bytes of each row of a packed matrix of storages.

    Looking up the sum for each byte of the row takes an eighth of the
    additions that unpacking its bits would.
    """
    width = bits.shape[1]
    padded = np.zeros((width, 8), dtype=np.int64)
    padded.flat[: sizes.size] = sizes
    patterns = np.unpackbits(
        np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little"
    )
    sums = padded @ patterns.T.astype(np.int64)
    total: Ints = sums[np.arange(width), bits].sum(axis=1)
    return total
