"""Identities that hold for numbers, and not for floats."""

from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes import Fold

from ..helpers import names, normal
from .everything import exact_by_everything

#: What identities forget.
ODD = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, -np.nan, 1e200, 5e-324])


def test_trap_20_folding_keeps_to_its_budget() -> None:
    def fn(x: Any) -> Any:
        large = do("ones", (300, 300), like=x) * 2
        small = do("ones", (3,), like=x) * 2
        return do("sum", large + x), small * x

    x = normal(1)
    graph = lo.trace(fn, x)
    better = lo.optimize(graph, [Fold(max_growth=1000)])
    growth = better.memory.resident_bytes - graph.memory.resident_bytes
    assert 24 <= growth <= 1000
    assert names(better).count("ones") == 1
    (record,) = better.history
    assert any("above the budget" in skip.reason for skip in record.skips)


def test_trap_20_the_budget_is_of_growth_alone() -> None:
    """A result that takes the place of a constant as large is free."""
    c = normal(300, 300)
    graph = lo.trace(lambda x: x * do("negative", c, like=x), normal(300))
    better = lo.optimize(graph, [Fold(max_growth=0), "prune"])
    assert names(better).count("negative") == 0
    assert better.memory.resident_bytes == graph.memory.resident_bytes


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: x * 0,
        lambda x: x * 0.0,
        lambda x: 0 * x + 1,
        lambda x: x - x,
        lambda x: x / x,
        lambda x: x + 0.0,
        lambda x: x + 0,
        lambda x: 0.0 - x,
        lambda x: 0 + (x * 1.0),
        lambda x: (x * 3) + 0.0,
        lambda x: (x * 3) - -0.0,
        lambda x: do("sum", do("multiply", x, -1.0) + 0.0, (), like=x),
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "float16", "complex64"])
def test_trap_24_nan_and_the_sign_of_zero_are_kept(
    fn: Any, dtype: str
) -> None:
    with np.errstate(all="ignore"):
        exact_by_everything(fn, ODD.astype(dtype))
        exact_by_everything(lambda x: 1 / fn(x * 2), ODD.astype(dtype))


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: do("sqrt", x**2),
        lambda x: do("sqrt", do("square", x)),
        lambda x: do("sqrt", x) ** 2,
        lambda x: do("log", do("exp", x)),
        lambda x: do("exp", do("log", x)),
        lambda x: do("expm1", do("log1p", x)),
        lambda x: do("arcsinh", do("sinh", x)),
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "float32", "complex128"])
def test_trap_25_inverse_functions_do_not_cancel(fn: Any, dtype: str) -> None:
    values = np.array([1e200, -1e200, 800.0, -800.0, 1e-200, -0.0, 0.3, -3.7])
    with np.errstate(all="ignore"):
        exact_by_everything(fn, values.astype(dtype))


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: (x + 0.1) + 0.2,
        lambda x: (x + 1e30) - 1e30,
        lambda x: (x * 0.1) * 10,
        lambda x: (x * 3) / 3,
        lambda x: x / 3,
        lambda x: 2 * (x + 0.1) - 2 * x,
        lambda x: (x + x[::-1]) + 0.7 * x,
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
def test_trap_26_arithmetic_is_not_reassociated(fn: Any, dtype: str) -> None:
    exact_by_everything(fn, (normal(50) * 10).astype(dtype))


@pytest.mark.parametrize("dtype", ["float32", "int8", "uint8", "float16"])
def test_trap_27_literals_are_folded_in_their_own_type(dtype: str) -> None:
    one = np.ones(3, dtype)

    def fn(x: Any) -> Any:
        c = do("multiply", one, np.float64(1 / 3), like=x)
        d = do("add", one, 2, like=x) + np.array([16777217.0])
        return x * c, x + d, x * do("full", (3,), 1e-9, like=x)

    for x in (np.arange(3, dtype=dtype), np.arange(3.0)):
        exact_by_everything(fn, x)


def test_trap_27_a_negated_constant_keeps_its_shape() -> None:
    wide = np.broadcast_to(np.float64(2.0), (3, 4))

    def fn(x: Any) -> Any:
        c = do("negative", wide, like=x)
        return x + c, do("sum", c * x, 0), do("negative", c) - x

    exact_by_everything(fn, normal(4))
    exact_by_everything(fn, normal(3, 1))
