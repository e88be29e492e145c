"""The best order of several near-linear heuristics."""

from collections.abc import Iterator, Sequence

from lazyopt.schedule import clock, inductor, xla
from lazyopt.schedule.bounds import forced_live
from lazyopt.schedule.depth_first import best_post_order, deepest_first
from lazyopt.schedule.greedy import (
    eager_release,
    largest_release,
    least_peak,
)
from lazyopt.schedule.simulate import peak
from lazyopt.schedule.tables import Tables
from lazyopt.schedule.target import target_search
from lazyopt.schedule.traversal import ascend, least_post_order

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

# What other systems try. Those that go depth-first are cheap at any size.
_TRAVERSALS = (
    ascend,
    least_post_order,
    inductor.smallest_first,
    xla.plain_post_order,
    xla.depth_first,
)
_LISTS = (
    inductor.least_peak_first,
    inductor.breadth_first,
    xla.list_order,
)

Candidate = tuple[str, Sequence[int]]
"""The name of a heuristic, and the order it found."""


class Best:
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

    @property
    def is_open(self) -> bool:
        """Whether a lower peak is not ruled out."""
        return self.peak > self.bound


def try_heuristics(best: Best) -> None:
    """Offer the orders that heuristics find, until one meets the bound.

    The time is near-linear: those that cost most a step are left out as
    problems grow.

    Parameters
    ----------
    best
        The best order so far, which is also one that they start from.
    """
    candidates = _candidates(best)
    while best.is_open and not clock.is_over():
        found = next(candidates, None)
        if found is None:
            return
        best.offer(*found)


def _candidates(best: Best) -> Iterator[Candidate]:
    """Yield the name and the order of each attempt, fastest first."""
    tables = best.tables
    for traverse in _TRAVERSALS:
        yield traverse.__name__, traverse(tables.problem)
    if tables.steps > EAGER_STEPS:
        return
    deepest, first = deepest_first(tables)
    yield "deepest", deepest
    post, _ = best_post_order(tables, deepest, first)
    yield "post-order", post
    if tables.steps > EVERY_BASE_STEPS:
        yield from _greedy(tables, best.order)
        return
    for schedule in _LISTS:
        yield schedule.__name__, schedule(tables.problem)
    for base in (range(tables.steps), deepest, post):
        yield from _greedy(tables, base)
        yield "least-peak", least_peak(tables, base)
    if tables.steps <= TARGET_STEPS:
        yield from _targeted(best)


def _greedy(tables: Tables, base: Sequence[int]) -> Iterator[Candidate]:
    """Yield what a base order becomes if memory is released early."""
    yield "eager", eager_release(tables, base)
    if tables.steps <= RELEASE_STEPS:
        yield "release", largest_release(tables, base)


def _targeted(best: Best) -> Iterator[Candidate]:
    """Yield what target searches find below the best peak known."""
    tables = best.tables
    targets = min(TARGETS, TARGET_WORK // tables.steps)
    for base in (range(tables.steps), best.order):
        found = target_search(tables, base, best.bound, best.peak, targets)
        if found is not None:
            yield "target", found
