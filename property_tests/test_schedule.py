"""best_order: optimal where that can be checked, and never above its peers."""

from functools import cache
from importlib.util import find_spec

from hypothesis import given, note
from hypothesis import strategies as st

import lazyopt as lo
from benchmarks.orders import PEERS
from lazyopt.ordering import problem_of
from lazyopt.schedule import Problem, Tables, best_order, is_valid, peak
from lazyopt.testing.decoder import decode
from lazyopt.testing.operands import LARGE
from lazyopt.testing.strategies import CODES

#: What brute force can do.
FEW = 9


def problem(codes: list[int], donated: bool) -> Problem:
    """The ordering problem of a random program."""
    graph: lo.Graph = decode(codes, LARGE).trace()
    if donated:
        graph = graph.donate()
    note(graph)
    found: Problem = problem_of(graph)[0]
    return found


SIZES = st.integers(0, 9) | st.sampled_from([1, 1, 100, 10**15, 10**15 + 1])


@st.composite
def problems(draw: st.DrawFn, most: int) -> Problem:
    """Problems with everything that a step can be.

    Views, several results, results that nobody reads or that are empty,
    donated storages, workspace, and steps that keep their order.
    """
    steps = draw(st.integers(0, most))
    sizes = draw(st.lists(SIZES, max_size=3))
    donated = len(sizes)
    held: list[tuple[int, ...]] = []
    produces, reads, after = [], [], []
    effect = -1
    for v in range(steps):
        operands = (
            draw(st.lists(st.integers(0, v - 1), max_size=3, unique=True))
            if v
            else []
        )
        read = [s for u in operands for s in held[u]]
        if donated:
            read += draw(st.lists(st.integers(0, donated - 1), max_size=1))
        results = draw(st.sampled_from([1, 1, 1, 2, 0]))
        made = tuple(range(len(sizes), len(sizes) + results))
        sizes += [draw(SIZES) for _ in made]
        if draw(st.integers(0, 4)) == 4:
            if effect >= 0 and effect not in operands:
                operands.append(effect)
            effect = v
        held.append(made or tuple(read))
        produces.append(made)
        reads.append(tuple(dict.fromkeys(read)))
        after.append(tuple(operands))
    borrowed = st.sampled_from([0, 0, 0, 1, 5])
    kept = draw(st.sets(st.integers(0, len(sizes)), max_size=4))
    return Problem(
        tuple(sizes),
        tuple(produces),
        tuple(reads),
        tuple(after),
        tuple(draw(borrowed) for _ in range(steps)),
        frozenset(kept) - {len(sizes)},
    )


def lowest_peak(problem: Problem) -> int:
    """The lowest peak of any order, by looking at all sets that can run."""
    steps = range(len(problem.after))
    made = [set(row) for row in problem.produces]
    unmade = {s for row in problem.reads for s in row} | problem.kept
    unmade -= {s for row in made for s in row}
    readers: dict[int, int] = {}
    for v in steps:
        for s in problem.reads[v]:
            readers[s] = readers.get(s, 0) | 1 << v

    def live(done: int) -> set[int]:
        there = unmade.union(*(made[v] for v in steps if done >> v & 1))
        return {
            s for s in there if s in problem.kept or readers.get(s, 0) & ~done
        }

    def size(storages: set[int]) -> int:
        return sum(problem.sizes[s] for s in storages)

    @cache
    def least(done: int) -> int:
        if done == (1 << len(steps)) - 1:
            return size(live(done))
        return min(
            max(
                size(live(done) | made[v]) + problem.workspace[v],
                least(done | 1 << v),
            )
            for v in steps
            if not done >> v & 1
            and all(done >> u & 1 for u in problem.after[v])
        )

    return least(0)


@given(st.lists(CODES.map(lambda codes: codes[0]), max_size=7), st.booleans())
def test_small_programs_are_solved_and_proven(
    codes: list[int], donated: bool
) -> None:
    small = problem(codes, donated)
    if len(small.after) > FEW:
        return
    found = best_order(small)
    assert is_valid(small, found.order)
    assert found.peak == peak(small, found.order)
    assert found.peak == found.bound == lowest_peak(small)


@given(CODES, st.booleans())
def test_no_peer_has_a_lower_peak(codes: list[int], donated: bool) -> None:
    some = problem(codes, donated)
    steps = range(len(some.after))
    for effort in ("fast", "default"):
        found = best_order(some, effort)
        assert found.bound <= found.peak == peak(some, found.order)
        assert found.peak <= peak(some, steps)
    for name, orders in PEERS.items():
        if name == "dask" and find_spec("dask") is None:
            continue
        for order in orders:
            assert found.peak <= peak(some, order(some)), name


@given(problems(9))
def test_small_problems_of_any_kind_get_the_lowest_peak(
    problem: Problem,
) -> None:
    found = best_order(problem)
    assert is_valid(problem, found.order)
    assert found.peak == peak(problem, found.order)
    assert found.peak == found.bound == lowest_peak(problem)


@given(problems(40), st.sampled_from(["fast", "default"]))
def test_no_peer_is_better_on_problems_of_any_kind(
    problem: Problem, effort: str
) -> None:
    found = best_order(problem, effort)
    tables = Tables(problem)
    assert is_valid(problem, found.order)
    assert found.bound <= found.peak == peak(tables, found.order)
    for peer, orders in PEERS.items():
        if peer == "dask" and (effort == "fast" or not find_spec("dask")):
            continue
        for order in orders:
            assert found.peak <= peak(tables, order(problem)), peer
