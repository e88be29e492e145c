import pytest

from lazyopt.schedule import Tables, is_valid, peak
from lazyopt.schedule.depth_first import (
    best_post_order,
    deepest_first,
    depths,
)
from lazyopt.schedule.front import Front
from lazyopt.schedule.greedy import (
    eager_release,
    largest_release,
    least_peak,
)
from lazyopt.schedule.target import target_search

ANYTHING = 2**62


def given_base(heuristic):
    return lambda tables: heuristic(tables, range(tables.steps))


def searched(tables):
    return target_search(tables, range(tables.steps), 0, ANYTHING, 6)


HEURISTICS = {
    "deepest": lambda tables: deepest_first(tables)[0],
    "post-order": lambda tables: best_post_order(
        tables, *deepest_first(tables)
    )[0],
    "eager": given_base(eager_release),
    "release": given_base(largest_release),
    "least-peak": given_base(least_peak),
    "target": searched,
}
each_heuristic = pytest.mark.parametrize(
    "heuristic", HEURISTICS.values(), ids=HEURISTICS
)


@each_heuristic
@pytest.mark.parametrize("steps", [1, 8, 60])
def test_orders_are_valid(random_problem, heuristic, steps):
    for seed in range(20):
        problem = random_problem(seed, steps)
        assert is_valid(problem, heuristic(Tables(problem)))


@each_heuristic
def test_orders_are_the_same_every_time(random_problem, heuristic):
    orders = [heuristic(Tables(random_problem(5, 60))) for _ in range(3)]
    assert orders[0] == orders[1] == orders[2]


@each_heuristic
def test_long_chains_do_not_recurse(chain, heuristic):
    order = heuristic(Tables(chain))
    assert order == list(range(len(chain.after)))


def test_depth_is_the_longest_way_from_a_leaf(builder):
    build = builder()
    leaf = build.op()
    build.op(leaf, build.op(build.op(leaf)))
    assert depths(Tables(build.problem())) == [0, 1, 2, 3]


def test_deepest_operand_is_computed_first(builder):
    build = builder()
    shallow = build.op()
    deep = build.op(build.op())
    build.keep(build.op(shallow, deep))
    order, _ = deepest_first(Tables(build.problem()))
    assert order == [1, 2, 0, 3]


def test_steps_that_no_output_needs_are_ordered_too(builder):
    build = builder()
    build.keep(build.op())
    build.op(build.op())
    order, _ = deepest_first(Tables(build.problem()))
    assert sorted(order) == [0, 1, 2]


def test_post_order_starts_with_the_operand_that_spares_most(builder):
    build = builder()
    cheap = build.op(size=50)
    costly = build.op(build.op(size=100), size=1)
    build.keep(build.op(cheap, costly, size=1))
    tables = Tables(build.problem())
    order, _ = best_post_order(tables, [0, 1, 2, 3], [0, 1, 1, 0])
    assert order == [1, 2, 0, 3]


def test_eager_release_moves_what_frees_forward(builder):
    build = builder()
    first = build.op(size=100)
    second = build.op(size=100)
    small = [build.op(first), build.op(second)]
    build.keep(build.op(*small))
    tables = Tables(build.problem())
    order = eager_release(tables, range(5))
    assert peak(tables, order) == 102
    assert order == [0, 2, 1, 3, 4]


def test_eager_release_never_raises_the_peak(random_problem):
    for seed in range(40):
        tables = Tables(random_problem(seed, 30))
        order = eager_release(tables, range(30))
        assert peak(tables, order) <= peak(tables, range(30))


def test_least_peak_prefers_what_fits(builder):
    build = builder()
    large, little = build.op(size=100), build.op(size=10)
    build.keep(build.op(large, little))
    assert least_peak(Tables(build.problem()), range(3)) == [1, 0, 2]


def test_ties_follow_the_base_order(builder):
    build = builder()
    build.keep(build.op(), build.op(), build.op())
    tables = Tables(build.problem())
    base = [2, 0, 1]
    assert largest_release(tables, base) == base
    assert least_peak(tables, base) == base


def test_undo_restores_the_front(random_problem):
    for seed in range(20):
        front = Front(Tables(random_problem(seed, 20)))
        steps = front.ready()
        before = front.live, *(x.copy() for x in (front.left, front.waiting))
        nets = front.net.copy()
        for step in steps:
            front.run(step)
        for step in reversed(steps):
            front.undo(step)
        assert (front.live, front.left, front.waiting) == before
        assert front.net == nets


def test_front_counts_what_is_live(random_problem, reference_timeline):
    problem = random_problem(3, 20)
    tables = Tables(problem)
    front = Front(tables)
    during = []
    for step in range(20):
        during.append(front.live + tables.cost[step])
        front.run(step)
    assert during == reference_timeline(problem, range(20))


def test_target_search_sees_the_release_behind_a_step(builder):
    build = builder()
    parts = [build.op(size=10) for _ in range(2)]
    spread = [build.op(part, size=30) for part in parts]
    build.keep(build.op(*[build.op(wide) for wide in spread]))
    tables = Tables(build.problem())
    order = target_search(tables, range(tables.steps), 0, ANYTHING, 8)
    assert peak(tables, order) == 41


def test_target_search_returns_nothing_that_is_no_better(random_problem):
    for seed in range(20):
        tables = Tables(random_problem(seed, 20))
        known = peak(tables, range(20))
        order = target_search(tables, range(20), 0, known, 6)
        assert order is None or peak(tables, order) < known
