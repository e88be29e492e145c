import pytest

from lazyopt.schedule import Tables, is_valid, timeline
from lazyopt.schedule.milestones import Milestones, OutOfWork
from lazyopt.schedule.min_cut import CutNetwork

PLENTY = 10**9


def milestones(problem, target, limit=PLENTY, together=None):
    tables = Tables(problem)
    if together is None:
        together = [1 << v for v in range(tables.steps)]
    place = range(tables.steps)
    network = CutNetwork(tables)
    return Milestones(network, tables, place, together, target, limit)


@pytest.fixture
def two_branches(builder):
    """Two large results that each become small; 13 if one by one, else 20."""
    build = builder()
    large = [build.op(size=10) for _ in range(2)]
    small = [build.op(v, size=1) for v in large]
    build.keep(build.op(*small, size=1))
    return build.problem()


def test_without_milestones_the_order_given_is_one_part(two_branches):
    found = milestones(two_branches, 12)
    assert found.path() == []
    assert found.joined([]) == ([0, 1, 2, 3, 4], [(0, 0b11111)])


def test_parts_make_an_order_that_keeps_to_the_target(two_branches):
    found = milestones(two_branches, 12)
    found.refine(*found.joined([]), 1)
    path = found.path()
    order, parts = found.joined(path)
    assert timeline(two_branches, order).max() == 12
    assert len(parts) == len(path) + 1


def test_no_path_means_that_no_order_keeps_to_the_target(two_branches):
    found = milestones(two_branches, 11)
    while (path := found.path()) is not None:
        found.refine(*found.joined(path), 1)


def test_some_steps_become_milestones_together(two_branches):
    found = milestones(two_branches, 12, together=[1, 0b1110, 0b1110, 8, 16])
    found.refine(*found.joined([]), 1)
    assert sorted(found.path()) == [1, 2, 3]


def test_work_is_limited(two_branches):
    found = milestones(two_branches, 12, limit=0)
    joined = found.joined(found.path())
    with pytest.raises(OutOfWork):
        found.refine(*joined, 1)


@pytest.mark.parametrize("seed", range(30))
def test_an_order_keeps_to_the_target_at_each_milestone(random_problem, seed):
    problem = random_problem(seed, 25)
    target = int(timeline(problem, range(25)).max()) * 9 // 10
    found = milestones(problem, target)
    while (path := found.path()) is not None:
        order, parts = found.joined(path)
        assert is_valid(problem, order)
        need = dict(zip(order, timeline(problem, order), strict=True))
        assert all(need[v] <= target for v in path)
        assert all(not begin & ~end for begin, end in parts)
        if max(need.values()) <= target:
            break
        found.refine(order, parts, 1)
