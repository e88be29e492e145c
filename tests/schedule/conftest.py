"""Problems to order, and the slow and plain way to say what is right."""

import random
from collections.abc import Callable, Sequence
from functools import cache

import pytest

from lazyopt.schedule import Problem


class Builder:
    """Writes a problem step by step, as a program would compute it."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.steps: list[tuple[list[int], list[int], list[int], int]] = []
        self.kept: list[int] = []
        self.held: dict[int, list[int]] = {}

    def op(
        self, *operands: int, size: int | Sequence[int] = 1, workspace: int = 0
    ) -> int:
        """Add a step that allocates, one storage for each size."""
        sizes = [size] if isinstance(size, int) else list(size)
        made = list(range(len(self.sizes), len(self.sizes) + len(sizes)))
        self.sizes += sizes
        return self._step(made, operands, workspace, made)

    def view(self, operand: int) -> int:
        """Add a step whose result aliases its operand."""
        return self._step([], [operand], 0, self.held[operand])

    def _step(
        self,
        made: list[int],
        operands: Sequence[int],
        workspace: int,
        held: list[int],
    ) -> int:
        after = list(dict.fromkeys(operands))
        reads = list(dict.fromkeys(s for v in after for s in self.held[v]))
        self.held[len(self.steps)] = held
        self.steps.append((made, reads, after, workspace))
        return len(self.steps) - 1

    def keep(self, *steps: int) -> None:
        """Make the results of steps outputs."""
        self.kept += [s for v in steps for s in self.held[v]]

    def problem(self) -> Problem:
        return Problem(
            tuple(self.sizes),
            tuple(tuple(step[0]) for step in self.steps),
            tuple(tuple(step[1]) for step in self.steps),
            tuple(tuple(step[2]) for step in self.steps),
            tuple(step[3] for step in self.steps),
            frozenset(self.kept),
        )


def make_random(seed: int, steps: int) -> Problem:
    """Return a random problem with everything that a step can be."""
    rng = random.Random(seed)
    build = Builder()
    donated = rng.randrange(3)
    build.sizes += [rng.randint(1, 9) for _ in range(donated)]
    for v in range(steps):
        operands = rng.sample(range(v), min(v, rng.randrange(4)))
        kind = rng.random()
        if operands and kind < 0.2:
            build.view(operands[0])
        elif kind < 0.4:
            build.op(*operands, size=(rng.randint(0, 9), rng.randint(0, 9)))
        else:
            borrowed = rng.choice([0, 0, rng.randint(1, 9)])
            size = rng.randint(0, 9)
            build.op(*operands, size=size, workspace=borrowed)
        _, reads, after, _ = build.steps[-1]
        if v and rng.random() < 0.2:
            after += [u for u in [rng.randrange(v)] if u not in after]
        if donated and rng.random() < 0.3:
            reads.append(rng.randrange(donated))
    build.kept = [s for s in range(len(build.sizes)) if rng.random() < 0.2]
    return build.problem()


def simulate(problem: Problem, order: Sequence[int]) -> list[int]:
    """Return the bytes live while each step runs, by the definition."""
    made = {s for row in problem.produces for s in row}
    used = {s for row in problem.reads for s in row} | problem.kept
    live = used - made
    during = []
    for at, step in enumerate(order):
        live = live | set(problem.produces[step])
        held = sum(problem.sizes[s] for s in live)
        during.append(held + problem.workspace[step])
        later = {s for v in order[at + 1 :] for s in problem.reads[v]}
        live &= later | problem.kept
    return during


def least_peak(problem: Problem) -> int:
    """Return the lowest peak of any order, by trying every one."""
    steps = len(problem.after)
    end = sum(problem.sizes[s] for s in problem.kept)

    @cache
    def from_here(done: tuple[int, ...]) -> int:
        if len(done) == steps:
            return end
        rest = [v for v in range(steps) if v not in done]
        found = []
        for v in rest:
            if set(problem.after[v]) <= set(done):
                order = [*done, v, *(u for u in rest if u != v)]
                now = simulate(problem, order)[len(done)]
                found.append(max(now, from_here(tuple(sorted([*done, v])))))
        return min(found)

    return from_here(())


@pytest.fixture
def builder() -> type[Builder]:
    return Builder


@pytest.fixture
def random_problem() -> Callable[[int, int], Problem]:
    return make_random


@pytest.fixture
def reference_timeline() -> Callable[[Problem, Sequence[int]], list[int]]:
    return simulate


@pytest.fixture
def optimum() -> Callable[[Problem], int]:
    return least_peak


@pytest.fixture
def chain() -> Problem:
    """100,000 steps in a row, the last one kept."""
    steps = 100_000
    rows = tuple((v,) for v in range(steps))
    return Problem(
        sizes=(8,) * steps,
        produces=rows,
        reads=((), *rows[:-1]),
        after=((), *rows[:-1]),
        workspace=(0,) * steps,
        kept=frozenset([steps - 1]),
    )
