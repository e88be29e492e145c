"""Parts begin where NaNs keep their signs."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes import Slice
from lazyopt.slicing.grain import grain

from ..helpers import normal, same


def grains(program: Callable[..., Any], *args: Any) -> list[int | None]:
    """Of a program's last call, for each axis."""
    (node,) = lo.trace(program, *args).outputs
    return [grain(node, i) for i in range(len(node.spec.shape or ()))]


def both(*sizes: int) -> tuple[np.ndarray, np.ndarray]:
    """Arrays with many NaNs, positive in one and negative in the other."""
    rng = np.random.default_rng(1)
    x, y = normal(*sizes), normal(*sizes, seed=1)
    x[rng.random(sizes) < 0.5] = np.nan
    y[rng.random(sizes) < 0.5] = -np.nan
    return x, y


def test_one_operand_keeps_its_nan_anywhere() -> None:
    assert grains(lambda x: x * 2, normal(128, 3)) == [1, 1]
    assert grains(lambda x: do("exp", x), normal(128, 3)) == [1, 1]
    assert grains(lambda x, y: x - y, *both(128, 3)) == [1, 1]


def test_of_two_either_may_be_kept() -> None:
    x, y = both(128, 24)
    assert grains(lambda x, y: x + y, x, y) == [8, None]
    assert grains(lambda x, y: x * y, x, y) == [8, None]
    assert grains(lambda x, y: x + y, x.T.copy(), y.T.copy()) == [1, 64]
    assert grains(lambda x, y: x + y, x.T, y.T) == [None, 8]


def test_sums_over_inner_axes_are_loops_of_their_own() -> None:
    x = normal(40, 128, 3)
    assert grains(lambda x: do("sum", x, axis=2), x) == [1, 1]
    assert grains(lambda x: do("sum", x, axis=1), x) == [1, None]
    assert grains(lambda x: do("sum", x, axis=0), x) == [64, None]
    assert grains(lambda x: do("sum", x > 0, axis=0), x) == [1, 1]


@pytest.mark.parametrize("size", [64, 100, 129, 200])
@pytest.mark.parametrize("name", ["add", "multiply"])
def test_signs_of_nans_are_kept(name: str, size: int) -> None:
    def program(x: Any, y: Any) -> Any:
        found = do(name, do("tanh", x * 2), do("tanh", y * 2))
        return found, do("cumsum", found + x, axis=0), found * y

    x, y = both(size, 9)
    graph = lo.trace(program, x, y)
    for limit in (0, graph.memory.peak_bytes // 2):
        same(lo.optimize(graph, [Slice(limit)])(x, y), program(x, y))
