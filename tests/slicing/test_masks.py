"""Masks as comparisons: the same arrays, to the bit and the stride."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.slicing import masks
from lazyopt.slicing.masks import written_out

from ..helpers import names, normal, same

DTYPES = ("float64", "float32", "complex128", "int8", "uint64", "bool")


@pytest.fixture
def any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masks, "LEAST", 0)


def check(name: str, *args: Any, dtype: str | None) -> None:
    """Hold it against what NumPy makes."""

    def program(x: Any) -> Any:
        return do(name, *args, dtype=dtype, like=x)

    graph = lo.trace(program, np.ones(1))
    found = written_out(graph)
    assert name not in names(found)
    assert found.outputs[0].specs == graph.outputs[0].specs
    same(found(np.ones(1)), getattr(np, name)(*args, dtype=dtype))


@pytest.mark.usefixtures("any_size")
@pytest.mark.parametrize("name", ["eye", "tri"])
def test_they_are_the_same_arrays(name: str) -> None:
    widths, places = (None, 0, 1, 3, 6), (-9, -1, 0, 2, 9)
    for *size, dtype in product((0, 1, 4), widths, places, DTYPES):
        check(name, *size, dtype=dtype)


@pytest.mark.usefixtures("any_size")
@pytest.mark.parametrize("dtype", [None, *DTYPES])
def test_identities(dtype: str | None) -> None:
    check("identity", 5, dtype=dtype)


@pytest.mark.usefixtures("any_size")
@pytest.mark.parametrize("name", ["tril", "triu"])
def test_triangles_of_arrays(name: str) -> None:
    """Of NaN and -0.0, in every layout that they come in."""
    for shape, k in product(((3, 4), (4, 1), (2, 3, 3), (0, 2)), (-1, 0, 2)):
        x = np.where(normal(*shape) > 0, -0.0, np.nan)
        for array in (x, np.asfortranarray(x), x[..., ::-1], x > 0):
            graph = lo.trace(lambda x, k=k: do(name, x, k), array)
            found = written_out(graph)
            assert found is graph or name not in names(found)
            assert found.outputs[0].specs == graph.outputs[0].specs
            same(found(array), getattr(np, name)(array, k))
        graph = lo.trace(lambda x, k=k: do(name, x, k), x)
        assert name not in names(written_out(graph))


@pytest.mark.usefixtures("any_size")
def test_another_layout_is_left() -> None:
    graph = lo.trace(lambda x: do("eye", 5, order="F", like=x), np.ones(1))
    assert written_out(graph) is graph


def test_small_ones_are_left() -> None:
    graph = lo.trace(lambda x: do("eye", 5, like=x) + x, np.ones(5))
    assert written_out(graph) is graph
