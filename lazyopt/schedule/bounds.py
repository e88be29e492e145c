"""Bytes that no order of a problem can do without."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lazyopt.schedule.problem import Ints, Problem
from lazyopt.schedule.simulate import timeline
from lazyopt.schedule.tables import Tables

EXACT_STEPS = 5_000
"""Up to this many steps, the bound looks at everything for each of them."""

SAMPLED_STEPS = 50_000
"""Up to this many, a sample of the storages says which steps to look at."""

SAMPLE = 512
"""How many storages there are in the sample, counting the large repeatedly."""

LIKELY_WORK = 500_000
"""How many steps to pass in looking at likely ones, in all."""

MOST_LIKELY = 16
"""How many likely steps to look at, at the most."""

BLOCK = 8192
"""How many storages are looked at together, and how many rows are weighed."""


def forced_live(problem: Problem | Tables) -> int:
    """Return a lower bound on the peak of every order.

    While a step runs, a storage is live in any order if it comes from the
    step or an ancestor and the step or a descendant reads it, or if it is
    kept. In problems of more than `EXACT_STEPS` steps that is found for a few
    steps where it is likely to be most, and for the others only what they
    read or allocate themselves, so that the time stays linear.

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
    added = tables.alloc + tables.workspace
    if tables.steps <= EXACT_STEPS:
        needed = _forced_bytes(tables) + added
        return int(needed.max(initial=tables.kept_bytes))
    needed = _read_bytes(tables) + added
    during = timeline(tables, range(tables.steps))
    bound = least_at_hand(tables)
    if bound >= during.max():
        return bound  # the order given shows that there is no higher one
    likely = {int(needed.argmax()), int(during.argmax())}
    if tables.steps <= SAMPLED_STEPS:
        estimate = _sampled_bytes(tables) + added
        count = min(LIKELY_WORK // tables.steps, MOST_LIKELY)
        likely |= set(np.argsort(-estimate, kind="stable")[:count].tolist())
    return max(bound, *(forced_at(tables, step) for step in sorted(likely)))


def least_at_hand(tables: Tables) -> int:
    """Return the bytes that some step reads and allocates itself, at least.

    Or those that are kept at the end, if they are more.
    """
    needed = _read_bytes(tables) + tables.alloc + tables.workspace
    return int(needed.max(initial=tables.kept_bytes))


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


def forced_needs(tables: Tables) -> Ints:
    """Return for each step the bytes live while it runs, in any order."""
    if not tables.steps or not tables.storages:
        return tables.workspace.copy()
    return _forced_bytes(tables) + tables.alloc + tables.workspace


def _forced_bytes(tables: Tables) -> Ints:
    """Return for each step the bytes live before it in any order."""
    total = np.zeros(tables.steps, dtype=np.int64)
    for begin in range(0, tables.storages, BLOCK):
        block = np.arange(begin, min(begin + BLOCK, tables.storages))
        total += _forced_among(tables, block, tables.sizes[block])
    return total


def _sampled_bytes(tables: Tables) -> Ints:
    """Return an estimate of the bytes live before each step in any order.

    Each storage is in the sample as often as one of evenly spaced bytes of
    all storages together falls into it.
    """
    ends = np.cumsum(tables.sizes)
    spacing = int(ends[-1]) // SAMPLE + 1
    drawn = np.arange(spacing // 2, ends[-1], spacing)
    storages, counts = np.unique(
        np.searchsorted(ends, drawn, side="right"), return_counts=True
    )
    return _forced_among(tables, storages, counts * spacing)


def _forced_among(tables: Tables, storages: Ints, weights: Ints) -> Ints:
    """Return for each step the weight of what is live before it anyway.

    Only some storages are looked at. For each step there is a bit set of
    those that its ancestors made, and of those that it keeps needed.
    """
    number = np.full(tables.storages, -1, dtype=np.int64)
    number[storages] = np.arange(storages.size)
    present = _present(tables, storages)
    wanted = _wanted(tables, number)
    width = -(-storages.size // 8)
    total = np.empty(tables.steps, dtype=np.int64)
    for begin in range(0, tables.steps, BLOCK):
        end = min(begin + BLOCK, tables.steps)
        rows = b"".join(
            (present[v] & wanted[v]).to_bytes(width, "little")
            for v in range(begin, end)
        )
        bits = np.frombuffer(rows, dtype=np.uint8).reshape(-1, width)
        total[begin:end] = _weigh(bits, weights)
    return total


def _present(tables: Tables, storages: Ints) -> list[int]:
    """Return for each step a bit set of the storages its ancestors made."""
    own = [0] * tables.steps
    start = 0
    for bit, step in enumerate(tables.producer[storages].tolist()):
        if step < 0:
            start |= 1 << bit
        else:
            own[step] |= 1 << bit
    before: list[int] = []
    for row in tables.problem.after:
        have = start
        for earlier in row:
            have |= before[earlier] | own[earlier]
        before.append(have)
    return before


def _wanted(tables: Tables, number: Ints) -> list[int]:
    """Return for each step a bit set of the storages it keeps needed.

    The bit of each storage is its number; those without have -1.
    """
    kept = 0
    for bit in number[tables.kept & (number >= 0)].tolist():
        kept |= 1 << bit
    wanted = [kept] * tables.steps
    bits = number[tables.read_storage]
    among = bits >= 0
    steps = tables.read_step[among].tolist()
    for step, bit in zip(steps, bits[among].tolist(), strict=True):
        wanted[step] |= 1 << bit
    after = tables.problem.after
    for v in range(tables.steps - 1, -1, -1):
        for earlier in after[v]:
            wanted[earlier] |= wanted[v]
    return wanted


def _weigh(bits: NDArray[np.uint8], weights: Ints) -> Ints:
    """Return the weight of each row of a packed matrix of storages.

    Looking up the sum for each byte of the row takes an eighth of the
    additions that unpacking its bits would.
    """
    width = bits.shape[1]
    padded = np.zeros((width, 8), dtype=np.int64)
    padded.flat[: weights.size] = weights
    patterns = np.unpackbits(
        np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little"
    )
    sums = padded @ patterns.T.astype(np.int64)
    total = np.zeros(bits.shape[0], dtype=np.int64)
    for column, lookup in zip(bits.T, sums, strict=True):
        total += lookup[column]
    return total
