"""The best order that can be found, and a proof of how good it is.

The problem is made smaller without a change to its lowest peak (`contract`)
and falls into parts that are ordered one by one (`narrow`). The peak of the
whole is that of its worst part, and so is the bound, so all work goes to the
part that stands in the way: search with proof, windows, and cuts, a little of
each in the first round and more in every later one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lazyopt.schedule import clock
from lazyopt.schedule.beam import beam_order
from lazyopt.schedule.contract import Contraction, contract
from lazyopt.schedule.exact import exact_order
from lazyopt.schedule.late import views_late
from lazyopt.schedule.liu import liu_order
from lazyopt.schedule.min_cut import min_cut_bound
from lazyopt.schedule.narrow import Part, split
from lazyopt.schedule.portfolio import Best, try_heuristics
from lazyopt.schedule.probing import probe
from lazyopt.schedule.problem import Problem, is_valid, places
from lazyopt.schedule.tables import Tables
from lazyopt.schedule.windows import improve

#: Rounds of search for each effort; "fast" runs the heuristics alone. Parts
#: of more steps than `LARGE_PART` get one less.
EFFORTS = {"fast": 0, "default": 2, "best": 6}
LARGE_PART = 2_000
#: Above so many steps only the heuristics run, unless told "best".
SEARCHED_STEPS = 10_000
#: Above so many, not either if the peak is this close to the bound.
SMALL_STEPS, CLOSE = 2_000, 0.01
#: Up to so many steps a problem is contracted with all that is known of each
#: pair of them; above, of pairs that are near.
CONTRACTED_STEPS, NEAR = 4_000, 128
#: Up to so many steps, of a part, each kind of search is used.
EXACT_STEPS = 150
TIGHTENED_STEPS = 1_000
BEAM_STEPS = 3_000
PROBE_STEPS = 5_000
#: Where a cut costs so little that proofs are mostly a matter of patience.
EASY_STEPS = 500
#: What each may do in the first round; four times as much in the next.
CUT_ARCS, STATES, PROBE_ARCS = 2_000_000, 2_000, 10_000_000
#: What tightening, which has no rounds, may do: some seconds of products.
TIGHTEN_WORK = 2e11
WINDOW_STATES, WIDTH = 10_000, 32
#: What a beam's memory grows with, and what a sweep of windows takes a step.
WIDEST, SWEEP = 512, 64

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
            search = _Search(best, progress)
            search.run(EFFORTS[effort])
            blocking = search.blocking()
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


class _Piece:
    """A part of the contracted problem, with the best order of it so far."""

    def __init__(self, part: Part, base: Sequence[int]) -> None:
        self.part = part
        self.best = Best(Tables(part.problem))
        if is_valid(part.problem, base):
            self.best.offer("given", base)
        self.tried: set[tuple[str, int]] = set()

    @property
    def peak(self) -> int:
        """Peak of the part, in the whole."""
        return self.best.peak + self.part.offset

    @property
    def bound(self) -> int:
        """Bound on the peak of the part, in the whole."""
        return self.best.bound + self.part.offset


class _Search:
    """The pieces of one problem, and the order they make together."""

    def __init__(self, best: Best, progress: Progress | None) -> None:
        self._best = best
        self._progress = progress
        few = best.tables.steps <= CONTRACTED_STEPS
        window = CONTRACTED_STEPS if few else NEAR
        self._contraction = contract(best.tables.problem, window)
        tables = Tables(self._contraction.problem)
        base = _as_contracted(self._contraction, best.order)
        self._pieces = [
            _Piece(part, _restricted(part, base)) for part in split(tables)
        ]
        self._combine("contraction")

    def run(self, count: int) -> None:
        """Search for some rounds, a piece of work at a time."""
        for piece in self._pieces:
            if piece.best.is_open and piece.peak > self._bound():
                try_heuristics(piece.best)
        self._combine("portfolio")
        for number in range(count):
            most = LARGE_PART if number == count - 1 else SEARCHED_STEPS
            while self._best.is_open and not clock.is_over():
                work = self._next(number, most)
                if work is None:
                    break
                method, piece = work
                piece.tried.add((method, number))
                _TACTICS[method](piece.best, 4**number)
                self._combine(method)

    def _next(self, number: int, largest: int) -> tuple[str, _Piece] | None:
        """What to do next: on the worst piece first."""
        goal = self._bound()
        pieces = [
            p
            for p in self._pieces
            if p.best.is_open
            and p.peak > goal
            and p.best.tables.steps <= largest
        ]
        pieces.sort(key=lambda p: -p.peak)
        for piece in pieces:
            steps = piece.best.tables.steps
            for method, most in _METHODS:
                if steps <= most and (method, number) not in piece.tried:
                    return method, piece
        return None

    def _bound(self) -> int:
        return max((p.bound for p in self._pieces), default=0)

    def _combine(self, method: str) -> None:
        """Put the pieces together, and see whether that is better."""
        best = self._best
        best.bound = max(best.bound, min(self._bound(), best.peak))
        most = max((p.peak for p in self._pieces), default=0)
        if most < best.peak:
            order = [
                p.part.steps[i] for p in self._pieces for i in p.best.order
            ]
            best.offer(method, self._contraction.expand(order))
        if self._progress is not None:
            self._progress(method, best.peak, best.bound)

    def blocking(self) -> tuple[int, ...]:
        """Steps of the piece that keeps the peak above the bound."""
        if not self._best.is_open or not self._pieces:
            return ()
        worst = max(self._pieces, key=lambda p: p.peak)
        return tuple(self._contraction.expand(worst.part.steps))


def _as_contracted(
    contraction: Contraction, order: Sequence[int]
) -> list[int]:
    """The contracted steps by when the last of what they stand for runs."""
    place = places(order)
    ends = [
        max((place[v] for v in row), default=0)
        for row in contraction.sequences
    ]
    return sorted(range(len(ends)), key=ends.__getitem__)


def _restricted(part: Part, order: Sequence[int]) -> list[int]:
    """An order of the whole as one of the part's steps."""
    number = {v: i for i, v in enumerate(part.steps)}
    return [number[v] for v in order if v in number]


# ------------------------------------------------------------------ tactics


def _cut(best: Best, times: int) -> None:
    best.bound = min_cut_bound(
        best.tables, best.order, best.bound, CUT_ARCS * times
    )


def _exact(best: Best, times: int) -> None:
    found = exact_order(best.tables, best.peak, best.bound, STATES * times)
    if found.order is not None:
        best.offer("exact", found.order)
    best.bound = max(best.bound, min(found.bound, best.peak))


def _probe(best: Best, times: int) -> None:
    arcs = PROBE_ARCS * times
    if best.tables.steps <= EASY_STEPS:
        arcs *= 3
    order, bound = probe(best.tables, best.order, best.bound, arcs)
    best.offer("probing", order)
    best.bound = max(best.bound, bound)


def _tighten(best: Best, times: int) -> None:
    """What every order below the peak has in common may rule it out."""
    if times == 1:
        found = exact_order(
            best.tables, best.peak, best.bound, 0, TIGHTEN_WORK
        )
        best.bound = max(best.bound, min(found.bound, best.peak))


def _windows(best: Best, times: int) -> None:
    work = max(WINDOW_STATES, SWEEP * best.tables.steps) * times
    order, _ = improve(best.tables, best.order, best.bound, work)
    best.offer("windows", order)


def _beam(best: Best, times: int) -> None:
    for backward in (False, True):
        found = beam_order(
            best.tables,
            best.order,
            min(WIDTH * times, WIDEST),
            best.peak,
            target=best.bound,
            backward=backward,
        )
        if found is not None:
            best.offer("beam", found)


#: What is tried on a piece, in this order, and up to how many steps.
_METHODS = (
    ("cut", PROBE_STEPS),
    ("exact", EXACT_STEPS),
    ("tighten", TIGHTENED_STEPS),
    ("probe", PROBE_STEPS),
    ("windows", SEARCHED_STEPS),
    ("beam", BEAM_STEPS),
)
_TACTICS: dict[str, Callable[[Best, int], None]] = {
    "cut": _cut,
    "exact": _exact,
    "windows": _windows,
    "beam": _beam,
    "probe": _probe,
    "tighten": _tighten,
}
