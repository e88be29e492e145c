"""A smaller problem with the same lowest peak, and the way back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lazyopt.schedule import clock
from lazyopt.schedule.depth_first import deepest_first
from lazyopt.schedule.greedy import eager_release
from lazyopt.schedule.problem import Problem
from lazyopt.schedule.sweep import Sweep
from lazyopt.schedule.tables import Tables

WINDOW = 4096
"""The most steps that are looked at together; the time grows with it."""

STUCK = 0.9
"""How much of a problem must be left for another round not to pay."""


@dataclass(frozen=True, slots=True)
class Contraction:
    """A problem whose steps are sequences of another one's steps.

    Attributes
    ----------
    problem : Problem
        The smaller problem: its lowest peak is that of the other.
    sequences : tuple of tuple of int
        For each of its steps, the steps of the other that it stands for.
    """

    problem: Problem
    sequences: tuple[tuple[int, ...], ...]

    def expand(self, order: Sequence[int]) -> list[int]:
        """Return an order as one of the other problem, with the same peak."""
        return [v for step in order for v in self.sequences[step]]


def contract(problem: Problem, window: int = WINDOW) -> Contraction:
    """Return a smaller problem with the same lowest peak.

    Steps are joined that may always run one right behind the other, and of
    two steps one gets to wait for the other if that can't raise the peak, by
    the rules of `lazyopt.schedule.dominance`. Trees, and graphs in series and
    parallel whose storages have one reader each, become chains, and many
    programs a single step, which is then the best order.

    Parameters
    ----------
    problem
        The problem.
    window
        Problems of more steps are looked at in parts of so many consecutive
        ones: of the order given, then of one that is depth-first but frees
        early. The time is about linear in the steps.

    Returns
    -------
    Contraction
        The smaller problem. It has storages of its own, without those that
        are empty or live within a step.

    Notes
    -----
    The rules on pairs are those for two parallel chains of Liu (1987) and of
    Abdel-Wahab and Kameda (1978), for storages with any number of readers.
    Fradet et al., "Sequential scheduling of dataflow graphs for memory peak
    minimization" (2023), join steps of graphs with one reader each.
    """
    sweep = Sweep(problem)
    deep = False
    while True:
        before = len(sweep.clusters)
        sweep.over(window)
        smaller = sweep.problem()
        left = len(sweep.clusters)
        stuck = left > STUCK * before
        done = left <= 1 or before <= window or (stuck and deep)
        if done or clock.is_over():
            sequences = tuple(map(sweep.sequence, sweep.clusters))
            return Contraction(smaller, sequences)
        if stuck:
            deep = True
            tables = Tables(smaller)
            order = eager_release(tables, deepest_first(tables)[0])
            sweep.clusters = [sweep.clusters[i] for i in order]


def rounded(problem: Problem, unit: int) -> Problem:
    """Return a problem with all bytes in whole units, rounded down.

    Its orders are the same, and each has a peak of at most that in the other
    problem, so `unit` times its lowest peak is a lower bound there. With equal
    sizes and small ones gone, far more of it contracts.

    Parameters
    ----------
    problem
        The problem.
    unit
        Bytes.
    """
    return replace(
        problem,
        sizes=tuple(size // unit for size in problem.sizes),
        workspace=tuple(size // unit for size in problem.workspace),
    )
