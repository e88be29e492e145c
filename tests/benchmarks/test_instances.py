"""Problems without a program: their sizes, shapes and known optima."""

from collections.abc import Callable

import pytest

from benchmarks.programs import instances
from benchmarks.programs.known import KNOWN, binary_tree, from_operands
from lazyopt.schedule import Problem, best_order, is_valid


def reachable(problem: Problem, target: int) -> bool:
    """Whether some order of unit sizes stays within a target.

    A step that frees what it takes runs at once: it can only help.
    """
    steps = range(len(problem.after))
    needed = [sum(1 << u for u in row) for row in problem.after]
    readers = [0] * len(problem.sizes)
    for v, row in enumerate(problem.reads):
        for s in row:
            readers[s] |= 1 << v
    whole = (1 << len(steps)) - 1
    seen = set()
    stack = [(0, 0)]
    while stack:
        done, live = stack.pop()
        if done == whole:
            return True
        if done in seen or live + 1 > target:
            continue
        seen.add(done)
        following = []
        for v in steps:
            if done >> v & 1 or needed[v] & ~done:
                continue
            after = done | 1 << v
            freed = sum(
                s not in problem.kept and not readers[s] & ~after
                for s in problem.reads[v]
            )
            following.append((after, live + 1 - freed))
            if freed:
                following = following[-1:]
                break
        stack += following
    return False


def step_counts() -> dict[str, int]:
    return {name: len(make().after) for name, (make, _) in KNOWN.items()}


def test_known_problems_have_as_many_steps_as_they_should() -> None:
    assert step_counts() == {
        "FFT, 8 points": 32,
        "grid 6x6": 36,
        "stencil 6 wide, 4 steps, and sum": 35,
        "Strassen, one level": 33,
        "Cholesky, 4x4 tiles": 30,
        "binary tree, depth 3": 15,
        "binary tree, depth 6": 127,
        "binary tree, depth 9": 1023,
    }


@pytest.mark.parametrize(
    "name", [n for n, k in step_counts().items() if k < 40]
)
def test_a_search_finds_the_optimum_that_is_said(name: str) -> None:
    make, optimum = KNOWN[name]
    problem = make()
    assert reachable(problem, optimum)
    assert not reachable(problem, optimum - 1)


@pytest.mark.parametrize("name", KNOWN)
def test_ours_ends_within_one_of_the_optimum(name: str) -> None:
    make, optimum = KNOWN[name]
    found = best_order(make())
    assert found.bound <= optimum <= found.peak <= optimum + 1


@pytest.mark.parametrize("depth", [0, 1, 4])
def test_binary_trees(depth: int) -> None:
    problem = binary_tree(depth)
    assert len(problem.after) == 2 ** (depth + 1) - 1
    assert best_order(problem).peak == (depth + 2 if depth else 1)


MAKERS: dict[str, Callable[[], Problem]] = {
    "cell": lambda: instances.random_wired(3),
    "cells": lambda: instances.chained_cells(3),
    "tree": lambda: instances.random_tree(3, 50),
    "gram-schmidt": lambda: instances.large_gram_schmidt(300),
    "fft": lambda: instances.large_fft(16),
    "random": lambda: instances.large_random(300, seed=3),
}


@pytest.mark.parametrize("name", MAKERS)
def test_instances_are_valid_and_the_same_every_time(name: str) -> None:
    problem = MAKERS[name]()
    assert is_valid(problem, range(len(problem.after)))
    assert problem == MAKERS[name]()
    assert all(max(row, default=-1) < v for v, row in enumerate(problem.after))
    assert problem.reads == problem.after


def test_seeds_make_different_instances() -> None:
    assert instances.random_wired(0) != instances.random_wired(1)
    assert instances.random_tree(0, 9) != instances.random_tree(1, 9)
    assert instances.large_random(9, 0) != instances.large_random(9, 1)


@pytest.mark.parametrize("cells", [1, 3])
def test_cells_have_one_source_and_one_sink_each(cells: int) -> None:
    problem = instances.chained_cells(5, cells)
    assert len(problem.after) == 34 * cells
    assert problem.kept == {34 * cells - 1}
    assert [v for v, row in enumerate(problem.after) if not row] == [0]
    for cell in range(1, cells):
        assert problem.after[34 * cell] == (34 * cell - 1,)


def test_a_tree_has_one_reader_for_each_result() -> None:
    problem = instances.random_tree(1, 1000)
    read = [v for row in problem.reads for v in row]
    assert sorted(read) == list(range(len(problem.after) - 1))
    assert problem.kept == {len(problem.after) - 1}


@pytest.mark.parametrize("name", instances.LARGE)
def test_large_instances_are_about_as_large_as_asked(name: str) -> None:
    makers = {
        "Gram-Schmidt": lambda: instances.large_gram_schmidt(10_000),
        "FFT": lambda: instances.large_fft(2**10),
        "random": lambda: instances.large_random(10_000),
    }
    steps = len(makers[name]().after)
    assert 9_000 < steps < 12_000


def test_operands_that_repeat_are_read_once() -> None:
    problem = from_operands([(), (0, 0)], sizes=(4, 2))
    assert problem.reads == ((), (0,))
    assert problem.kept == {1}
    assert problem.sizes == (4, 2)
