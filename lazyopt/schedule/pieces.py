"""A search for better orders part by part, or for a proof of the best.

The problem is made smaller without a change to its lowest peak (`contract`)
and falls into parts that are ordered one by one (`narrow`). The peak of the
whole is that of its worst part, and so is the bound, so all work goes to the
part that stands in the way: search with proof, windows, and cuts, a little of
each in the first round and more in every later one.
"""

from collections.abc import Callable, Sequence

from lazyopt.schedule import clock
from lazyopt.schedule.beam import beam_order
from lazyopt.schedule.contract import Contraction, contract
from lazyopt.schedule.exact import exact_order
from lazyopt.schedule.min_cut import min_cut_bound
from lazyopt.schedule.narrow import Part, split
from lazyopt.schedule.portfolio import Best, try_heuristics
from lazyopt.schedule.probing import probe
from lazyopt.schedule.problem import is_valid, places
from lazyopt.schedule.search import SEARCHED_STEPS, Progress
from lazyopt.schedule.tables import Tables
from lazyopt.schedule.windows import improve

#: Parts of more steps get one round less.
LARGE_PART = 2_000
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


def search(
    best: Best, rounds: int, progress: Progress | None = None
) -> tuple[int, ...]:
    """Make an order and a bound better, in so many rounds.

    Returns
    -------
    tuple of int
        The steps of the part that keeps the peak above the bound; none if
        they are equal.
    """
    found = _Search(best, progress)
    found.run(rounds)
    return found.blocking()


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
