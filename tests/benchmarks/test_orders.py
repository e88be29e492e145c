"""Peers' orders: valid on anything, and on small problems the right ones."""

import random
from collections.abc import Callable, Sequence
from importlib.util import find_spec

import pytest

from benchmarks.orders import PEERS
from benchmarks.orders.dask import dask_order
from benchmarks.programs.instances import random_tree
from benchmarks.programs.known import from_operands
from lazyopt.schedule import Problem, inductor, is_valid, peak, successors, xla
from lazyopt.schedule.traversal import ascend, least_post_order

ORDERS = [
    pytest.param(
        order,
        id=f"{name}-{order.__name__}",
        marks=pytest.mark.skipif(
            name == "dask" and find_spec("dask") is None, reason="needs dask"
        ),
    )
    for name, orders in PEERS.items()
    for order in orders
]
Order = Callable[[Problem], list[int]]


def anything(seed: int, steps: int) -> Problem:
    """A problem with views, several results, workspace, and donations."""
    rng = random.Random(seed)
    donated = rng.randrange(3)
    sizes = [rng.randint(0, 9) for _ in range(donated)]
    held: list[list[int]] = []
    produces, reads, after = [], [], []
    for v in range(steps):
        operands = rng.sample(range(v), min(v, rng.randrange(4)))
        used = [s for u in operands for s in held[u]]
        if donated and rng.random() < 0.2:
            used.append(rng.randrange(donated))
        made = []
        if not operands or rng.random() < 0.8:
            made = [len(sizes) + i for i in range(rng.choice((1, 1, 2)))]
            sizes += [rng.randint(0, 9) for _ in made]
        if v and rng.random() < 0.2:
            operands.append(rng.randrange(v))
        held.append(made or held[operands[0]])
        produces.append(tuple(made))
        reads.append(tuple(dict.fromkeys(used)))
        after.append(tuple(dict.fromkeys(operands)))
    kept = [s for s in range(len(sizes)) if rng.random() < 0.2]
    return Problem(
        tuple(sizes),
        tuple(produces),
        tuple(reads),
        tuple(after),
        tuple(rng.choice((0, 0, 5)) for _ in range(steps)),
        frozenset(kept),
    )


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("seed", range(20))
def test_orders_are_valid_on_anything(order: Order, seed: int) -> None:
    problem = anything(seed, 60)
    found = order(problem)
    assert is_valid(problem, found)
    assert found == order(problem)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("steps", [0, 1])
def test_orders_of_next_to_nothing(order: Order, steps: int) -> None:
    assert order(from_operands([()] * steps)) == list(range(steps))


@pytest.mark.parametrize("order", ORDERS)
def test_a_long_chain_is_no_deep_recursion(order: Order) -> None:
    chain = [(v - 1,) if v else () for v in range(5000)]
    assert order(from_operands(chain)) == list(range(5000))


def scanned(problem: Problem) -> list[int]:
    """LPMF as it is written: the best of all that are ready, found anew."""
    sizes = problem.sizes
    steps = range(len(problem.after))
    readers: list[set[int]] = [set() for _ in sizes]
    for v, row in enumerate(problem.reads):
        for s in row:
            readers[s].add(v)
    made = {s for row in problem.produces for s in row}
    needs = [sum(sizes[s] for s in row) for row in problem.produces]
    live = sum(
        sizes[s]
        for s in range(len(sizes))
        if s not in made and (readers[s] or s in problem.kept)
    )
    most = max(live, sum(sizes[s] for s in problem.kept))

    def frees(v: int) -> int:
        gone = [s for s in problem.reads[v] if readers[s] == {v}]
        gone += [s for s in problem.produces[v] if not readers[s]]
        return sum(sizes[s] for s in gone if s not in problem.kept)

    order: list[int] = []
    while len(order) < len(steps):
        room = most - live
        ready = [
            v
            for v in steps
            if v not in order and set(problem.after[v]) <= set(order)
        ]
        best = min(
            ready,
            key=lambda v: (
                needs[v] if needs[v] > room else 0,
                needs[v] - frees(v),
                v,
            ),
        )
        order.append(best)
        most = max(most, live + needs[best])
        live += needs[best] - frees(best)
        for left in readers:
            left.discard(best)
    return order


@pytest.mark.parametrize("seed", range(30))
def test_lpmf_takes_what_a_scan_of_the_ready_steps_would(seed: int) -> None:
    problem = anything(seed, 40)
    assert inductor.least_peak_first(problem) == scanned(problem)


def test_lpmf_makes_all_small_leaves_first() -> None:
    problem = from_operands([(), (0,), (), (2,), (1, 3)], [1, 2, 1, 2, 2])
    assert inductor.least_peak_first(problem) == [0, 2, 1, 3, 4]


def test_breadth_first_goes_on_with_what_ran_first() -> None:
    problem = from_operands([(), (), (1,), (0,), (2, 3)])
    assert inductor.breadth_first(problem) == [0, 1, 3, 2, 4]


def test_smallest_first_begins_with_what_touches_least() -> None:
    problem = from_operands([(), (0,), (), (2,), (1, 3)], [5, 5, 1, 1, 1])
    assert inductor.smallest_first(problem) == [2, 3, 0, 1, 4]


def test_list_order_puts_off_what_xla_says_it_does() -> None:
    # The example in its comments, with the steps A to G.
    rows = [(), (0,), (1,), (0,), (0,), (3, 4), (2, 5)]
    problem = from_operands(rows, [1, 2, 1, 1, 1, 2, 1])
    found = xla.list_order(problem)
    assert sorted(found[:4]) == [0, 3, 4, 5]
    assert found[3:] == [5, 1, 2, 6]


def test_list_order_takes_scalars_at_once() -> None:
    rows = [(), (), (0,), (1,), (2, 3)]
    problem = from_operands(rows, [9, 9, 9, 1, 9])
    found = xla.list_order(problem)
    assert found.index(3) == found.index(1) + 1


def test_depth_first_begins_with_what_has_most_users() -> None:
    rows: Sequence[Sequence[int]] = [(), (), (1,), (1,), (0, 2), (3, 4)]
    problem = from_operands(rows)
    assert len(successors(problem)[1]) == 2
    assert xla.depth_first(problem) == [1, 2, 0, 4, 3, 5]
    assert xla.plain_post_order(problem) == [1, 3, 0, 2, 4, 5]


def test_autoray_goes_to_the_deepest_and_last_operand_first() -> None:
    problem = from_operands([(), (), (1,), (), (0, 2, 3)])
    assert ascend(problem) == [1, 2, 3, 0, 4]


@pytest.mark.parametrize("seed", range(20))
def test_no_post_order_of_a_tree_is_better_than_the_best(seed: int) -> None:
    problem = random_tree(seed, 40)
    best = peak(problem, least_post_order(problem))
    for order in (ascend, xla.depth_first, xla.plain_post_order):
        assert best <= peak(problem, order(problem))


def test_the_best_post_order_of_views_and_workspace() -> None:
    # The operand that borrows much comes first, although it leaves little.
    problem = Problem(
        sizes=(3, 1, 1),
        produces=((0,), (1,), (), (2,)),
        reads=((), (), (1,), (0, 1)),
        after=((), (), (1,), (0, 2)),
        workspace=(0, 9, 0, 0),
        kept=frozenset([2]),
    )
    assert least_post_order(problem) == [1, 2, 0, 3]


def test_dask_says_that_it_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "dask.order", None)
    with pytest.raises(ImportError, match="package dask"):
        dask_order(from_operands([()]))
