"""What NumPy means by a ufunc: its function, or an operator of scalars."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.ops import OPERATOR_FORMS

from .helpers import exact


@pytest.mark.parametrize("base", [np.uint8(255), np.float32(2.5), 3.5])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int8"])
def test_a_number_to_the_power_of_a_scalar(base: Any, dtype: str) -> None:
    """C's pow, and not NumPy's loop over arrays, which rounds otherwise."""
    powers = np.linspace(0.5, 3, 40).astype(dtype)
    for power in powers:
        exact(lambda x: base ** x.sum(), power[None])
        exact(lambda x: base**x, power)
        exact(lambda x: base**x, np.array(power))
        exact(lambda x: np.power(base, x.sum()), power[None])
        exact(lambda x: do("power", base, x.sum(), like=x), power[None])


def test_operators_between_scalars_are_not_numpys_functions() -> None:
    """Of two NaNs, C's arithmetic and NumPy's loops return another one."""
    nan = np.float64("nan")
    x = np.copysign([np.nan], -1)

    def by_operators(x: Any) -> Any:
        y, z = x.sum(), nan
        z += x.sum()
        return nan + y, nan - y, nan * y, nan / y, nan % y, nan // y, z

    def by_name(x: Any) -> Any:
        y = x.sum()
        names = ("add", "subtract", "multiply", "divide", "mod")
        of_numpy = [getattr(np, name)(nan, y) for name in names]
        return of_numpy, [do(name, nan, y, like=x) for name in names]

    exact(by_operators, x)
    exact(by_name, x)


#: Arithmetic as NumPy's scalars have it, each under the name of its op.
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "true_divide": lambda x, y: x / y,
    "floor_divide": lambda x, y: x // y,
    "remainder": lambda x, y: x % y,
    "power": lambda x, y: x**y,
    "bitwise_and": lambda x, y: x & y,
    "bitwise_or": lambda x, y: x | y,
    "bitwise_xor": lambda x, y: x ^ y,
    "left_shift": lambda x, y: x << y,
    "right_shift": lambda x, y: x >> y,
}


@pytest.mark.parametrize("name", ARITHMETIC)
def test_operators_between_scalars_are_recorded_as_such(name: str) -> None:
    """Also where NumPy's function calls itself otherwise, as divide does."""
    written, x = ARITHMETIC[name], np.array([2], "uint8")
    graph = lo.trace(lambda x: written(np.uint8(3), x[0]), x)
    assert graph.outputs[0].op is OPERATOR_FORMS[name]
    exact(lambda x: written(np.uint8(3), x[0]), x)


def test_warnings_between_scalars_are_those_of_scalars() -> None:
    graph = lo.trace(lambda x: np.float64(1) / x.sum(), np.zeros(1))
    with pytest.warns(RuntimeWarning, match="in scalar divide"):
        graph(np.zeros(1))


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("before", [np.complex64(1j), np.float32(0)])
def test_comparisons_between_scalars_are_not_numpys_functions(
    before: Any,
) -> None:
    """They order complex numbers with NaN otherwise."""

    def fn(x: Any) -> Any:
        y = x.sum()
        return (
            [before < y, before <= y, before > y, before >= y],
            [before == y, before != y, y < before],
            [np.less(before, y), np.array(before) < x, before < x],
        )

    for number in (complex(np.nan, 1), complex(1.5, np.nan), 1j, 2, np.inf):
        exact(fn, np.array([number], "complex128"))
