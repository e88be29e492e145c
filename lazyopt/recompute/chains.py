"""Where a program goes forward and comes back: a chain of segments.

Values that are made in order and read again in the opposite order, as those
of a gradient's forward pass, are what checkpoints are for. Here the calls up
to a turning point are cut into segments where little is handed on, and the
calls after it into the blocks that read what each segment made.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lazyopt.recompute.calls import Calls
from lazyopt.recompute.measures import Link, Reads, links_of
from lazyopt.recompute.nesting import nested

__all__ = ["Chain", "find_chain", "turning_point"]

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Chain:
    """A forward pass in segments, and the way back in blocks.

    Attributes
    ----------
    first : range
        Calls before the chain.
    links : tuple of Link
        The segments in order.
    parts : tuple of tuple of Link
        For each, the shorter segments that it consists of; none if it is
        short.
    rest : range
        Calls after the last block.
    held : frozenset of int
        Storages that are kept as long as they are read.
    """

    first: range
    links: tuple[Link, ...]
    parts: tuple[tuple[Link, ...], ...]
    rest: range
    held: frozenset[int]

    @property
    def typical(self) -> float:
        """Bytes that a segment hands on, in the middle of all."""
        sizes = [x.handed for x in self.links[1:] if x.handed]
        return float(np.median(sizes)) if sizes else 0.0


def turning_point(calls: Calls, over: Flags | None = None) -> int | None:
    """The call after which most bytes wait that could be made again.

    Parameters
    ----------
    calls : Calls
    over : ndarray of bool, optional
        Calls at which the turning point may be; anywhere by default.

    Returns
    -------
    int or None
        None if nothing waits.
    """
    waiting = np.zeros(len(calls) + 1, np.int64)
    for s, uses in enumerate(calls.readers()):
        maker = calls.producer[s]
        if maker < 0 or not calls.again[maker] or s in calls.kept:
            continue
        stops = [maker, *uses]
        gaps = [b - a for a, b in itertools.pairwise(stops)]
        if not gaps:
            continue
        at = int(np.argmax(gaps))
        waiting[stops[at] + 1] += calls.sizes[s]
        waiting[stops[at + 1]] -= calls.sizes[s]
    total = np.cumsum(waiting)[:-1]
    if over is not None:
        total = np.where(over, total, 0)
    if not total.any():
        return None
    # Waiting begins after the last call of the way out.
    return int(np.argmax(total)) - 1


def find_chain(
    calls: Calls, turn: int, width: float, most: int
) -> Chain | None:
    """The chain around a turning point, or None if there is none.

    Parameters
    ----------
    calls : Calls
    turn : int
        The last call of the way out.
    width : float
        Cuts are made where at most this part of all places hands on less.
    most : int
        Segments there may be, and shorter ones in each of them.
    """
    reads = Reads(calls, turn)
    if not reads.demanded:
        return None
    start = min([calls.producer[s] for s in reads.demanded])
    movable = [s for s in reads.movable if start <= calls.producer[s]]
    cuts = _cuts(calls, reads, movable, range(start, turn + 1), width, most**2)
    cuts, demanded = nested(reads, movable, cuts)
    if not cuts or not demanded:
        return None
    return _assembled(reads, movable, demanded, [start, *cuts, turn + 1], most)


def _cuts(
    calls: Calls,
    reads: Reads,
    movable: Sequence[int],
    out: range,
    width: float,
    most: int,
) -> list[int]:
    """Calls that begin a segment, where little is handed on."""
    change = np.zeros(len(calls) + 1, np.int64)
    for s in movable:
        if reads.last_out[s] > calls.producer[s]:
            change[calls.producer[s] + 1] += calls.sizes[s]
            change[reads.last_out[s] + 1] -= calls.sizes[s]
    handed = np.cumsum(change)[out.start + 1 : out.stop]
    if not handed.size:
        return []
    allowed = np.quantile(handed, width)
    places = np.flatnonzero(handed <= allowed) + out.start + 1
    if len(places) <= most:
        return [int(p) for p in places]
    # The narrowest place in each of so many parts of equal cost.
    costs = np.cumsum([calls.cost[v] + 1 for v in out])
    part = costs[places - out.start - 1] * most // costs[-1]
    best: dict[int, tuple[int, int]] = {}
    for p, where in zip(places.tolist(), part.tolist(), strict=True):
        value = (int(handed[p - out.start - 1]), -p)
        if where not in best or value < best[where]:
            best[where] = value
    return sorted([-p for _, p in best.values()])


def _assembled(
    reads: Reads,
    movable: Sequence[int],
    demanded: frozenset[int],
    bounds: list[int],
    most: int,
) -> Chain:
    """The chain with these bounds of its segments."""
    calls, turn = reads.calls, reads.turn
    outs = [range(a, b) for a, b in itertools.pairwise(bounds)]
    backs, rest = _blocks(calls, turn, demanded, outs)
    handing = frozenset(
        s
        for s in movable
        if s in demanded or not any(x > turn for x in reads.readers[s])
    )
    short, held = links_of(calls, reads, handing, demanded, outs, backs)
    first, last = range(bounds[0]), range(rest, len(calls))
    if len(short) <= most:
        parts: tuple[tuple[Link, ...], ...] = ((),) * len(short)
        return Chain(first, short, parts, last, held)
    each = -(-len(short) // max(math.isqrt(len(short)), 1))
    places = range(0, len(short), each)
    parts = tuple([short[i : i + each] for i in places])
    joined = [range(p[0].out[0], p[-1].out[-1] + 1) for p in parts]
    back = [[v for x in reversed(p) for v in x.back] for p in parts]
    links, _ = links_of(calls, reads, handing, demanded, joined, back)
    return Chain(first, links, parts, last, held)


def _blocks(
    calls: Calls, turn: int, demanded: frozenset[int], outs: list[range]
) -> tuple[list[list[int]], int]:
    """For each segment the calls that read it, and where no block is."""
    segment = np.zeros(len(calls), np.int64)
    for i, out in enumerate(outs):
        segment[out.start : out.stop] = i
    # A block reads what its segment made, or what that was handed.
    block = [-1] * len(calls)
    highest = -1
    for v in range(len(calls) - 1, turn, -1):
        for s in calls.reads[v]:
            if s in demanded:
                highest = max(highest, int(segment[calls.producer[s]]))
        block[v] = highest
    backs: list[list[int]] = [[] for _ in outs]
    for v in range(turn + 1, len(calls)):
        if block[v] < 0:
            return backs, v
        backs[block[v]].append(v)
    return backs, len(calls)
