"""The best order that can be found, and a proof of how good it is.

Heuristics come first, and the bound that costs next to nothing. If these
don't meet, `pieces` searches.
"""

from collections.abc import Callable
from dataclasses import dataclass

from lazyopt.schedule import clock
from lazyopt.schedule.late import views_late
from lazyopt.schedule.liu import liu_order
from lazyopt.schedule.portfolio import Best, try_heuristics
from lazyopt.schedule.problem import Problem
from lazyopt.schedule.tables import Tables

#: Rounds of search for each effort; "fast" runs the heuristics alone.
EFFORTS = {"fast": 0, "default": 2, "best": 6}
#: Above so many steps only the heuristics run, unless told "best".
SEARCHED_STEPS = 10_000
#: Above so many, not either if the peak is this close to the bound.
SMALL_STEPS, CLOSE = 2_000, 0.01

Progress = Callable[[str, int, int], None]
"""Called with what is going on, the peak and the bound."""


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
    blocking : tuple of int
        The steps of the part that keeps the peak above the bound; none if
        they are equal.
    """

    order: tuple[int, ...]
    peak: int
    bound: int
    method: str
    blocking: tuple[int, ...] = ()


def best_order(
    problem: Problem,
    effort: str = "default",
    seconds: float | None = None,
    progress: Progress | None = None,
) -> Schedule:
    """Return the order with the lowest peak that is found.

    The peak is never above that of the order given, which also wins ties.

    Parameters
    ----------
    problem
        What to order.
    effort : {"fast", "default", "best"}
        How far the search goes: near-linear heuristics only, some seconds
        for some thousand steps, or many times that.
    seconds
        After how long to stop. The result depends on the problem and the
        effort alone, unless this cuts the search short; it does so between
        pieces of work whose results don't depend on the clock.
    progress
        Called now and then.

    Returns
    -------
    Schedule
        The order, its peak and a lower bound on that of any order, in bytes.
    """
    best = Best(Tables(problem))
    blocking: tuple[int, ...] = ()
    with clock.limited(seconds):
        if best.is_open and (order := liu_order(best.tables)) is not None:
            best.offer("Liu", order)
            best.bound = best.peak
        try_heuristics(best)
        if _is_searched(best, effort) and not clock.is_over():
            # Most graphs get by without, and need not wait for the import.
            from lazyopt.schedule.pieces import search

            blocking = search(best, EFFORTS[effort], progress)
    found = tuple(best.order)
    if any(i != step for i, step in enumerate(found)):
        found = tuple(views_late(problem, found))
    return Schedule(found, best.peak, best.bound, best.method, blocking)


def _is_searched(best: Best, effort: str) -> bool:
    """Whether a search is worth its time after the heuristics."""
    steps = best.tables.steps
    if not best.is_open or effort == "fast":
        return False
    if effort == "best" or steps <= SMALL_STEPS:
        return True
    close = best.peak <= best.bound * (1 + CLOSE)
    return steps <= SEARCHED_STEPS and not close
