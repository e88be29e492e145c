"""Which ops and numbers stand in a pass's code."""

import contextlib
import functools
from dataclasses import dataclass
from typing import Any
from unittest import mock

import numpy as np
import pytest

import lazyopt as lo
from lazyopt.ops import get_op
from lazyopt.testing.naming import named_by

SINKING = ("floor", "ceil")
HYPOT = get_op("hypot")


def named(node: Any, name: str) -> bool:
    return bool(node.op.name == name)


def without(graph: lo.Graph, asks: Any) -> lo.Graph:
    """The graph, but for its nodes if any is asked for."""
    return graph.replace(nodes=()) if any(map(asks, graph)) else graph


@lo.rewrite("by-constant")
def by_constant(node: Any) -> Any:
    if node.op.name == "tanh" and node.args[0] == 0.25:
        return lo.call("sqrt", node.args[0])
    return None


def by_global(graph: lo.Graph) -> lo.Graph:
    return lo.rewrite("g")(lambda n: n.op.name in SINKING or None)(graph)


def by_helper(graph: lo.Graph) -> lo.Graph:
    return without(graph, lambda n: named(n, "logaddexp"))


def by_op(graph: lo.Graph) -> lo.Graph:
    return without(graph, lambda n: n.op is HYPOT)


def in_closure(name: str) -> Any:
    def closed(graph: lo.Graph) -> lo.Graph:
        return without(graph, lambda n: n.op.name == name)

    return closed


@dataclass(frozen=True)
class Fields:
    table: Any
    name = "fields"

    def __call__(self, graph: lo.Graph) -> lo.Graph:
        return without(graph, lambda n: n.op.name in self.table)


class Slots:
    __slots__ = ("kept",)
    name = "slots"

    def __init__(self, kept: str) -> None:
        self.kept = kept

    def __call__(self, graph: lo.Graph) -> lo.Graph:
        return self.rewritten(graph)

    def rewritten(self, graph: lo.Graph) -> lo.Graph:
        return without(graph, lambda n: n.op.name == "exp2")


def partly(name: str, graph: lo.Graph) -> lo.Graph:
    return without(graph, lambda n: n.op.name == name)


@pytest.mark.parametrize(
    ("item", "ops"),
    [
        (by_constant, {"tanh", "sqrt"}),
        (by_global, {"floor", "ceil"}),
        (by_helper, {"logaddexp"}),
        (by_op, {"hypot"}),
        (in_closure("kron"), {"kron"}),
        (Fields({"sum": 1, "max": ["mean"]}), {"sum", "max", "mean"}),
        (Slots("cbrt"), {"cbrt", "exp2"}),
        (functools.partial(partly, "arctan2"), {"arctan2"}),
        (lo.Pipeline([by_constant, by_op]), {"tanh", "sqrt", "hypot"}),
        (lo.Fixpoint([by_helper, "prune"]), {"logaddexp"}),
    ],
)
def test_ops_are_found_where_a_pass_names_them(
    item: Any, ops: set[str]
) -> None:
    assert set(named_by(item).ops) == ops


def test_aliases_count_as_the_op() -> None:
    assert named_by(in_closure("abs")).ops == ("absolute",)
    assert named_by(in_closure("divide")).ops == ("true_divide",)


def test_numbers_and_words_are_found() -> None:
    found = named_by(by_constant)
    assert 0.25 in found.numbers
    assert "tanh" in found.words
    numbers = named_by(Fields([7, 7.0, np.float32(7)])).numbers
    assert {type(n) for n in numbers if n == 7} == {int, float, np.float32}


def test_what_names_nothing() -> None:
    assert named_by(lambda graph: graph).ops == ()


def test_the_librarys_own_code_is_not_searched() -> None:
    """What passes are made with names all ops; that would say nothing."""

    def merged(graph: lo.Graph) -> lo.Graph:
        return lo.optimize(graph, ["share"])

    assert len(named_by(merged).ops) <= 1


def test_what_python_or_a_decorator_put_there_is_no_name() -> None:
    """`eq` of a dataclass is no comparison, `max` of a lock no reduction."""
    assert named_by(Fields(contextlib.nullcontext())).ops == ()
    assert named_by(Fields(mock.patch.object(lo, "call"))).ops == ()


def test_what_refers_to_itself_ends() -> None:
    table: dict[str, Any] = {"sin": 1}
    table["self"] = table
    assert named_by(Fields(table)).ops == ("sin",)
