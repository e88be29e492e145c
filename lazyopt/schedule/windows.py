"""Orders made better a window at a time, around the steps at the peak."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from lazyopt.schedule import clock
from lazyopt.schedule.beam import beam_order
from lazyopt.schedule.exact import exact_order
from lazyopt.schedule.simulate import timeline
from lazyopt.schedule.subproblem import window_problem
from lazyopt.schedule.tables import Tables

SIZES = (24, 48, 96)
"""Steps of a window, in the order they are tried."""

EXACT_STATES = 125
"""States of the search in a window, for each of a beam that then has to do."""

BEAM_SHARE = 4
"""How many states a beam makes in the time that a search takes for one."""

WIDTHS = (16, 64, 256)
"""States of a beam, as long as there is work left."""

BEAMS = tuple(product((1, 8, 32, 128), (False, True)))
"""How far the beams over all steps reach, and whether they go backwards."""


def improve(
    tables: Tables, order: Sequence[int], bound: int, work: int
) -> tuple[list[int], int]:
    """Return an order with a lower peak, if small changes lead to one.

    Beams that reach a few steps ahead in the order go first. Then the steps
    around each one at the peak are put in the order that needs least or,
    where that takes too long to find, in one that a beam finds. When no
    window helps any more, beams give other orders of the same peak to go on
    from.

    Parameters
    ----------
    tables
        The problem.
    order
        A valid order of its steps.
    bound
        Bytes: a lower bound on the peak of all orders.
    work
        How many states to look at, give or take those of one window.

    Returns
    -------
    order : list of int
        The best order found; the one given if there is none better.
    peak : int
        Its peak, in bytes.
    """
    search = _Improvement(tables, bound, work)
    best = list(order)
    for width in WIDTHS:
        search.width = width
        best = search.settle(search.sweep(best))
        while search.open(best) and (better := search.vary(best)) is not None:
            best = better
    return best, search.score(best)[0]


class _Improvement:
    """The work left, and how wide beams are now."""

    width = WIDTHS[0]

    def __init__(self, tables: Tables, bound: int, work: int) -> None:
        self._tables = tables
        self._bound = bound
        self._work = work

    def score(self, order: Sequence[int]) -> tuple[int, int]:
        """Return the peak of an order, and how many steps are at it."""
        during = timeline(self._tables, order)
        most = int(during.max(initial=self._tables.kept_bytes))
        return most, int(np.count_nonzero(during == most))

    def open(self, order: Sequence[int]) -> bool:
        """Say whether it makes sense to go on from an order."""
        if not order or self._is_spent():
            return False
        return self.score(order)[0] > self._bound

    def _is_spent(self) -> bool:
        return self._work <= 0 or clock.is_over()

    def sweep(self, order: list[int]) -> list[int]:
        """Take what beams over all steps find below the peak."""
        for reach, backward in BEAMS:
            if self.open(order):
                most, _ = self.score(order)
                order = self._beam(order, most, backward, reach) or order
        return order

    def settle(self, order: list[int]) -> list[int]:
        """Put windows in order until one at the peak can't be made lower."""
        while self.open(order):
            during = timeline(self._tables, order)
            at = int(during.argmax())
            for begin, end in _windows(at, len(order)):
                found = self._reorder(order, begin, end, int(during[at]))
                if found is not None:
                    order = order[:begin] + found + order[end:]
                    break
                if self._is_spent():
                    return order
            else:
                return order
        return order

    def _reorder(
        self, order: list[int], begin: int, end: int, most: int
    ) -> list[int] | None:
        """Return the steps of a window in an order below a peak, if found."""
        problem, steps, offset = window_problem(
            self._tables, order, begin, end
        )
        tables = Tables(problem)
        upper, lower = most - offset, max(0, self._bound - offset)
        # To set up a search takes about as long as so many states.
        self._work -= 10 * len(steps)
        if upper <= lower:
            return None
        exact = exact_order(tables, upper, lower, EXACT_STATES * self.width)
        self._work -= exact.states
        if len(steps) == len(order):
            self._bound = max(self._bound, exact.bound)
        found = exact.order
        for backward in (False, True):
            if found is None and not exact.proven:
                self._work -= self.width * len(steps) // BEAM_SHARE
                found = beam_order(
                    tables,
                    range(len(steps)),
                    self.width,
                    upper,
                    target=lower,
                    backward=backward,
                )
        return None if found is None else [steps[v] for v in found]

    def vary(self, order: list[int]) -> list[int] | None:
        """Return a better order that other orders lead to, if one does."""
        best = self.score(order)
        for reach, backward in BEAMS:
            if not self.open(order):
                return None
            other = self._beam(order, best[0] + 1, backward, reach)
            if other is not None:
                other = self.settle(other)
                if self.score(other) < best:
                    return other
        return None

    def _beam(
        self, order: list[int], upper: int, backward: bool, reach: int
    ) -> list[int] | None:
        """Return what a beam over all steps finds below a peak."""
        self._work -= self.width * len(order) // BEAM_SHARE
        return beam_order(
            self._tables,
            order,
            self.width,
            upper,
            target=self._bound,
            reach=reach,
            backward=backward,
        )


def _windows(at: int, steps: int) -> Iterator[tuple[int, int]]:
    """Yield windows around a place, small ones first, each once."""
    seen = set()
    for size in SIZES:
        for before in (size // 2, size // 4, 3 * size // 4):
            begin = max(0, min(at - before, steps - size))
            window = begin, min(begin + size, steps)
            if window not in seen:
                seen.add(window)
                yield window
