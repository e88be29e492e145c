import random
from functools import cache

import pytest

from lazyopt.schedule import (
    Problem,
    Tables,
    forced_live,
    is_valid,
    min_cut,
    peak,
)
from lazyopt.schedule.probing import probe

PLENTY = 10**8


def least_peak(problem):
    """The lowest peak of any order, over all sets of steps that may run."""
    steps = range(len(problem.after))
    before = [sum(1 << u for u in row) for row in problem.after]
    made = [sum(1 << s for s in row) for row in problem.produces]
    read = [sum(1 << s for s in row) for row in problem.reads]
    kept = sum(1 << s for s in problem.kept)
    size = cache(lambda held: sum(problem.sizes[s] for s in bits(held)))
    unmade = (1 << len(problem.sizes)) - 1
    for row in made:
        unmade &= ~row
    lowest = {0: size(kept)}
    for _ in steps:
        reached: dict[int, int] = {}
        for run, most in lowest.items():
            rest = [v for v in steps if not run >> v & 1]
            held = unmade
            for v in bits(run):
                held |= made[v]
            wanted = kept
            for v in rest:
                wanted |= read[v]
            for v in rest:
                if not before[v] & ~run:
                    during = size(held & wanted | made[v])
                    during = max(most, during + problem.workspace[v])
                    to = run | 1 << v
                    reached[to] = min(during, reached.get(to, during))
        lowest = reached
    return min(lowest.values())


def bits(mask):
    """The members of a bit set."""
    return [at for at in range(mask.bit_length()) if mask >> at & 1]


def solve(problem, max_work=PLENTY):
    """Probe from the order given; return the peak reached and the bound."""
    steps = len(problem.after)
    order, bound = probe(
        Tables(problem), range(steps), forced_live(problem), max_work
    )
    assert is_valid(problem, order)
    return peak(problem, order), bound


@pytest.mark.parametrize("steps", [1, 4, 8])
@pytest.mark.parametrize("seed", range(60))
def test_with_enough_work_it_is_exact(random_problem, optimum, seed, steps):
    problem = random_problem(seed, steps)
    assert solve(problem) == (optimum(problem), optimum(problem))


@pytest.mark.parametrize("seed", range(20))
def test_with_enough_work_larger_ones_are_exact(random_problem, seed):
    problem = random_problem(seed, 13)
    assert solve(problem) == (least_peak(problem), least_peak(problem))


@pytest.mark.parametrize("seed", range(60))
def test_as_many_milestones_as_there_may_be(seed):
    """With sizes alike and few edges it takes many until nothing is open."""
    problem = crossing(seed, 14)
    assert solve(problem) == (least_peak(problem), least_peak(problem))


@pytest.mark.parametrize("max_work", [1, 5_000, 20_000, 60_000])
@pytest.mark.parametrize("seed", range(25))
def test_stopped_early_both_are_still_right(
    random_problem, optimum, seed, max_work
):
    problem = random_problem(seed, 8)
    given = peak(problem, range(8))
    reached, bound = solve(problem, max_work)
    assert bound <= optimum(problem) <= reached <= given


@pytest.mark.parametrize("max_work", [30_000, 100_000, 300_000])
@pytest.mark.parametrize("seed", range(8))
def test_stopped_early_a_good_order_is_no_worse(seed, max_work):
    problem = crossing(seed, 40)
    tables = Tables(problem)
    good, _ = probe(tables, range(40), 0, 1_000_000)
    order, _ = probe(tables, good, 0, max_work)
    assert peak(problem, order) <= peak(problem, good)


def test_without_work_nothing_changes(random_problem):
    order, bound = probe(Tables(random_problem(3, 8)), range(8), 1, 0)
    assert (order, bound) == (list(range(8)), 1)


def test_the_order_given_is_kept_if_none_is_better(random_problem, optimum):
    problem = random_problem(0, 8)
    best, _ = probe(Tables(problem), range(8), 0, PLENTY)
    assert peak(problem, best) == optimum(problem)
    assert probe(Tables(problem), best, 0, PLENTY)[0] == best


@pytest.mark.parametrize("seed", range(10))
def test_the_result_depends_on_the_problem_alone(random_problem, seed):
    runs = [
        probe(Tables(random_problem(seed, 30)), range(30), 0, 100_000)
        for _ in range(2)
    ]
    assert runs[0] == runs[1]


@pytest.mark.parametrize("seed", range(40))
def test_rounded_sizes_never_prove_too_much(
    random_problem, optimum, monkeypatch, seed
):
    monkeypatch.setattr(min_cut, "LARGEST", 20)
    problem = random_problem(seed, 7)
    reached, bound = solve(problem, 10**6)
    assert bound <= optimum(problem) <= reached


def test_no_steps():
    problem = Problem((5,), (), (), (), (), frozenset([0]))
    assert probe(Tables(problem), (), 0, PLENTY) == ([], 5)


def test_workspace_alone():
    problem = Problem((), ((), ()), ((), ()), ((), (0,)), (9, 4), frozenset())
    assert solve(problem) == (9, 9)


def crossing(seed, steps):
    """Steps that each read up to two of the last few, all of one size."""
    rng = random.Random(seed)
    rows = []
    for v in range(steps):
        near = range(max(0, v - 7), v)
        rows.append(tuple(rng.sample(near, min(len(near), rng.randrange(3)))))
    made = tuple((v,) for v in range(steps))
    return Problem(
        (1,) * steps, made, tuple(rows), tuple(rows), (0,) * steps, frozenset()
    )


def butterflies(build, points):
    """An FFT whose results are all kept."""
    row = [build.op() for _ in range(points)]
    stride = 1
    while stride < points:
        row = [build.op(row[i], row[i ^ stride]) for i in range(points)]
        stride *= 2
    build.keep(*row)


def square(build, size):
    """Each cell after the one above and the one to the left."""
    cells = {}
    for i in range(size):
        for j in range(size):
            near = [(i - 1, j), (i, j - 1)]
            cells[i, j] = build.op(*(cells[c] for c in near if c in cells))
    build.keep(cells[size - 1, size - 1])


def stencil(build, width, steps):
    """Cells after their neighbours of the step before, then their sum."""
    row = [build.op() for _ in range(width)]
    for _ in range(steps):
        row = [build.op(*row[max(i - 1, 0) : i + 2]) for i in range(width)]
    total = row[0]
    for cell in row[1:]:
        total = build.op(total, cell)
    build.keep(total)


def factorised(build, tiles):
    """The last tile of a right-looking Cholesky factorisation."""
    rest = {(i, j): build.op() for i in range(tiles) for j in range(i + 1)}
    for k in range(tiles):
        rest[k, k] = build.op(rest[k, k])
        for i in range(k + 1, tiles):
            rest[i, k] = build.op(rest[i, k], rest[k, k])
        for i in range(k + 1, tiles):
            for j in range(k + 1, i + 1):
                rest[i, j] = build.op(rest[i, j], rest[i, k], rest[j, k])
    build.keep(rest[tiles - 1, tiles - 1])


def tree(build, depth):
    """A complete binary tree."""
    row = [build.op() for _ in range(2**depth)]
    while len(row) > 1:
        row = [
            build.op(*pair) for pair in zip(row[::2], row[1::2], strict=True)
        ]
    build.keep(*row)


@pytest.mark.parametrize(
    ("make", "arguments", "best"),
    [
        (butterflies, (8,), 10),
        (butterflies, (16,), 18),
        (square, (6,), 7),
        (square, (20,), 21),
        (stencil, (6, 4), 8),
        (factorised, (4,), 7),
        (factorised, (6,), 13),
        (tree, (4,), 6),
        (tree, (5,), 7),
    ],
)
def test_known_problems_are_solved(builder, make, arguments, best):
    build = builder()
    make(build, *arguments)
    assert solve(build.problem()) == (best, best)


def test_steps_in_like_places_are_milestones_together(builder):
    """That no order starts with one butterfly shows only with all of them."""
    build = builder()
    butterflies(build, 64)
    assert solve(build.problem(), 2_000_000) == (66, 66)
