"""Which segments and values nest: made last, read first."""

from bisect import bisect_right
from collections.abc import Sequence

from lazyopt.recompute.measures import Reads

__all__ = ["nested"]

#: So many neighbouring segments are joined for a value that is read before
#: its turn; a value that would join more is kept instead.
JOINED = 8


def nested(
    reads: Reads, movable: Sequence[int], cuts: list[int]
) -> tuple[list[int], frozenset[int]]:
    """Cuts that are left, and the demanded values that are made again.

    Parameters
    ----------
    reads : Reads
    movable : sequence of int
        Storages of the way out that can be made again.
    cuts : list of int
        Calls that begin a segment.

    Returns
    -------
    cuts : list of int
    demanded : frozenset of int
        Of the storages that the way back reads, those that are read in the
        order of segments, last first.
    """
    candidates = [s for s in movable if s in reads.demanded]
    chosen = _stacked(reads, candidates, cuts)
    # The segment whose turn it is when a value is read first.
    calls = reads.calls
    producers = calls.producer
    order = sorted(chosen, key=lambda s: reads.last_back[s])
    ends = [reads.last_back[s] for s in order]
    suffix: list[int] = []
    highest = -1
    for s in reversed(order):
        highest = max(highest, bisect_right(cuts, producers[s]))
        suffix.append(highest)
    suffix.reverse()
    joined: set[int] = set()
    held: set[int] = set()
    for s in chosen:
        own = bisect_right(cuts, producers[s])
        at = bisect_right(ends, reads.first_back[s] - 1)
        turn = suffix[at] if at < len(suffix) else own
        handed = bisect_right(cuts, reads.last_out[s])
        if turn <= max(own, handed):
            continue
        if turn - own <= JOINED:
            joined.update(range(own, turn))
        else:
            held.add(s)
    left = [c for i, c in enumerate(cuts) if i not in joined]
    return left, frozenset(s for s in chosen if s not in held)


def _stacked(
    reads: Reads, candidates: list[int], cuts: list[int]
) -> list[int]:
    """The largest part, in bytes, whose last reads nest.

    What a later segment makes is read for the last time before what an
    earlier one makes: a heaviest chain, found in order with a Fenwick tree.
    """
    calls = reads.calls
    ranks = {
        at: i
        for i, at in enumerate(
            sorted({reads.last_back[s] for s in candidates}, reverse=True), 1
        )
    }
    # Of equal segments, those read last come first: they all nest.
    order = sorted(
        candidates,
        key=lambda s: (
            bisect_right(cuts, calls.producer[s]),
            -reads.last_back[s],
        ),
    )
    tree = [(0, -1)] * (len(ranks) + 1)
    back = [-1] * len(order)
    best = (0, -1)
    for i, s in enumerate(order):
        rank = ranks[reads.last_back[s]]
        found = (0, -1)
        at = rank
        while at:
            found = max(found, tree[at], key=lambda pair: pair[0])
            at -= at & -at
        back[i] = found[1]
        here = (found[0] + calls.sizes[s] + 1, i)
        best = max(best, here, key=lambda pair: pair[0])
        at = rank
        while at < len(tree):
            tree[at] = max(tree[at], here, key=lambda pair: pair[0])
            at += at & -at
    chosen = []
    i = best[1]
    while i >= 0:
        chosen.append(order[i])
        i = back[i]
    return chosen
