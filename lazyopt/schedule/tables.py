"""What simulation and the heuristics look up, derived once a problem."""

from functools import cached_property

import numpy as np

from lazyopt.schedule.problem import Ints, Problem, flatten, group


class Tables:
    """A problem in flat arrays, so that many orders are tried cheaply.

    Attributes
    ----------
    problem : Problem
        What the tables were made from.
    steps, storages : int
        How many of each there are.
    sizes, producer, readers : ndarray of int64
        For each storage its bytes, the step that allocates it (-1 if none
        does) and the number of steps that read it.
    kept : ndarray of bool
        For each storage, whether it lives to the end.
    read_step, read_storage : ndarray of int64
        The pairs of a step and a storage it reads, by step.
    alloc, workspace : ndarray of int64
        For each step the bytes it allocates, and those it only borrows.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.steps = len(problem.after)
        self.storages = len(problem.sizes)
        self.sizes: Ints = np.array(problem.sizes, dtype=np.int64)
        self.workspace: Ints = np.array(problem.workspace, dtype=np.int64)
        self.kept = np.zeros(self.storages, dtype=np.bool_)
        self.kept[list(problem.kept)] = True
        step, storage = flatten(problem.produces)
        self.producer: Ints = np.full(self.storages, -1, dtype=np.int64)
        self.producer[storage] = step
        self.alloc = self._per_step(step, self.sizes[storage])
        self.read_step, self.read_storage = flatten(problem.reads)
        self.readers: Ints = np.bincount(
            self.read_storage, minlength=self.storages
        )

    def _per_step(self, step: Ints, amounts: Ints) -> Ints:
        """Sum amounts by step, in integers: floats would lose bytes."""
        total = np.zeros(self.steps, dtype=np.int64)
        np.add.at(total, step, amounts)
        return total

    @cached_property
    def kept_bytes(self) -> int:
        """Bytes of the storages that live to the end."""
        return int(self.sizes[self.kept].sum())

    @cached_property
    def start_bytes(self) -> int:
        """Bytes live before the first step."""
        used = self.kept | (self.readers > 0)
        return int(self.sizes[used & (self.producer < 0)].sum())

    @cached_property
    def reads_by_storage(self) -> tuple[Ints, Ints, Ints]:
        """The storages that are read, where their readers begin, readers."""
        readers = self.read_step[np.argsort(self.read_storage, kind="stable")]
        storages = np.flatnonzero(self.readers)
        counts = self.readers[storages]
        return storages, np.cumsum(counts) - counts, readers

    @cached_property
    def cost(self) -> list[int]:
        """Bytes each step adds to what is live while it runs."""
        costs: list[int] = (self.alloc + self.workspace).tolist()
        return costs

    @cached_property
    def sole_net(self) -> Ints:
        """Bytes by which each step changes what is live, at the start.

        Only the storages that nobody else reads are freed so far.
        """
        lone = ~self.kept & (self.readers == 1)
        freed = self._per_step(
            self.read_step,
            np.where(lone, self.sizes, 0)[self.read_storage],
        )
        dead = ~self.kept & (self.readers == 0) & (self.producer >= 0)
        wasted = self._per_step(self.producer[dead], self.sizes[dead])
        return self.alloc - freed - wasted

    @cached_property
    def reader_sum(self) -> Ints:
        """The sum of the numbers of each storage's readers."""
        total = np.zeros(self.storages, dtype=np.int64)
        np.add.at(total, self.read_storage, self.read_step)
        return total

    @cached_property
    def waiting(self) -> list[int]:
        """For each step, how many others must come before it."""
        return [len(row) for row in self.problem.after]

    @cached_property
    def successors(self) -> list[list[int]]:
        """For each step, those that must come after it."""
        later, earlier = flatten(self.problem.after)
        return group(earlier, later, self.steps)

    @cached_property
    def roots(self) -> list[int]:
        """The steps nobody comes after, and those whose result is kept."""
        root = np.zeros(self.steps, dtype=np.bool_)
        producers = self.producer[self.kept]
        root[producers[producers >= 0]] = True
        last = [v for v, row in enumerate(self.successors) if not row]
        root[last] = True
        steps: list[int] = np.flatnonzero(root).tolist()
        return steps
