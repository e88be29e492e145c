import random

import pytest

from lazyopt.schedule import Problem, Tables, peak, timeline


def shuffled(problem, seed):
    """Return a random valid order."""
    rng = random.Random(seed)
    order = []
    while len(order) < len(problem.after):
        ready = [
            v
            for v in range(len(problem.after))
            if v not in order and set(problem.after[v]) <= set(order)
        ]
        order.append(rng.choice(ready))
    return order


@pytest.mark.parametrize("seed", range(60))
def test_timeline_follows_the_definition(
    random_problem, reference_timeline, seed
):
    problem = random_problem(seed, 9)
    order = shuffled(problem, seed)
    expected = reference_timeline(problem, order)
    assert timeline(problem, order).tolist() == expected


def test_results_are_allocated_before_operands_are_freed(builder):
    build = builder()
    first = build.op(size=100)
    build.keep(build.op(first, size=10))
    assert timeline(build.problem(), (0, 1)).tolist() == [100, 110]


def test_workspace_is_held_only_while_its_step_runs(builder):
    build = builder()
    first = build.op(size=100, workspace=50)
    build.keep(build.op(first, size=10))
    assert timeline(build.problem(), (0, 1)).tolist() == [150, 110]


def test_all_results_of_a_step_are_allocated_at_once(builder):
    build = builder()
    build.keep(build.op(size=(3, 4)))
    assert peak(build.problem(), (0,)) == 7


def test_a_view_allocates_nothing_and_keeps_its_storage_alive(builder):
    build = builder()
    base = build.op(size=100)
    alias = build.view(base)
    build.op(size=1)
    build.keep(build.op(alias, size=10))
    during = timeline(build.problem(), range(4))
    assert during.tolist() == [100, 100, 101, 110]


def test_a_result_that_nobody_reads_is_freed_after_its_step(builder):
    build = builder()
    build.op(size=100)
    build.keep(build.op(size=10))
    assert timeline(build.problem(), (0, 1)).tolist() == [100, 10]


def test_a_storage_that_no_step_produces_lives_until_its_last_reader():
    problem = Problem(
        sizes=(100, 10, 1),
        produces=((1,), (2,)),
        reads=((0,), (1,)),
        after=((), (0,)),
        workspace=(0, 0),
        kept=frozenset([2]),
    )
    assert timeline(problem, (0, 1)).tolist() == [110, 11]


def test_peak_is_the_maximum_of_the_timeline(random_problem):
    problem = random_problem(1, 9)
    assert peak(problem, range(9)) == timeline(problem, range(9)).max()


def test_peak_without_steps_is_what_is_kept():
    problem = Problem((5, 7), (), (), (), (), frozenset([1]))
    assert peak(problem, ()) == 7


def test_tables_give_the_same_peak(random_problem):
    problem = random_problem(2, 9)
    assert peak(Tables(problem), range(9)) == peak(problem, range(9))


def test_bytes_beyond_the_range_of_floats_are_exact(builder):
    build = builder()
    big = build.op(size=2**60)
    build.keep(build.op(big, size=1))
    assert peak(build.problem(), (0, 1)) == 2**60 + 1
