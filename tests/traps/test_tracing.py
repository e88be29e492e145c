"""Ways in which `autoray.lazy` and its `Function` lose a program."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from autoray import do, lazy

import lazyopt as lo

from ..helpers import exact, normal, same


@pytest.mark.parametrize(
    "fn",
    [
        lambda v, y: (y, y + 1),
        lambda v, y: (y, y),
        lambda v, y: (v, y),
        lambda v, y: (v, v),
        lambda v, y: {"a": [y, v], "b": y * v},
    ],
)
def test_trap_05_outputs_repeat_and_depend_on_one_another(fn: Any) -> None:
    v = normal(3)
    exact(lambda v: fn(v, do("exp", v)), v)
    lv = lazy.Variable((3,), backend="numpy")
    graph = lo.from_lazy(fn(lv, do("exp", lv)), inputs=lv)
    for run in (graph, lo.optimize(graph), lo.optimize(graph).compile()):
        same(run(v), fn(v, np.exp(v)))


def test_trap_06_a_numpy_scalar_keeps_its_type() -> None:
    x = np.array([0.1, 0.2], "float32")
    better = exact(lambda x: x * np.float64(2.5), x)
    assert better.outputs[0].spec.dtype == "float64"
    graph = lo.from_lazy(lazy.array(x) * np.float64(2.5))
    same(graph(), x * np.float64(2.5))
    same(graph.compile()(), x * np.float64(2.5))


def test_trap_07_inf_and_nan_are_constants_like_others() -> None:
    exact(lambda x: (x + np.inf, x * float("nan"), x - (-np.inf)), normal(3))


def test_trap_07_strings_dicts_and_functions_are_arguments() -> None:
    got: list[Any] = []

    def takes_anything(x: Any, *args: Any, **kwargs: Any) -> Any:
        got.append((args, kwargs))
        return x + 1

    text = "it's \"quoted\"\n'''"
    crafted = '"); __import__("os").environ.clear(); ("'

    def key(v: Any) -> Any:
        return v

    def fn(x: Any) -> Any:
        return lo.call(
            takes_anything, x, text, {"a": [1, key]}, mode=crafted, by=key
        )

    graph = lo.trace(fn, normal(3))
    for run in (graph, graph.compile()):
        same(run(normal(3)), normal(3) + 1)
    wanted = ((text, {"a": [1, key]}), {"mode": crafted, "by": key})
    assert got == [wanted, wanted]


def test_trap_08_reshape_keeps_its_order() -> None:
    def fn(x: Any) -> Any:
        return do("reshape", do("reshape", x, (3, 2), order="F"), (6,))

    exact(fn, normal(2, 3))
    exact(lambda x: x.reshape(6, order="F").reshape(2, 3), normal(2, 3))


def test_trap_09_shapes_are_what_numpy_returns() -> None:
    a, b = normal(2, 3), normal(2, 3, seed=1)
    la, lb = lazy.array(a), lazy.array(b)
    wide = lazy.array(normal(4, 2, 3))
    none = lazy.array(normal(0, 3))
    row = lazy.array(normal(1, 3))
    which = lazy.array(np.zeros((2, 3), int))
    cases: list[tuple[Any, tuple[int, ...]]] = [
        (do("stack", (la, lb), axis=-1), (2, 3, 2)),
        (do("where", la > 0, la, wide), (4, 2, 3)),
        (none + row, (0, 3)),
        (do("take_along_axis", la, which, axis=1), (2, 3)),
    ]
    for made, shape in cases:
        graph = lo.from_lazy(made)
        assert graph.outputs[0].spec.shape == shape
        assert graph().shape == shape


def test_trap_09_a_decomposition_has_several_results() -> None:
    x = normal(4, 3)
    graph = lo.from_lazy(do("linalg.svd", lazy.array(x)))
    same(graph(), tuple(do("linalg.svd", x)))
    assert [n.spec.shape for n in graph.outputs] == [(4, 3), (3,), (3, 3)]
    (call,) = [n for n in graph if n.op.name == "linalg.svd"]
    assert [s.shape for s in call.specs] == [(4, 3), (3,), (3, 3)]
    exact(lambda x: tuple(do("linalg.svd", x)), x)


def test_trap_10_clip_depends_on_its_bounds() -> None:
    x, low, high = normal(5), np.array(-0.5), np.array(0.5)
    lx, llow, lhigh = map(lazy.array, (x, low, high))
    graph = lo.from_lazy(do("clip", lx, llow * 2, lhigh * 2))
    assert len(graph.inputs) == 3
    same(graph(), np.clip(x, low * 2, high * 2))
    exact(lambda x, a, b: do("clip", x, a, b), x, low, high)


def test_trap_11_random_draws_are_not_folded() -> None:
    def fn(x: Any) -> Any:
        noise = do("random.normal", size=(3,), like=x)
        return x + noise

    x = np.zeros(3)
    better = lo.optimize(lo.trace(fn, x))
    first, second = better(x), better(x)
    assert not np.array_equal(first, second)


def test_trap_11_optimising_leaves_lazy_arrays_alone() -> None:
    lx = lazy.Variable((3,), backend="numpy")
    c = lazy.array(normal(3))
    ly = lx + do("exp", c)

    def state() -> list[Any]:
        return [
            (n, n._backend, n._fn, n._args, n._kwargs, n._data, n._deps)
            for n in ly.ascend()
        ]

    before = state()
    lo.optimize(ly, inputs=lx)(normal(3))
    after = state()
    assert len(before) == len(after)
    for a, b in zip(before, after, strict=True):
        assert all(p is q for p, q in zip(a, b, strict=True))


def test_trap_12_one_graph_runs_in_four_threads() -> None:
    def fn(x: Any) -> Any:
        for _ in range(20):
            x = do("sin", x) + x
        return x

    better = lo.optimize(lo.trace(fn, normal(50)))
    inputs = [normal(50, seed=i) for i in range(40)]
    wanted = [fn(x) for x in inputs]
    for run in (better, better.compile(), lo.optimized(fn)):
        with ThreadPoolExecutor(4) as pool:
            same(list(pool.map(run, inputs)), wanted)


@pytest.mark.parametrize("size", [0, 1, 3])
def test_trap_13_bool_is_an_error_for_any_length(size: int) -> None:
    with pytest.raises(lo.TraceError, match="depend on values"):
        lo.trace(lambda x: 1 if x else 2, np.zeros(size))


def test_trap_15_matmul_broadcasts_batches() -> None:
    exact(lambda x, y: x @ y, normal(2, 1, 3, 4), normal(5, 4, 2))


@pytest.mark.parametrize(
    ("fn", "a", "b"),
    [
        (lambda x, y: x + y, (3,), (4,)),
        (lambda x, y: x @ y, (2, 3), (2, 3)),
        (lambda x, y: do("where", x > 0, x, y), (3,), (4,)),
        (lambda x, y: do("stack", [x, y]), (3,), (4,)),
    ],
)
def test_trap_15_what_cannot_broadcast_is_refused_as_by_numpy(
    fn: Any, a: tuple[int, ...], b: tuple[int, ...]
) -> None:
    x, y = normal(*a), normal(*b)
    with pytest.raises(ValueError) as eager:
        fn(x, y)
    with pytest.raises(ValueError) as traced:
        lo.trace(fn, x, y)
    assert type(traced.value) is type(eager.value)


def test_trap_16_a_chain_pickles_and_copies() -> None:
    lx = lazy.array(np.zeros(2))
    ly = lx
    for _ in range(2000):
        ly = ly + 1
    graph = lo.from_lazy(ly)
    for other in (pickle.loads(pickle.dumps(graph)), copy.deepcopy(graph)):
        assert len(other) == 2001
        same(other(), np.full(2, 2000.0))


def test_trap_36_a_chain_of_three_thousand_is_no_recursion() -> None:
    def fn(x: Any) -> Any:
        for _ in range(3000):
            x = do("sin", x)
        return x

    graph = exact(fn, np.ones(2))
    assert "3,001 nodes" in str(graph)
    assert len(graph.to_networkx()) == 3001
    assert graph.memory.peak_bytes <= 32
    del graph  # a chain of references, freed one by one
