"""``x += y`` leaves what NumPy leaves in ``x``, to the bit."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.augmented import AUGMENTED

from .helpers import exact, names, normal, same

DTYPES = ("bool", "int8", "int32", "int64", "uint8", "float16", "float32")
DTYPES += ("float64", "complex64", "complex128")
SQUARE = np.array([[3.0, 1.0, 2.0], [1.0, 4.0, 2.0], [2.0, 1.0, 5.0]])


def outcome(call: Callable[[], Any]) -> Any:
    """What a call returns, with its strides, or the error it raises."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = call()
        except Exception as error:
            return type(error), str(error)
    return type(found), found.dtype, found.strides, found.tobytes()


def check(name: str, x: Any, y: Any) -> None:
    """Assert that a program that does it and nothing else is the same."""

    def fn(x: Any, y: Any) -> Any:
        x = do("copy", x, order="K")
        return AUGMENTED[name](x, y)

    with np.errstate(all="ignore"):
        expected = outcome(lambda: fn(x, y))
        assert outcome(lambda: lo.trace(fn, x, y)(x, y)) == expected


@pytest.mark.parametrize("name", AUGMENTED)
@pytest.mark.parametrize("dtype", DTYPES)
def test_dtypes_stay_or_it_is_an_error(name: str, dtype: str) -> None:
    x = SQUARE.astype(dtype)
    for other in DTYPES:
        y = (SQUARE.T + 1).astype(other)
        check(name, x, y)
        if name != "matmul":  # takes none, and says so in other words
            check(name, x, y[0, 0])
    for number in (2, 2.0, 2j, True) if name != "matmul" else ():
        check(name, x, number)


@pytest.mark.parametrize("name", AUGMENTED)
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("other", ["C", "F"])
def test_layouts_stay(name: str, order: Any, other: Any) -> None:
    dtype = "int64" if "shift" in name or "bitwise" in name else "float64"
    x, y = np.array(SQUARE, dtype, order=order), np.array(SQUARE.T, dtype)
    check(name, x, np.array(y, order=other))


def test_arrays_without_axes_stay_arrays() -> None:
    def fn(x: Any, y: Any) -> Any:
        x = do("copy", x)
        x += y
        return x, x**3

    for dtype in ("float64", "float32"):
        exact(fn, np.array(1.5, dtype), np.array(0.1))
        exact(fn, np.array(1.5, dtype), np.array([0.1])[0])


def test_scalars_take_what_comes() -> None:
    def fn(x: Any) -> Any:
        total = do("sum", x)
        total += 1.5
        return total

    exact(fn, np.arange(3))
    exact(fn, np.arange(3, dtype="float32"))


def test_shapes_stay_or_it_is_an_error() -> None:
    for x, y in [((3,), (2, 3)), ((1, 3), (2, 3)), ((2, 3), (3,)), ((), (1,))]:
        check("add", np.ones(x), np.ones(y))


def test_sums_of_what_was_added_to_have_the_bits_of_numpy() -> None:
    def fn(x: Any, y: Any) -> Any:
        x = x * 1
        x += y
        return do("sum", x), x

    x, y = normal(40, 30), normal(40, 30, seed=1)
    exact(fn, np.asfortranarray(x), y)
    exact(fn, x.astype("float32"), y)
    exact(fn, x, [1.0] * 30)


def test_nothing_is_recorded_besides_where_nothing_changes() -> None:
    def fn(x: Any, y: Any) -> Any:
        x += y
        return x

    graph = lo.trace(fn, normal(3), normal(3))
    assert names(graph) == ["input", "input", "add"]


@pytest.mark.torch
def test_tensors_keep_their_dtypes_or_it_is_an_error() -> None:
    torch = pytest.importorskip("torch")

    def fn(x: Any, y: Any) -> Any:
        x = x * 1
        x += y
        return x

    ones = torch.ones(2, 3)
    for x in (ones, ones.double(), ones.long(), ones[0], ones.cfloat()):
        for y in (ones, ones.double(), ones.long(), ones[0, 0].double()):
            try:
                expected = fn(x, y)
            except RuntimeError as error:
                with pytest.raises(RuntimeError) as caught:
                    lo.trace(fn, x, y)
                assert str(caught.value) == str(error)
            else:
                found = lo.trace(fn, x, y)(x, y)
                assert found.dtype == expected.dtype
                same(found.numpy(), expected.numpy())


def test_arrays_of_jax_are_not_written_into() -> None:
    jax = pytest.importorskip("jax")

    def fn(x: Any) -> Any:
        x += 0.5
        return x

    x = jax.numpy.arange(3)
    found, expected = lo.trace(fn, x)(x), fn(x)
    assert found.dtype == expected.dtype == "float32"
    assert found.tolist() == expected.tolist()
