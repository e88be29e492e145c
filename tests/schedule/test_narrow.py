from dataclasses import replace

import pytest

from lazyopt.schedule import Problem, Tables, is_valid, peak
from lazyopt.schedule.contract import contract
from lazyopt.schedule.narrow import split
from lazyopt.schedule.simulate import timeline
from tests.schedule.lowest import (
    from_edges,
    layered,
    lowest_peak,
    random_order,
)


def steps_of(parts):
    return [part.steps for part in parts]


def assert_splits(problem, parts):
    """Orders of the parts are orders of the whole, and the best are best."""
    order = [v for part in parts for v in part.steps]
    assert is_valid(problem, order)
    least = [part.offset + lowest_peak(part.problem) for part in parts]
    assert max(least) == lowest_peak(problem)
    for seed in range(2):
        orders = [random_order(part.problem, seed) for part in parts]
        needed = [
            part.offset + step
            for part, inner in zip(parts, orders, strict=True)
            for step in timeline(part.problem, inner).tolist()
        ]
        whole = [
            part.steps[v]
            for part, inner in zip(parts, orders, strict=True)
            for v in inner
        ]
        assert is_valid(problem, whole)
        assert needed == timeline(problem, whole).tolist()


@pytest.mark.parametrize("steps", [1, 4, 7, 9])
def test_the_worst_part_needs_what_the_whole_needs(random_problem, steps):
    several = 0
    for seed in range(150):
        problem = random_problem(seed, steps)
        parts = split(Tables(problem))
        assert_splits(problem, parts)
        several += len(parts) > 1
    assert several > 20 or steps == 1


def test_programs_are_split_and_then_what_they_contract_to():
    several = [0, 0]
    for seed in range(150):
        problem = layered(seed, 10)
        for i, each in enumerate((problem, contract(problem).problem)):
            parts = split(Tables(each))
            assert_splits(each, parts)
            several[i] += len(parts) > 1
    assert several[0] > 20
    assert several[1] > 0


def test_cut_where_all_orders_meet(builder):
    build = builder()
    end = build.op(size=3)
    for _ in range(3):
        end = build.op(build.op(end), build.op(end), size=3)
    build.keep(end)
    parts = split(Tables(build.problem()))
    assert steps_of(parts) == [
        (0,),
        (1, 2),
        (3,),
        (4, 5),
        (6,),
        (7, 8),
        (9,),
    ]
    assert [part.offset for part in parts] == [0] * 7


def test_cut_between_layers_without_a_narrow_step():
    """All of one layer come before all of the next."""
    layers = [tuple(range(i, i + 3)) for i in (0, 3, 6)]
    rows = [(), (), (), *[layers[0]] * 3, *[layers[1]] * 3]
    problem = from_edges(rows, [2] * 9, [0] * 9, {6, 7, 8})
    assert steps_of(split(Tables(problem))) == layers


def test_what_only_passes_through_is_an_offset(builder):
    build = builder()
    first = build.op(size=100)
    middle = build.op(build.op(first), build.op(first))
    build.keep(build.op(middle, first))
    problem = build.problem()
    parts = split(Tables(problem))
    assert [part.offset for part in parts] == [0, 100, 0]
    assert [sorted(part.problem.sizes) for part in parts] == [
        [100],
        [1, 1],
        [1, 1, 1, 1, 100],
    ]
    assert_splits(problem, parts)


def test_cut_where_the_least_is_live():
    """Every other step frees what is there, the others only add."""
    rows = range(10)
    problem = Problem(
        sizes=(5,) * 10,
        produces=tuple(() if v % 2 else (v,) for v in rows),
        reads=tuple((v,) if v % 2 else () for v in rows),
        after=((),) * 10,
        workspace=(3,) * 10,
        kept=frozenset(range(0, 10, 2)),
    )
    parts = split(Tables(problem))
    assert steps_of(parts) == [(1, 3, 5, 7, 9), (0, 2, 4, 6, 8)]
    assert_splits(problem, parts)


@pytest.mark.parametrize("factor", [1, 8, 2**20, 2**40])
def test_a_common_factor_changes_nothing(factor):
    for seed in range(40):
        problem = layered(seed, 9)
        larger = replace(
            problem,
            sizes=tuple(factor * size for size in problem.sizes),
            workspace=tuple(factor * size for size in problem.workspace),
        )
        found, expected = split(Tables(larger)), split(Tables(problem))
        assert steps_of(found) == steps_of(expected)
        assert [part.offset for part in found] == [
            factor * part.offset for part in expected
        ]


def test_sizes_that_no_flow_takes_are_no_error(random_problem):
    for seed in range(50):
        problem = random_problem(seed, 8)
        sizes = tuple(size * 2**40 + size for size in problem.sizes)
        problem = replace(problem, sizes=(*sizes[:-1], 1))
        assert_splits(problem, split(Tables(problem)))


def test_nothing_to_split():
    empty = Problem((), (), (), (), (), frozenset())
    assert split(Tables(empty)) == []


def test_steps_in_a_row_are_one_part(chain):
    (part,) = split(Tables(chain))
    assert part.steps == tuple(range(len(chain.after)))
    assert part.problem == chain


def test_many_parts(builder):
    build = builder()
    end = build.op()
    for _ in range(5000):
        end = build.op(build.op(end), build.op(end))
    build.keep(end)
    problem = build.problem()
    parts = split(Tables(problem))
    assert len(parts) == 10_001
    assert peak(problem, [v for part in parts for v in part.steps]) == max(
        part.offset + peak(part.problem, range(len(part.steps)))
        for part in parts
    )
