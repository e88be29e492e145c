"""Programs about the ops that a pass names."""

from collections import Counter
from typing import Any

import numpy as np
import pytest

import lazyopt as lo
from lazyopt.testing.calls import NOT_DRAWN
from lazyopt.testing.directed import _tables
from lazyopt.testing.naming import Named
from lazyopt.testing.operands import TAME
from lazyopt.testing.programs import prepared
from lazyopt.testing.sources import Source, sources_for
from lazyopt.testing.trials import graph_of

from ..helpers import own_ops


def graphs_of(source: Source, count: int = 60, seed: int = 0) -> list[Any]:
    """Graphs of the programs of a source."""
    with prepared():
        return [
            graph_of(source.program(source.codes(seed, i)))
            for i in range(count)
        ]


def test_all_ops_can_be_asked_for() -> None:
    assert own_ops() - set(NOT_DRAWN) - set(_tables()) <= {"_conj", "empty"}


def test_what_names_no_op_gets_programs_of_all_kinds() -> None:
    assert len(sources_for(Named(()))) == 1
    assert len(sources_for(Named(("testing.stamp",)))) == 1


@pytest.mark.parametrize(
    "names", [("sign", "absolute"), ("kron",), ("fft.fft",)]
)
def test_most_programs_are_about_what_is_named(
    names: tuple[str, ...],
) -> None:
    general, directed, again = sources_for(Named(names))
    assert directed is again
    counts: Counter[str] = Counter()
    for graph in graphs_of(directed):
        assert len(graph) < 60
        counts.update(n.op.name for n in graph)
    usual: Counter[str] = Counter()
    for graph in graphs_of(general):
        usual.update(n.op.name for n in graph)
    for name in names:
        assert counts[name] > 40
        assert counts[name] > 2 * usual[name]


def test_one_is_called_on_what_another_gives() -> None:
    pairs: Counter[tuple[str, str]] = Counter()
    source = sources_for(Named(("exp", "log")))[1]
    for graph in graphs_of(source):
        for node in graph:
            pairs.update((x.op.name, node.op.name) for x in node.operands)
    for pair in (("exp", "log"), ("log", "exp"), ("exp", "exp")):
        assert pairs[pair] > 10


def test_two_are_called_on_one_value_and_joined() -> None:
    named = Named(("sign", "absolute", "multiply"))
    found = 0
    for graph in graphs_of(sources_for(named)[1], 200):
        for node in graph:
            if node.op.name != "multiply" or len(node.operands) != 2:
                continue
            a, b = node.operands
            if {a.op.name, b.op.name} == {"sign", "absolute"}:
                found += a.args[0] is b.args[0]
    assert found > 5


def test_numbers_that_are_named_are_operands() -> None:
    named = Named(("multiply",), (0, 1, 0.3125))
    calls = [
        n.args
        for graph in graphs_of(sources_for(named)[1])
        for n in graph
        if n.op.name == "multiply"
    ]
    assert sum(0.3125 in args for args in calls) > 10


def test_keywords_that_are_named_are_given_more_often() -> None:
    def share(words: frozenset[str]) -> float:
        named = Named(("sum",), (), words)
        calls = [
            n.kwargs
            for graph in graphs_of(sources_for(named)[1])
            for n in graph
            if n.op.name == "sum"
        ]
        return sum("keepdims" in kwargs for kwargs in calls) / len(calls)

    assert share(frozenset({"keepdims"})) > 2 * share(frozenset())


def test_a_program_depends_on_its_number_and_the_seed_alone() -> None:
    source = sources_for(Named(("exp",)))[1]
    assert source.codes(3, 5) == source.codes(3, 5)
    assert source.codes(3, 5) != source.codes(3, 6)
    assert source.codes(3, 5) != source.codes(4, 5)


def test_inexact_passes_get_moderate_numbers() -> None:
    for source in sources_for(Named(("exp",)), exact=False):
        assert source.drawn is TAME


def test_all_codes_are_programs() -> None:
    """Without any of its codes a program is one still: it can be reduced."""
    source = sources_for(Named(("sum", "where", "linalg.qr", "einsum")))[1]
    rng = np.random.RandomState(0)
    with prepared():
        for i in range(40):
            codes = source.codes(1, i)
            keep = rng.randint(0, 2, len(codes)).tolist()
            source.program([c * keep.pop() for c in codes])
            source.program([c % 10_000 for c in codes])
            assert isinstance(graph_of(source.program([])), lo.Graph)
