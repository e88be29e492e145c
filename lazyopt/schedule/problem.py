"""The ordering problem on plain integers: steps, storages and bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Problem:
    """Which steps there are, what they hold, and what must come before.

    Steps are numbered from 0 and the identity order, the order given, is
    valid. A storage is an allocation, whatever number of arrays alias it. A
    storage that no step produces is live from the beginning until its last
    reader; what stays resident throughout is no storage of the problem.

    Parameters
    ----------
    sizes
        Bytes of each storage.
    produces
        For each step, the storages it allocates; none for a view.
    reads
        For each step, the storages it reads through any alias, each once.
    after
        For each step, the steps that must come before it, each once. All of
        them have smaller numbers.
    workspace
        For each step, the bytes that are held only while it runs.
    kept
        The storages that live to the end.

    Raises
    ------
    ValueError
        If the four tables that have a row for each step differ in length.
    """

    sizes: tuple[int, ...]
    produces: tuple[tuple[int, ...], ...]
    reads: tuple[tuple[int, ...], ...]
    after: tuple[tuple[int, ...], ...]
    workspace: tuple[int, ...]
    kept: frozenset[int]

    def __post_init__(self) -> None:
        rows = {
            "produces": len(self.produces),
            "reads": len(self.reads),
            "after": len(self.after),
            "workspace": len(self.workspace),
        }
        if len(set(rows.values())) > 1:
            raise ValueError(
                f"every step needs one row in each table, found {rows} rows"
            )


def flatten(rows: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    """Return the row number and the value of every entry, row by row."""
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    total = int(lengths.sum())
    values = np.fromiter(chain.from_iterable(rows), np.int64, total)
    return np.repeat(np.arange(len(rows)), lengths), values


def successors(problem: Problem) -> list[list[int]]:
    """Return for each step those that must come after it, ascending."""
    later, earlier = flatten(problem.after)
    return group(earlier, later, len(problem.after))


def group(keys: Ints, values: Ints, count: int) -> list[list[int]]:
    """Return for each key below `count` its values, in their order."""
    flat = values[np.argsort(keys, kind="stable")].tolist()
    ends = np.cumsum(np.bincount(keys, minlength=count)).tolist()
    return [flat[begin:end] for begin, end in pairwise([0, *ends])]


def is_valid(problem: Problem, order: Sequence[int]) -> bool:
    """Say whether `order` runs every step once and after its dependencies."""
    steps = len(problem.after)
    if len(order) != steps:
        return False
    sequence = np.asarray(order, dtype=np.int64)
    if not np.array_equal(np.sort(sequence), np.arange(steps)):
        return False
    position = np.empty(steps, np.int64)
    position[sequence] = np.arange(steps)
    later, earlier = flatten(problem.after)
    return bool(np.all(position[earlier] < position[later]))


def places(order: Sequence[int]) -> list[int]:
    """Return for each step its place in the order."""
    place = [0] * len(order)
    for at, step in enumerate(order):
        place[step] = at
    return place
