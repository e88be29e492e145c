"""Orders by a beam: the best few sets of steps that can have run."""

from collections.abc import Sequence

import numpy as np

from lazyopt.schedule import clock
from lazyopt.schedule.problem import Ints, places
from lazyopt.schedule.subproblem import Events
from lazyopt.schedule.tables import Tables

SPARE = 8
"""How many times the width is looked at for states that differ."""


def beam_order(
    tables: Tables,
    base: Sequence[int],
    width: int,
    upper: int,
    *,
    target: int = 0,
    reach: int | None = None,
    backward: bool = False,
) -> list[int] | None:
    """Return the order that a beam search finds.

    A state is a set of steps that can have run. Of the states one move
    further, as many as the beam is wide are kept: those with the lowest peak
    so far, among equals those with the least live. A move is one step with
    all that waits for it, and where one leaves no more live, under the peak so
    far, no other is tried; `lazyopt.schedule.exact` says why.

    Parameters
    ----------
    tables
        The problem; some thousand steps at most.
    base
        A valid order, which breaks ties.
    width
        How many states are kept. Time and memory grow with width times steps.
    upper
        Bytes: states with a peak as high are given up.
    target
        Bytes: peaks up to this count as equal.
    reach
        How many moves in the base order, from the first that has not run, can
        be chosen from; all if it is None. Those that free are not counted. A
        short reach keeps what is good about a base order.
    backward
        Whether to begin with the last step and go backwards in time.

    Returns
    -------
    list of int or None
        The order; None if no state with a peak below `upper` was left.
    """
    events = Events.of(tables)
    ranks = _ranks(events, base)
    if backward:
        events = events.reverse()
        ranks = [-rank for rank in ranks]
    limit = -(-upper // events.unit)
    moves = _Moves(events, ranks, limit)
    beam = _Beam(moves, events.start, target // events.unit, limit)
    for _ in range(moves.count):
        if clock.is_over() or not beam.advance(width, reach or moves.count):
            return None
    return events.as_steps(moves.sequence(beam.trail()))


def _ranks(events: Events, base: Sequence[int]) -> list[int]:
    """Return for each event its place in a base order of the steps.

    The end of a storage comes right after the last step that reads it.
    """
    ranks = [2 * place for place in places(base)]
    for readers in events.after[events.steps :]:
        ranks.append(1 + max(ranks[reader] for reader in readers))
    return ranks


class _Moves:
    """The events that can't wait, each with those that wait for it.

    Attributes
    ----------
    count : int
        How many moves there are; they are numbered by the base order.
    cost, net : ndarray
        For each move, those of its event that can't wait.
    rise : ndarray
        For each move, what the events that wait for it add to what is live.
    waiting : ndarray
        For each move, how many moves must come before it.
    opens : list of ndarray
        For each move, those that must come after it.
    waiters : list of ndarray
        For each move, the events that wait for it, numbered from 0.
    gain : ndarray
        For each event that waits, what it adds to what is live.
    users : list of ndarray
        For each event that waits, the moves that need it.
    """

    def __init__(self, events: Events, rank: list[int], limit: int) -> None:
        waits = events.waiting(limit - 1)
        blocks = events.blocks(waits)
        heads = [v for v in events.order if not waits[v]]
        heads.sort(key=rank.__getitem__)
        late = [v for v in events.order if waits[v]]
        number = {v: at for at, v in enumerate(heads)}
        number |= {v: at for at, v in enumerate(late)}
        self._events, self._heads, self._blocks = events, heads, blocks
        self.count = len(heads)
        self.cost = _ints([events.cost[v] for v in heads])
        self.net = _ints([events.net[v] for v in heads])
        self.gain = _ints([events.net[v] for v in late])
        self.waiters = [_ints([number[u] for u in blocks[v]]) for v in heads]
        self.rise = _ints([self.gain[own].sum() for own in self.waiters])
        opens: list[list[int]] = [[] for _ in heads]
        users: list[list[int]] = [[] for _ in late]
        waiting = []
        for at, v in enumerate(heads):
            needs = {
                number[w]
                for u in [v, *blocks[v]]
                for w in events.after[u]
                if not waits[w]
            }
            waiting.append(len(needs))
            for need in needs:
                opens[need].append(at)
            for u in blocks[v]:
                users[number[u]].append(at)
        self.waiting = _ints(waiting)
        self.opens = [_ints(row) for row in opens]
        self.users = [_ints(row) for row in users]

    def sequence(self, trail: list[int]) -> list[int]:
        """Return the events in the order of some moves, each once."""
        events = [
            u
            for move in trail
            for u in [*self._blocks[self._heads[move]], self._heads[move]]
        ]
        return list(dict.fromkeys([*events, *self._events.order]))


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)


class _Beam:
    """The states kept after some moves, one in each row of its tables.

    A move that has run waits for -1 others. Sets of moves are told apart by
    the exclusive or of random numbers, one for each move.
    """

    def __init__(
        self, moves: _Moves, start: int, target: int, limit: int
    ) -> None:
        self._moves = moves
        self._target = target
        self._limit = limit
        self._live = _ints([start])
        self._peak = _ints([0])
        self._waiting = moves.waiting[None]
        self._rise = moves.rise[None]
        self._pending = np.ones((1, len(moves.gain)), dtype=np.bool_)
        self._key = _ints([0])
        self._keys = np.random.default_rng(0).integers(2**63, size=moves.count)
        self._history: list[tuple[Ints, Ints]] = []

    def advance(self, width: int, reach: int) -> bool:
        """Run one more move in each state; say whether any state is left."""
        row, move = np.nonzero(self._waiting == 0)
        held = self._live[row] + self._rise[row, move]
        need = np.maximum(self._peak[row], held + self._moves.cost[move])
        need = np.maximum(need, self._target)
        left = held + self._moves.net[move]
        before = np.maximum(self._peak, self._target)[row]
        # Far behind the first move that has not run, only what frees is tried.
        first = (self._waiting >= 0).argmax(axis=1)
        near = move < first[row] + reach
        # One move that frees under the peak, if there is any, is all to try.
        frees = np.flatnonzero((left <= self._live[row]) & (need <= before))
        rows, at = np.unique(row[frees], return_index=True)
        keep = near & ~np.isin(row, rows)
        keep[frees[at]] = True
        keep &= need < self._limit
        row, move, need, left = row[keep], move[keep], need[keep], left[keep]
        key = self._key[row] ^ self._keys[move]
        best = np.lexsort((move, left, need))[: SPARE * width]
        _, at = np.unique(key[best], return_index=True)
        best = best[np.sort(at)[:width]]
        self._live, self._peak, self._key = left[best], need[best], key[best]
        self._run(row[best], move[best])
        return bool(len(best))

    def _run(self, row: Ints, move: Ints) -> None:
        """Make the states that follow from those in `row` by the moves."""
        self._history.append((row, move))
        self._waiting = self._waiting[row]
        self._rise = self._rise[row]
        self._pending = self._pending[row]
        self._waiting[np.arange(len(move)), move] = -1
        moves = self._moves
        for state, ran in enumerate(move.tolist()):
            self._waiting[state, moves.opens[ran]] -= 1
            pending = self._pending[state]
            own = moves.waiters[ran]
            for waiter in own[pending[own]].tolist():
                pending[waiter] = False
                self._rise[state, moves.users[waiter]] -= moves.gain[waiter]

    def trail(self) -> list[int]:
        """Return the moves that led to the best state."""
        trail: list[int] = []
        at = 0
        for row, move in reversed(self._history):
            trail.append(int(move[at]))
            at = int(row[at])
        return trail[::-1]
