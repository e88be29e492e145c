import random

import networkx
import pytest

from lazyopt.schedule import Problem, Tables, is_valid, peak
from lazyopt.schedule import dominance as rules
from lazyopt.schedule.contract import contract, rounded
from lazyopt.schedule.dominance import Dominance
from lazyopt.schedule.narrow import split
from lazyopt.schedule.simulate import timeline
from tests.schedule.lowest import (
    from_edges,
    layered,
    lowest_peak,
    random_order,
)

OFF = {
    "forward": lambda patch: patch.setattr(
        Dominance, "_hastens", lambda *_: False
    ),
    "backward": lambda patch: patch.setattr(
        Dominance, "_waits", lambda *_: False
    ),
    "dominators": lambda patch: patch.setattr(
        Dominance, "_dominators", lambda *_: 0
    ),
    "dominated": lambda patch: patch.setattr(
        Dominance, "_dominated", lambda *_: 0
    ),
    "bundles": lambda patch: patch.setattr(rules, "add_bundles", lambda _: 0),
}


def assert_contracts(problem, contraction):
    """Same lowest peak, and same peak of every order there and back."""
    smaller = contraction.problem
    steps = len(smaller.after)
    assert len(contraction.sequences) == steps
    assert min(smaller.workspace, default=0) >= 0
    assert lowest_peak(smaller) == lowest_peak(problem)
    assert is_valid(smaller, range(steps))
    for seed in range(2):
        order = random_order(smaller, seed)
        there = contraction.expand(order)
        assert is_valid(problem, there)
        assert peak(smaller, order) == peak(problem, there)


@pytest.mark.parametrize("steps", [1, 4, 7])
def test_anything_keeps_its_lowest_peak(random_problem, steps):
    for seed in range(300):
        problem = random_problem(seed, steps)
        assert_contracts(problem, contract(problem))


@pytest.mark.parametrize("steps", [8, 10])
def test_programs_keep_their_lowest_peak(steps):
    for seed in range(200):
        problem = layered(seed, steps)
        assert_contracts(problem, contract(problem))


@pytest.mark.parametrize("window", [1, 2, 3, 4, 6])
def test_windows_keep_the_lowest_peak(random_problem, window):
    for seed in range(60):
        for problem in (random_problem(seed, 7), layered(seed, 9)):
            assert_contracts(problem, contract(problem, window))


@pytest.mark.parametrize("alone", OFF)
def test_each_rule_alone_keeps_the_lowest_peak(
    random_problem, monkeypatch, alone
):
    for rule, turn_off in OFF.items():
        if rule != alone:
            turn_off(monkeypatch)
    found = 0
    for seed in range(80):
        for problem in (random_problem(seed, 6), layered(seed, 9)):
            contraction = contract(problem)
            assert_contracts(problem, contraction)
            smaller = contraction.problem
            edges = sum(map(len, smaller.after))
            found += len(smaller.after) < len(problem.after)
            found += edges > sum(map(len, problem.after))
    assert found


@pytest.mark.parametrize("rule", OFF)
def test_each_rule_finds_what_the_others_do_not(monkeypatch, rule):
    problems = [layered(seed, 12) for seed in range(150)]
    full = [len(contract(problem).sequences) for problem in problems]
    OFF[rule](monkeypatch)
    less = [len(contract(problem).sequences) for problem in problems]
    assert sum(full) < sum(less)


def test_each_step_needs_as_much_as_its_sequence():
    for seed in range(40):
        problem = layered(seed, 14)
        contraction = contract(problem)
        smaller = contraction.problem
        order = random_order(smaller, seed)
        there = iter(timeline(problem, contraction.expand(order)).tolist())
        for step, needed in zip(
            order, timeline(smaller, order).tolist(), strict=True
        ):
            row = contraction.sequences[step]
            assert needed == max(next(there) for _ in row)


def program(edges, steps, kept):
    """Unit sizes; edges go from operand to result."""
    rows = [tuple(u for u, w in edges if w == v) for v in range(steps)]
    return from_edges(rows, [1] * steps, [0] * steps, kept)


def grid(width):
    edges = []
    for i in range(width):
        for j in range(width):
            here = i * width + j
            edges += [(here - width, here)] * (i > 0)
            edges += [(here - 1, here)] * (j > 0)
    return program(edges, width * width, {width * width - 1})


def butterfly(log):
    width = 2**log
    edges = []
    for level in range(log):
        for i in range(width):
            here = (level + 1) * width + i
            edges.append((here - width, here))
            edges.append((level * width + (i ^ 1 << level), here))
    last = log * width
    return program(edges, last + width, set(range(last, last + width)))


def complete_tree(depth):
    steps = 2 ** (depth + 1) - 1
    edges = [(i, steps - 1 - (steps - 2 - i) // 2) for i in range(steps - 1)]
    return program(edges, steps, {steps - 1})


@pytest.mark.parametrize(
    ("problem", "lowest"),
    [(grid(6), 7), (butterfly(3), 10), (complete_tree(6), 8)],
    ids=["grid", "butterfly", "tree"],
)
def test_known_graphs_become_one_step(problem, lowest):
    contraction = contract(problem)
    assert len(contraction.sequences) == 1
    assert peak(problem, contraction.expand([0])) == lowest


def series_parallel(seed, edges):
    """A graph built of chains and of forks, with a storage for each edge."""
    rng = random.Random(seed)
    graph = networkx.DiGraph([(0, 1)])
    while graph.number_of_edges() < edges:
        u, v = rng.choice(sorted(graph.edges))
        w = graph.number_of_nodes()
        if rng.random() < 0.5:
            graph.remove_edge(u, v)
        graph.add_edges_from([(u, w), (w, v)])
    order = list(networkx.lexicographical_topological_sort(graph))
    place = {v: i for i, v in enumerate(order)}
    pairs = sorted((place[u], place[v]) for u, v in graph.edges)
    made = [
        [i for i, e in enumerate(pairs) if e[0] == v]
        for v in range(len(order))
    ]
    read = [
        [i for i, e in enumerate(pairs) if e[1] == v]
        for v in range(len(order))
    ]
    return Problem(
        tuple(rng.randint(1, 9) for _ in pairs),
        tuple(map(tuple, made)),
        tuple(map(tuple, read)),
        tuple(tuple(pairs[i][0] for i in row) for row in read),
        (0,) * len(order),
        frozenset(),
    )


def test_series_parallel_graphs_with_one_reader_get_one_order():
    for seed in range(50):
        problem = series_parallel(seed, 16)
        contraction = contract(problem)
        smaller = contraction.problem
        assert len(split(Tables(smaller))) == 1
        order = contraction.expand(range(len(smaller.after)))
        assert peak(problem, order) == lowest_peak(problem)


def test_rounding_down_bounds_the_lowest_peak():
    for seed in range(100):
        problem = layered(seed, 8)
        for unit in (1, 2, 5):
            smaller = rounded(problem, unit)
            assert unit * lowest_peak(smaller) <= lowest_peak(problem)
            for order in (range(8), random_order(problem, seed)):
                assert is_valid(smaller, order)
                assert unit * peak(smaller, order) <= peak(problem, order)


def test_small_results_in_the_way_round_away(builder):
    """Keeping a norm leaves a little more live than having none yet."""
    build = builder()
    state = build.op(size=10**6)
    build.keep(build.op(build.op(state, size=10**6), size=1))
    for _ in range(20):
        new = build.op(state, size=10**6)
        build.keep(build.op(build.op(new, state, size=10**6), size=1))
        state = new
    build.keep(state)
    problem = build.problem()
    assert len(contract(problem).sequences) > 1
    contraction = contract(rounded(problem, 1000))
    assert len(contraction.sequences) == 1
    assert peak(problem, contraction.expand([0])) <= 3 * 10**6 + 21


def test_nothing_to_contract():
    empty = Problem((), (), (), (), (), frozenset())
    assert contract(empty).sequences == ()
    given = Problem((7,), (), (), (), (), frozenset([0]))
    assert contract(given).problem.sizes == (7,)


def test_long_chains_do_not_recurse(chain):
    contraction = contract(chain, 64)
    assert len(contraction.sequences) == 1
    assert contraction.expand([0]) == list(range(len(chain.after)))


def test_windows_follow_what_goes_on_beside_them(builder):
    """Two recurrences, and a sum of their results written at the end."""
    build = builder()
    x = y = build.op(size=8)
    results = []
    for _ in range(300):
        x = build.op(x, size=8)
        y = build.op(x, y, size=8)
        results.append(build.op(y, size=1))
    total = results[0]
    for result in results[1:]:
        total = build.op(total, result, size=1)
    build.keep(total)
    problem = build.problem()
    contraction = contract(problem, 64)
    smaller = contraction.problem
    assert len(split(Tables(smaller))) == 1
    order = contraction.expand(range(len(smaller.after)))
    assert peak(problem, order) == peak(problem, contract(problem).expand([0]))


def test_the_result_is_the_same_every_time():
    found = [contract(layered(1, 60), 32) for _ in range(3)]
    assert found[0] == found[1] == found[2]
