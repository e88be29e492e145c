"""Nodes and graphs: immutable, without recursion, equal to themselves."""

import copy
import gc
import pickle
import weakref
from typing import Any

import numpy as np
import pytest
from autoray import do, lazy

import lazyopt as lo
from lazyopt.ir import nodes_in, substitute

from .helpers import names, normal, same


@pytest.fixture
def graph() -> lo.Graph:
    return lo.trace(lambda x: do("sum", do("exp", x) * 2, axis=0), normal(2))


def test_a_node_is_immutable(graph: lo.Graph) -> None:
    node = graph.nodes[-1]
    for name in ("op", "args", "specs", "source", "anything"):
        with pytest.raises(AttributeError, match=r"node\.replace"):
            setattr(node, name, None)
    with pytest.raises(AttributeError, match="can't be changed"):
        del node.op
    assert not hasattr(node, "__dict__")
    with pytest.raises(TypeError):
        node.kwargs["axis"] = 1  # type: ignore[index]


def test_a_graph_is_immutable(graph: lo.Graph) -> None:
    for name in ("nodes", "inputs", "outputs", "history", "anything"):
        with pytest.raises(AttributeError, match=r"graph\.replace"):
            setattr(graph, name, ())
    with pytest.raises(AttributeError, match="can't be changed"):
        del graph.nodes
    assert not hasattr(graph, "__dict__")
    assert isinstance(graph.nodes, tuple)


def test_equality_is_identity(graph: lo.Graph) -> None:
    x = graph.inputs[0]
    a, b = lo.call("exp", x), lo.call("exp", x)
    assert a != b
    assert a == a
    assert len({a, b, a}) == 2
    assert graph != graph.replace(nodes=graph.nodes)


def test_users_are_in_the_order_they_run(graph: lo.Graph) -> None:
    x, exp, product, _ = graph.nodes
    assert graph.users(x) == (exp,)
    assert graph.users(exp) == (product,)
    assert graph.users(graph.outputs[0]) == ()
    with pytest.raises(lo.GraphError, match="not in this graph"):
        graph.users(lo.call("exp", x))


def test_a_user_counts_once_however_often_it_uses() -> None:
    graph = lo.trace(lambda x: (x * x, x + 1), normal(2))
    product, total = graph.outputs
    assert graph.users(graph.inputs[0]) == (product, total)
    assert product.operands == graph.inputs


def test_numbers_are_places_in_the_schedule(graph: lo.Graph) -> None:
    assert [graph.number(n) for n in graph] == [0, 1, 2, 3]
    assert len(graph) == 4
    with pytest.raises(lo.GraphError, match="not in this graph"):
        graph.number(lo.call("exp", graph.inputs[0]))


def test_counts_and_flops(graph: lo.Graph) -> None:
    assert graph.counts == {"input": 1, "exp": 1, "multiply": 1, "sum": 1}
    assert graph.flops == 6


def test_replacing_infers_specs_again(graph: lo.Graph) -> None:
    x = graph.inputs[0]
    node = lo.call("sum", x)
    wide = lo.call("stack", (x, x, x))
    other = node.replace(args=(wide,), kwargs={"axis": 0})
    assert (node.spec.shape, other.spec.shape) == ((), (2,))
    assert other.op is node.op
    assert dict(other.kwargs) == {"axis": 0}
    assert node.args == (x,)


def test_a_graph_with_other_outputs_keeps_the_rest(graph: lo.Graph) -> None:
    other = graph.replace(outputs=[graph.nodes[1]])
    same(other(normal(2)), np.exp(normal(2)))
    assert graph.outputs != other.outputs
    assert (other.inputs, other.nodes) == (graph.inputs, graph.nodes)


def test_derived_facts_are_not_those_of_the_graph_replaced() -> None:
    graph = lo.trace(lambda x: do("exp", x + 1), normal(1000))
    assert graph.memory.peak_bytes == 16000
    other = graph.replace(nodes=graph.nodes[:-1], outputs=[graph.nodes[1]])
    assert other.memory.peak_bytes == 8000
    same(other(normal(1000)), normal(1000) + 1)


def test_several_results_have_no_single_spec() -> None:
    graph = lo.trace(lambda x: do("linalg.qr", x)[0], normal(3, 2))
    (node,) = [n for n in graph if len(n.specs) > 1]
    assert [s.shape for s in node.specs] == [(3, 2), (2, 2)]
    with pytest.raises(lo.GraphError, match="2 results"):
        _ = node.spec


def test_only_a_constant_has_a_value(graph: lo.Graph) -> None:
    with pytest.raises(lo.GraphError, match="not a constant"):
        _ = graph.outputs[0].value
    c = np.ones(2)
    node = lo.call("add", graph.inputs[0], c).operands[1]
    assert node.is_constant
    assert node.value is c
    assert graph.inputs[0].is_input


def test_nodes_are_found_in_nested_arguments(graph: lo.Graph) -> None:
    a, b, c, d = graph.nodes
    args: tuple[Any, ...] = ([a, (b, {"k": c})], slice(d, None), 1, a)
    assert nodes_in(args) == (a, b, c, d)
    assert nodes_in((1,), {"x": [b]}) == (b,)


def test_nodes_are_replaced_in_nested_arguments(graph: lo.Graph) -> None:
    a, b, *_ = graph.nodes
    args = ([a, {"k": (a, 1)}], slice(a, 2))
    assert substitute(args, {a: b}) == ([b, {"k": (b, 1)}], slice(b, 2))
    assert args == ([a, {"k": (a, 1)}], slice(a, 2))


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: x[x, None],
        lambda x: do("clip", x, 0, a_max=x),
        lambda x: x[None, x, ...],
    ],
)
def test_a_node_may_stand_alone_and_nested_in_one_call(fn: Any) -> None:
    """One way of finding it isn't taken for both."""

    def program(x: Any) -> Any:
        return fn(do("conj", do("conj", x) + 0))

    x = np.array([2, 0, 1])
    graph = lo.trace(program, x)
    for made in (graph, lo.optimize(graph), lo.optimize(graph, ["simplify"])):
        same(made(x), program(x))
        same(made.compile()(x), program(x))
    (inner,) = graph.inputs
    node = lo.call("clip", inner, inner, a_max=inner)
    other = lo.trace(program, x).inputs[0]
    assert node.rewired({inner: other}).operands == (other,)


def test_pickling_keeps_all_but_history() -> None:
    c = np.asfortranarray(normal(3, 2))

    def fn(x: Any, scale: float = 2.0) -> Any:
        q, r = do("linalg.qr", x * c)
        return {"q": q[::-1, 0], "r": [do("sum", r, axis=-1), scale], "x": x}

    x = normal(3, 2)
    graph = lo.optimize(lo.trace(fn, x, scale=3.0))
    other = pickle.loads(pickle.dumps(graph))
    assert str(other) == str(graph)
    assert [n.specs for n in other] == [n.specs for n in graph]
    assert [n.op for n in other] == [n.op for n in graph]
    assert [n.source for n in other] == [n.source for n in graph]
    same(other(x, scale=3.0), fn(x, 3.0))
    with pytest.raises(lo.InputError, match="scale"):
        other(x, scale=4.0)


def test_pickling_keeps_one_element_that_lies_backwards() -> None:
    graph = lo.trace(lambda x: x + np.ones(3)[:1][::-1], normal(2))
    (constant,) = (
        n for n in pickle.loads(pickle.dumps(graph)) if n.is_constant
    )
    assert constant.value.strides == (-8,)


def test_a_node_pickles_with_its_graph_alone(graph: lo.Graph) -> None:
    with pytest.raises(lo.GraphError, match="pickle that"):
        pickle.dumps(graph.nodes[0])


def test_copies_of_what_is_immutable_are_itself(graph: lo.Graph) -> None:
    assert copy.copy(graph) is graph
    assert copy.deepcopy(graph) is graph
    assert copy.deepcopy(graph.nodes[0]) is graph.nodes[0]


def test_reprs_are_short_and_say_what_it_is(graph: lo.Graph) -> None:
    assert repr(graph) == "<Graph: 4 nodes, 1 input, 1 output, on numpy>"
    assert repr(graph.inputs[0]) == "<Node input x : float64[2]>"
    assert repr(graph.outputs[0]) == (
        "<Node sum(<multiply>, axis=0) : float64[] scalar>"
    )


@pytest.mark.parametrize("run", [False, True])
def test_a_graph_is_freed_without_the_garbage_collector(run: bool) -> None:
    array = normal(5)
    kept = weakref.ref(array)

    def fn(x: Any, c: Any = array) -> Any:
        return do("exp", x) + c

    gc.disable()
    try:
        graph = lo.trace(fn, normal(5))
        better = lo.optimize(graph)
        if run:
            graph(normal(5))
            better.compile()(normal(5))
            str(better.memory)
        del array, fn
        assert kept() is not None
        del graph, better
        assert kept() is None
    finally:
        gc.enable()


def test_a_long_chain_is_an_ordinary_graph(
    capsys: pytest.CaptureFixture[str],
) -> None:
    n = 100_000
    ly = lazy.Variable((2,), backend="numpy")
    for _ in range(n):
        ly = ly + 1.0
    graph = lo.from_lazy(ly)
    assert len(graph) == n + 1
    better = lo.optimize(graph)
    assert len(better) == n + 1
    text = str(better)
    assert text.count("\n") < 100
    assert "more" in text
    assert better.memory.peak_bytes == 16
    same(better(np.zeros(2)), np.full(2, float(n)))
    other = pickle.loads(pickle.dumps(better))
    same(other(np.zeros(2)), np.full(2, float(n)))
    better.show(5)
    assert "branches more" in capsys.readouterr().out


def test_a_long_chain_traces_and_compiles() -> None:
    def fn(x: Any) -> Any:
        for _ in range(10_000):
            x = x + 1.0
        return x

    graph = lo.trace(fn, np.zeros(2))
    same(graph.compile()(np.zeros(2)), np.full(2, 10_000.0))
    assert names(graph).count("add") == 10_000
