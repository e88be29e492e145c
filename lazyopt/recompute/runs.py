"""Sequences of runs, a call as often as it takes: what they hold and cost.

A run reads the results of the latest run of what makes them. So there is one
version of each storage at any time that somebody could read, and operands of
a call lie in one storage if they did so in the graph given.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lazyopt.recompute.calls import Calls, repeatable

__all__ = ["Versions", "cost", "expanded", "pruned"]

Ints = NDArray[np.int64]


def cost(calls: Calls, sequence: Sequence[int]) -> int:
    """What the runs cost together."""
    return sum([calls.cost[v] for v in sequence])


def pruned(calls: Calls, sequence: Sequence[int]) -> list[int]:
    """The runs that somebody needs, in order.

    Parameters
    ----------
    calls : Calls
    sequence : sequence of int
        Calls, each after what makes its operands.

    Returns
    -------
    list of int
        Without runs whose results nobody reads before they are made again,
        unless nobody reads them in the graph given either.
    """
    wanted = [False] * len(calls.sizes)
    for s in calls.kept:
        wanted[s] = True
    read = bytearray(len(calls.sizes))
    for row in calls.reads:
        for s in row:
            read[s] = 1
    once = bytearray(len(calls))
    kept: list[int] = []
    for v in reversed(sequence):
        made = calls.produces[v]
        needed = any(wanted[s] for s in made)
        if not needed:
            # Dead in the graph given: another pass's business.
            dead = not any(read[s] or s in calls.kept for s in made)
            if once[v] or (calls.again[v] and not dead):
                continue
        once[v] = 1
        kept.append(v)
        for s in made:
            wanted[s] = False
        for s in calls.reads[v]:
            wanted[s] = True
    kept.reverse()
    return kept


class Versions:
    """The versions of each storage in a sequence, and how long they live.

    Attributes
    ----------
    begin : list of int
        For each version, the run that makes it; -1 for what is there.
    end : list of int
        The last run that it is alive in; the number of runs if it is kept.
    storage : list of int
        What it is a version of.
    makes, takes : list of list of int
        For each run, the versions that it makes, and those that it reads.
    donors : dict of int to int
        For runs that write into what they read, the version it is.
    """

    def __init__(self, calls: Calls, sequence: Sequence[int]) -> None:
        self.calls = calls
        self.sequence = list(sequence)
        self.begin: list[int] = []
        self.end: list[int] = []
        self.storage: list[int] = []
        self.makes: list[list[int]] = []
        self.takes: list[list[int]] = []
        latest: dict[int, int] = {}
        begin, end, storage = self.begin, self.end, self.storage
        for s in _given(calls):
            latest[s] = len(begin)
            begin.append(-1)
            end.append(-1)
            storage.append(s)
        for r, v in enumerate(sequence):
            row = [latest[s] for s in calls.reads[v]]
            for x in row:
                end[x] = r
            self.takes.append(row)
            first = len(begin)
            for s in calls.produces[v]:
                latest[s] = len(begin)
                begin.append(r)
                end.append(r)
                storage.append(s)
            self.makes.append(list(range(first, len(begin))))
        for s in calls.kept:
            if s in latest:
                end[latest[s]] = len(sequence)
        self.donors: dict[int, int] = {}
        for r, v in enumerate(sequence):
            for s in calls.fits[v]:
                x = next(x for x in self.takes[r] if storage[x] == s)
                if end[x] == r:
                    self.donors[r] = x
                    break

    def timeline(self) -> Ints:
        """Bytes live during each run."""
        runs = len(self.sequence)
        change = np.zeros(runs + 2, np.int64)
        sizes = np.array(self.calls.sizes, np.int64)[self.storage]
        begin = np.maximum(np.array(self.begin, np.int64), 0)
        end = np.array(self.end, np.int64)
        np.add.at(change, begin, sizes)
        np.subtract.at(change, np.minimum(end, runs) + 1, sizes)
        live: Ints = np.cumsum(change)[:runs]
        work = np.array(self.calls.workspace, np.int64)
        live += work[self.sequence]
        for r, x in self.donors.items():
            live[r] -= self.calls.sizes[self.storage[x]]
        return live

    def peak(self) -> int:
        """Most bytes live at once."""
        kept = sum([self.calls.sizes[s] for s in self.calls.kept])
        return int(self.timeline().max(initial=kept))


def _given(calls: Calls) -> list[int]:
    """Storages that are there before the first run, and are read."""
    found: dict[int, None] = {}
    for row in calls.reads:
        for s in row:
            if calls.producer[s] < 0:
                found[s] = None
    for s in sorted(calls.kept):
        if calls.producer[s] < 0:
            found[s] = None
    return list(found)


def expanded(calls: Calls, sequence: Sequence[int]) -> Calls:
    """The runs as calls of their own, each version a storage."""
    found = Versions(calls, sequence)
    latest: dict[int, int] = {}
    for x, s in enumerate(found.storage):
        latest[s] = x
    kept = frozenset([latest[s] for s in calls.kept if s in latest])
    produces = tuple([tuple(row) for row in found.makes])
    reads = tuple([tuple(row) for row in found.takes])
    barred = tuple([calls.barred[v] for v in sequence])
    fits = tuple(
        [
            tuple([x for x in row if found.storage[x] in calls.fits[v]])
            for v, row in zip(sequence, found.takes, strict=True)
        ]
    )
    return Calls(
        tuple([calls.nodes[v] for v in sequence]),
        tuple([calls.sizes[s] for s in found.storage]),
        produces,
        reads,
        tuple([calls.workspace[v] for v in sequence]),
        tuple([calls.cost[v] for v in sequence]),
        kept,
        tuple(found.begin),
        barred,
        repeatable(produces, reads, found.begin, kept, barred),
        fits,
        calls.views,
    )
