"""Passes from functions on one node."""

from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.rewrite import replace_nodes

from .helpers import names, normal, same


@lo.rewrite("floor-once")
def floor_once(node: lo.Node) -> Any:
    """Compute floor(floor(x)) as floor(x)."""
    if node.op.name == "floor" and node.args[0].op.name == "floor":
        return node.replace(args=node.args[0].args)
    return None


@lo.rewrite("drop-double-transpose")
def drop_double_transpose(node: lo.Node) -> Any:
    """Replace x.T.T by x."""
    if node.op.name == "transpose" and node.args[0].op.name == "transpose":
        return node.args[0].args[0]
    return None


def test_a_pass_of_five_lines() -> None:
    def fn(x: Any) -> Any:
        return do("floor", do("floor", do("floor", x))) + 1

    graph = lo.trace(fn, normal(3) * 5)
    better = lo.optimize(graph, [floor_once, "prune"])
    assert names(better) == ["input", "floor", "add"]
    same(better(normal(3) * 5), fn(normal(3) * 5))
    assert better.history[0].name == "floor-once"


def test_a_rule_sees_operands_that_are_rewritten() -> None:
    graph = lo.trace(lambda x: x.T.T.T.T.T, normal(2, 3))
    better = lo.optimize(graph, [drop_double_transpose, "prune"])
    assert names(better) == ["input", "transpose"]
    same(better(normal(2, 3)), normal(2, 3).T)


def test_an_output_is_replaced() -> None:
    graph = lo.trace(lambda x: (x.T.T, x.T), normal(2, 3))
    better = lo.optimize(graph, [drop_double_transpose])
    assert better.outputs[0] is better.inputs[0]


def test_the_same_object_means_unchanged() -> None:
    graph = lo.trace(lambda x: do("exp", x) + 1, normal(3))
    assert floor_once(graph) is graph
    assert lo.optimize(graph, [floor_once]).history[0].changed is False


def test_returning_the_node_itself_leaves_it() -> None:
    graph = lo.trace(lambda x: do("exp", x), normal(3))
    assert lo.rewrite("same")(lambda node: node)(graph) is graph


def test_new_nodes_stand_just_before_what_they_are_for() -> None:
    @lo.rewrite("by-parts")
    def by_parts(node: lo.Node) -> Any:
        if node.op.name != "sinh":
            return None
        (x,) = node.args
        up, down = lo.call("exp", x), lo.call("exp", lo.call("negative", x))
        return lo.call("multiply", lo.call("subtract", up, down), 0.5)

    def fn(x: Any) -> Any:
        a = do("sin", x)
        b = do("sinh", a)
        c = do("cos", x)
        return b + c

    graph = lo.trace(fn, normal(3))
    better = by_parts(graph)
    assert names(better) == [
        "input",
        "sin",
        "exp",
        "negative",
        "exp",
        "subtract",
        "multiply",
        "cos",
        "add",
    ]
    for node in graph:
        if node.op.name in ("sin", "cos", "input"):
            assert node in better.nodes


def test_nodes_that_stay_are_the_same_objects() -> None:
    graph = lo.trace(
        lambda x: (do("floor", do("floor", x)), do("exp", x)), normal(3)
    )
    better = floor_once(graph)
    assert better.outputs[1] is graph.outputs[1]


def test_sources_are_kept() -> None:
    graph = lo.trace(lambda x: do("floor", do("floor", x)), normal(3))
    better = floor_once(graph)
    assert better.outputs[0].source == graph.outputs[0].source is not None


def test_arrays_in_a_replacement_become_constants() -> None:
    c = np.ones(3)

    @lo.rewrite("plus-one")
    def plus_one(node: lo.Node) -> Any:
        if node.op.name == "exp":
            return lo.call("add", node.args[0], c)
        return None

    better = lo.optimize(
        lo.trace(lambda x: do("exp", x), normal(3)), [plus_one]
    )
    assert names(better) == ["input", "constant", "add"]
    same(better(normal(3)), normal(3) + c)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda x: lo.call("sum", x), r"ArraySpec\(\(\)"),
        (lambda x: lo.call("astype", x, "float32"), "float32"),
        (lambda x: lo.call("transpose", x), "layout"),
        (
            lambda x: lo.call(
                "getitem", x, (slice(None), slice(None, None, -1))
            ),
            "strides",
        ),
    ],
)
def test_another_spec_is_refused_with_the_reason(make: Any, said: str) -> None:
    @lo.rewrite("careless")
    def careless(node: lo.Node) -> Any:
        return make(node.args[0]) if node.op.name == "exp" else None

    graph = lo.trace(lambda x: do("exp", x), normal(3, 3))
    with pytest.raises(lo.PassError, match=said) as error:
        lo.optimize(graph, [careless])
    assert "'careless' replaced" in str(error.value)
    assert "later bits depend on them" in str(error.value)


def test_a_scalar_in_place_of_a_0d_array_is_refused() -> None:
    @lo.rewrite("to-dot")
    def to_dot(node: lo.Node) -> Any:
        if node.op.name == "tensordot":
            return lo.call("dot", *node.args[:2])
        return None

    graph = lo.trace(lambda x: do("tensordot", x, x, 1) ** 3, normal(3))
    with pytest.raises(lo.PassError, match="kind='scalar'"):
        lo.optimize(graph, [to_dot])


def test_what_is_no_node_is_refused() -> None:
    bad = lo.rewrite("confused")(lambda node: 3)
    graph = lo.trace(lambda x: do("exp", x), normal(3))
    with pytest.raises(lo.PassError, match="'confused' returned 3"):
        lo.optimize(graph, [bad])


def test_an_error_in_a_rule_names_the_pass_and_the_node() -> None:
    @lo.rewrite("clumsy")
    def clumsy(node: lo.Node) -> Any:
        return node.args[5]

    graph = lo.trace(lambda x: do("exp", x), normal(3))
    with pytest.raises(lo.PassError, match="'clumsy'") as error:
        lo.optimize(graph, [clumsy])
    assert "IndexError" in str(error.value)
    assert "input x" in str(error.value)


def test_a_failing_rule_says_the_source_line() -> None:
    @lo.rewrite("clumsy")
    def clumsy(node: lo.Node) -> Any:
        return node.args[5] if node.op.name == "exp" else None

    graph = lo.trace(lambda x: do("exp", x), normal(3))
    with pytest.raises(lo.PassError, match=r"test_rewrite\.py:"):
        lo.optimize(graph, [clumsy])


def test_inexact_rewrites_need_fast_math() -> None:
    @lo.rewrite("loose", exact=False)
    def loose(node: lo.Node) -> Any:
        return None

    graph = lo.trace(lambda x: do("exp", x), normal(3))
    with pytest.raises(lo.PassError, match="fast_math"):
        lo.optimize(graph, [loose])
    assert lo.optimize(graph, [loose], fast_math=True)


def test_rewrites_are_counted() -> None:
    graph = lo.trace(lambda x: do("floor", do("floor", x)), normal(3))
    record = lo.optimize(graph, [floor_once]).history[0]
    assert record.rewrites == {"floor-once": 1}


def test_a_rewrite_keeps_its_name_and_doc() -> None:
    assert floor_once.name == "floor-once"
    assert floor_once.__doc__ == "Compute floor(floor(x)) as floor(x)."
    assert repr(floor_once) == "rewrite('floor-once')"


def test_replace_nodes_rebuilds_users_of_what_is_replaced() -> None:
    graph = lo.trace(lambda x: [do("stack", [x.T.T, x])], normal(2, 2))
    better = replace_nodes(graph, drop_double_transpose._apply)
    (out,) = better.outputs
    assert out.args[0] == [better.inputs[0]] * 2
    assert graph.outputs[0].args[0][0].op.name == "transpose"


def test_a_long_replacement_is_placed_without_recursion() -> None:
    @lo.rewrite("many")
    def many(node: lo.Node) -> Any:
        if node.op.name != "exp":
            return None
        x = node.args[0]
        for _ in range(5000):
            x = lo.call("add", x, 1.0)
        return x

    better = many(lo.trace(lambda x: do("exp", x), normal(2)))
    assert len(better) == 5001


def test_what_returns_nobody_knows_what_is_left_alone() -> None:
    """Two unknown specs are equal, and say nothing."""

    def unknown(x: Any) -> Any:
        return x

    @lo.rewrite("cube")
    def cube(node: lo.Node) -> Any:
        if node.op.name != "power":
            return None
        x = node.args[0]
        made = lo.call("multiply", lo.call("multiply", x, x), x)
        return made if made.specs == node.specs else None

    def program(x: Any) -> Any:
        return do("power", lo.call(unknown, x), 3)

    x = np.array([True, False])
    graph = lo.trace(program, x)
    better = lo.optimize(graph, [cube])
    assert better.nodes == graph.nodes
    assert [s.reason for s in better.history[-1].skips] == [
        "what it returns isn't known before it runs"
    ]
    assert better(x).dtype == np.power(x, 3).dtype
