"""Elementwise calls: casts, buffers, and what NumPy writes in Python."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest

from lazyopt.ops import OPERATOR_FORMS
from lazyopt.ops.elementwise import BINARY, OTHERS, UNARY
from lazyopt.workspace.elementwise import RULES

from .checking import ORDERS, array, check_all, mixed, peaks
from .operands import DTYPES, SHAPES, one_array

NUMBERS = (2, 2.0, 1j, True, np.float32(2), np.float64(2), np.int8(3))


def unary_calls(count: int) -> Iterator[Any]:
    for call in one_array(count):
        yield call, {}


def binary_calls(count: int) -> Iterator[Any]:
    """Pairs of arrays that broadcast, some of one dtype."""
    grid = mixed(SHAPES, DTYPES, DTYPES, ORDERS, ORDERS, range(8))
    for shape, a, b, first, second, form in islice(grid, count):
        x = array(shape, a, first)
        if form == 0:
            yield (x, array(shape[1:] or shape, b, second)), {}
        elif form == 1:
            yield (x, array((*shape[:-1], 1), b, second)), {}
        elif form == 2:
            yield (array((1, *shape[1:]), a, first), array(shape, b)), {}
        elif form in (3, 4):
            yield (x, array(shape, a, second)), {}
        else:
            yield (x, array(shape, b, second)), {}


def test_every_elementwise_op_has_a_rule() -> None:
    pairs = {"divmod", "frexp", "modf"}
    assert set(RULES) == {*UNARY, *BINARY, *OTHERS, *pairs}


@pytest.mark.parametrize("name", [*UNARY, "modf", "frexp"])
def test_of_one_operand(name: str) -> None:
    check_all(name, unary_calls(25))


@pytest.mark.parametrize("name", [*BINARY, "divmod"])
def test_of_two_operands(name: str) -> None:
    check_all(name, binary_calls(35))


@pytest.mark.parametrize("name", ["add", "true_divide", "logical_or", "less"])
def test_with_numbers(name: str) -> None:
    pairs = list(one_array(40, NUMBERS))
    check_all(name, [((x, n), {}) for x, n in pairs])
    check_all(name, [((n, x), {}) for x, n in pairs])


@pytest.mark.parametrize("name", ["exp", "isfinite", "negative"])
def test_in_another_dtype(name: str) -> None:
    check_all(
        name,
        [
            ((x,), {"dtype": dtype, "casting": "unsafe"})
            for x, dtype in one_array(40, DTYPES)
        ],
    )


@pytest.mark.parametrize("name", sorted(OPERATOR_FORMS.keys() - {"matmul"}))
def test_operators(name: str) -> None:
    calls = unary_calls(15) if name in UNARY else binary_calls(15)
    check_all(OPERATOR_FORMS[name], calls)


@pytest.mark.parametrize("exponent", [2, 0.5, -1, 3, 2.0])
def test_powers_that_are_other_functions(exponent: float) -> None:
    calls = [((*args, exponent), {}) for args, _ in unary_calls(30)]
    check_all(OPERATOR_FORMS["power"], calls)


@pytest.mark.parametrize("name", ["isreal", "iscomplex", "nan_to_num", "sinc"])
def test_written_in_python(name: str) -> None:
    check_all(name, unary_calls(40))


@pytest.mark.parametrize("name", ["fix", "isneginf", "isposinf", "angle"])
def test_of_reals_too(name: str) -> None:
    check_all(name, unary_calls(40))


@pytest.mark.parametrize("decimals", [0, 1, -1])
def test_round(decimals: int) -> None:
    check_all("round", [((*a, decimals), {}) for a, _ in unary_calls(30)])


def test_complex() -> None:
    calls = list(binary_calls(60))
    check_all("complex", calls)
    numbers = (2.0, np.float64(2), np.float32(2))
    check_all(
        "complex", [((a, n), {}) for (a, _), _ in calls for n in numbers]
    )


@pytest.mark.parametrize("equal_nan", [False, True])
def test_isclose(equal_nan: bool) -> None:
    options = {"equal_nan": equal_nan}
    calls = [(args, options) for args, _ in binary_calls(80)]
    check_all("isclose", calls)
    for n in (2, 2.0, True, np.float32(2)):
        check_all("isclose", [((a, n), options) for (a, _), _ in calls[:20]])


@pytest.mark.parametrize(
    "bounds", [(1, 2), (1.0, 2), (None, 2), (1, None), (None, None), (0, 999)]
)
def test_clip_to_numbers(bounds: tuple[Any, Any]) -> None:
    check_all("clip", [((*a, *bounds), {}) for a, _ in unary_calls(30)])
    low, high = bounds
    keys = [(a, {"min": low, "max": high}) for a, _ in unary_calls(10)]
    check_all("clip", keys)


def test_clip_to_arrays() -> None:
    check_all("clip", [((*a, 3), {}) for a, _ in binary_calls(60)])
    check_all("clip", [((*a, None), {}) for a, _ in binary_calls(30)])


def test_where() -> None:
    conditions = (array((500, 400), "bool"), array((500, 1), "int32"))
    for condition in conditions:
        grid = islice(mixed(DTYPES, ORDERS, DTYPES, ORDERS), 40)
        check_all(
            "where",
            [
                ((condition, array((500, 400), a, o), array(400, b, p)), {})
                for a, o, b, p in grid
            ],
        )
    x = array((500, 400), "float32")
    check_all("where", [((conditions[0], x, n), {}) for n in NUMBERS])


@pytest.mark.parametrize(
    ("name", "dtypes", "buffers"),
    [
        ("add", ("float64", "float64"), 0),
        ("add", ("float64", "int64"), 8192 * 8),
        ("add", ("float64", "float32"), 8192 * 8),
        ("true_divide", ("int64", "int64"), 2 * 8192 * 8),
        ("add", ("complex128", "int8"), 8192 * 16),
    ],
)
def test_a_cast_takes_a_buffer(
    name: str, dtypes: tuple[str, str], buffers: int
) -> None:
    x, y = (array((500, 400), d) for d in dtypes)
    result = np.add(x[:1, :1], y[:1, :1]).dtype.itemsize
    result = 8 if name == "true_divide" else result
    measured, predicted = peaks(name, x, y)
    assert predicted == x.size * result + buffers
    assert 0 < measured - predicted < 2048


def test_a_short_operand_is_cast_as_a_whole() -> None:
    x, y = array(1000), array(1000, "int32")
    _, predicted = peaks("add", x, y)
    assert predicted == 2 * x.nbytes


def test_axes_in_different_orders_take_a_buffer() -> None:
    x, y = array((100, 100)), array((100, 100), order="F")
    _, predicted = peaks("add", x, y)
    # 81 rows of 100 elements are what fits.
    assert predicted == x.nbytes + 8100 * 8


def test_a_number_is_clipped_as_an_array() -> None:
    x = array((64, 64), "float16")
    check_all("clip", [((1, x, x), {}), ((0.5, x, x), {}), ((x, 1, x), {})])


@pytest.mark.parametrize("shape", [(0, 1100), (0, 40, 1100), (1, 0, 1)])
def test_short_operands_are_cast_where_there_is_nothing_to_do(
    shape: tuple[int, ...],
) -> None:
    short = array(1100, "int8"), array(1100, "float32", "strided")
    calls = [((x, array(shape, "complex128")), {}) for x in short]
    check_all("add", calls)
    check_all("equal", calls)


def test_buffers_of_where_are_made_where_there_is_nothing_to_do() -> None:
    check_all(
        "where",
        [
            ((array((40, 90), "bool"), array((0, 40, 90)), x), {})
            for x in (
                array((40, 90), "float16"),
                array(90, "uint64"),
                array((1, 90), "complex128", "F"),
            )
        ],
    )
