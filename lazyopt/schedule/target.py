"""Orders that keep under a target peak by looking a few steps ahead."""

from collections.abc import Sequence

from lazyopt.schedule.front import FitQueue, Front
from lazyopt.schedule.tables import Tables

LOOKAHEAD = 8
"""The most steps of a segment."""

READY, DONE = 1, 2


def target_search(
    tables: Tables,
    base: Sequence[int],
    bound: int,
    best: int,
    targets: int,
) -> list[int] | None:
    """Return an order with a lower peak than `best`, if it finds one.

    The target peak is found by bisection between the bound and the best
    known. For each target the ready steps compete with the segments that
    they begin, so that a step which needs much now is taken if what it
    makes ready releases more soon.

    Parameters
    ----------
    tables
        The problem.
    base
        All steps, in the order that breaks ties.
    bound, best
        Bytes: a lower bound on the peak, and the lowest peak known.
    targets
        The most targets to try.

    Returns
    -------
    list of int or None
        The best order found; None if none has a peak below `best`.
    """
    found = None
    low = bound
    for _ in range(targets):
        if low >= best:
            break
        target = (low + best) // 2
        search = _Search(tables, base, target)
        if search.beats(best):
            found, best = search.order, search.peak
        if search.peak > target:
            low = target + 1
    return found


class _Search:
    """One pass for one target, with the segments that are still valid.

    A segment is found again only after a step ran that changed what it looked
    at: how many readers a storage has left, or how many steps another one
    waits for. Counts above `LOOKAHEAD` can't matter to it yet.
    """

    def __init__(
        self, tables: Tables, base: Sequence[int], target: int
    ) -> None:
        self.peak = 0
        self.order: list[int] = []
        self._tables = tables
        self._target = target
        self._front = Front(tables)
        self._queue = FitQueue(base)
        self._state = bytearray(tables.steps)
        self._segments: dict[int, tuple[int, ...]] = {}
        self._by_storage: list[dict[int, None]] = [
            {} for _ in range(tables.storages)
        ]
        self._by_step: list[dict[int, None]] = [
            {} for _ in range(tables.steps)
        ]

    def beats(self, best: int) -> bool:
        """Run the pass, as long as its peak stays below `best`."""
        front, cost = self._front, self._tables.cost
        self._refresh(dict.fromkeys(front.ready()))
        while (start := self._queue.pop(self._target - front.live)) >= 0:
            changed: dict[int, None] = {}
            for step in self._segments.pop(start):
                self.peak = max(self.peak, front.live + cost[step])
                if self.peak >= best:
                    return False
                self._run(step, changed)
            self._refresh(changed)
        return True

    def _run(self, step: int, changed: dict[int, None]) -> None:
        """Run a step and add the ready steps whose segments it changed."""
        front = self._front
        self.order.append(step)
        self._queue.drop(step)
        changed.update(dict.fromkeys(front.run(step)))
        for storage in self._tables.problem.reads[step]:
            if front.left[storage] <= LOOKAHEAD:
                changed.update(self._by_storage[storage])
                self._by_storage[storage].clear()
        for later in self._tables.successors[step]:
            if front.waiting[later] <= LOOKAHEAD:
                changed.update(self._by_step[later])
                self._by_step[later].clear()
        self._state[step] = DONE

    def _refresh(self, changed: dict[int, None]) -> None:
        """Find the segments of the changed steps that can run next."""
        todo = [step for step in changed if self._state[step] != DONE]
        for step in todo:
            self._state[step] = READY
        for step in todo:
            self._look_ahead(step)

    def _look_ahead(self, start: int) -> None:
        """Find the segment of a ready step, and queue it."""
        front, cost = self._front, self._tables.cost
        net, base = front.net, front.live
        steps: list[int] = []
        candidates = [start]
        most = 0
        low = need = length = 0
        while candidates and len(steps) < LOOKAHEAD:
            step = min(candidates, key=lambda v: (net[v], v))
            candidates.remove(step)
            self._watch(start, step)
            most = max(most, front.live - base + cost[step])
            opened = front.run(step)
            steps.append(step)
            candidates += [
                v
                for v in dict.fromkeys(opened)
                if not self._state[v] and v not in candidates
            ]
            if not length or front.live - base < low:
                low, need, length = front.live - base, most, len(steps)
        for step in reversed(steps):
            front.undo(step)
        self._segments[start] = tuple(steps[:length])
        self._queue.push(start, low, need)

    def _watch(self, start: int, step: int) -> None:
        """Note what changes the segment that runs a step."""
        for storage in self._tables.problem.reads[step]:
            self._by_storage[storage][start] = None
        for later in self._tables.successors[step]:
            self._by_step[later][start] = None
