import random
from dataclasses import replace

import pytest

from lazyopt.schedule import Problem, Tables, is_valid, peak
from lazyopt.schedule.liu import liu_order
from tests.schedule.lowest import from_edges, lowest_peak


def forest(rng, build, steps):
    """Each result is read by one step at most, each start by one."""
    given = rng.choice([0, 1, steps])
    build.sizes += [rng.randint(1, 9) for _ in range(given)]
    unread = []
    for v in range(steps):
        count = min(len(unread), rng.choice([0, 0, 1, 1, 2, 3]))
        operands = [
            unread.pop(rng.randrange(len(unread))) for _ in range(count)
        ]
        if len(operands) == 1 and rng.random() < 0.3:
            build.view(operands[0])
        else:
            sizes = [rng.randint(0, 9) for _ in range(rng.choice([1, 1, 2]))]
            borrowed = rng.choice([0, 0, rng.randint(1, 9)])
            build.op(*operands, size=sizes, workspace=borrowed)
        if rng.random() < 0.9:
            unread.append(v)
    for s in range(given):
        build.steps[rng.randrange(steps)][1].append(s)
    build.kept = [s for s in range(len(build.sizes)) if rng.random() < 0.2]
    return build.problem()


def scattering(rng, steps):
    """Steps with several results, each of which one other step reads."""
    sizes, produces, reads, after = [], [[]], [()], [()]
    kept = []
    for v in range(1, steps):
        u = rng.randrange(v)
        read = []
        for _ in range(rng.choice([1, 1, 2])):
            read.append(len(sizes))
            produces[u].append(len(sizes))
            sizes.append(rng.randint(0, 9))
        produces.append([])
        if rng.random() < 0.3:
            produces[v].append(len(sizes))
            kept += [len(sizes)] * (rng.random() < 0.7)
            sizes.append(rng.randint(0, 9))
        reads.append(tuple(read))
        after.append((u,))
    return Problem(
        tuple(sizes),
        tuple(map(tuple, produces)),
        tuple(reads),
        tuple(after),
        tuple(rng.choice([0, 0, rng.randint(1, 9)]) for _ in range(steps)),
        frozenset(kept),
    )


def random_tree(seed, steps, leaves):
    """A tree whose first steps are leaves, with sizes of any magnitude."""
    rng = random.Random(seed)
    rows = [[] for _ in range(steps)]
    for v in range(steps - 1):
        rows[rng.randrange(max(v + 1, leaves), steps)].append(v)
    return from_edges(
        [tuple(row) for row in rows],
        [rng.randint(1, 10**6) for _ in range(steps)],
        [rng.choice([0, rng.randint(1, 10**6)]) for _ in range(steps)],
        {steps - 1},
    )


def reference_peak(problem):
    """Liu's algorithm on lists of hills and valleys, sorted at each step."""
    profiles = []
    for v, row in enumerate(problem.after):
        parts = []
        for u in row:
            before = 0
            for hill, valley in profiles[u]:
                parts.append((hill - valley, hill - before, valley - before))
                before = valley
            profiles[u] = None
        parts.sort(key=lambda part: -part[0])
        live = 0
        points = []
        for _, rise, change in parts:
            points.append((live + rise, live + change))
            live += change
        size = problem.sizes[v]
        points.append((live + size + problem.workspace[v], size))
        profile = []
        for hill, valley in points:
            while profile and (
                profile[-1][0] <= hill or profile[-1][1] >= valley
            ):
                hill = max(hill, profile.pop()[0])
            profile.append((hill, valley))
        profiles.append(profile)
    return profiles[-1][0][0]


@pytest.mark.parametrize("steps", [1, 3, 5, 8])
def test_forests_get_the_lowest_peak(builder, steps):
    for seed in range(400):
        problem = forest(random.Random(seed), builder(), steps)
        order = liu_order(Tables(problem))
        assert is_valid(problem, order)
        assert peak(problem, order) == lowest_peak(problem), seed


@pytest.mark.parametrize("steps", [2, 5, 8])
def test_scattering_trees_get_the_lowest_peak(steps):
    for seed in range(400):
        problem = scattering(random.Random(seed), steps)
        order = liu_order(Tables(problem))
        assert is_valid(problem, order)
        assert peak(problem, order) == lowest_peak(problem), seed


def test_other_problems_are_refused_or_solved(random_problem):
    solved = 0
    for seed in range(600):
        problem = random_problem(seed, 6)
        order = liu_order(Tables(problem))
        if order is not None:
            solved += 1
            assert is_valid(problem, order)
            assert peak(problem, order) == lowest_peak(problem), seed
    assert 0 < solved < 600


def test_edges_that_others_imply_do_no_harm(builder):
    build = builder()
    first = build.op(size=4)
    second = build.op(first, size=4)
    third = build.op(first, second, size=1)
    other = build.op(size=9)
    build.keep(build.op(third, other, size=1))
    problem = build.problem()
    order = liu_order(Tables(problem))
    assert is_valid(problem, order)
    assert peak(problem, order) == lowest_peak(problem) == 11


def test_a_diamond_is_no_forest(builder):
    build = builder()
    top = build.op()
    build.keep(build.op(build.op(top), build.op(top)))
    assert liu_order(Tables(build.problem())) is None


def test_a_start_that_two_trees_read_is_no_forest(builder):
    build = builder()
    build.sizes.append(5)
    for _ in range(2):
        build.keep(build.op())
        build.steps[-1][1].append(0)
    assert liu_order(Tables(build.problem())) is None


def test_nothing_to_order():
    empty = Problem((), (), (), (), (), frozenset())
    assert liu_order(Tables(empty)) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_thousand_leaves_as_the_plain_algorithm(seed):
    problem = random_tree(seed, 2000, 1000)
    order = liu_order(Tables(problem))
    assert is_valid(problem, order)
    assert peak(problem, order) == reference_peak(problem)


def test_long_chains_do_not_recurse(chain):
    steps = len(chain.after)
    assert liu_order(Tables(chain)) == list(range(steps))
    shuffled = replace(chain, workspace=tuple(v % 7 for v in range(steps)))
    assert liu_order(Tables(shuffled)) == list(range(steps))


def test_the_order_is_the_same_every_time():
    problem = random_tree(3, 300, 150)
    orders = [liu_order(Tables(problem)) for _ in range(3)]
    assert orders[0] == orders[1] == orders[2]
