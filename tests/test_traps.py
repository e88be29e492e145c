"""Bugs that programs like this one have had, each to be had only once.

The first sixteen are those of `autoray.lazy`, the others are ways in which
NumPy's bits depend on more than values.
"""

import contextvars
import copy
import operator
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from autoray import do, lazy

import lazyopt as lo

from .helpers import exact, names, normal, same


def test_trap_01_axis_minus_one_and_minus_two_do_not_merge() -> None:
    x = normal(4, 4)
    better = exact(lambda x: do("sum", x, -1) + do("sum", x, -2), x)
    assert names(better).count("sum") == 2


def test_trap_01_index_minus_one_and_minus_two_do_not_merge() -> None:
    x = normal(4, 3)
    f = lo.optimized(lambda x: x[-1] - x[-2])
    for _ in range(3):
        same(f(x), x[-1] - x[-2])


def test_trap_01_slices_of_minus_one_and_minus_two_do_not_merge() -> None:
    exact(lambda x: x[-1:, 0] - x[-2:-1, 0], normal(4, 3))


def test_trap_01_it_holds_for_lazy_arrays() -> None:
    x = normal(4, 4)
    lx = lazy.array(x)
    better = lo.optimize(do("sum", lx, -1) + do("sum", lx, -2))
    same(better(), x.sum(-1) + x.sum(-2))


def test_trap_02_zero_and_minus_zero_do_not_merge() -> None:
    x = np.array([1.0, -2.0, 0.0, np.nan])
    with np.errstate(all="ignore"):
        exact(lambda x: x / 0.0 + x / -0.0, x)
        exact(lambda x: (x / 0.0, x / -0.0), x)
        exact(lambda x: (x / 0.0) * (x / complex(0.0, -0.0)), x)


@pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "float32"])
def test_trap_03_one_of_several_types_does_not_merge(dtype: str) -> None:
    x = np.array([0, 1, 1], dtype)
    better = exact(
        lambda x: (x + 1, x + 1.0, x + True, x + np.float32(1), x + (1 + 0j)),
        x,
    )
    assert names(better).count("add") == 5


def test_trap_04_arrays_that_are_freed_while_tracing_do_not_merge() -> None:
    def fn(x: Any) -> Any:
        for i in range(200):
            # Each is freed at once, if nobody holds it, and the next one is
            # likely to have its id.
            x = x + np.full(4, float(i))
        return x

    better = exact(fn, np.zeros(4), passes=["share", "prune"])
    assert names(better).count("add") == 200


def test_trap_04_a_graph_is_not_served_for_a_freed_array() -> None:
    f = lo.optimized(lambda x, y: x - y)
    for i in range(50):
        x, y = np.full(3, float(i)), np.full(3, 1.0)
        same(f(x, y), x - y)


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


def test_trap_14_an_array_stacks_with_a_traced_one() -> None:
    c = normal(3)

    def fn(x: Any) -> Any:
        return do("stack", [c, x]) * do("stack", [c, x])

    better = exact(fn, normal(3, seed=1))
    assert names(better).count("stack") == 1


def test_trap_14_positional_and_keyword_forms_merge() -> None:
    def fn(x: Any) -> Any:
        a, b = do("sum", x, 1), do("sum", x, axis=1)
        return a * b + do("sum", axis=1, a=x, like=x)

    better = exact(fn, normal(3, 4))
    assert names(better).count("sum") == 1


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


@pytest.mark.parametrize("size", [2, 17, 64])
def test_trap_43_no_two_operands_of_a_contraction_become_one(
    size: int,
) -> None:
    x = normal(size, size)
    better = exact(lambda x: do("tanh", x) @ do("tanh", x).T, x)
    assert names(better).count("tanh") == 2
    exact(lambda x: do("dot", do("tanh", x), do("tanh", x).T), x)
    exact(lambda x: do("tensordot", x * 2, x * 2, ((1,), (1,))), x)
    exact(lambda x: do("einsum", "ij,kj->ik", x * 2, x * 2), x)


def test_trap_43_views_of_one_operand_do_not_become_one_either() -> None:
    exact(lambda x: (x + 1).T @ (x + 1), normal(33, 33))
    exact(lambda x: (x + 1)[:, ::1] @ (x + 1).T, normal(33, 33))


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: operator.neg(operator.neg(x)),
        lambda x: x * 1,
        lambda x: do("conj", x),
        lambda x: do("real", x) + 0,
    ],
)
def test_trap_44_copies_of_a_strided_array_keep_its_bits(fn: Any) -> None:
    base = normal(61, 47, 5)

    def program(x: Any) -> Any:
        y = fn(x[::2, ::3, 1].T)
        return do("sum", y), do("tensordot", y, y * 3, 2), do("sum", y, 0)

    exact(program, base)


def test_trap_45_a_transposed_constant_keeps_its_strides() -> None:
    c = normal(53, 31)

    def fn(x: Any) -> Any:
        y = do("transpose", do("multiply", c, 2.0, like=x), like=x)
        return do("sum", y * x, 0), do("sum", y * x)

    exact(fn, normal(31, 53, seed=1))


def test_trap_46_a_0d_array_does_not_become_a_scalar() -> None:
    def fn(x: Any) -> Any:
        a = do("tensordot", x, x, 1)
        b = do("sum", x * x)
        return a**3, b**3

    for seed in range(20):
        x = normal(7, seed=seed)
        better = exact(fn, x)
        assert [o.spec.kind for o in better.outputs] == ["scalar", "scalar"]


def test_trap_46_kinds_of_results_are_kept() -> None:
    x = normal(7)
    found = lo.optimize(lo.trace(lambda x: do("tensordot", x, x, 1), x))(x)
    assert type(found) is np.ndarray
    found = lo.optimize(lo.trace(lambda x: do("dot", x, x), x))(x)
    assert type(found) is np.float64


def test_trap_47_sharing_does_not_raise_the_peak() -> None:
    def fn(x: Any) -> Any:
        a = do("exp", x)
        s = do("sum", a)
        c = x * s
        e = c + do("tanh", c)
        return e * do("exp", x)

    x = normal(100, 100)
    graph = lo.trace(fn, x)
    shared = lo.optimize(graph, ["prune"])
    assert shared.memory.peak_bytes == 3 * x.nbytes
    better = exact(fn, x)
    assert better.memory.peak_bytes <= graph.memory.peak_bytes
    alone = lo.passes.Share()(graph)
    assert alone.memory.peak_bytes > graph.memory.peak_bytes


def test_trap_48_errstate_holds_in_a_thread_with_the_callers_context() -> None:
    x = np.array([1.0, 0.0])
    better = lo.optimize(lo.trace(lambda x: 1 / x, x))
    for run in (better, better.compile()):
        outcome: list[Any] = []

        def work(run: Any = run, outcome: list[Any] = outcome) -> None:
            outcome.append(run(x))

        with np.errstate(divide="ignore"):
            context = contextvars.copy_context()
            thread = threading.Thread(target=context.run, args=(work,))
            thread.start()
            thread.join()
            same(run(x), np.array([1.0, np.inf]))
        same(outcome, [np.array([1.0, np.inf])])
        with (
            np.errstate(divide="raise"),
            pytest.raises(FloatingPointError, match="divide by zero"),
        ):
            run(x)


def test_trap_48_folding_leaves_what_errstate_decides() -> None:
    zero = np.zeros(2)

    def fn(x: Any) -> Any:
        return x + do("true_divide", 1.0, zero, like=x)

    x = normal(2)
    with np.errstate(divide="ignore"):
        better = exact(fn, x)
    with (
        np.errstate(divide="raise"),
        pytest.raises(FloatingPointError, match="divide by zero"),
    ):
        better(x)
