"""Sharing merges what is the same, and nothing else."""

from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes import Share

from ..helpers import exact, names, normal, same


def shared(fn: Any, *args: Any) -> lo.Graph:
    return exact(fn, *args, passes=["share"])


def merged(fn: Any, *args: Any) -> int:
    """How many calls sharing saves."""
    graph = lo.trace(fn, *args)
    return len(graph) - len(shared(fn, *args))


def test_equal_calls_merge_all_the_way_down() -> None:
    def chain(x: Any) -> Any:
        return do("sum", do("exp", x * 2), axis=0)

    assert merged(lambda x: chain(x) + chain(x), normal(3)) == 3


def test_the_first_of_them_stays() -> None:
    graph = lo.trace(lambda x: do("exp", x) + do("exp", x), normal(3))
    first = graph.nodes[1]
    better = lo.optimize(graph, ["share"])
    assert better.nodes[1] is first
    assert better.outputs[0].args == (first, first)


def test_nothing_to_merge_is_the_same_object() -> None:
    graph = lo.trace(lambda x: do("exp", x) + do("sin", x), normal(3))
    assert Share()(graph) is graph


def test_positional_keyword_and_default_free_forms_merge() -> None:
    def fn(x: Any) -> Any:
        return (
            do("sum", x, 1)
            + do("sum", x, axis=1)
            + do("sum", x, keepdims=False, axis=1)
        )

    assert merged(fn, normal(2, 3)) == 1


@pytest.mark.parametrize(
    ("f", "g"),
    [
        (lambda x: x + 1, lambda x: x + 1.0),
        (lambda x: x + 1, lambda x: x + True),
        (lambda x: x + 1, lambda x: x + np.int64(1)),
        (lambda x: x + 1.0, lambda x: x + np.float32(1)),
        (lambda x: x + 0.0, lambda x: x + -0.0),
        (lambda x: x - 1, lambda x: 1 - x),
        (lambda x: do("sum", x, -1), lambda x: do("sum", x, -2)),
        (lambda x: x[-1], lambda x: x[-2]),
        (lambda x: do("sum", x, 0), lambda x: do("max", x, 0)),
        (lambda x: x.sum(0), lambda x: x.sum(0, keepdims=True)),
        (lambda x: x.sum(0), lambda x: x.sum(0, dtype="float32")),
        (lambda x: x.reshape(4), lambda x: x.reshape(4, order="F")),
        (lambda x: x**2, lambda x: do("power", x, 2)),
        (lambda x: x.astype("int32"), lambda x: x.astype("int64")),
        (lambda x: x + np.array(1.0), lambda x: x + np.array(-1.0)),
        (lambda x: x + np.array(np.nan), lambda x: x + np.array(-np.nan)),
        (lambda x: x[[0, 1]], lambda x: x[(0, 1)]),
    ],
)
def test_what_differs_stays_apart(f: Any, g: Any) -> None:
    def fn(x: Any) -> Any:
        return f(x), g(x)

    assert merged(fn, normal(2, 2)) == 0


def test_constants_merge_by_their_bits() -> None:
    def fn(x: Any) -> Any:
        return (x + np.array([1.0, np.nan])) * (x + np.array([1.0, np.nan]))

    assert merged(fn, normal(2)) == 2


def test_constants_of_other_strides_stay_apart() -> None:
    c = np.arange(6.0).reshape(2, 3)

    def fn(x: Any) -> Any:
        f = np.asfortranarray(c)
        return do("sum", x + c), do("sum", x + f)

    assert merged(fn, normal(2, 3)) == 0


def test_random_draws_do_not_merge() -> None:
    def fn(x: Any) -> Any:
        a = do("random.normal", size=(3,), like=x)
        return a - do("random.normal", size=(3,), like=x) + x

    graph = lo.trace(fn, normal(3))
    assert Share()(graph) is graph


def test_opaque_calls_do_not_merge() -> None:
    def noisy(x: Any) -> Any:
        return x + 1

    graph = lo.trace(
        lambda x: lo.call(noisy, x) + lo.call(noisy, x), normal(3)
    )
    assert Share()(graph) is graph


def test_what_an_opaque_call_may_write_into_stays_apart() -> None:
    def writes(x: Any) -> Any:
        x[:] = 7.0
        return x.sum()

    def fn(x: Any) -> Any:
        a = x * 2
        b = x * 2
        s = lo.call(writes, a)
        return b, s

    x = normal(3)
    graph = lo.optimize(lo.trace(fn, x))
    same(graph(x), (x * 2, np.float64(21.0)))


def test_no_two_outputs_become_one_array() -> None:
    better = shared(lambda x: (do("exp", x), do("exp", x)), normal(3))
    a, b = better(normal(3))
    assert not np.shares_memory(a, b)


def test_no_two_outputs_become_views_of_one_array() -> None:
    def fn(x: Any) -> Any:
        return (x + 1)[:2], (x + 1)[1:]

    a, b = shared(fn, normal(3))(normal(3))
    assert not np.shares_memory(a, b)


def test_outputs_that_are_one_array_stay_one() -> None:
    def fn(x: Any) -> Any:
        y = do("exp", x)
        return y, y, y[1:]

    a, b, c = shared(fn, normal(3))(normal(3))
    assert a is b
    assert np.shares_memory(a, c)


def test_an_output_merges_with_what_is_none() -> None:
    def fn(x: Any) -> Any:
        return do("exp", x), do("sin", do("exp", x))

    assert merged(fn, normal(3)) == 1


def test_views_of_an_input_that_are_returned_may_merge_or_not() -> None:
    a, b = shared(lambda x: (x[1:], x[1:]), normal(3))(normal(3))
    assert a is not b


@pytest.mark.parametrize("size", [3, 40])
@pytest.mark.parametrize(
    "fn",
    [
        lambda a, b: a @ b.T,
        lambda a, b: do("dot", a, b.T),
        lambda a, b: do("tensordot", a, b, ((1,), (1,))),
        lambda a, b: do("einsum", "ij,kj->ik", a, b),
        lambda a, b: do("inner", a, b),
        lambda a, b: a.T @ b,
        lambda a, b: a[:, 1:] @ b[:, 1:].T,
        lambda a, b: a.reshape(-1) @ b.reshape(-1),
    ],
)
def test_operands_of_a_contraction_stay_two(fn: Any, size: int) -> None:
    better = shared(
        lambda x: fn(do("tanh", x), do("tanh", x)), normal(size, size)
    )
    assert names(better).count("tanh") == 2


def test_no_chain_of_merges_makes_them_one_either() -> None:
    def fn(x: Any) -> Any:
        a, b, c = (do("tanh", x) for _ in range(3))
        return a @ c.T, do("sum", b), b @ c.T

    better = shared(fn, normal(20, 20))
    assert names(better).count("tanh") == 2


def test_constants_in_one_contraction_stay_two() -> None:
    x = normal(20, 20)

    def fn(y: Any) -> Any:
        a, b = x.copy(), x.copy()
        return do("matmul", do("asarray", a, like=y), b.T, like=y) + y

    shared(fn, normal(20, 20, seed=1))


def test_decompositions_merge_with_their_parts() -> None:
    def fn(x: Any) -> Any:
        q1, r1 = do("linalg.qr", x)
        q2, r2 = do("linalg.qr", x)
        return q1 * q2, r1 + r2

    better = shared(fn, normal(4, 3))
    assert names(better).count("linalg.qr") == 1
    assert names(better).count("item") == 2


def test_larger_results_stay_apart_above_max_bytes() -> None:
    def fn(x: Any) -> Any:
        small = do("exp", x[:2]) * do("exp", x[:2])
        return do("exp", x) * do("exp", x), small

    graph = lo.trace(fn, normal(100))
    better = Share(max_bytes=100)(graph)
    assert names(better).count("exp") == 3
    same(better(normal(100)), fn(normal(100)))


def test_it_is_a_value() -> None:
    assert Share() == Share(None)
    assert Share(max_bytes=1) != Share()
    assert "max_bytes=1" in repr(Share(max_bytes=1))


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: [do("asarray", view) for view in (x.T, x.T)],
        lambda x: [do("split", x, 2)[0] for _ in range(2)],
    ],
)
def test_what_is_returned_by_way_of_another_stays_two_arrays(fn: Any) -> None:
    x = normal(4, 4)
    one, other = Share()(lo.trace(fn, x))(x)
    assert one is not other


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("traced", ["C", "F"])
def test_outputs_stay_apart_in_layouts_that_were_not_traced(
    order: str, traced: str
) -> None:
    """What is copied where it was traced is a view where it runs."""

    def fn(x: Any) -> Any:
        return do("clip", x, 0, 1), do(
            "reshape", do("clip", x, 0, 1), -1, order=order
        )

    x = normal(3, 4)
    better = Share()(lo.trace(fn, np.asarray(x, order=traced)))
    for layout in ("C", "F"):
        assert not np.shares_memory(*better(np.asarray(x, order=layout)))


def test_views_that_may_be_returned_themselves_stay_two() -> None:
    """Where it was traced, each is copied, and where it runs, it is not."""

    def fn(x: Any) -> Any:
        return [do("ascontiguousarray", view) for view in (x[...], x[...])]

    one, other = Share()(lo.trace(fn, np.arange(6)[::2]))(np.arange(3))
    assert one is not other


@pytest.mark.parametrize("traced", ["C", "F"])
def test_operands_of_a_contraction_stay_two_in_other_layouts(
    traced: str,
) -> None:
    def fn(x: Any) -> Any:
        a, b = do("tanh", x), do("tanh", x)
        return a @ do("reshape", b, (20, 9), order="F")

    x = np.asarray(normal(9, 20), order=traced)
    graph = lo.trace(fn, x)
    assert len(Share()(graph)) == len(graph)


def test_what_is_not_written_merges_across_a_write() -> None:
    def fn(x: Any) -> Any:
        first = do("exp", x)
        seen = lo.call(lambda a: a + 1, do("tanh", x))
        return first * do("exp", x), seen

    graph = lo.trace(fn, normal(3))
    assert names(Share()(graph)).count("exp") == 1


def test_max_bytes_is_the_most_that_is_merged() -> None:
    def twice(x: Any) -> Any:
        return do("exp", x) * 2 + do("exp", x)

    graph = lo.trace(twice, normal(3))
    (size,) = {n.spec.nbytes for n in graph if n.op.name == "exp"}
    assert Share(max_bytes=size)(graph).counts["exp"] == 1
    assert Share(max_bytes=size - 1)(graph) is graph


def test_a_graph_is_done_for_the_same_bound_alone() -> None:
    graph = lo.trace(lambda x: do("exp", x) * 2 + do("exp", x), normal(3))
    assert Share(max_bytes=1)(graph) is graph
    better = Share()(graph)
    assert better.counts["exp"] == 1
    assert Share()(better) is better


def test_a_constant_that_is_returned_stays_the_callers_own() -> None:
    one, same_bits = normal(3), normal(3)

    def program(x: Any) -> Any:
        seen = do("asarray", same_bits, like=x)
        return seen, x * one + do("exp", one, like=x)

    graph = lo.trace(program, normal(3))
    better = Share()(graph)
    assert sum(n.is_constant for n in better) == 2
