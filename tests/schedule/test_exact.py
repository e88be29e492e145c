import random
from itertools import permutations

import networkx as nx
import numpy as np
import pytest

from lazyopt.schedule import Tables, forced_live, is_valid, peak
from lazyopt.schedule.exact import exact_order, tighten
from lazyopt.schedule.subproblem import Events

MANY = 100_000


def solve(problem):
    """Search below the peak of the order given."""
    tables = Tables(problem)
    known = peak(tables, range(tables.steps))
    return exact_order(tables, known, forced_live(tables), MANY)


def fft(build):
    row = [build.op() for _ in range(8)]
    for half in (1, 2, 4):
        row = [build.op(row[i], row[i ^ half]) for i in range(8)]
    build.keep(*row)


def grid(build):
    cell = {}
    for i in range(6):
        for j in range(6):
            near = [cell[at] for at in [(i - 1, j), (i, j - 1)] if at in cell]
            cell[i, j] = build.op(*near)
    build.keep(cell[5, 5])


def stencil(build):
    row = [build.op() for _ in range(6)]
    for _ in range(4):
        row = [build.op(*row[max(i - 1, 0) : i + 2]) for i in range(6)]
    total = row[0]
    for entry in row[1:]:
        total = build.op(total, entry)
    build.keep(total)


def strassen(build):
    a, b, c, d, p, q, r, s = [build.op() for _ in range(8)]

    def combined(*operands):
        total = operands[0]
        for operand in operands[1:]:
            total = build.op(total, operand)
        return total

    products = [
        combined(combined(a, d), combined(p, s)),
        combined(combined(c, d), p),
        combined(a, combined(q, s)),
        combined(d, combined(r, p)),
        combined(combined(a, b), s),
        combined(combined(c, a), combined(p, q)),
        combined(combined(b, d), combined(r, s)),
    ]
    for terms in ((0, 3, 4, 6), (2, 4), (1, 3), (0, 1, 2, 5)):
        build.keep(combined(*[products[term] for term in terms]))


def cholesky(build):
    tile = {(i, j): build.op() for i in range(4) for j in range(i + 1)}
    for k in range(4):
        tile[k, k] = build.op(tile[k, k])
        for i in range(k + 1, 4):
            tile[i, k] = build.op(tile[i, k], tile[k, k])
        for i in range(k + 1, 4):
            for j in range(k + 1, i + 1):
                factors = dict.fromkeys([tile[i, k], tile[j, k]])
                tile[i, j] = build.op(tile[i, j], *factors)
    build.keep(tile[3, 3])


def tree(build):
    row = [build.op() for _ in range(32)]
    while len(row) > 1:
        row = [build.op(*row[at : at + 2]) for at in range(0, len(row), 2)]
    build.keep(row[0])


def cell(build, seed, nodes=32):
    """A randomly wired cell of a network, with random sizes."""
    rng = random.Random(seed)
    graph = nx.connected_watts_strogatz_graph(nodes, 4, 0.75, seed=seed)
    entry = build.op(size=rng.randint(1, 10))
    made = {}
    for v in range(nodes):
        before = [made[u] for u in sorted(graph[v]) if u < v]
        made[v] = build.op(*(before or [entry]), size=rng.randint(1, 10))
    last = [made[v] for v in range(nodes) if max(graph[v]) < v]
    build.keep(build.op(*last, size=rng.randint(1, 10)))


@pytest.mark.parametrize("seed", range(300))
def test_the_lowest_peak_is_found(random_problem, optimum, seed):
    problem = random_problem(seed, 1 + seed % 8)
    least = optimum(problem)
    known = peak(problem, range(1 + seed % 8))
    found = exact_order(problem, known, 0, MANY)
    assert found.proven
    assert found.peak == found.bound == least
    if known > least:
        assert is_valid(problem, found.order)
        assert peak(problem, found.order) == least
    else:
        assert found.order is None


@pytest.mark.parametrize("seed", range(60))
def test_nothing_is_found_below_the_lowest_peak(random_problem, optimum, seed):
    problem = random_problem(seed, 7)
    least = optimum(problem)
    found = exact_order(problem, least, 0, MANY)
    assert found.order is None
    assert found.proven
    above = exact_order(problem, least + 1, 0, MANY)
    assert above.peak == peak(problem, above.order) == least


@pytest.mark.parametrize("seed", range(100))
def test_an_early_end_claims_nothing_false(random_problem, optimum, seed):
    problem = random_problem(seed, 8)
    least = optimum(problem)
    known = peak(problem, range(8))
    for limit in range(6):
        found = exact_order(problem, known, 0, limit)
        assert found.states <= limit
        assert found.bound <= least <= found.peak
        assert (found.order is None) == (found.peak == known)
        if found.order is not None:
            assert peak(problem, found.order) == found.peak


@pytest.mark.parametrize(
    ("make", "least"),
    [
        (fft, 10),
        (grid, 7),
        (stencil, 8),
        (strassen, 10),
        (cholesky, 7),
        (tree, 7),
    ],
)
def test_known_optima(builder, make, least):
    build = builder()
    make(build)
    found = solve(build.problem())
    assert found.proven
    assert found.peak == least
    assert found.states < 2000


@pytest.mark.parametrize("seed", range(12))
def test_cells_are_solved(builder, seed):
    build = builder()
    cell(build, seed)
    problem = build.problem()
    found = solve(problem)
    assert found.proven
    assert found.states < 4000
    assert found.order is None or is_valid(problem, found.order)


def test_optimal_orders_are_proven_so_without_a_search(builder):
    """Gradients of a chain of layers, of which each forgets one array."""
    build = builder()
    active = [build.op(size=10)]
    for _ in range(12):
        active.append(build.op(active[-1], size=10))
    gradient = build.op(active[-1], size=10)
    for at in range(11, -1, -1):
        build.keep(build.op(gradient, active[at], size=3))
        gradient = build.op(gradient, active[at + 1], size=10)
    problem = build.problem()
    known = peak(problem, range(len(problem.after)))
    found = exact_order(problem, known, forced_live(problem), MANY)
    assert found.proven
    again = exact_order(problem, found.peak, forced_live(problem), 0)
    assert again.proven
    assert again.states == 0


def test_searches_are_the_same_every_time(builder):
    build = builder()
    cell(build, 5)
    found = [solve(build.problem()) for _ in range(2)]
    assert found[0] == found[1]


def test_bytes_that_share_a_divisor_take_no_more_states(builder):
    states = []
    for unit in (1, 1 << 40):
        build = builder()
        cell(build, 3, 24)
        build.sizes = [size * unit for size in build.sizes]
        found = solve(build.problem())
        assert found.peak % unit == 0
        states.append(found.states)
    assert states[0] == states[1]


def test_nothing_to_order(builder):
    found = exact_order(builder().problem(), 0, 0, MANY)
    assert (found.order, found.peak, found.states) == (None, 0, 0)
    assert found.proven


@pytest.mark.parametrize("seed", range(60))
def test_relation_holds_for_every_order_under_the_target(random_problem, seed):
    problem = random_problem(seed, 6)
    tables = Tables(problem)
    events = Events.of(tables)
    peaks = {
        order: peak(tables, order)
        for order in permutations(range(6))
        if is_valid(problem, order)
    }
    for most in sorted(set(peaks.values())):
        before = tighten(events, most // events.unit, events.before())
        assert before is not None
        for order, reached in peaks.items():
            if reached <= most:
                place = np.argsort(order)
                later, earlier = np.nonzero(before[:6, :6])
                assert (place[earlier] < place[later]).all()


def test_relation_finds_what_has_to_go_first(builder):
    build = builder()
    source = build.op(size=10)
    large = build.op(source, size=20)
    small = build.op(source, size=3)
    last = build.op(build.op(large, size=1), small, size=1)
    build.keep(last)
    events = Events.of(Tables(build.problem()))
    given = events.before()
    assert not given[small, large] and not given[large, small]
    # Together with the result of the small step, the large one needs 33.
    assert not tighten(events, 33, given)[small, large]
    assert tighten(events, 32, given)[small, large]
    assert tighten(events, 30, given) is None


@pytest.mark.parametrize("work", [0, 1, 1e3, 1e4, 1e5])
@pytest.mark.parametrize("seed", range(20))
def test_bounds_of_little_work_hold(random_problem, optimum, seed, work):
    problem = random_problem(seed, 8)
    upper = peak(problem, range(8))
    lowest = optimum(problem)
    for states in (0, 10**6):
        found = exact_order(problem, upper, 0, states, work)
        assert found.bound <= lowest <= found.peak
        if states:
            assert found.proven
