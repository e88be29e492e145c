"""Running in order under a limit: drop what is needed late, make it again.

As dynamic tensor rematerialisation does while a program runs (Kirisame et
al., 2021), but knowing when each value is read next.
"""

import math
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from lazyopt.recompute.calls import Calls

__all__ = ["SCORES", "most_runs", "walk"]

#: How many of the best candidates, by an old score, are scored again.
LOOK = 12
#: How far the cost of making something again is followed.
FOLLOWED = 48
#: Runs after which nothing more is dropped: so many for each call, and more
#: for each of the first thousand.
RUNS, MORE = 4, 8
#: After how many times as many a sequence is given up: making again what is
#: gone may take ever more runs.
HOPELESS = 3


class Score(NamedTuple):
    """How to choose what is dropped: the lowest value first.

    Parameters
    ----------
    value : callable
        From what it costs to make something again, its bytes, and how many
        runs it isn't read for.
    ahead : bool
        Whether operands that will be dead by then cost something.
    most : float
        What costs more than this part of all calls stays, rather than that
        making it again takes more room than there is.
    """

    value: Callable[[float, int, int], float]
    ahead: bool
    most: float


def _by_cost_and_distance(cost: float, size: int, away: int) -> float:
    return cost / (size * away)


def _by_cost(cost: float, size: int, away: int) -> float:
    return cost / size - 1e-9 * away


def _by_distance(cost: float, size: int, away: int) -> float:
    return -away * size


#: The most promising first.
SCORES = {
    "cost and distance": Score(_by_cost_and_distance, True, 1.0),
    "cost and distance, if cheap": Score(_by_cost_and_distance, True, 0.1),
    "cost now": Score(_by_cost_and_distance, False, 1.0),
    "cost": Score(_by_cost, False, 1.0),
    "distance": Score(_by_distance, False, 1.0),
}


def most_runs(calls: Calls) -> int:
    """So many runs a sequence may have."""
    return HOPELESS * (RUNS * len(calls) + MORE * min(len(calls), 1000))


class _Hopeless(Exception):
    """What was dropped takes ever more to make again."""


def walk(calls: Calls, limit: int, score: str) -> list[int] | None:
    """The runs of calls in their order, within a limit where that can be.

    Parameters
    ----------
    calls : Calls
    limit : int
        Bytes. Where a run can't do without more, it takes more.
    score : str
        One of `SCORES`.

    Returns
    -------
    list of int or None
        Calls, some several times; None if it takes too many.
    """
    walker = _Walker(calls, limit, SCORES[score])
    try:
        for v in range(len(calls)):
            walker.step(v)
        walker.end()
    except _Hopeless:
        return None
    return walker.sequence


class _Walker:
    """What is live, and what is to come."""

    def __init__(
        self,
        calls: Calls,
        limit: int,
        score: Score,
    ) -> None:
        self.calls = calls
        self.limit = limit
        self.score = score
        self.at = 0
        count = len(calls.sizes)
        self.uses: list[list[int]] = [r[::-1] for r in calls.readers()]
        for s in calls.kept:
            self.uses[s].insert(0, len(calls))
        self.live = bytearray(count)
        self.pins = [0] * count
        self.bytes = 0
        for s, uses in enumerate(self.uses):
            if calls.producer[s] < 0 and uses:
                self._add(s)
        self.heap: list[tuple[float, int]] = []
        self.sequence: list[int] = []
        self.dearest = score.most * sum(calls.cost)
        self.most = most_runs(calls)
        self.spent = self.most // HOPELESS

    def step(self, v: int) -> None:
        """Run a call of the order given, and what it needs before it."""
        self.at = v
        self._provide(v)
        for s in self.calls.reads[v]:
            uses = self.uses[s]
            while uses and uses[-1] <= v:
                uses.pop()
            self._settle(s)
        for s in self.calls.produces[v]:
            self._settle(s)

    def end(self) -> None:
        """Make again what is kept and was dropped."""
        self.at = len(self.calls)
        for s in sorted(self.calls.kept):
            if not self.live[s]:
                self._provide(self.calls.producer[s])

    def _provide(self, target: int) -> None:
        """Run a call, and first what makes the operands that are missing."""
        calls, live, pins = self.calls, self.live, self.pins
        stack = [target]
        for s in calls.reads[target]:
            pins[s] += 1
        while stack:
            v = stack[-1]
            missing = [s for s in calls.reads[v] if not live[s]]
            if missing:
                first = missing[0]
                if len(missing) > 1:  # the dearest one, before there is less
                    first = max(missing, key=self._price)
                u = calls.producer[first]
                stack.append(u)
                for s in calls.reads[u]:
                    pins[s] += 1
                continue
            stack.pop()
            self._run(v)
            for s in calls.reads[v]:
                pins[s] -= 1
                if v != target:
                    self._settle(s)
            for s in calls.produces[v] if v != target else ():
                self._settle(s)

    def _run(self, v: int) -> None:
        calls = self.calls
        new = sum([calls.sizes[s] for s in calls.produces[v]])
        needed = new + calls.workspace[v] - self._overwritten(v)
        self._make_room(needed)
        if self.bytes + needed > self.limit:
            self._overwrite(v)
        if len(self.sequence) == self.most:
            raise _Hopeless
        self.sequence.append(v)
        for s in calls.produces[v]:
            if not self.live[s]:
                self._add(s)

    def _overwritten(self, v: int) -> int:
        """Bytes of an operand that dies here and can be written into."""
        for s in self.calls.fits[v]:
            uses = self.uses[s]
            if self.pins[s] == 1 and (not uses or uses[0] <= self.at):
                return self.calls.sizes[s]
        return 0

    def _overwrite(self, v: int) -> None:
        """Give up an operand to be written into, to be made again later."""
        if self._overwritten(v):
            return
        for s in self.calls.fits[v]:
            if self.pins[s] == 1 and self._is_droppable(s):
                self._drop(s)
                return

    def _add(self, s: int) -> None:
        self.live[s] = 1
        self.bytes += self.calls.sizes[s]

    def _settle(self, s: int) -> None:
        """Free what nobody reads again; else it can be dropped, some day."""
        if not self.live[s] or self.pins[s]:
            return
        if not self.uses[s]:
            self._drop(s)
        elif self._is_droppable(s):
            heappush(self.heap, (self._value(s), s))

    def _is_droppable(self, s: int) -> bool:
        """Whether it can be made again; if kept, from what is there."""
        calls, maker = self.calls, self.calls.producer[s]
        if maker < 0 or not calls.again[maker] or not calls.sizes[s]:
            return False
        return s not in calls.kept or not calls.reads[maker]

    def _drop(self, s: int) -> None:
        self.live[s] = 0
        self.bytes -= self.calls.sizes[s]

    def _value(self, s: int) -> float:
        away = self.uses[s][-1] - self.at + 1
        price = self._price(s)
        if price > self.dearest:
            return math.inf
        return self.score.value(price, self.calls.sizes[s], away)

    def _price(self, s: int) -> float:
        """What it costs to make a value again, when it is read next."""
        calls, live, uses = self.calls, self.live, self.uses
        when = uses[s][-1] if uses[s] else self.at
        todo = [calls.producer[s]]
        seen = {todo[0]}
        total = 0
        while todo and len(seen) < FOLLOWED:
            v = todo.pop()
            total += calls.cost[v]
            for x in calls.reads[v]:
                u = calls.producer[x]
                if u < 0 or u in seen:
                    continue
                dies = not uses[x] or uses[x][0] < when
                if not live[x] or (dies and self.score.ahead):
                    seen.add(u)
                    todo.append(u)
        return total

    def _make_room(self, needed: int) -> None:
        """Drop values until so many bytes are free, if that can be."""
        if len(self.sequence) > self.spent:
            return
        while self.bytes + needed > self.limit:
            s = self._cheapest()
            if s is None:
                return
            self._drop(s)

    def _cheapest(self) -> int | None:
        """The value to drop next, None if there is none."""
        heap, live, pins, uses = self.heap, self.live, self.pins, self.uses
        if len(heap) > 4 * len(live) + 64:
            again = sorted({s for _, s in heap if live[s] and uses[s]})
            self.heap = heap = [(self._value(s), s) for s in again]
            heapify(heap)
        found: dict[int, float] = {}
        pinned = []
        while heap and len(found) < LOOK:
            value, s = heappop(heap)
            if not live[s] or s in found or not uses[s]:
                continue
            if pins[s]:
                pinned.append((value, s))
                continue
            found[s] = self._value(s)
        best = min(found, key=lambda s: (found[s], s), default=None)
        for s, value in found.items():
            if s != best or value == math.inf:
                heappush(heap, (value, s))
        for entry in pinned:
            heappush(heap, entry)
        if best is None or found[best] == math.inf:
            return None
        return best
