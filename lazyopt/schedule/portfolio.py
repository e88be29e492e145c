"""The best order of several heuristics."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lazyopt.schedule.bounds import forced_live
from lazyopt.schedule.depth_first import best_post_order, deepest_first
from lazyopt.schedule.greedy import (
    eager_release,
    largest_release,
    least_peak,
)
from lazyopt.schedule.problem import Problem
from lazyopt.schedule.simulate import peak
from lazyopt.schedule.tables import Tables
from lazyopt.schedule.target import target_search

# Up to how many steps each heuristic runs: what a step may cost falls as there
# are more, so that a million are ordered in seconds while small programs get
# every chance.
EAGER_STEPS = 500_000
RELEASE_STEPS = 100_000
EVERY_BASE_STEPS = 10_000
TARGET_STEPS = 5_000
# Each target of a search runs every step once.
TARGETS = 12
TARGET_WORK = 15_000

Candidate = tuple[str, Sequence[int]]
"""The name of a heuristic, and the order it found."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """An order and what is known about it.

    Attributes
    ----------
    order : tuple of int
        The steps.
    peak, bound : int
        Bytes: the most that is live at once, and what no order of the same
        problem can do without.
    method : str
        The name of what found it.
    """

    order: tuple[int, ...]
    peak: int
    bound: int
    method: str


class _Best:
    """The best order so far; the first of equals stays."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.bound = forced_live(tables)
        self.method = "given"
        self.order: Sequence[int] = range(tables.steps)
        self.peak = peak(tables, self.order)

    def offer(self, method: str, order: Sequence[int]) -> None:
        """Take an order if its peak is lower."""
        reached = peak(self.tables, order)
        if reached < self.peak:
            self.method, self.order, self.peak = method, order, reached


def best_order(problem: Problem) -> Schedule:
    """Return the order with the lowest peak that the heuristics find.

    The peak is never above that of the order given, which also wins ties.
    The result depends on the problem alone. The time is near-linear: the
    heuristics that cost most a step are left out as problems grow.

    Parameters
    ----------
    problem
        What to order.

    Returns
    -------
    Schedule
        The order, its peak and the forced-live bound, in bytes.
    """
    best = _Best(Tables(problem))
    candidates = _candidates(best)
    while best.peak > best.bound and (found := next(candidates, None)):
        best.offer(*found)
    return Schedule(tuple(best.order), best.peak, best.bound, best.method)


def _candidates(best: _Best) -> Iterator[Candidate]:
    """Yield the name and the order of each attempt, fastest first."""
    tables = best.tables
    deepest, first = deepest_first(tables)
    yield "deepest", deepest
    post, _ = best_post_order(tables, deepest, first)
    yield "post-order", post
    if tables.steps > EVERY_BASE_STEPS:
        yield from _greedy(tables, best.order)
        return
    for base in (range(tables.steps), deepest, post):
        yield from _greedy(tables, base)
        yield "least-peak", least_peak(tables, base)
    if tables.steps <= TARGET_STEPS:
        yield from _targeted(best)


def _greedy(tables: Tables, base: Sequence[int]) -> Iterator[Candidate]:
    """Yield what a base order becomes if memory is released early."""
    if tables.steps <= EAGER_STEPS:
        yield "eager", eager_release(tables, base)
    if tables.steps <= RELEASE_STEPS:
        yield "release", largest_release(tables, base)


def _targeted(best: _Best) -> Iterator[Candidate]:
    """Yield what target searches find below the best peak known."""
    tables = best.tables
    targets = min(TARGETS, TARGET_WORK // tables.steps)
    for base in (range(tables.steps), best.order):
        found = target_search(tables, base, best.bound, best.peak, targets)
        if found is not None:
            yield "target", found
