"""What the segments and blocks of a chain cost and hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lazyopt.recompute.calls import Calls

__all__ = ["Link", "Reads", "links_of"]


class Reads:
    """When the storages of the way out are read, on each way.

    Attributes
    ----------
    turn : int
        The last call of the way out.
    readers : list of list of int
        For each storage the calls that read it.
    movable : list of int
        Storages made on the way out that can be made again.
    demanded : set of int
        Those of them that are read on the way back.
    last_out, first_back, last_back : dict of int to int
        For movable ones, the last reader on the way out, or who makes it;
        for demanded ones the first and last on the way back.
    """

    def __init__(self, calls: Calls, turn: int) -> None:
        self.calls = calls
        self.turn = turn
        self.readers = calls.readers()
        self.movable: list[int] = []
        self.demanded: set[int] = set()
        self.last_out: dict[int, int] = {}
        self.first_back: dict[int, int] = {}
        self.last_back: dict[int, int] = {}
        for s, uses in enumerate(self.readers):
            maker = calls.producer[s]
            if not 0 <= maker <= turn or not calls.again[maker]:
                continue
            if s in calls.kept:
                continue
            self.movable.append(s)
            self.last_out[s] = max(
                [v for v in uses if v <= turn], default=maker
            )
            back = [v for v in uses if v > turn]
            if back:
                self.demanded.add(s)
                self.first_back[s], self.last_back[s] = back[0], back[-1]


@dataclass(frozen=True)
class Link:
    """A segment of the way out, and the block that reads what it made.

    Bytes of what the segment is handed are its caller's, but for ``through``.

    Attributes
    ----------
    out, back : tuple of int
        Calls.
    handed : int
        Bytes that it is handed by those before it.
    saved : int
        Bytes that its block reads.
    both : int
        Bytes that its block reads, and those that it hands on.
    passing, through : int
        Most bytes live while it runs to hand on: without what it is handed,
        and with that, which goes when it isn't read any more.
    saving, keeping : int
        The same while it keeps what its block reads.
    cost_through, cost_saving, cost_last : int
        To hand on; to do that and keep what the block reads; for that alone.
    alone : bool
        Whether the block reads nothing that the segment was handed.
    around : int
        Bytes that others hold when its block begins.
    block : int
        Most bytes that others hold while the block runs.
    """

    out: tuple[int, ...]
    back: tuple[int, ...]
    handed: int
    saved: int
    both: int
    passing: int
    through: int
    saving: int
    keeping: int
    cost_through: int
    cost_saving: int
    cost_last: int
    alone: bool
    around: int
    block: int


def links_of(
    calls: Calls,
    reads: Reads,
    handing: frozenset[int],
    demanded: frozenset[int],
    outs: Sequence[range],
    backs: Sequence[Sequence[int]],
) -> tuple[tuple[Link, ...], frozenset[int]]:
    """Measure a chain's links, and say which storages are held meanwhile."""
    meter = _Meter(calls, reads, handing, demanded)
    around = [0] * len(outs)
    at = reads.turn + 1
    for i in range(len(outs) - 1, -1, -1):
        around[i] = meter.between(at)
        if backs[i]:
            at = backs[i][-1] + 1
    # On the first way out others hold what they have made so far.
    around[-1] = max(
        around[-1], meter.most(range(outs[0].start, outs[-1].stop))
    )
    links = [
        meter.link(out, backs[i], around[i]) for i, out in enumerate(outs)
    ]
    return tuple(links), frozenset(meter.held)


class _Meter:
    """Bytes of a chain's parts, by running them on paper."""

    def __init__(
        self,
        calls: Calls,
        reads: Reads,
        handing: frozenset[int],
        demanded: frozenset[int],
    ) -> None:
        self.calls = calls
        self.reads = reads
        self.handing = handing
        self.demanded = demanded
        #: What the next segment is handed.
        self.handed: set[int] = set()
        count = len(calls)
        self.held: set[int] = set()
        change = np.zeros(count + 2, np.int64)
        for s, uses in enumerate(reads.readers):
            if s in handing:
                continue
            maker = calls.producer[s]
            if 0 <= maker <= reads.turn:
                self.held.add(s)
            begin = max(maker, 0)
            end = count if s in calls.kept else max([begin, *uses])
            if maker < 0 and not uses and s not in calls.kept:
                continue
            change[begin] += calls.sizes[s]
            change[end + 1] -= calls.sizes[s]
        self.live = np.cumsum(change)
        self.starting = np.zeros(count + 1, np.int64)
        for v, row in enumerate(calls.produces):
            for s in row:
                if s not in handing:
                    self.starting[v] += calls.sizes[s]

    def between(self, at: int) -> int:
        """Bytes that others hold just before a call."""
        return int(self.live[at] - self.starting[at])

    def most(self, span: Iterable[int]) -> int:
        """Most bytes that others hold while calls run."""
        return max([int(self.live[v]) for v in span], default=0)

    def _size(self, storages: Iterable[int]) -> int:
        return sum([self.calls.sizes[s] for s in storages])

    def link(self, out: range, back: Sequence[int], around: int) -> Link:
        """Measure the next link: to be asked for one after the other."""
        calls = self.calls
        given = self.handed
        own = {s for v in out for s in calls.produces[v] if s in self.handing}
        passed = {s for s in own | given if self.reads.last_out[s] >= out.stop}
        self.handed = passed
        saved = own & self.demanded
        both = passed | saved
        cost_through, passing = self._run(out, given, passed, given)
        cost_saving, saving = self._run(out, given, both, given)
        cost_last, _ = self._run(out, given, saved, given)
        _, through = self._run(out, given, passed, set())
        _, keeping = self._run(out, given, both, set())
        work = [int(self.live[v]) + calls.workspace[v] for v in back]
        return Link(
            tuple(out),
            tuple(back),
            self._size(given),
            self._size(saved),
            self._size(both - given),
            passing,
            through,
            saving,
            keeping,
            cost_through,
            cost_saving,
            cost_last,
            all(given.isdisjoint(calls.reads[v]) for v in back),
            around,
            max(work, default=0),
        )

    def _run(
        self,
        out: range,
        given: set[int],
        targets: set[int],
        aside: set[int],
    ) -> tuple[int, int]:
        """Cost of making targets of what is given, and most bytes live.

        What is set aside belongs to somebody else.
        """
        calls = self.calls
        wanted = targets - given
        chosen = []
        for v in reversed(out):
            if not wanted.isdisjoint(calls.produces[v]):
                chosen.append(v)
                wanted.update(self.handing.intersection(calls.reads[v]))
        chosen.reverse()
        last: dict[int, int] = {}
        for v in chosen:
            for s in (*calls.reads[v], *calls.produces[v]):
                last[s] = v
        live = most = self._size(given - aside)
        for v in chosen:
            made = self.handing.intersection(calls.produces[v])
            live += self._size(made)
            most = max(most, live + calls.workspace[v])
            dying = {
                s
                for s in (*calls.reads[v], *calls.produces[v])
                if last[s] == v
                and s not in targets
                and s not in aside
                and s in self.handing
            }
            live -= self._size(dying)
        return sum([calls.cost[v] for v in chosen]), most
