import random
from dataclasses import replace

import pytest

from lazyopt.schedule import Problem, Tables, forced_live, min_cut
from lazyopt.schedule.min_cut import CutNetwork, min_cut_bound

PLENTY = 10**9


def live_at(problem, moment):
    """Bytes live after the steps of a bit set, by the definition."""
    steps = range(len(problem.after))
    run = {v for v in steps if moment >> v & 1}
    made = {s for v in steps for s in problem.produces[v]}
    present = {s for v in run for s in problem.produces[v]}
    present |= set(range(len(problem.sizes))) - made
    wanted = {s for v in set(steps) - run for s in problem.reads[v]}
    wanted |= problem.kept
    return sum(problem.sizes[s] for s in present & wanted)


def moments(problem):
    """All sets of steps that may have run, as bit sets."""
    steps = len(problem.after)
    before = [sum(1 << u for u in row) for row in problem.after]
    return [
        moment
        for moment in range(1 << steps)
        if not any(
            moment >> v & 1 and before[v] & ~moment for v in range(steps)
        )
    ]


def least(problem, inside, outside):
    """The least live at such a moment, and what all that reach it hold."""
    found = [
        (live_at(problem, moment), moment)
        for moment in moments(problem)
        if not inside & ~moment and not outside & moment
    ]
    lowest = min(live for live, _ in found)
    shared = -1
    for live, moment in found:
        if live == lowest:
            shared &= moment
    return lowest, shared


def ask(network, seed, steps):
    """What a moment must hold and must not, with what that implies."""
    rng = random.Random(seed)
    inside = outside = 0
    for v in rng.sample(range(steps), 4):
        if rng.random() < 0.5 and not (1 << v | network.before[v]) & outside:
            inside |= 1 << v | network.before[v]
        elif not (1 << v | network.behind[v]) & inside:
            outside |= 1 << v | network.behind[v]
    return inside, outside


@pytest.mark.parametrize("seed", range(60))
def test_a_cut_is_the_least_live_and_the_smallest_moment(random_problem, seed):
    problem = random_problem(seed, 8)
    network = CutNetwork(Tables(problem))
    for ask_seed in range(8):
        inside, outside = ask(network, ask_seed, 8)
        found = network.least_live(inside, outside)
        assert found == least(problem, inside, outside)


@pytest.mark.parametrize("seed", range(25))
def test_ready_are_the_steps_that_wait_for_nothing(random_problem, seed):
    problem = random_problem(seed, 7)
    network = CutNetwork(Tables(problem))
    for moment in moments(problem):
        expected = [
            not moment >> v & 1 and all(moment >> u & 1 for u in row)
            for v, row in enumerate(problem.after)
        ]
        assert network.ready(moment).tolist() == expected


@pytest.mark.parametrize("steps", [1, 4, 7])
@pytest.mark.parametrize("seed", range(40))
def test_no_order_has_a_lower_peak(random_problem, optimum, seed, steps):
    problem = random_problem(seed, steps)
    forced = forced_live(problem)
    bound = min_cut_bound(Tables(problem), range(steps), forced, PLENTY)
    assert forced <= bound <= optimum(problem)


@pytest.mark.parametrize("seed", range(150))
def test_the_bound_is_the_largest_cut_over_the_steps(random_problem, seed):
    problem = random_problem(seed, 8)
    tables = Tables(problem)
    network = CutNetwork(tables)
    cuts = [
        least(problem, network.before[v], network.behind[v] | 1 << v)[0]
        + tables.cost[v]
        for v in range(8)
    ]
    assert min_cut_bound(tables, range(8), 0, PLENTY) == max(cuts)


def test_without_work_the_bound_stays(random_problem):
    tables = Tables(random_problem(0, 8))
    assert min_cut_bound(tables, range(8), 3, 0) == 3


def test_a_bound_that_is_higher_stays(random_problem):
    tables = Tables(random_problem(0, 8))
    assert min_cut_bound(tables, range(8), 999, PLENTY) == 999


def test_what_is_read_later_or_not_yet_made_is_a_choice(builder):
    """Neither of two branches is forced to be live, but one of them is."""
    build = builder()
    start = build.op(size=1)
    branches = [build.op(build.op(start, size=10), size=1) for _ in range(2)]
    wide = build.op(build.op(size=10), size=1)
    build.keep(build.op(*branches, wide, size=1))
    tables = Tables(build.problem())
    assert min_cut_bound(tables, range(tables.steps), 0, PLENTY) == 12


@pytest.mark.parametrize("size", [2**31, 10**12 + 1, 2**50 - 1])
def test_large_sizes_lose_next_to_nothing(builder, size):
    build = builder()
    left, right = build.op(size=size), build.op(size=size + 1)
    build.keep(build.op(left, right, size=3))
    tables = Tables(build.problem())
    bound = min_cut_bound(tables, range(3), 0, PLENTY)
    assert (2 * size + 4) * (1 - 1e-8) <= bound <= 2 * size + 4


@pytest.mark.parametrize("seed", range(5))
def test_sizes_whose_sum_is_beyond_64_bits(random_problem, seed):
    problem, scale = random_problem(seed, 150), 2**54 + 1
    large = replace(
        problem,
        sizes=(*[scale * size for size in problem.sizes], 1),
        workspace=tuple(scale * amount for amount in problem.workspace),
        kept=problem.kept | {len(problem.sizes)},
    )
    assert sum(large.sizes) > 2**63
    bound = min_cut_bound(Tables(large), range(150), 0, PLENTY)
    exact = min_cut_bound(Tables(problem), range(150), 0, PLENTY) * scale
    assert exact * (1 - 1e-6) <= bound <= exact + 1


@pytest.mark.parametrize("seed", range(40))
def test_rounded_sizes_never_give_too_much(
    random_problem, optimum, monkeypatch, seed
):
    monkeypatch.setattr(min_cut, "LARGEST", 20)
    problem = random_problem(seed, 7)
    bound = min_cut_bound(Tables(problem), range(7), 0, PLENTY)
    assert bound <= optimum(problem)


def test_workspace_counts_without_any_storage():
    problem = Problem((), ((), ()), ((), ()), ((), (0,)), (9, 4), frozenset())
    assert min_cut_bound(Tables(problem), range(2), 0, PLENTY) == 9


def test_no_steps():
    tables = Tables(Problem((5,), (), (), (), (), frozenset([0])))
    assert min_cut_bound(tables, (), 5, PLENTY) == 5


@pytest.mark.parametrize("seed", range(30))
def test_a_step_may_read_what_it_makes(random_problem, seed):
    problem = random_problem(seed, 8)
    rows = zip(problem.reads, problem.produces, strict=True)
    problem = replace(problem, reads=tuple(a + b for a, b in rows))
    network = CutNetwork(Tables(problem))
    for ask_seed in range(8):
        inside, outside = ask(network, ask_seed, 8)
        found = network.least_live(inside, outside)
        assert found == least(problem, inside, outside)
