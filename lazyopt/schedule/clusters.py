"""Steps joined to sequences, with bounds on what each adds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain

from lazyopt.schedule.precedence import Precedence
from lazyopt.schedule.problem import Problem


@dataclass(frozen=True, slots=True)
class Cluster:
    """Steps of a problem that run one right behind the other.

    Attributes
    ----------
    first, last : int
        The steps at either end.
    after : list of int
        Steps before which they can't begin; more may follow from these.
    hill : int
        Bytes they need beside what is live before them.
    makes, reads : list of int
        The storages they leave behind, and those they may free.
    """

    first: int
    last: int
    after: list[int]
    hill: int
    makes: list[int]
    reads: list[int]


class Clusters:
    """Some clusters of a problem, for the rules to join and to order.

    Parameters
    ----------
    problem
        The problem.
    given
        The clusters, in a valid order.
    after
        For each of them the places of those before it.
    opened, closed
        The places of those that wait for others than these, or are awaited.
    shared
        Storages that others read as well.

    Attributes
    ----------
    dag : Precedence
        Which of them come before which, by their places in `given`.
    members : list of list of int
        The places of those that each consists of, in order.
    hill : list of int
        Bytes each needs beside what is live before it.
    makes, reads : list of list of int
        The storages each leaves behind, and those it may free.
    gross : list of int
        Bytes each leaves behind.
    sizes, kept : tuple of int, frozenset of int
        Bytes of the problem's storages, and those that live to the end.
    readers : dict of int to int
        For each storage, the clusters that read it and did not make it.
    """

    def __init__(
        self,
        problem: Problem,
        given: Sequence[Cluster],
        after: Sequence[Collection[int]],
        opened: Sequence[int],
        closed: Sequence[int],
        shared: Collection[int],
    ) -> None:
        self.dag = Precedence(after, opened, closed)
        self.members = [[i] for i in range(len(given))]
        self.hill = [c.hill for c in given]
        self.makes = [c.makes for c in given]
        self.reads = [c.reads for c in given]
        self.sizes, self.kept = problem.sizes, problem.kept
        self.gross = [sum(problem.sizes[s] for s in row) for row in self.makes]
        self.readers = dict.fromkeys(chain(*self.makes, *self.reads), 0)
        for i, row in enumerate(self.reads):
            for s in row:
                self.readers[s] |= 1 << i
        # A reader elsewhere may run at any time, for all that is known here.
        for s in shared:
            self.readers[s] |= 1 << len(self.dag.pred)

    def most(self, v: int, done: int = 0) -> int:
        """Return the most bytes a step adds, once others are done."""
        added = self.gross[v]
        missing = ~(self.dag.before[v] | done | 1 << v)
        for s in self.reads[v]:
            if not self.readers[s] & missing:
                added -= self.sizes[s]
        return added

    def least(self, v: int, waiting: int = 0) -> int:
        """Return the least bytes a step adds while others are waiting."""
        added = self.gross[v]
        pending = (self.dag.behind[v] | waiting) & ~(1 << v)
        for s in self.reads[v]:
            if not self.readers[s] & pending:
                added -= self.sizes[s]
        return added

    def join(self, u: int, v: int, into: int, high: int) -> bool:
        """Join two steps, unless they leave more than they ever need."""
        dag, readers = self.dag, self.readers
        both = 1 << u | 1 << v
        made = self.makes[u] + self.makes[v]
        left = [s for s in made if s in self.kept or readers[s] & ~both]
        gross = sum(self.sizes[s] for s in left)
        if gross > high:
            return False
        own = set(made)
        reads = list(dict.fromkeys(self.reads[u] + self.reads[v]))
        for s in reads:
            readers[s] &= ~both
            if s not in own:
                readers[s] |= 1 << into
        self.reads[into] = [s for s in reads if s not in own]
        self.makes[into], self.gross[into] = left, gross
        self.members[into] = self.members[u] + self.members[v]
        self.hill[into] = high
        dag.join(u, v, into)
        return True
