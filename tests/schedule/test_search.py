import time
from itertools import pairwise

import pytest

from lazyopt.schedule import (
    Problem,
    best_order,
    clock,
    forced_live,
    is_valid,
    peak,
)


def stencil(builder):
    build = builder()
    row = [build.op() for _ in range(6)]
    for _ in range(4):
        row = [build.op(*row[max(i - 1, 0) : i + 2]) for i in range(6)]
    total = row[0]
    for cell in row[1:]:
        total = build.op(total, cell)
    build.keep(total)
    return build.problem()


def grid(builder):
    build = builder()
    cells = {}
    for i in range(6):
        for j in range(6):
            near = [cells[c] for c in ((i - 1, j), (i, j - 1)) if c in cells]
            cells[i, j] = build.op(*near)
    build.keep(cells[5, 5])
    return build.problem()


def fft(builder):
    build = builder()
    row = [build.op() for _ in range(8)]
    for stride in (1, 2, 4):
        row = [build.op(row[i], row[i ^ stride]) for i in range(8)]
    build.keep(*row)
    return build.problem()


def cholesky(builder):
    build = builder()
    size = 4
    at = {(i, j): build.op() for i in range(size) for j in range(i + 1)}
    for k in range(size):
        at[k, k] = build.op(at[k, k])
        for i in range(k + 1, size):
            at[i, k] = build.op(at[i, k], at[k, k])
        for i in range(k + 1, size):
            for j in range(k + 1, i + 1):
                at[i, j] = build.op(at[i, j], at[i, k], at[j, k])
    build.keep(at[3, 3])
    return build.problem()


def strassen(builder):
    build = builder()
    a11, a12, a21, a22, b11, b12, b21, b22 = [build.op() for _ in range(8)]
    m1 = build.op(build.op(a11, a22), build.op(b11, b22))
    m2 = build.op(build.op(a21, a22), b11)
    m3 = build.op(a11, build.op(b12, b22))
    m4 = build.op(a22, build.op(b21, b11))
    m5 = build.op(build.op(a11, a12), b22)
    m6 = build.op(build.op(a21, a11), build.op(b11, b12))
    m7 = build.op(build.op(a12, a22), build.op(b21, b22))
    build.keep(
        build.op(build.op(build.op(m1, m4), m5), m7),
        build.op(m3, m5),
        build.op(m2, m4),
        build.op(build.op(build.op(m1, m2), m3), m6),
    )
    return build.problem()


def tree(builder):
    build = builder()
    row = [build.op() for _ in range(64)]
    while len(row) > 1:
        row = [
            build.op(left, right)
            for left, right in zip(row[::2], row[1::2], strict=True)
        ]
    build.keep(row[0])
    return build.problem()


@pytest.mark.parametrize(
    ("program", "optimum"),
    [
        (stencil, 8),
        (grid, 7),
        (fft, 10),
        (tree, 8),
        (cholesky, 7),
        (strassen, 10),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_small_programs_reach_their_optimum(builder, program, optimum):
    schedule = best_order(program(builder))
    assert schedule.peak == schedule.bound == optimum


def test_a_jacobi_iteration_streams_its_residuals(builder):
    array, build = 360_000, builder()
    iterates = [build.op(size=array)]
    for _ in range(29):
        iterates.append(build.op(iterates[-1], size=array))
    for old, new in pairwise(iterates):
        change = build.op(old, new, size=array)
        build.keep(build.op(change))
    build.keep(iterates[-1])
    problem = build.problem()
    assert peak(problem, range(len(problem.after))) > 30 * array
    assert best_order(problem).peak <= 3 * array + 29


def test_a_fan_out_streams_into_its_sums(builder):
    array, build = 200_000, builder()
    parts = [build.op(size=array) for _ in range(24)]
    left = [build.op(part, size=array) for part in parts]
    right = [build.op(part, size=array) for part in parts]
    pairs = zip(left, right, strict=True)
    both = [build.op(u, v, size=array) for u, v in pairs]
    for arrays in (left, right, both):
        total = build.op(arrays[0])
        for each in arrays[1:]:
            total = build.op(total, build.op(each))
        build.keep(total)
    assert best_order(build.problem()).peak <= 3 * array + 4


@pytest.mark.parametrize("seed", range(30))
def test_the_peak_is_never_above_that_of_the_order_given(random_problem, seed):
    problem = random_problem(seed, 40)
    assert best_order(problem).peak <= peak(problem, range(40))


@pytest.mark.parametrize("seed", range(30))
def test_the_schedule_is_true(random_problem, seed):
    problem = random_problem(seed, 40)
    schedule = best_order(problem)
    assert is_valid(problem, schedule.order)
    assert schedule.peak == peak(problem, schedule.order)
    assert forced_live(problem) <= schedule.bound <= schedule.peak


@pytest.mark.parametrize("seed", range(300))
def test_small_problems_are_solved_and_proven(random_problem, optimum, seed):
    problem = random_problem(seed, 3 + seed % 6)
    schedule = best_order(problem)
    assert schedule.peak == schedule.bound == optimum(problem)


@pytest.mark.parametrize("looks", [*range(40), *range(40, 400, 20)])
@pytest.mark.parametrize("seed", [1, 8])
def test_whenever_the_time_is_over_the_schedule_is_true(
    random_problem, monkeypatch, seed, looks
):
    problem = random_problem(seed, 60)
    lowest = best_order(problem).peak
    left = iter(range(looks))
    monkeypatch.setattr(clock, "is_over", lambda: next(left, None) is None)
    schedule = best_order(problem, "best")
    assert is_valid(problem, schedule.order)
    assert schedule.peak == peak(problem, schedule.order)
    assert schedule.bound <= lowest <= schedule.peak
    assert schedule.peak <= peak(problem, range(60))


def test_long_work_ends_soon_after_its_time(random_problem):
    problem = random_problem(0, 4000)
    start = time.process_time()
    schedule = best_order(problem, "best", seconds=0.2)
    assert time.process_time() - start < 2
    assert is_valid(problem, schedule.order)


def test_time_is_over_after_some_seconds():
    with clock.limited(None):
        assert not clock.is_over()
    with clock.limited(0):
        time.sleep(0.001)
        assert clock.is_over()
        with clock.limited(3600):
            assert not clock.is_over()
        assert clock.is_over()
    assert not clock.is_over()


def test_the_order_given_wins_ties(builder):
    build = builder()
    build.keep(build.op(), build.op(), build.op(size=2))
    schedule = best_order(build.problem())
    assert schedule.order == (0, 1, 2)
    assert schedule.method == "given"


def test_the_same_problem_gets_the_same_schedule(random_problem):
    found = {best_order(random_problem(7, 80)) for _ in range(3)}
    assert len(found) == 1


def test_no_steps_make_an_empty_order():
    schedule = best_order(Problem((), (), (), (), (), frozenset()))
    assert schedule.order == ()
    assert schedule.peak == schedule.bound == 0


def test_long_chains_keep_their_order(chain):
    assert best_order(chain).order == tuple(range(100_000))


def test_large_problems_improve_too(builder):
    build = builder()
    parts = [build.op(size=10) for _ in range(4000)]
    ends = [build.op(part) for part in parts]
    total = ends[0]
    for end in ends[1:]:
        total = build.op(total, end)
    build.keep(total)
    assert best_order(build.problem()).peak <= 13
