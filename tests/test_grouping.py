"""Groups of calls: each call once, no cycles, and work that can be shared."""

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from lazyopt.grouping import MOST, grouped

GRAIN = 0.02


@st.composite
def schedules(draw: st.DrawFn) -> tuple[list[float], list[list[int]]]:
    """Costs of calls, and the earlier calls that each one needs."""
    n = draw(st.integers(0, 40))
    cost = st.sampled_from([0.01, 0.1, 0.3, 0.9, 1.0, 7.0])
    costs = [GRAIN * draw(cost) for _ in range(n)]
    needs = [
        draw(st.lists(st.integers(0, i - 1), max_size=3, unique=True))
        if i
        else []
        for i in range(n)
    ]
    return costs, needs


@given(schedules())
def test_groups_are_a_partition_that_runs_in_order(
    schedule: tuple[list[float], list[list[int]]],
) -> None:
    costs, needs = schedule
    groups = grouped(costs, needs, GRAIN)
    assert sorted(i for g in groups for i in g) == list(range(len(costs)))
    home = {i: k for k, group in enumerate(groups) for i in group}
    for group in groups:
        assert group == sorted(group)
    for i, mine in enumerate(needs):
        # An earlier group, or the same one: so there are no cycles.
        assert all(home[j] <= home[i] for j in mine)


@given(schedules())
def test_what_takes_a_grain_is_a_group_of_its_own(
    schedule: tuple[list[float], list[list[int]]],
) -> None:
    costs, needs = schedule
    for group in grouped(costs, needs, GRAIN):
        assert len(group) == 1 or all(costs[i] < GRAIN for i in group)


def test_small_calls_go_together() -> None:
    n = 1000
    needs = [[i - 1] if i else [] for i in range(n)]
    assert len(grouped([GRAIN / n] * n, needs, GRAIN)) <= 2
    assert len(grouped([GRAIN / n] * n, [[]] * n, GRAIN)) <= 2


def test_a_long_chain_is_cut_by_grains() -> None:
    n = 1000
    needs = [[i - 1] if i else [] for i in range(n)]
    groups = grouped([GRAIN / 10] * n, needs, GRAIN)
    assert 90 <= len(groups) <= 110


def test_branches_that_interleave_are_groups_of_their_own() -> None:
    branches, steps = 8, 30
    n = branches * steps
    needs = [[i - branches] if i >= branches else [] for i in range(n)]
    groups = grouped([GRAIN / 3] * n, needs, GRAIN)
    for group in groups:
        assert len({i % branches for i in group}) == 1


def test_a_cheap_call_does_not_tie_costly_ones_together() -> None:
    needs = [[], *[[0]] * 8, [*range(1, 9)]]
    costs = [GRAIN / 100, *[GRAIN * 5] * 8, GRAIN / 100]
    groups = grouped(costs, needs, GRAIN)
    assert [g for g in groups if len(g) > 1] == []
    made = nx.DiGraph((j, i) for i, mine in enumerate(needs) for j in mine)
    assert len(list(nx.topological_generations(made))) == 3


def test_a_wide_layer_is_cut_finer() -> None:
    # One source, a hundred calls of nearly a grain, and what joins them.
    needs = [[], *[[0]] * 100, [*range(1, 101)]]
    costs = [GRAIN / 100, *[GRAIN * 0.4] * 100, GRAIN / 100]
    groups = grouped(costs, needs, GRAIN)
    largest = max(sum(costs[i] for i in g) for g in groups)
    assert largest <= MOST * GRAIN
