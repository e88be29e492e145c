"""Leaving out what is made again where there is room to keep it."""

import numpy as np

from lazyopt.recompute.calls import Calls
from lazyopt.recompute.runs import Versions, pruned

__all__ = ["tightened"]

#: Sweeps over the runs: what one leaves out makes room for others.
SWEEPS = 3


def tightened(calls: Calls, sequence: list[int], limit: int) -> list[int]:
    """The same with as many repetitions left out as the limit allows.

    Those that save most for the bytes and the time that they are kept come
    first.

    Parameters
    ----------
    calls : Calls
    sequence : list of int
        Without runs that nobody needs.
    limit : int
        Bytes. Where the sequence is above it, it stays so.
    """
    for _ in range(SWEEPS):
        state = _State(calls, sequence, limit)
        if not state.sweep():
            break
        sequence = pruned(calls, state.left())
    return sequence


class _State:
    """A sequence from which runs are being left out."""

    def __init__(self, calls: Calls, sequence: list[int], limit: int) -> None:
        self.calls = calls
        self.limit = limit
        self.versions = versions = Versions(calls, sequence)
        self.live = versions.timeline()
        #: The version that a version follows, or -1.
        self.before = [-1] * len(versions.begin)
        latest: dict[int, int] = {}
        for x, s in enumerate(versions.storage):
            self.before[x] = latest.get(s, -1)
            latest[s] = x
        self.readers: list[list[int]] = [[] for _ in versions.begin]
        for r, row in enumerate(versions.takes):
            for x in row:
                self.readers[x].append(r)
        runs = len(sequence)
        for s in calls.kept:
            if s in latest:
                self.readers[latest[s]].append(runs)
        #: What a version is part of, since its run was left out.
        self.merged: dict[int, int] = {}
        self.gone = bytearray(runs)
        self.donors = dict(versions.donors)

    def sweep(self) -> bool:
        """Leave out what can be; whether anything was."""
        found = False
        for r in self._candidates():
            if not self.gone[r]:
                found = self._leave_out(r) or found
        return found

    def left(self) -> list[int]:
        """The runs that remain."""
        sequence = self.versions.sequence
        return [v for r, v in enumerate(sequence) if not self.gone[r]]

    def _candidates(self) -> list[int]:
        versions, calls = self.versions, self.calls
        scored = []
        for r, v in enumerate(versions.sequence):
            read = [x for x in versions.makes[r] if self.readers[x]]
            if not read or any(self.before[x] < 0 for x in read):
                continue
            extra = 1
            for x in read:
                gap = r - versions.end[self.before[x]]
                extra += calls.sizes[versions.storage[x]] * gap
            scored.append((-calls.cost[v] / extra, r))
        scored.sort()
        return [r for _, r in scored]

    def _root(self, x: int) -> int:
        while x in self.merged:
            x = self.merged[x]
        return x

    def _leave_out(self, r: int) -> bool:
        """Keep what was made before instead of running again, if it fits."""
        versions, live = self.versions, self.live
        sizes = self.calls.sizes
        added: list[tuple[int, int, int]] = []
        pairs = []
        fits = True
        for x in versions.makes[r]:
            if not self.readers[x]:
                continue
            kept = self._root(self.before[x])
            if self.before[x] < 0 or not self._is_there(kept):
                fits = False
                break
            size, start = sizes[versions.storage[x]], versions.end[kept] + 1
            if self._is_written(kept):
                start -= 1  # there it can't be written into any more
            live[start:r] += size
            added.append((start, r, size))
            pairs.append((x, kept))
            if live[start:r].max(initial=0) > self.limit:
                fits = False
                break
        if not fits:
            for start, end, size in added:
                live[start:end] -= size
            return False
        for x, kept in pairs:
            if self._is_written(kept):
                del self.donors[versions.end[kept]]
            versions.end[kept] = versions.end[x]
            self.readers[kept] += self.readers[x]
            self.merged[x] = kept
        self._remove(r)
        return True

    def _is_written(self, x: int) -> bool:
        """Whether the last run that reads a version writes into it."""
        donor = self.donors.get(self.versions.end[x])
        return donor is not None and self._root(donor) == x

    def _is_there(self, x: int) -> bool:
        begin = self.versions.begin[x]
        return begin < 0 or not self.gone[begin]

    def _remove(self, r: int) -> None:
        """Take out a run, and what only it needed."""
        versions, calls = self.versions, self.calls
        todo = [r]
        while todo:
            r = todo.pop()
            self.gone[r] = 1
            # Nothing runs here any more, so nothing is too much.
            self.live[r] = np.iinfo(np.int64).min // 2
            for x in versions.makes[r]:
                if x not in self.merged:
                    # Its own run is all that it was live in.
                    versions.end[x] = versions.begin[x]
            for x in map(self._root, versions.takes[r]):
                self.readers[x].remove(r)
                old = versions.end[x]
                if old == r:
                    begin = versions.begin[x]
                    end = max(self.readers[x], default=max(begin, 0))
                    size = calls.sizes[versions.storage[x]]
                    self.live[end + 1 : old + 1] -= size
                    versions.end[x] = end if self.readers[x] else begin
                made = versions.begin[x]
                if made >= 0 and self._is_needless(made):
                    todo.append(made)

    def _is_needless(self, r: int) -> bool:
        """Whether a run is of use to nobody any more."""
        if self.gone[r]:
            return False
        v = self.versions.sequence[r]
        makes = self.versions.makes[r]
        return self.calls.again[v] and not any(self.readers[x] for x in makes)
