import pytest

from lazyopt.schedule import dominance as rules
from lazyopt.schedule import peak
from lazyopt.schedule.contract import contract
from tests.schedule.lowest import layered, lowest_peak


def shrinking(build, workspace):
    """A step adds to an array that is there, another one then frees it.

    Neither may move alone: the first adds, and the second waits for it.
    """
    build.sizes.append(5)
    first = build.op(size=1)
    second = build.op(first, size=2)
    for v in (first, second):
        build.steps[v][1].append(0)
    large = build.op(size=9, workspace=workspace)
    build.keep(build.op(first, second, large, size=1))
    return build.problem()


@pytest.mark.parametrize("workspace", [0, 2, 6, 20])
def test_steps_that_together_free_something_go_first(builder, workspace):
    problem = shrinking(builder(), workspace)
    contraction = contract(problem)
    assert len(contraction.sequences) == 1
    assert contraction.expand([0]) == [0, 1, 2, 3]
    assert peak(problem, range(4)) == lowest_peak(problem)


def test_they_stay_if_they_need_too_much_on_the_way(builder):
    build = builder()
    build.sizes.append(5)
    first = build.op(size=1)
    second = build.op(first, size=2, workspace=30)
    for v in (first, second):
        build.steps[v][1].append(0)
    large = build.op(size=9, workspace=6)
    build.keep(build.op(first, second, large, size=1))
    problem = build.problem()
    contraction = contract(problem)
    assert lowest_peak(contraction.problem) == lowest_peak(problem)


def test_orders_are_found_that_single_moves_miss(monkeypatch):
    problems = [layered(seed, 12) for seed in range(150)]
    found = [contract(problem) for problem in problems]
    monkeypatch.setattr(rules, "add_bundles", lambda _: 0)
    changed = 0
    for problem, contraction in zip(problems, found, strict=True):
        if len(contract(problem).sequences) > len(contraction.sequences):
            changed += 1
            assert lowest_peak(contraction.problem) == lowest_peak(problem)
    assert changed >= 3
