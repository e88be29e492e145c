"""The steps of autoray's guide to lazy computation, on graphs."""

from collections import Counter

import numpy as np
from autoray import lazy

import lazyopt as lo

from .helpers import modified_gram_schmidt, names, normal, same

#: How the functions that autoray counts are called here.
NAMES = {
    "None": "input",
    "truediv": "true_divide",
    "sub": "subtract",
    "mul": "multiply",
    "conj": "conjugate",
    "norm": "linalg.norm",
    "linalg_norm": "linalg.norm",
}
#: As printed in the guide.
COUNTS = {
    "stack": 1,
    "truediv": 6,
    "linalg_norm": 6,
    "sub": 15,
    "mul": 15,
    "getitem": 6,
    "None": 1,
    "tensordot": 15,
    "conj": 15,
}


def gram_schmidt() -> lo.Graph:
    return lo.from_lazy(modified_gram_schmidt(lazy.array(normal(6, 6))))


def test_counts_by_function_are_those_of_the_guide() -> None:
    wanted = {NAMES.get(k, k): n for k, n in COUNTS.items()}
    assert gram_schmidt().counts == wanted
    traced = lo.trace(modified_gram_schmidt, normal(6, 6))
    assert traced.counts == wanted


def test_counts_by_function_are_those_of_autoray() -> None:
    ly = modified_gram_schmidt(lazy.array(normal(6, 6)))
    theirs = ly.history_fn_frequencies()
    mine = lo.from_lazy(ly).counts
    assert mine == {NAMES.get(k, k): n for k, n in theirs.items()}


def test_gram_schmidt_has_80_nodes_and_70_when_shared() -> None:
    graph = gram_schmidt()
    shared = lo.optimize(graph, ["share"])
    assert (len(graph), len(shared)) == (80, 70)
    same(shared(), modified_gram_schmidt(normal(6, 6)))


def test_the_largest_node_has_36_elements() -> None:
    assert max(n.spec.size for n in gram_schmidt()) == 36


def test_the_peak_is_known_and_never_raised() -> None:
    graph = gram_schmidt()
    better = lo.optimize(graph)
    assert 0 < better.memory.peak_bytes <= graph.memory.peak_bytes
    # Autoray counts 72 elements, the input and what are views among them.
    assert better.memory.peak_bytes <= 72 * 8


def test_several_outputs_at_once() -> None:
    x = normal(6, 6)
    ly = modified_gram_schmidt(lazy.array(x))
    graph = lo.from_lazy([ly[0], -ly[0]])
    q = modified_gram_schmidt(x)
    same(graph(), [q[0], -q[0]])
    same(lo.optimize(graph)(), [q[0], -q[0]])


def test_folding_leaves_what_depends_on_the_variable() -> None:
    lx = lazy.Variable((6, 6), backend="numpy")
    data = normal(6, 6)
    ly = lazy.array(data)
    ly += ly.T
    ly **= 2
    lz = ly / (lx + 3)
    graph = lo.from_lazy(lz)
    better = lo.optimize(graph)
    assert Counter(names(better)) == {
        "input": 1,
        "constant": 1,
        "add": 1,
        "true_divide": 1,
    }
    (constant,) = [n for n in better if n.is_constant]
    same(constant.value, (data + data.T) ** 2)
    for node in better:
        assert node.is_input or node.is_constant or node.operands
    x = normal(6, 6, seed=1)
    for run in (graph, better, better.compile()):
        same(run(x), (data + data.T) ** 2 / (x + 3))


def test_a_graph_is_called_like_a_function() -> None:
    lx, ly = (lazy.Variable((2,), backend="numpy") for _ in range(2))
    x, y = normal(2), normal(2, seed=1)
    f = lo.from_lazy(lx - ly, inputs=(ly, lx))
    same(f(y, x), x - y)
    g = lo.from_lazy({"d": lx - ly}, inputs={"a": lx, "b": ly})
    same(g({"a": x, "b": y}), {"d": x - y})
    same(g.compile()({"b": y, "a": x}), {"d": x - y})


def test_an_assigned_constant_is_used_and_not_copied() -> None:
    data = np.ones(3)
    lx = lazy.Variable((3,), backend="numpy")
    graph = lo.from_lazy(lx + lazy.array(data))
    (constant,) = [n for n in graph if n.is_constant]
    assert constant.value is data
