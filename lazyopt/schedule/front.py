"""How far an order has got: what is ready, and what each step would free."""

from collections.abc import Sequence
from heapq import heappop, heappush

from lazyopt.schedule.problem import places
from lazyopt.schedule.tables import Tables

SCAN = 8
"""How many entries a queue looks at for one that fits."""


class Front:
    """The state between two steps of an order, advanced step by step.

    Attributes
    ----------
    net : list of int
        For each step that has not run, the bytes by which running it now
        changes what is live.
    live : int
        Bytes live now.
    left : list of int
        For each storage, how many of its readers have not run; two more if
        it is kept.
    waiting : list of int
        For each step, how many that must come before it have not run.
    """

    __slots__ = (
        "_reads",
        "_remaining",
        "_sizes",
        "_successors",
        "left",
        "live",
        "net",
        "waiting",
    )

    def __init__(self, tables: Tables) -> None:
        self._reads = tables.problem.reads
        self._sizes = tables.problem.sizes
        self._successors = tables.successors
        self.waiting = tables.waiting.copy()
        self.net: list[int] = tables.sole_net.tolist()
        # With two more, what is kept never gets to its last reader.
        self.left: list[int] = (tables.readers + 2 * tables.kept).tolist()
        self._remaining: list[int] = tables.reader_sum.tolist()
        self.live = tables.start_bytes

    def ready(self) -> list[int]:
        """Return the steps that wait for nothing, in order."""
        return [v for v, count in enumerate(self.waiting) if not count]

    def run(self, step: int) -> list[int]:
        """Run a ready step; return what it made ready or more worthwhile.

        The reader that a storage has left is found without a search: it is
        the sum of the numbers of those that have not run.
        """
        net, left, remaining = self.net, self.left, self._remaining
        waiting = self.waiting
        changed = []
        self.live += net[step]
        for storage in self._reads[step]:
            left[storage] -= 1
            remaining[storage] -= step
            if left[storage] == 1:
                reader = remaining[storage]
                net[reader] -= self._sizes[storage]
                if not waiting[reader]:
                    changed.append(reader)
        for later in self._successors[step]:
            waiting[later] -= 1
            if not waiting[later]:
                changed.append(later)
        return changed

    def undo(self, step: int) -> None:
        """Take back the step that ran last."""
        net, left, remaining = self.net, self.left, self._remaining
        for later in self._successors[step]:
            self.waiting[later] += 1
        for storage in self._reads[step]:
            if left[storage] == 1:
                net[remaining[storage]] += self._sizes[storage]
            left[storage] += 1
            remaining[storage] += step
        self.live -= net[step]


class FitQueue:
    """Steps with the bytes they leave and need; finds the best that fits.

    Two heaps hold every entry, one by what it leaves and one by what it
    needs. Looking for one that fits stops after `SCAN` entries that do not,
    so that taking a step never costs more than a few heap operations.

    Parameters
    ----------
    base
        All steps, in the order that breaks ties.
    """

    __slots__ = ("_base", "_by_need", "_by_net", "_place", "_stamp")

    def __init__(self, base: Sequence[int]) -> None:
        self._base = base
        self._place = places(base)
        self._stamp = [0] * len(base)
        self._by_net: list[tuple[int, int, int, int]] = []
        self._by_need: list[tuple[int, int, int]] = []

    def push(self, step: int, net: int, need: int) -> None:
        """Add a step, in place of what was there for it."""
        place = self._place[step]
        self._stamp[place] += 1
        stamp = self._stamp[place]
        heappush(self._by_net, (net, place, stamp, need))
        heappush(self._by_need, (need, place, stamp))

    def drop(self, step: int) -> None:
        """Remove a step."""
        self._stamp[self._place[step]] += 1

    def pop(self, room: int) -> int:
        """Remove and return a step.

        It is the one that leaves least of those that need no more than
        `room` bytes, or the one that needs least if none does; -1 if there
        is no step.
        """
        stamp, by_need = self._stamp, self._by_need
        while by_need and stamp[by_need[0][1]] != by_need[0][2]:
            heappop(by_need)
        if not by_need:
            return -1
        need, place, _ = by_need[0]
        if need <= room:
            place = self._least_net(room, place)
        stamp[place] += 1
        return self._base[place]

    def _least_net(self, room: int, default: int) -> int:
        """Return the place that leaves least of the first that fit."""
        by_net = self._by_net
        passed: list[tuple[int, int, int, int]] = []
        while by_net and len(passed) < SCAN:
            entry = heappop(by_net)
            _, place, stamp, need = entry
            if self._stamp[place] != stamp:
                continue
            if need <= room:
                default = place
                break
            passed.append(entry)
        for entry in passed:
            heappush(by_net, entry)
        return default
