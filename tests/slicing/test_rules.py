"""Calls made in parts have the bits of whole ones; others have no rule."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT
from lazyopt.regions import cut_out, region
from lazyopt.slicing import demands, partial_sum

from ..helpers import normal, same

Program = Callable[..., Any]

SHAPE = (6, 5, 7)


def sliced_at(
    graph: lo.Graph, axis: int, rows: int, exact: bool = True
) -> tuple[Any, tuple[Node, ...]] | None:
    """All of a program's calls as a region, sliced back from its output."""
    calls = [n for n in graph.nodes if n.op not in (INPUT, CONSTANT)]
    axes: dict[Node, int | None] = dict.fromkeys(graph.outputs, axis)
    for node in reversed(calls):
        if node not in axes:  # a result that nobody uses
            calls.remove(node)
            continue
        own = axes[node]
        wanted = None if own is None else demands(node, own, exact)
        if wanted is None:
            return None
        for operand, other in wanted.items():
            if axes.setdefault(operand, other) != other:
                return None
    body, operands = cut_out(calls, dict.fromkeys(graph.outputs))
    along = tuple(axes[n] for n in (*operands, *calls))
    return region("sliced", body, axes=along, rows=rows).function, operands


def axes_of(program: Program, *args: Any) -> list[int]:
    """The axes of a result that can be sliced; each is, and compared."""
    graph = lo.trace(program, *args)
    expected = program(*args)
    given = dict(zip(graph.inputs, args, strict=True))
    found = []
    for axis in range(np.ndim(expected)):
        for rows in (2, 3):
            made = sliced_at(graph, axis, rows)
            if made is None:
                continue
            run, operands = made
            values = [n.value if n.is_constant else given[n] for n in operands]
            result = run(*values)
            same(result, expected)
            assert result.strides == expected.strides
            found += [axis] * (rows == 2)
    return found


PROGRAMS: dict[str, tuple[Program, list[int]]] = {
    "elementwise": (lambda x: do("exp", x) * 2 + x, [0, 1, 2]),
    "broadcast": (lambda x: x - x[:1] + x[:, :, :1], [1]),
    "where": (lambda x: do("where", x > 0, x, 0.0), [0, 1, 2]),
    "a square": (lambda x: x**2, [0, 1, 2]),
    "astype": (lambda x: do("astype", x, "float32"), [0, 1, 2]),
    "copy": (lambda x: do("copy", x), [0, 1, 2]),
    "zeros": (lambda x: x + do("zeros", SHAPE), [0, 1, 2]),
    "like": (lambda x: x * do("ones_like", x), [0, 1, 2]),
    "transpose": (lambda x: do("transpose", x, (2, 0, 1)) * 2, [0, 1, 2]),
    "expand_dims": (lambda x: do("expand_dims", x, 1) * 2, [0, 2, 3]),
    "squeeze": (lambda x: do("squeeze", x[:, :1]) * 2, [0, 1]),
    "reversed": (lambda x: x[:, ::-1] * 2, [0, 2]),
    "part": (lambda x: x[1:, 2] * 2, [1]),
    "picked": (lambda x: x[:, np.array([0, 2])] * 2, []),
    "real": (lambda x: do("real", x + 1j) * 2, [0, 1, 2]),
    "broadcast_to": (
        lambda x: do("broadcast_to", x[0], SHAPE) * x,
        [1, 2],
    ),
    "reshape, last kept": (lambda x: do("reshape", x, (-1, 7)) * 2, [1]),
    "reshape, first kept": (lambda x: do("reshape", x, (6, 35)) * 2, [0]),
    "reshape, a copy": (
        lambda x: do("reshape", do("transpose", x, (1, 0, 2)), (5, 42)),
        [0],
    ),
    "reshape, none kept": (lambda x: do("reshape", x, (30, 7))[:10] * 2, [1]),
    "diagonal": (lambda x: do("diagonal", x[:5], 0, 0, 1) * 2, [0]),
    "split": (lambda x: do("split", x, 2, 0)[1] * 2, [1, 2]),
    "sum": (lambda x: do("sum", x, axis=1), [0, 1]),
    "sum, outer axis": (lambda x: do("sum", x, axis=0), [0, 1]),
    "sum, kept": (lambda x: do("sum", x, axis=1, keepdims=True), [0, 2]),
    "sums": (lambda x: do("sum", x, axis=(0, 2)), [0]),
    "mean": (lambda x: do("mean", x * 2, axis=-1), [0, 1]),
    "std": (lambda x: do("std", x, axis=0), [0, 1]),
    "norm": (lambda x: do("linalg.norm", x, axis=2), [0, 1]),
    "argmax": (lambda x: do("argmax", x, axis=2), [0, 1]),
    "cumsum": (lambda x: do("cumsum", x, axis=1), [0, 2]),
    "sort": (lambda x: do("sort", x, axis=-1), [0, 1]),
    "diff": (lambda x: do("diff", x, axis=0), [1, 2]),
    "roll": (lambda x: do("roll", x, 2, axis=1), [0, 2]),
    "fft": (lambda x: do("fft.fft", x, axis=1), [0, 2]),
    "concatenate": (lambda x: do("concatenate", [x, x * 2], axis=1), [0, 2]),
    "stack": (lambda x: do("stack", [x, x * 2], axis=1), [0, 2, 3]),
    "take": (lambda x: do("take", x, np.array([0, 2]), axis=1), [0, 2]),
    "repeat": (lambda x: do("repeat", x, 2, axis=1), [0, 2]),
    "triu": (lambda x: do("triu", x), [0]),
    "products": (lambda x: x @ do("transpose", x, (0, 2, 1)), [0]),
    "products by one": (lambda x: x @ do("transpose", x[0] * 2), []),
    "qr": (lambda x: do("linalg.qr", x)[1] * 2, [0]),
    "det": (lambda x: do("linalg.det", x[:, :5, :5]), [0]),
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("order", ["C", "F", "strided"])
def test_parts_are_those_of_the_whole(name: str, order: str) -> None:
    program, expected = PROGRAMS[name]
    x = normal(*SHAPE)
    if order == "F":
        x = np.asfortranarray(x)
    elif order == "strided":
        x = normal(6, 10, 14)[:, ::2, ::2]
    assert axes_of(program, x) == expected


#: Sums that pass through a buffer, which ends elsewhere in a part.
@pytest.mark.parametrize(
    "program",
    [
        lambda x: do("mean", do("astype", x, "int64"), axis=1),
        lambda x: do("mean", do("astype", x, "float16"), axis=1),
        lambda x: do("sum", do("astype", x, "float32"), axis=1, dtype=float),
    ],
)
def test_sums_that_convert_stay_whole(program: Program) -> None:
    assert axes_of(program, normal(6, 9000)) == []


def test_sums_of_whole_numbers_are_exact_in_any_order() -> None:
    x = np.arange(6 * 9000).reshape(6, 9000) % 7
    assert axes_of(lambda x: do("sum", x > 3, axis=1), x) == [0]


def test_powers_of_broadcast_exponents_stay_whole() -> None:
    # One exponent for an inner loop, if it is 2, is a product.
    x, p = np.abs(normal(6, 5)), np.array([[0.5], [2.0]] * 3)
    assert axes_of(lambda x, p: x**p, x, p) == []
    assert axes_of(lambda x, p: x ** (p * 1), x, np.full((6, 5), 0.5)) == [
        0,
        1,
    ]


def test_a_list_is_an_operand_with_axes() -> None:
    assert axes_of(lambda x: do("add", x, [1, 2, 3, 4]), normal(6, 4)) == [0]


def test_long_axes_keep_the_order_of_summation() -> None:
    for shape in ((9, 9001), (9001, 9)):
        x = normal(*shape)
        for axis in (0, 1):
            assert axes_of(lambda x, a=axis: do("sum", x, axis=a), x) == [0]


def test_unknown_functions_stay_whole() -> None:
    graph = lo.trace(lambda x: lo.call(np.flip, x), normal(4, 4))
    assert demands(graph.outputs[0], 0) is None
    graph = lo.trace(
        lambda x: x + do("random.normal", size=(4,), like=x), normal(4)
    )
    draw = next(n for n in graph.nodes if n.op.effect == "random")
    assert demands(draw, 0) is None


# ------------------------------------------------- what changes last bits

LOOSE: dict[str, tuple[Program, dict[int, list[int | None]]]] = {
    "matmul": (lambda a, b: a @ b, {0: [0, None], 1: [None, 1]}),
    "dot": (lambda a, b: do("dot", a, b), {0: [0, None], 1: [None, 1]}),
    "tensordot": (
        lambda a, b: do("tensordot", a, b, ([0], [1])),
        {0: [1, None], 1: [None, 0]},
    ),
    "einsum": (
        lambda a, b: do("einsum", "ij,jk->ki", a, b),
        {0: [None, 1], 1: [0, None]},
    ),
}


@pytest.mark.parametrize("name", LOOSE)
def test_rows_of_products_need_fast_math(name: str) -> None:
    program, expected = LOOSE[name]
    graph = lo.trace(program, normal(6, 6), normal(6, 6))
    (node,) = graph.outputs
    for axis, wanted in expected.items():
        assert demands(node, axis) is None
        found = demands(node, axis, exact=False)
        assert found is not None
        assert [found[n] for n in graph.inputs] == wanted


def test_contracted_axes_are_summed_in_parts() -> None:
    graph = lo.trace(lambda a, b: a @ b, normal(6, 8), normal(8, 4))
    a, b = graph.inputs
    (node,) = graph.outputs
    assert partial_sum(node, a, 1) == ("add", {a: 1, b: 0})
    assert partial_sum(node, a, 0) is None


@pytest.mark.parametrize(
    ("name", "ufunc"),
    [("sum", "add"), ("prod", "multiply"), ("max", "maximum")],
)
def test_reductions_are_combined_of_parts(name: str, ufunc: str) -> None:
    graph = lo.trace(lambda x: do(name, x, axis=0), normal(6, 8))
    (x,), (node,) = graph.inputs, graph.outputs
    assert partial_sum(node, x, 0) == (ufunc, {x: 0})
    assert partial_sum(node, x, 1) is None


def test_means_are_not_combined() -> None:
    graph = lo.trace(lambda x: do("mean", x, axis=0), normal(6, 8))
    assert partial_sum(graph.outputs[0], graph.inputs[0], 0) is None
