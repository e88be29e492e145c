"""Simplify leaves out what does nothing, where nobody can see it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes import Prune, Simplify

from ..helpers import exact, modified_gram_schmidt, names, normal, same


def simplified(fn: Callable[..., Any], *args: Any) -> lo.Graph:
    """Optimised by it alone, and equal to eager."""
    return exact(fn, *args, passes=[Simplify(), Prune()])


@pytest.mark.parametrize(
    "fn",
    [
        lambda y: do("conj", y),
        lambda y: +y,
        lambda y: y * 1,
        lambda y: 1.0 * y,
        lambda y: y / 1,
        lambda y: y - 0,
        lambda y: do("negative", -y),
        lambda y: y.T.T,
        lambda y: do("moveaxis", do("swapaxes", y, 0, 1), 0, 1),
        lambda y: y.reshape(9).reshape(3, 3) if y.ndim == 1 else y[...],
        lambda y: do("squeeze", do("expand_dims", y, 1), 1),
        lambda y: y.astype("float64"),
        lambda y: do("copy", y),
        lambda y: do("conj", y.T).T,
        lambda y: do("concatenate", [y]),
        lambda y: do("real", y),
        lambda y: y[:, 0:3],
        lambda y: do("flip", do("flip", y, 0), 0),
        lambda y: do("broadcast_to", y, (3, 3)),
        lambda y: do("asarray", y) * 1,
    ],
)
def test_nothing_is_left_of_an_identity(fn: Any) -> None:
    better = simplified(lambda x: fn(x + 1) * 2, normal(3, 3))
    assert names(better) == ["input", "add", "multiply"]


@pytest.mark.parametrize(
    "fn",
    [
        lambda y: y + 0,
        lambda y: y + 0.0,
        lambda y: y - -0.0,
        lambda y: 0.0 - y,
        lambda y: 1 / y,
        lambda y: y * np.array(1.0),
        lambda y: (y * 1j) * 1,
        lambda y: (y * 1j) - 0,
        lambda y: do("sum", y, axis=()),
        lambda y: y.astype("float32"),
        lambda y: y.astype(">f8"),
        lambda y: y[::-1],
        lambda y: y[:2],
        lambda y: do("reshape", y.T, (9,), order="F"),
        lambda y: y.copy(),
        lambda y: do("array", y, copy=True),
    ],
)
def test_what_only_looks_like_one_stays(fn: Any) -> None:
    graph = lo.trace(lambda x: fn(x + 1) * 2, normal(3, 3))
    assert Simplify()(graph) is graph


def test_arithmetic_on_inputs_stays() -> None:
    """An input may hold a signalling NaN, or come in another layout."""
    loud = np.array([0x7FF0000000000001], "uint64").view("float64")
    with np.errstate(invalid="ignore"):
        better = simplified(lambda x: do("positive", x * 1), loud)
    assert names(better) == ["input", "multiply"]
    better = simplified(lambda x: do("conj", x) @ x, normal(40, 40)[::2, ::2])
    assert names(better) == ["input", "conjugate", "matmul"]


@pytest.mark.parametrize("order", ["C", "F", "strided", "swapped", "odd"])
def test_inputs_may_come_in_another_layout(order: str) -> None:
    def fn(x: Any) -> Any:
        y = do("positive", do("conj", x) + 1)
        z = do("reshape", do("reshape", y * 1, (-1,)), y.shape)
        return do("sum", z), do("sum", y.T.T.T, 0), z @ z.T * 1

    x = normal(64, 64)
    graph = lo.trace(fn, x)
    better = Simplify()(graph)
    assert len(better) < len(graph)
    wide = np.zeros((64, 128))[:, ::2]
    wide[...] = x
    other = {
        "C": x,
        "F": np.asfortranarray(x),
        "strided": wide,
        "swapped": x.astype(">f8"),
        "odd": np.frombuffer(b"." + x.tobytes(), "f8", offset=1),
    }[order].reshape(64, 64)
    same(better(other), fn(other))


def test_an_output_never_becomes_an_input() -> None:
    def fn(x: Any) -> Any:
        return do("positive", x), x[...], x.T.T, do("asarray", x[:])

    x = normal(3, 3)
    better = simplified(fn, x)
    found = better(x)
    assert not np.shares_memory(found[0], x)
    assert all(y is not x for y in found)


def test_an_output_never_becomes_an_input_that_lies_otherwise() -> None:
    """What is copied where it was traced is its operand where it runs."""
    better = simplified(
        lambda x: do("ascontiguousarray", x[...]), np.arange(6)[::2]
    )
    x = np.arange(3)
    assert better(x) is not x


def test_an_output_never_becomes_what_may_be_an_input() -> None:
    x = normal(2, 3)
    for fn in (
        lambda x: do("ascontiguousarray", x).T.T,
        lambda x: do("asarray", do("ascontiguousarray", x)).T.T,
    ):
        assert simplified(fn, x)(x) is not x


def test_an_output_never_becomes_what_may_be_another() -> None:
    def fn(x: Any) -> Any:
        y = x + 1
        z = do("ascontiguousarray", y)
        return z.T.T, y.T.T, do("asarray", z)

    outputs = simplified(fn, normal(2, 3))(normal(2, 3))
    assert len({id(y) for y in outputs}) == 3


def test_no_two_outputs_become_one() -> None:
    def fn(x: Any) -> Any:
        y = x + 1
        return y, do("positive", y), do("conj", y), y[...]

    a, b, c, d = simplified(fn, normal(3))(normal(3))
    assert not np.shares_memory(a, b)
    assert not np.shares_memory(b, c)
    assert a is not d


def test_an_output_takes_the_place_of_a_new_array() -> None:
    better = simplified(lambda x: do("conj", x + 1), normal(3))
    assert names(better) == ["input", "add"]


def test_copies_of_one_array_that_are_returned_stay_two() -> None:
    def fn(x: Any) -> Any:
        y = x + 1
        return do("positive", y), do("positive", y)

    better = simplified(fn, normal(3))
    assert names(better).count("positive") == 1


@pytest.mark.parametrize("size", [3, 40])
def test_operands_of_a_contraction_stay_two(size: int) -> None:
    def fn(x: Any) -> Any:
        y = do("tanh", x)
        return do("conj", y) @ y.T

    better = simplified(fn, normal(size, size))
    assert names(better).count("conjugate") == 1


def test_no_chain_of_copies_makes_them_one_either() -> None:
    def fn(x: Any) -> Any:
        y = do("tanh", x)
        a = do("positive", do("conj", y))
        b = do("conj", do("positive", y))
        return do("tensordot", a, b, ((1,), (1,)))

    better = simplified(fn, normal(40, 40))
    assert len(better) == 4


def test_what_an_opaque_call_may_write_into_is_left_alone() -> None:
    def writes(x: Any) -> Any:
        x[:] = 7.0
        return x.sum()

    def fn(x: Any) -> Any:
        a = x * 2
        b = do("positive", a)
        s = lo.call(writes, a)
        return b, s

    x = normal(3)
    better = Simplify()(lo.trace(fn, x))
    same(better(x), (x * 2, np.float64(21.0)))


def test_a_function_of_that_name_is_not_the_op() -> None:
    def positive(x: Any) -> Any:
        return x * 0

    graph = lo.trace(lambda x: lo.call(positive, x + 1) + 1, normal(3))
    assert Simplify()(graph) is graph


def test_what_lies_between_dies_or_the_call_stays() -> None:
    def fn(x: Any) -> Any:
        y = do("tanh", x)
        z = -y
        return do("sum", (-z) * 2) + do("sum", z)

    x = normal(100)
    graph = lo.trace(fn, x)
    better = simplified(fn, x)
    assert better.memory.peak_bytes <= graph.memory.peak_bytes
    assert names(better).count("negative") == 2


def test_views_of_views_are_views_of_the_base() -> None:
    def fn(x: Any) -> Any:
        y = do("transpose", x, (1, 2, 0))
        return do("swapaxes", y, 0, 1) * 2

    better = simplified(fn, normal(2, 3, 4))
    assert names(better) == ["input", "transpose", "multiply"]
    assert better.nodes[1].args[1] == (2, 1, 0)


def test_each_rule_is_on_record() -> None:
    graph = lo.trace(lambda x: do("conj", x + 1) * 1 + 2, normal(3))
    better = lo.optimize(graph, [Simplify()])
    assert better.history[-1].rewrites == {
        "conj of real": 1,
        "neutral number": 1,
    }


def test_gram_schmidt_loses_its_conjugates() -> None:
    x = normal(12, 12)
    better = simplified(modified_gram_schmidt, x)
    assert "conjugate" not in names(better)


def test_a_long_chain_takes_one_pass() -> None:
    def fn(x: Any) -> Any:
        y = x + 1
        for _ in range(3000):
            y = do("conj", do("positive", y.T).T[...])
        return y * 2

    better = Simplify()(lo.trace(fn, normal(2, 3)))
    assert Simplify()(better) is better
    assert len(Prune()(better)) == 3


def test_graphs_of_other_libraries_are_left_alone() -> None:
    graph = lo.trace(lambda x: do("conj", x + 1) * 2, normal(3))
    moved = graph.on("torch")
    assert Simplify()(moved) is moved


def test_it_is_a_value() -> None:
    assert Simplify() == Simplify()
    assert repr(Simplify()) == "Simplify()"
