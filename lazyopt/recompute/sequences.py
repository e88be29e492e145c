"""Sequences of runs that stay under a limit, and the cheapest of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from lazyopt.recompute.calls import Calls
from lazyopt.recompute.chains import Chain, find_chain, turning_point
from lazyopt.recompute.checkpoints import Plan, checkpoints
from lazyopt.recompute.runs import Versions, cost, expanded, pruned
from lazyopt.recompute.tighten import tightened
from lazyopt.recompute.walk import SCORES, most_runs, walk

__all__ = ["Found", "Patience", "best_sequence"]

#: Segments of a chain, for each way of cutting it.
SEGMENTS = 100
#: At which part of all places a chain may be cut.
WIDTHS = (0.1, 0.5, 1.0)

#: By how many of the values that a chain hands on the limit for checkpoints
#: is above that to reach: what is too much then is dropped here and there.
SLACKS = (0, 1, 2, 4, 8)
#: How many sequences are tried: so many calls in all, but so many at least
#: and at most.
WORK, FEWEST, MOST = 20_000, 6, 24
#: A part of all work that isn't worth looking for something cheaper.
LITTLE = 0.002


@dataclass(frozen=True)
class Found:
    """A sequence with what it needs and costs.

    Attributes
    ----------
    sequence : list of int
        Calls.
    peak : int
        Bytes.
    cost : int
    method : str
    """

    sequence: list[int]
    peak: int
    cost: int
    method: str

    def rank(self, limit: int) -> tuple[int, int]:
        """The lower, the better."""
        return max(self.peak - limit, 0), self.cost


@dataclass
class Patience:
    """How many runs may still be tried, or steps that take as long.

    Attributes
    ----------
    left : int
        Below zero once it is at its end.
    """

    left: int


def best_sequence(calls: Calls, limit: int, patience: Patience) -> Found:
    """The cheapest sequence that is found under a limit.

    One is tried however little patience is left.

    Returns
    -------
    Found
        If there is none, the one with the lowest peak.
    """
    best = _measured(calls, list(range(len(calls))), limit, "as given")
    good = best.cost * (1 + LITTLE)
    tries = min(MOST, max(FEWEST, WORK // max(len(calls), 1)))
    for method, sequence in islice(_candidates(calls, limit, patience), tries):
        if sequence is None:
            patience.left -= most_runs(calls)
        else:
            found = _measured(calls, sequence, limit, method)
            if found.rank(limit) < best.rank(limit):
                best = found
            patience.left -= len(sequence)
        if (best.peak <= limit and best.cost <= good) or patience.left < 0:
            break
    return best


def _measured(
    calls: Calls, sequence: list[int], limit: int, method: str
) -> Found:
    sequence = tightened(calls, pruned(calls, sequence), limit)
    peak = Versions(calls, sequence).peak()
    return Found(sequence, peak, cost(calls, sequence), method)


def _candidates(
    calls: Calls, limit: int, patience: Patience
) -> Iterator[tuple[str, list[int] | None]]:
    """Sequences and what found them, the most promising first.

    None is one that was given up.
    """
    first, careful, *others = SCORES
    for score in (first, careful):
        yield "dropping", walk(calls, limit, score)
    plans: list[tuple[str, list[int]]] = []
    chains = _chains(calls, limit)
    for slack in SLACKS:
        for chain in chains:
            higher = limit + int(slack * chain.typical)
            # A stretch between two segments costs as much as a run.
            patience.left -= len(chain.links) ** 2 // 2
            plan = checkpoints(chain.links, chain.parts, higher)
            if plan is None:
                continue
            sequence = pruned(calls, _spelled_out(calls, chain, plan))
            method = f"checkpoints along {len(chain.links)} segments"
            plans.append((method, sequence))
            yield method, _lowered(calls, sequence, limit, first)
    for score in (careful, *others):
        if score != careful:
            yield "dropping", walk(calls, limit, score)
        for method, sequence in plans:
            yield method, _lowered(calls, sequence, limit, score)


def _lowered(
    calls: Calls, sequence: list[int], limit: int, score: str
) -> list[int] | None:
    """A sequence with more dropped and made again where it is too high."""
    if Versions(calls, sequence).peak() <= limit:
        return sequence
    found = walk(expanded(calls, sequence), limit, score)
    return None if found is None else [sequence[r] for r in found]


def _chains(calls: Calls, limit: int) -> list[Chain]:
    """The chain with most to gain, cut in several ways."""
    live = Versions(calls, range(len(calls))).timeline()
    turn = turning_point(calls, live > limit)
    found: dict[tuple[int, ...], Chain] = {}
    if turn is not None:
        for width in WIDTHS:
            chain = find_chain(calls, turn, width, SEGMENTS)
            if chain is not None:
                starts = tuple([x.out[0] for x in chain.links])
                found.setdefault(starts, chain)
    return list(found.values())


def _spelled_out(calls: Calls, chain: Chain, plan: Plan) -> list[int]:
    """The runs of a plan."""
    again = [
        c and not chain.held.issuperset(calls.produces[v])
        for v, c in enumerate(calls.again)
    ]
    sequence = list(chain.first)
    done = bytearray(len(calls))
    for way, link in plan:
        if way == "back":
            sequence += link.back
            continue
        for v in link.out:
            if again[v] or not done[v]:
                sequence.append(v)
                done[v] = 1
    sequence += chain.rest
    return sequence
