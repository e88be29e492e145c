"""Which steps come before which, in bit sets that grow with new edges."""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from heapq import heapify, heappop, heappush

import numpy as np

FEW = 24
"""Up to how many bits are faster found one by one."""


def bits(mask: int) -> list[int]:
    """Return the numbers of the bits that are set, ascending."""
    if mask.bit_count() > FEW:
        raw = mask.to_bytes(-(-mask.bit_length() // 8), "little")
        each = np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little")
        found: list[int] = np.flatnonzero(each).tolist()
        return found
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


class Precedence:
    """A graph of steps whose edges are added and whose steps are joined.

    What some steps wait for outside of the graph, or are awaited by, is told
    by landmarks: vertices of their own above all steps, one for each such
    step, since nothing is known of how the outside hangs together.

    Parameters
    ----------
    after
        For each step those before it, all of them smaller.
    opened, closed
        The steps that wait for something outside, and those awaited there.

    Attributes
    ----------
    count : int
        How many steps there were to begin with.
    alive, present : int
        The steps that have not been joined to others; with the landmarks.
    before, behind : list of int
        For each vertex all that come before it, or behind it. Steps that are
        no longer alive may be among them.
    pred, succ : list of int
        For each vertex those it has an edge from, or to.
    """

    __slots__ = (
        "alive",
        "before",
        "behind",
        "count",
        "pred",
        "present",
        "succ",
    )

    def __init__(
        self,
        after: Sequence[Collection[int]],
        opened: Sequence[int],
        closed: Sequence[int],
    ) -> None:
        count = len(after)
        vertices = count + len(opened) + len(closed)
        self.count = count
        self.alive = (1 << count) - 1
        self.present = (1 << vertices) - 1
        self.pred = [0] * vertices
        self.succ = [0] * vertices
        for v, row in enumerate(after):
            for u in row:
                self._edge(u, v)
        early = range(count, count + len(opened))
        late = range(count + len(opened), vertices)
        for mark, v in zip(early, opened, strict=True):
            self._edge(mark, v)
        for mark, v in zip(late, closed, strict=True):
            self._edge(v, mark)
        self.before = [0] * vertices
        self.behind = [0] * vertices
        inside = range(count)
        for v in (*early, *inside, *late):
            for u in bits(self.pred[v]):
                self.before[v] |= self.before[u] | 1 << u
        for v in (*late, *reversed(inside), *early):
            for w in bits(self.succ[v]):
                self.behind[v] |= self.behind[w] | 1 << w

    def _edge(self, u: int, v: int) -> None:
        self.pred[v] |= 1 << u
        self.succ[u] |= 1 << v

    def others(self, v: int) -> int:
        """Return the steps that may run on either side of one."""
        return self.alive & ~(self.before[v] | self.behind[v] | 1 << v)

    def put_behind(self, v: int, steps: int) -> int:
        """Make a step wait for others, none of which waits for it.

        The ends of the new edges are returned; others follow from them.
        """
        direct = up = 0
        for u in reversed(bits(steps)):
            if not up >> u & 1:
                direct |= 1 << u
                up |= self.before[u] | 1 << u
        for u in bits(direct):
            self._edge(u, v)
        self._close(up, self.behind[v] | 1 << v, up & ~self.before[v])
        return direct | 1 << v

    def put_before(self, v: int, steps: int) -> int:
        """Make others wait for a step that waits for none of them.

        The ends of the new edges are returned; others follow from them.
        """
        direct = down = 0
        for w in bits(steps):
            if not down >> w & 1:
                direct |= 1 << w
                down |= self.behind[w] | 1 << w
        for w in bits(direct):
            self._edge(v, w)
        up = self.before[v] | 1 << v
        self._close(up, down, up)
        return direct | 1 << v

    def _close(self, up: int, down: int, changed: int) -> None:
        """Put all of `up` before all of `down`.

        Those of `up` that are not `changed` were before all of it already.
        """
        for v in bits(down & self.present):
            self.before[v] |= up
        for v in bits(changed & self.present):
            self.behind[v] |= down

    def join(self, u: int, v: int, into: int) -> None:
        """Make two steps one, by the name of either.

        The other must relate to the rest as the one that stays: no step may
        come between them.
        """
        gone = u ^ v ^ into
        both = 1 << u | 1 << v
        lost, stays = 1 << gone, 1 << into
        for p in bits(self.pred[gone] & ~stays):
            self.succ[p] = self.succ[p] & ~lost | stays
        for s in bits(self.succ[gone] & ~stays):
            self.pred[s] = self.pred[s] & ~lost | stays
        self.pred[into] = (self.pred[u] | self.pred[v]) & ~both
        self.succ[into] = (self.succ[u] | self.succ[v]) & ~both
        self.alive &= ~lost
        self.present &= ~lost

    def tidy(self, vertices: int) -> None:
        """Drop the edges to some vertices that others imply."""
        for v in bits(vertices & self.present):
            row = self.pred[v]
            if not row & (row - 1):
                continue
            implied = 0
            for u in bits(row):
                implied |= self.before[u]
            implied &= row
            self.pred[v] ^= implied
            for u in bits(implied):
                self.succ[u] ^= 1 << v

    def sorted(self) -> list[int]:
        """Return the steps in a valid order, the smallest ready one first."""
        waiting = {
            v: (self.pred[v] & self.alive).bit_count()
            for v in bits(self.alive)
        }
        ready = [v for v, left in waiting.items() if not left]
        heapify(ready)
        order = []
        while ready:
            v = heappop(ready)
            order.append(v)
            for w in bits(self.succ[v] & self.alive):
                waiting[w] -= 1
                if not waiting[w]:
                    heappush(ready, w)
        return order


class Ranked:
    """Steps by a key; all below some value are found in one look."""

    def __init__(self, steps: Sequence[int], key: Sequence[int]) -> None:
        order = sorted(steps, key=key.__getitem__)
        self._keys = [key[v] for v in order]
        self._masks = [0]
        for v in order:
            self._masks.append(self._masks[-1] | 1 << v)

    def below(self, value: int) -> int:
        """Return the steps whose key is less."""
        return self._masks[bisect_left(self._keys, value)]
