import random

import networkx
import pytest

from lazyopt.schedule.precedence import Precedence, Ranked, bits


def as_set(mask):
    return set(bits(mask))


def random_dag(seed, count):
    rng = random.Random(seed)
    rows = [
        sorted(rng.sample(range(v), min(v, rng.randrange(4))))
        for v in range(count)
    ]
    graph = networkx.DiGraph((u, v) for v, row in enumerate(rows) for u in row)
    graph.add_nodes_from(range(count))
    return rng, rows, graph


def assert_same(dag, graph):
    """The same reachability, and edges that imply it."""
    for v in graph:
        assert as_set(dag.before[v] & dag.alive) == networkx.ancestors(
            graph, v
        )
        assert as_set(dag.behind[v] & dag.alive) == networkx.descendants(
            graph, v
        )
        assert as_set(dag.others(v)) == (
            set(graph)
            - {v}
            - networkx.ancestors(graph, v)
            - networkx.descendants(graph, v)
        )
    edges = [(u, v) for v in graph for u in bits(dag.pred[v])]
    assert sorted(edges) == sorted(
        (u, v) for u in graph for v in bits(dag.succ[u])
    )
    found = networkx.DiGraph(edges)
    found.add_nodes_from(graph)
    closed = networkx.transitive_closure_dag(found)
    assert set(closed.edges) == set(
        networkx.transitive_closure_dag(graph).edges
    )


@pytest.mark.parametrize("width", [3, 70, 700])
def test_bits_are_found_in_order(width):
    rng = random.Random(width)
    for _ in range(20):
        some = sorted(rng.sample(range(width), rng.randrange(width)))
        assert bits(sum(1 << v for v in some)) == some
    assert bits(0) == []


def test_edges_are_added():
    for seed in range(40):
        rng, rows, graph = random_dag(seed, 14)
        dag = Precedence(rows, [], [])
        assert_same(dag, graph)
        for _ in range(4):
            v = rng.randrange(14)
            steps = [u for u in bits(dag.others(v)) if rng.random() < 0.4]
            mask = sum(1 << u for u in steps)
            if rng.random() < 0.5:
                ends = dag.put_behind(v, mask)
                graph.add_edges_from((u, v) for u in steps)
            else:
                ends = dag.put_before(v, mask)
                graph.add_edges_from((v, u) for u in steps)
            assert ends & ~(mask | 1 << v) == 0
            assert_same(dag, graph)


def test_only_edges_that_others_imply_are_dropped():
    for seed in range(40):
        _, rows, graph = random_dag(seed, 14)
        dag = Precedence(rows, [], [])
        dag.tidy(-1)
        assert_same(dag, graph)
        reduced = networkx.transitive_reduction(graph)
        edges = {(u, v) for v in graph for u in bits(dag.pred[v])}
        assert edges == set(reduced.edges)


def test_steps_are_joined():
    joined = 0
    for seed in range(60):
        rng, rows, graph = random_dag(seed, 12)
        dag = Precedence(rows, [], [])
        for _ in range(5):
            dag.tidy(-1)
            links = [
                (u, v, into)
                for v in bits(dag.alive)
                for u in bits(dag.pred[v])
                for into, only in (
                    (u, dag.pred[v] == 1 << u),
                    (v, dag.succ[u] == 1 << v),
                )
                if only
            ]
            if not links:
                break
            u, v, into = rng.choice(links)
            dag.join(u, v, into)
            gone = v if into == u else u
            graph = networkx.contracted_nodes(
                graph, into, gone, self_loops=False
            )
            joined += 1
            assert_same(dag, graph)
    assert joined > 100


def test_orders_are_valid_and_close_to_the_numbers():
    for seed in range(20):
        _, rows, _ = random_dag(seed, 12)
        dag = Precedence(rows, [], [])
        assert dag.sorted() == list(range(12))
        last = max(bits(dag.others(0)), default=0)
        if last:
            dag.put_behind(0, 1 << last)
            order = dag.sorted()
            assert sorted(order) == list(range(12))
            assert order.index(last) < order.index(0)


def test_what_is_outside_relates_to_nothing_but_its_step():
    """1 waits for something outside, 0 is awaited there."""
    dag = Precedence([[], [], [0, 1]], [1], [0])
    early, late = 3, 4
    assert as_set(dag.before[2]) == {0, 1, early}
    assert as_set(dag.behind[0]) == {2, late}
    assert as_set(dag.others(0)) == {1}
    assert dag.pred[1] == 1 << early
    assert dag.alive == 0b111
    dag.put_behind(0, 1 << 1)
    assert as_set(dag.before[late]) == {0, 1, early}


def test_steps_are_ranked():
    keys = [5, 1, 5, 3]
    ranked = Ranked([0, 1, 2, 3], keys)
    for value in range(7):
        below = {v for v, key in enumerate(keys) if key < value}
        assert as_set(ranked.below(value)) == below
