import random

import pytest

from lazyopt.schedule import Tables, forced_live, is_valid, peak
from lazyopt.schedule.windows import improve

WORK = 20_000


@pytest.mark.parametrize("seed", range(100))
def test_small_problems_are_solved(random_problem, optimum, seed):
    problem = random_problem(seed, 8)
    order, reached = improve(Tables(problem), range(8), 0, WORK)
    assert is_valid(problem, order)
    assert reached == peak(problem, order) == optimum(problem)


@pytest.mark.parametrize("seed", range(12))
def test_the_peak_is_never_raised(random_problem, seed):
    problem = random_problem(seed, 60)
    tables = Tables(problem)
    known = peak(tables, range(60))
    for work in (1, 300, 3000):
        order, reached = improve(tables, range(60), 0, work)
        assert is_valid(problem, order)
        assert reached == peak(tables, order) <= known


def test_the_order_given_stays_if_it_is_not_improved(random_problem):
    problem = random_problem(3, 40)
    tables = Tables(problem)
    known = peak(tables, range(40))
    assert improve(tables, range(40), known, WORK) == (list(range(40)), known)
    assert improve(tables, range(40), 0, 0) == (list(range(40)), known)


def hilly(build, parts):
    """Sums of squares, in stages that each keep one number of the last.

    Computed stage by stage, all squares of a stage are made before the first
    is summed.
    """
    start = build.op(size=1)
    for _ in range(parts):
        squares = [build.op(start, size=100) for _ in range(4)]
        sums = [build.op(square, size=1) for square in squares]
        start = build.op(*sums, size=1)
    build.keep(start)


def test_every_place_at_the_peak_is_lowered(builder):
    build = builder()
    hilly(build, 30)
    problem = build.problem()
    tables = Tables(problem)
    steps = len(problem.after)
    assert peak(tables, range(steps)) == 401
    order, reached = improve(tables, range(steps), forced_live(tables), WORK)
    assert is_valid(problem, order)
    # While the last square is made, the numbers and three sums are live.
    assert reached == 104


def test_steps_that_are_far_apart_are_brought_together(builder):
    """All large results first, then what makes little of each."""
    build = builder()
    large = [build.op(size=10) for _ in range(150)]
    little = [build.op(entry, size=1) for entry in large]
    total = little[0]
    for entry in little[1:]:
        total = build.op(total, entry, size=1)
    build.keep(total)
    tables = Tables(build.problem())
    order, reached = improve(tables, range(tables.steps), 12, WORK)
    assert is_valid(build.problem(), order)
    assert reached == 12


def test_improved_orders_are_the_same_every_time(random_problem):
    rng = random.Random(0)
    seeds = [rng.randrange(1000) for _ in range(4)]
    for seed in seeds:
        found = [
            improve(Tables(random_problem(seed, 80)), range(80), 0, 4000)
            for _ in range(2)
        ]
        assert found[0] == found[1]


def test_nothing_to_order(builder):
    assert improve(Tables(builder().problem()), [], 0, WORK) == ([], 0)
