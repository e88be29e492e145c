"""Passes together: their order, their end, and who checks them."""

import itertools
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.build import constant
from lazyopt.testing import assert_equivalent, check_pass
from lazyopt.verify import verify_structure

from ..helpers import exact, names, normal, same
from .everything import EVERYTHING


def program(x: Any) -> Any:
    """Something to do for every pass."""
    c = do("ones", (6, 6), like=x)
    a = do("tanh", x) * (c + 1)
    b = do("tanh", x) * (c + 1)
    dead = do("sum", a)
    q, r = do("linalg.qr", do("conj", a))
    y = do("tensordot", q, do("transpose", do("transpose", b)), 1)
    return do("sum", y, 0) - dead * 0, r, do("exp", y) + do("exp", b)


@pytest.mark.parametrize(
    "pair", list(itertools.permutations(range(len(EVERYTHING)), 2))
)
def test_trap_31_any_two_passes_leave_a_graph(pair: tuple[int, int]) -> None:
    x = normal(6, 6)
    graph = lo.trace(program, x)
    passes = [EVERYTHING[i] for i in pair]
    better = lo.Pipeline([*passes, *passes])(graph)
    verify_structure(better, frozenset())
    same(better(x), program(x))
    same(better.compile()(x), program(x))


@lo.rewrite("to-add")
def to_add(node: lo.Node) -> Any:
    """Compute 2 * x as x + x."""
    if node.op.name == "multiply" and node.args[1] == 2:
        return lo.call("add", node.args[0], node.args[0])
    return None


@lo.rewrite("to-multiply")
def to_multiply(node: lo.Node) -> Any:
    """Compute x + x as 2 * x."""
    if node.op.name == "add" and node.args[0] is node.args[1]:
        return lo.call("multiply", node.args[0], 2)
    return None


@pytest.mark.parametrize("size", [1, 2000])
def test_trap_32_rules_that_undo_each_other_come_to_an_end(size: int) -> None:
    """After as many rounds for a large graph as for a small one."""
    rounds: list[str] = []

    def fn(x: Any) -> Any:
        for _ in range(size):
            x = x * 2
        return x

    graph = lo.trace(fn, np.zeros(2))
    both = lo.Fixpoint([to_add, to_multiply], max_rounds=10)
    with pytest.raises(lo.PassError) as raised:
        lo.optimize(graph, [both], on_pass=lambda r: rounds.append(r.name))
    assert "to-add" in str(raised.value)
    assert "to-multiply" in str(raised.value)
    assert len(rounds) == 20


def drop_last(graph: lo.Graph) -> lo.Graph:
    """Lose the node that the last one needs."""
    last = graph.nodes[-1].operands[0]
    return graph.replace([n for n in graph.nodes if n is not last])


def lie(graph: lo.Graph) -> lo.Graph:
    """Put a node that says float32 in the place of one that is float64."""
    last = graph.nodes[-1]
    spec = lo.ArraySpec(last.spec.shape, "float32")
    other = type(last)(last.op, last.args, last.kwargs, (spec,))
    return graph.replace([*graph.nodes[:-1], other], [other])


@pytest.mark.parametrize("item", [drop_last, lie])
@pytest.mark.parametrize("size", [3, 20_000])
def test_trap_38_large_graphs_are_checked_as_small_ones_are(
    item: Any, size: int
) -> None:
    def fn(x: Any) -> Any:
        for _ in range(size):
            x = do("sin", x)
        return x

    graph = lo.trace(fn, np.zeros(2))
    with pytest.raises(lo.PassError, match=item.__name__):
        lo.optimize(graph, [item])


def off_by_one(graph: lo.Graph) -> lo.Graph:
    """Add 1 where the program adds 2."""
    nodes, new = [], {}
    for node in graph.nodes:
        current = node.rewired(new)
        if node.op.name == "add" and node.args[1] == 2:
            current = current.replace(args=(current.args[0], 1))
        if current is not node:
            new[node] = current
        nodes.append(current)
    return graph.replace(nodes, [new.get(n, n) for n in graph.outputs])


def test_trap_39_the_graph_given_is_what_is_compared_with() -> None:
    """Also where the graph that a wrong pass made is what comes next."""
    x = normal(3)
    graph = lo.trace(lambda x: do("exp", x) + 2, x)
    with pytest.raises(lo.VerificationError, match="off_by_one"):
        lo.optimize(graph, [off_by_one], verify="equivalence")
    wrong = lo.optimize(graph, [off_by_one, "prune"])
    same(graph(x), np.exp(x) + 2)
    assert not graph.history
    with pytest.raises(lo.VerificationError):
        assert_equivalent(graph, wrong)
    assert_equivalent(wrong, lo.optimize(wrong, EVERYTHING))


def test_trap_39_eager_numpy_is_what_a_pass_is_proved_against() -> None:
    with pytest.raises(lo.VerificationError):
        check_pass(lo.Pipeline([off_by_one, "fold", "share"]), 2000)


@pytest.mark.parametrize("item", EVERYTHING)
def test_trap_40_a_pass_that_is_done_returns_the_graph_given(
    item: Any,
) -> None:
    graph = lo.trace(program, normal(6, 6))
    alone = lo.optimize(graph, [item]) if isinstance(item, str) else None
    run = lo.Pipeline([item]) if alone is not None else item
    after = run(run(run(graph)))
    again = run(after)
    assert again.nodes == after.nodes and again.outputs == after.outputs
    if alone is None:
        assert again is after


def test_trap_40_a_fixpoint_ends_with_the_round_that_changes_nothing() -> None:
    rounds: list[bool] = []
    graph = lo.trace(lambda x: x * 2, np.zeros(2))
    done = lo.Fixpoint([to_add, "share", "prune"])
    lo.optimize(graph, [done], on_pass=lambda r: rounds.append(r.changed))
    assert rounds == [True, False, False, False, False, False]


def test_trap_41_what_is_said_to_have_changed_has() -> None:
    x = normal(6, 6)
    before = lo.trace(program, x)
    for item in EVERYTHING:
        after = lo.optimize(before, [item])
        record = after.history[len(before.history)]
        kept = after.nodes == before.nodes and after.outputs == before.outputs
        assert record.changed == (not kept or after.donors != before.donors)
        assert record.nodes_after == len(after) or not record.changed
        before = after


def test_trap_41_what_a_pass_returns_is_checked_and_not_what_it_got() -> None:
    """A pass that keeps the good graph for later, and returns a bad one."""
    kept: list[lo.Graph] = []

    def hiding(graph: lo.Graph) -> lo.Graph:
        kept.append(graph)
        wrong = constant(np.zeros(7))
        return graph.replace([*graph.nodes, wrong], [wrong])

    graph = lo.trace(lambda x: do("exp", x), np.zeros(3))
    with pytest.raises(lo.PassError, match="hiding"):
        lo.optimize(graph, [hiding])
    assert kept == [graph]
    assert names(exact(lambda x: do("exp", x), np.zeros(3)))[-1] == "exp"
