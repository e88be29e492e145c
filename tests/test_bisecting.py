"""`bisect`: the first pass, and the first rewrite, that breaks a graph."""

from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo

from .helpers import names, normal
from .testing import passes


def three_differences(x: Any, y: Any) -> Any:
    a = do("exp", x) - x
    b = do("tanh", a) - do("tanh", a)
    return b + (y - a), do("sum", x, keepdims=True)


GRAPH = lo.trace(three_differences, normal(2, 3), normal(2, 3))


def found(graph: lo.Graph, chosen: Any, *inputs: Any) -> lo.Culprit:
    culprit = lo.bisect(graph, chosen, *inputs)
    assert culprit is not None
    return culprit


def test_right_passes_have_no_culprit() -> None:
    assert lo.bisect(GRAPH, ["share", "fold", "prune", "reorder"]) is None
    assert lo.bisect(GRAPH, []) is None


def test_the_first_wrong_application_is_named() -> None:
    culprit = found(GRAPH, ["share", passes.swap_subtract, "prune"])
    assert culprit.name == "swap-subtract"
    assert culprit.number == 2
    assert "output 0" in culprit.what
    assert names(culprit.before) == names(lo.optimize(GRAPH, ["share"]))


def test_the_first_wrong_rewrite_is_shown() -> None:
    """Not the first one of all: adding zero may be left out."""

    @lo.rewrite("plus-little")
    def drop_little(node: lo.Node) -> Any:
        if node.op.name == "add" and node.args[1] in (0.0, 1e-3):
            return node.args[0]
        return None

    def program(x: Any) -> Any:
        for number in (0.0, 0.0, 1e-3, 1e-3, 0.0):
            x = do("tanh", x) + number
        return x

    x = normal(3)
    culprit = found(lo.trace(program, x), ["prune", drop_little], x)
    assert culprit.rewrite == 3
    assert culprit.node is not None and culprit.node.args[1] == 1e-3
    assert culprit.replacement is not None
    assert culprit.replacement.op.name == "tanh"
    assert names(culprit.after).count("add") == 2
    text = str(culprit)
    assert "rewrite 3 of the rule 'plus-little' replaces" in text
    assert "test_bisecting.py" in text
    assert repr(culprit) == text


def test_the_smallest_graph_is_shown() -> None:
    culprit = found(GRAPH, [passes.swap_subtract])
    assert culprit.smallest is not None and culprit.smallest_after is not None
    assert len(culprit.smallest) <= 3
    assert "subtract" in names(culprit.smallest)
    assert "the smallest graph it goes wrong on:" in str(culprit)


def test_inside_of_pipelines_and_fixpoints() -> None:
    wrong = passes.drop_keepdims_unchecked
    inner = lo.Pipeline(["share", lo.Fixpoint(["prune", wrong])])
    culprit = found(GRAPH, ["fold", inner, passes.swap_subtract])
    assert culprit.name == "drop_keepdims_unchecked"
    assert culprit.number == 4
    assert culprit.rewrite is None


def test_a_pass_that_fails_is_a_culprit() -> None:
    def fails(graph: lo.Graph) -> lo.Graph:
        raise ZeroDivisionError("of its own")

    culprit = found(GRAPH, ["share", fails])
    assert (culprit.name, culprit.number) == ("fails", 2)
    assert "of its own" in culprit.what
    assert culprit.after is None
    culprit = found(GRAPH, [lambda graph: None])
    assert "NoneType" in culprit.what


def test_a_rule_that_fails_is_shown_with_its_node() -> None:
    @lo.rewrite("failing")
    def failing(node: lo.Node) -> Any:
        if node.op.name == "tanh":
            raise KeyError("of the rule")
        return None

    culprit = found(GRAPH, [failing])
    assert culprit.node is not None and culprit.node.op.name == "tanh"
    assert culprit.replacement is None
    assert "nothing" in str(culprit)


def test_only_on_some_inputs() -> None:
    @lo.rewrite("abs")
    def take_for_abs(node: lo.Node) -> Any:
        return node.args[0] if node.op.name == "absolute" else None

    graph = lo.trace(lambda x: do("exp", do("abs", x)), normal(3))
    assert lo.bisect(graph, [take_for_abs], np.ones(3)) is None
    culprit = found(graph, [take_for_abs], -np.ones(3))
    assert culprit.name == "abs"
    assert found(graph, [take_for_abs]).name == "abs"  # random ones show it


def test_inputs_that_do_not_fit_are_refused() -> None:
    with pytest.raises(lo.InputError, match="2 inputs, but 1 arrays"):
        lo.bisect(GRAPH, ["share"], normal(2, 3))


def test_dropped_effects_and_errors_are_seen() -> None:
    def program(x: Any) -> Any:
        do("random.normal", size=(2,), like=x)
        return x + do("random.normal", size=(2,), like=x)

    graph = lo.trace(program, normal(2))
    culprit = found(graph, ["share", passes.drop_dead_effects])
    assert culprit.name == "drop_dead_effects"

    def singular(x: Any) -> Any:
        return do("linalg.inv", do("zeros_like", x)), x + 1

    @lo.rewrite("no-inverse")
    def no_inverse(node: lo.Node) -> Any:
        return node.args[0] if node.op.name == "linalg.inv" else None

    graph = lo.trace(singular, np.eye(2))
    assert lo.bisect(graph, ["share", "prune"]) is None
    assert "LinAlgError" in found(graph, [no_inverse]).what


def test_inexact_passes_may_change_last_bits() -> None:
    graph = lo.trace(lambda x: x / 3 + 1, normal(50))
    assert lo.bisect(graph, [passes.by_reciprocal]) is None
    assert found(graph, [passes.scaled_wrongly]).name == "scaled"


def test_a_deep_graph() -> None:
    def program(x: Any, y: Any) -> Any:
        for i in range(4_000):
            x = do("tanh", x) * 1.25
            if i == 1_000:
                x = x - y
        return x

    x = normal(3)
    graph = lo.trace(program, x, x + 2)
    culprit = found(graph, [passes.swap_subtract], x, x + 2)
    assert culprit.rewrite == 1
    assert culprit.smallest is not None and len(culprit.smallest) == 3
