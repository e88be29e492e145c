"""Orders with the lowest peak there is, by search with proof.

The question asked is whether any order keeps under a target. What every such
order has in common is derived first; often it contradicts itself, which
answers the question without a search. Then what is left is searched forwards
and backwards in time in turn, since one way may take a fraction of the other.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lazyopt.schedule import clock
from lazyopt.schedule.problem import Ints, Problem
from lazyopt.schedule.simulate import peak
from lazyopt.schedule.subproblem import (
    Events,
    Relation,
    bit_sets,
    members,
)
from lazyopt.schedule.tables import Tables

FIRST_LIMIT = 500
"""States of the first attempt at a target, each way in time."""

LOOKS = 64
"""After how many states to look at the clock."""

Amounts = NDArray[np.float64]
"""Memory in the unit of the events, exact up to 2**53."""


@dataclass(frozen=True, slots=True)
class Exact:
    """What a search for the best order found.

    Attributes
    ----------
    order : list of int or None
        An order with a lower peak than was known; None if none was found.
    peak, bound : int
        Bytes: the lowest peak known now, and what every order needs.
    states : int
        How many states of the problem were looked at.
    """

    order: list[int] | None
    peak: int
    bound: int
    states: int

    @property
    def proven(self) -> bool:
        """Whether no order has a lower peak."""
        return self.bound >= self.peak


def exact_order(
    problem: Problem | Tables,
    upper: int,
    lower: int,
    max_states: int,
    max_work: float = float("inf"),
) -> Exact:
    """Search for an order with a lower peak, down to the lowest there is.

    Parameters
    ----------
    problem
        The problem, or its tables; some hundred steps at most. A target
        takes time with the cube of the steps, though at the speed of NumPy.
    upper, lower
        Bytes: a peak that is known, and a lower bound on all.
    max_states
        The most states to look at. With 0 only the bound is raised.
    max_work
        About how many multiplications to do in deriving what orders have in
        common.

    Returns
    -------
    Exact
        The order, if one was found, and what is proven.
    """
    tables = problem if isinstance(problem, Tables) else Tables(problem)
    targets = _Targets(tables, upper, lower, max_states)
    targets.work.left = max_work
    limit = 0
    targets.attempt(limit)
    while targets.is_open and targets.states < max_states:
        limit = max(FIRST_LIMIT, 4 * limit)
        targets.attempt(limit)
    bound = min(targets.low * targets.events.unit, targets.peak)
    return Exact(targets.order, targets.peak, bound, targets.states)


class _Targets:
    """The targets between what is impossible and a peak known, in units."""

    def __init__(
        self, tables: Tables, upper: int, lower: int, max_states: int
    ) -> None:
        self.tables = tables
        self.max_states = max_states
        self.events = Events.of(tables)
        unit = self.events.unit
        self.low = max(-(-lower // unit), self.events.end)
        self.high = -(-upper // unit)
        self.peak = upper
        self.order: list[int] | None = None
        self.states = 0
        self.work = Work()
        self._before = self.events.before()
        self._ways = [self.events, self.events.reverse()]

    @property
    def is_open(self) -> bool:
        """Whether there is something to find, and time to find it."""
        return self.low < self.high and not clock.is_over()

    def attempt(self, limit: int) -> None:
        """Lower the peak and raise the bound within a limit for each target.

        As long as targets right below the peak are decided, no others are
        tried; then lower ones, which are easier to refute.
        """
        ceiling = self.high
        while self.low < ceiling and self.is_open:
            target = self.high - 1
            if ceiling < self.high:
                target = (self.low + ceiling - 1) // 2
            possible = self._decide(target, limit)
            if possible is None:
                ceiling = target
            elif possible:
                self.high = ceiling = self.peak // self.events.unit
            else:
                self.low = target + 1

    def _decide(self, target: int, limit: int) -> bool | None:
        """Say whether an order keeps under a target; None if not known."""
        before = tighten(self.events, target, self._before, self.work)
        if before is None:
            return False
        for way in self._ways:
            limit = min(limit, self.max_states - self.states)
            if not limit:
                break
            relation = before.T if way.backward else before
            search = _Search(way, target, relation)
            possible = search.run(limit)
            self.states += search.states
            if possible:
                self.order = way.as_steps(search.order)
                self.peak = peak(self.tables, self.order)
            if possible is not None:
                # What was quicker now goes first next time.
                self._ways.sort(key=lambda other: other is not way)
                return possible
        return None


@dataclass(slots=True)
class Work:
    """Multiplications that may still be done, in the products of matrices."""

    left: float = float("inf")


def tighten(
    events: Events, target: int, before: Relation, work: Work | None = None
) -> Relation | None:
    """Return what comes before what in every order under a target.

    At an event in any order, a storage is live if it was made by what has to
    come before, and ends with the event or what has to come after. If, with
    one event before another, more than the target were live at either of the
    two, the other goes first. What follows from that is found too, until
    there is nothing new.

    Parameters
    ----------
    events
        The events.
    target
        The peak that must not be exceeded, in the events' unit.
    before
        What comes before what in every order; transitive.
    work
        What may be done, less what is; all that is to be found by default.

    Returns
    -------
    ndarray of bool or None
        The relation with what was found, transitive; None if it contradicts
        itself, so that no order keeps under the target.
    """
    sizes, births, deaths = _storages(events)
    number = np.arange(len(events.cost))[:, None]
    # For each event and storage 1 or 0: whether the one makes or ends it.
    makes = (number == births).astype(np.float64)
    ends = (number == deaths).astype(np.float64)
    work = work or Work()
    while work.left > 0:
        work.left -= 2 * len(before) ** 2 * (len(before) + len(sizes))
        earlier = before.astype(np.float64)
        # Whether a storage was made before an event, and ends no earlier.
        made = np.where(births < 0, 1.0, earlier[:, births])
        wanted = np.where(deaths < 0, 1.0, earlier.T[:, deaths] + ends)
        held = made * wanted
        need = held @ sizes + events.cost
        if need.max(initial=0) > target:
            return None
        # Rows come first, columns second.
        second = need + ((made + makes) * sizes) @ (wanted - held).T
        first = need[:, None] + ((made - held) * sizes) @ wanted.T
        wrong = np.maximum(first, second) > target
        wrong &= ~(before | before.T)
        np.fill_diagonal(wrong, False)
        if not wrong.any():
            return before
        before = _closure(before | wrong)
        if before.diagonal().any():
            return None
    return before


def _storages(events: Events) -> tuple[Amounts, Ints, Ints]:
    """Return the size of each storage, and where it begins and ends."""
    rows = np.array(events.storages, dtype=np.int64).reshape(-1, 3)
    return rows[:, 0].astype(np.float64), rows[:, 1], rows[:, 2]


def _closure(before: Relation) -> Relation:
    """Return the transitive closure of a relation."""
    while True:
        ways = before.astype(np.float32)
        found = before | (ways @ ways > 0)
        if np.array_equal(found, before):
            return before
        before = found


class _State(NamedTuple):
    """What is live once some events have happened, and what can happen next.

    `done` and `ready` are bit sets: of those events, and of those that can
    happen in one move. `move` holds the events of the move that led here.
    """

    live: int
    done: int
    ready: int
    move: tuple[int, ...]


class _Search:
    """A depth-first search, one way in time, for an order under a target.

    A state is a set of events that holds whatever has to come before its
    members. Two rules keep the states few.

    *What can wait, waits*; see `Events.waiting`. It happens in one move with
    the event that needs it.

    *What frees, goes first.* Let a move under the target lead from a state X
    to Y with no more live. Take any order that goes on from X, and put the
    move first. Where a set Z had happened, now Z and Y have. That adds the
    nets of what is in Y but not in Z: the difference between live(Y) and what
    is live after X and the part of the move that is in Z. That part is all of
    the move, or none but events that wait, whose nets are not negative. So
    nothing is added: after X no other move has to be tried.
    """

    def __init__(self, events: Events, target: int, before: Relation) -> None:
        self.order: list[int] = []
        self.states = 0
        self._events = events
        self._target = target
        waits = events.waiting(target)
        self._goal = sum(1 << v for v, wait in enumerate(waits) if not wait)
        self._waiters = [
            [(u, 1 << u, events.net[u]) for u in block]
            for block in events.blocks(waits)
        ]
        self._opens: list[list[tuple[int, int]]] = [[] for _ in waits]
        ready = self._link(bit_sets(before))
        self._start = _State(events.start, 0, ready, ())

    def _link(self, before: list[int]) -> int:
        """Note what opens each move; return the moves that are open."""
        ready = 0
        for v in members(self._goal):
            own = 1 << v
            needs = before[v]
            for u, bit, _ in self._waiters[v]:
                own |= bit
                needs |= before[u]
            needs &= ~own
            # What comes before something else needed is not looked at.
            for u in members(needs):
                needs &= ~before[u]
            for u in members(needs):
                self._opens[u].append((1 << v, needs))
            if not needs:
                ready |= 1 << v
        return ready

    def run(self, limit: int) -> bool | None:
        """Say whether an order exists; None if not known within the limit."""
        # For each state on the way here its alternatives, itself the last.
        path = [[self._start]]
        seen: set[int] = set()
        while path:
            if not path[-1]:
                path.pop()
                continue
            state = path[-1][-1]
            if state.done in seen:
                path[-1].pop()
                continue
            if state.done & self._goal == self._goal:
                moves = [v for states in path for v in states[-1].move]
                # What is left has waited for the end.
                self.order = list(dict.fromkeys([*moves, *self._events.order]))
                return True
            if self.states >= limit or self._is_late():
                return None
            self.states += 1
            seen.add(state.done)
            path.append(self._moves(state))
        return False

    def _is_late(self) -> bool:
        return self.states % LOOKS == 0 and clock.is_over()

    def _moves(self, state: _State) -> list[_State]:
        """Return the states one move further, the first to try last."""
        live, done, ready, _ = state
        cost, net = self._events.cost, self._events.net
        found = []
        for v in members(ready):
            rise = 0
            after = done | 1 << v
            move = []
            for u, bit, gain in self._waiters[v]:
                if not done & bit:
                    rise += gain
                    after |= bit
                    move.append(u)
            move.append(v)
            if live + rise + cost[v] > self._target:
                continue
            opened = ready ^ 1 << v
            for u in move:
                for bit, needs in self._opens[u]:
                    if needs & after == needs:
                        opened |= bit
            left = live + rise + net[v]
            found.append(_State(left, after, opened, tuple(move)))
            if left <= live:
                return found[-1:]
        found.sort(key=lambda state: -state.live)
        return found
