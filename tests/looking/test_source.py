"""The text of a graph is read, and run."""

from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
import pytest
from autoray import do

import lazyopt as lo

from ..helpers import modified_gram_schmidt, normal, same


def run(graph: lo.Graph, *arrays: Any) -> tuple[Any, ...]:
    names: dict[str, Any] = {}
    exec(graph.source(names), names)
    found: tuple[Any, ...] = names["program"](*arrays)
    return found


def parts(x: Any) -> Any:
    left, values, right = do("linalg.svd", x)
    table = do("einsum", "ij,jk->ik", left, right)
    whole = do("sum", table, axis=-1, keepdims=True)
    return table[1:, None], values * 2.5, do("stack", [whole, whole]), whole


def test_running_it_gives_the_same_bits() -> None:
    x = normal(5, 5)
    for fn in (parts, modified_gram_schmidt):
        graph = lo.trace(fn, x)
        expected = graph(x)
        whole = expected if isinstance(expected, tuple) else (expected,)
        same(run(graph, x), whole)
        same(run(lo.optimize(graph), x), whole)


def test_a_line_a_call_and_names_go_when_nothing_reads_them() -> None:
    graph = lo.trace(lambda x: do("exp", x * 2)[0], normal(3))
    lines = graph.source().splitlines()
    assert lines[0] == "def program(x0):"
    assert lines[1].startswith(
        "    v1 = f0_multiply(x0, 2)  # multiply(%0, 2)"
    )
    assert "float64[3]  test_source.py:" in lines[1]
    assert lines[2] == "    del x0"
    assert lines[-1] == "    return (v3,)"
    assert len(lines) == 1 + 2 * 3 + 1


def test_results_that_nothing_reads_go_at_once() -> None:
    graph = lo.trace(lambda x: (do("exp", x), x + 1)[1], normal(3))
    (line,) = [x for x in graph.source().splitlines() if "del v1" in x]
    assert line == "    del v1"


def test_constants_and_arguments_come_by_name() -> None:
    held = normal(3)
    graph = lo.trace(
        lambda x: do("clip", x + held, -np.inf, float("nan")), normal(3)
    )
    names: dict[str, Any] = {}
    text = graph.source(names)
    assert "inf" not in text.split("#")[0]
    assert any(value is held for value in names.values())
    same(run(graph, normal(3)), (graph(normal(3)),))


@pytest.mark.parametrize(
    "evil",
    [
        "'); boom() #",
        "\nboom()\n",
        "\r\nboom()",
        "\x0cboom()",
        "\u2028boom()",
        "\\\nboom()",
    ],
)
def test_nothing_of_the_users_is_pasted_in(evil: str) -> None:
    def anything(x: Any, **options: Any) -> Any:
        return options[evil], options["name"]

    graph = lo.trace(
        lambda x: lo.call(anything, x, **{evil: evil, "name": (evil, 1)}),
        normal(3),
    )
    nodes = [
        lo.graph.Node(n.op, n.args, n.kwargs, n.specs, f"{evil}:3")
        if not n.is_input
        else n
        for n in graph
    ]
    graph = graph.replace(nodes, [nodes[-1]])
    names: dict[str, Any] = {"boom": lambda: pytest.fail("it ran")}
    exec(graph.source(names), names)
    assert names["program"](normal(3)) == ((evil, (evil, 1)),)


class Pair(NamedTuple):
    left: Any
    right: Any


def test_nested_arguments_are_made_anew() -> None:
    def gather(x: Any) -> Any:
        return x

    def fn(x: Any) -> Any:
        y = x + 1
        return (
            lo.call(gather, [x, (y, 1)]),
            lo.call(gather, {"a": y, 2: slice(0, 3)}),
            lo.call(gather, Pair(x, [y])),
            lo.call(gather, OrderedDict(a=y)),
        )

    x = normal(2)
    graph = lo.trace(fn, x)
    one, two, three, four = run(graph, x)
    assert type(one) is list and type(one[1]) is tuple
    assert two[2] == slice(0, 3)
    assert type(three) is Pair and type(three.right) is list
    assert type(four) is OrderedDict
