"""What can't be traced is said with what was done, where, and what instead."""

import contextlib
import copy
import ctypes
import heapq
import inspect
import json
import math
import operator
import pickle
import statistics
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.ndimage
import scipy.sparse
from autoray import do

import lazyopt as lo

from .helpers import exact, names, normal, same

X = np.arange(6.0).reshape(2, 3)


def refusal(fn: Callable[..., Any], *arrays: Any) -> str:
    """The message, which has the line of the function."""
    with pytest.raises(lo.TraceError) as caught:
        lo.trace(fn, *(arrays or (X,)))
    text = str(caught.value)
    lines, first = inspect.getsourcelines(fn)
    places = [f"{__file__}:{first + i}" for i in range(len(lines))]
    assert any(place in text for place in places), text
    return text


def loop(x: Any) -> Any:
    for _ in range(x[0, 0]):
        x = x + 1
    return x


def set_at_a_traced_place(x: Any) -> Any:
    found = [0, 0]
    found[do("argmax", x[0, :2])] = 1
    return found


NUMBER = "Keep it an array"
INDEX = "Pass a number of steps or a size as a static argument"
ARRAY = "lazyopt.call(function, x)"
CHOICE = "Use where(...)"


@pytest.mark.parametrize(
    ("fn", "instead"),
    [
        (lambda x: float(x[0, 0]), NUMBER),
        (lambda x: int(x[0, 0]), NUMBER),
        (lambda x: complex(x[0, 0]), NUMBER),
        (lambda x: math.sqrt(x[0, 0]), NUMBER),
        (lambda x: math.trunc(x[0, 0]), NUMBER),
        (lambda x: math.floor(x[0, 0]), NUMBER),
        (lambda x: round(x[0, 0]), NUMBER),
        (lambda x: "%d" % x[0, 0], NUMBER),  # noqa: UP031
        (lambda x: ctypes.c_double(x[0, 0]), NUMBER),
        (lambda x: np.zeros(3).__setitem__(0, x[0, 0]), NUMBER),
        (lambda x: f"{x[0, 0]:.3f}", "Print what the graph returns"),
        (lambda x: 1 if x[0, 0] > 0 else 2, CHOICE),
        (lambda x: 1 if do("all", x > 0) else 2, CHOICE),
        (lambda x: max(x[0]), CHOICE),
        (lambda x: 1.0 in x, "Use any(x == value)"),
        (loop, INDEX),
        (lambda x: [1, 2][x[0, 0]], INDEX),
        (lambda x: operator.index(x[0, 0]), INDEX),
        (lambda x: np.zeros(x[0, 0]), INDEX),
        (lambda x: bytes(x), INDEX),
        (lambda x: x[: x[0, 0]], "take(...)"),
        (lambda x: x[x > 1], "where(mask, x, other)"),
        (lambda x: x.nonzero(), "where(condition, x, other)"),
        (lambda x: np.where(x > 0), "where(x, this, other)"),
        (lambda x: np.unique(x), "what the graph returns"),
        (lambda x: x.tolist(), "what the graph returns"),
        (lambda x: x.item(), "what the graph returns"),
        (lambda x: do("to_numpy", x), "after the graph has run"),
        (lambda x: np.asarray(x), ARRAY),
        (lambda x: np.array([x[0, 0], 1.0]), "Use stack(...)"),
        (lambda x: np.zeros((2, 3)).__setitem__(..., x), ARRAY),
        (lambda x: np.arange(3)[x[0].astype(int)], ARRAY),
        (lambda x: np.random.default_rng(0).normal(x), ARRAY),
        (lambda x: np.reshape(X, (x[0, 0], 2)), INDEX),
        (lambda x: do("sum", X, axis=x[0, 0]), INDEX),
        (lambda x: do("sum", x, axis=x[0, 0]), "Pass it as a static argum"),
        (set_at_a_traced_place, INDEX),
        (lambda x: {1.0: 2.0}.get(x[0, 0], 3.0), CHOICE),
        (lambda x: x[0, 0] in {1.0, 2.0}, CHOICE),
        (lambda x: set(x[0]), CHOICE),
    ],
)
def test_where_values_are_needed(fn: Any, instead: str) -> None:
    text = refusal(fn)
    assert "would depend on values" in text
    assert instead in text


@pytest.mark.parametrize(
    ("fn", "name"),
    [
        # Of a decorated function the decorator is what is called.
        (lambda x: scipy.linalg.svdvals(x), "in scipy."),
        (lambda x: scipy.ndimage.gaussian_filter(x, 1), "gaussian_filter"),
        (lambda x: scipy.sparse.csr_matrix(x), "scipy.sparse"),
        (lambda x: np.vectorize(abs)(x), "vectorize"),
    ],
)
def test_a_librarys_function_is_named(fn: Any, name: str) -> None:
    text = refusal(fn)
    assert name in text
    assert ARRAY in text


def test_the_advice_for_a_function_of_another_library_holds() -> None:
    smooth = scipy.ndimage.gaussian_filter
    graph = lo.trace(lambda x: lo.call(smooth, x, 1), X)
    same(lo.optimize(graph)(X), smooth(X, 1))
    exact(lambda x: do("scipy.special.logsumexp", x, axis=0), X)


def del_item(x: Any) -> None:
    del x[0]


def set_item(x: Any) -> None:
    x[0] = 1


def set_shape(x: Any) -> None:
    x.shape = (3, 2)


def set_real(x: Any) -> None:
    x.real = 0


def collect(x: Any) -> Any:
    sums = np.zeros(2)
    for i in range(2):
        sums[i] = do("sum", x[i])
    return sums


def collect_whole_numbers(x: Any) -> Any:
    count = np.zeros(2, int)
    count[0] = do("sum", x > 0)
    return count


def collect_rows(x: Any) -> Any:
    rows = np.zeros((2, 3))
    rows[:] = x
    return rows


def add_to_another(x: Any) -> Any:
    total = np.zeros((2, 3))
    total += x
    return total


@pytest.mark.parametrize(
    ("fn", "what"),
    [
        (del_item, "del x[...]"),
        (set_item, "x[...] = y"),
        (set_shape, "x.shape = ..."),
        (set_real, "x.real = ..."),
        (add_to_another, "add(out=...)"),
        (collect, "a[...] = x"),
        (collect_rows, "a[...] = x"),
        (collect_whole_numbers, "a[...] = x"),
        (lambda x: x.sort(), "x.sort(...)"),
        (lambda x: np.copyto(x, 1.0), "numpy.copyto"),
        (lambda x: np.add.at(x, 0, 1.0), "numpy.add.at"),
        (lambda x: x.sum(out=np.zeros(())), "sum(out=...)"),
    ],
)
def test_writes(fn: Any, what: str) -> None:
    text = refusal(fn)
    assert text.startswith(what)
    assert "writes into an array" in text


@pytest.mark.parametrize(
    "name",
    [
        "ctypes",
        "data",
        "flags",
        "flat",
        "strides",
        "tobytes",
        "view",
        "__array_interface__",
        "__array_struct__",
        "__dlpack__",
    ],
)
def test_attributes_that_need_memory(name: str) -> None:
    assert f"x.{name}" in refusal(lambda x: getattr(x, name))
    # A library that asks first goes its other way.
    graph = lo.trace(lambda x: x * (2 + hasattr(x, name)), X)
    assert (graph(X) == 2 * X).all()


def test_an_attribute_that_no_array_has_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"'foo' \(.*:\d") as caught:
        lo.trace(lambda x: x.foo, X)
    assert not isinstance(caught.value, lo.TraceError)


def test_what_python_refuses_by_itself() -> None:
    refusal(lambda x: pickle.dumps(x))
    refusal(lambda x: memoryview(x))
    refusal(lambda x: x(1))
    with pytest.raises(lo.TraceError, match="not JSON serializable"):
        lo.trace(lambda x: json.dumps(x), X)


def test_what_another_function_raised_has_a_note_of_the_line() -> None:
    def packed(x: Any) -> Any:
        return struct.pack("d", x[0, 0])

    with pytest.raises(struct.error) as caught:
        lo.trace(packed, X)
    (note,) = caught.value.__notes__
    assert f"{__file__}:" in note
    assert ARRAY in note


def test_what_the_program_raises_has_no_note() -> None:
    def program(x: Any) -> Any:
        raise ValueError(x.shape)

    with pytest.raises(ValueError) as caught:
        lo.trace(program, X)
    assert not hasattr(caught.value, "__notes__")


def test_the_line_is_the_users_in_functions_of_python() -> None:
    assert "in json.dumps" in refusal(lambda x: json.dumps([x]))
    assert "in heapq.nlargest" in refusal(lambda x: heapq.nlargest(2, x[0]))
    assert "in statistics.mean" in refusal(lambda x: statistics.mean(x[0]))


def test_arrays_are_no_keys() -> None:
    text = refusal(lambda x: {x: 1})
    assert text.startswith("unhashable type: 'numpy.ndarray'")
    with pytest.raises(TypeError):
        lo.trace(lambda x: {x}, X)


@pytest.mark.torch
def test_tensors_are_keys() -> None:
    torch = pytest.importorskip("torch")
    graph = lo.trace(lambda x: x * len({x, x + 1, x}), torch.ones(2))
    assert graph(torch.ones(2)).tolist() == [2, 2]


@pytest.mark.torch
def test_arrays_of_another_library() -> None:
    torch = pytest.importorskip("torch")
    ones = torch.ones(2, 3)
    for fn in (
        lambda x: do("add", x, ones),
        lambda x: ones @ x.T,
        lambda x: do("stack", (x, ones)),
    ):
        text = refusal(fn)
        assert "array of torch meets a program that is traced for n" in text
    # NumPy's arrays are constants of the other's programs.
    graph = lo.trace(lambda x: x * np.ones((2, 3)), ones)
    assert graph.counts["multiply"] == 1


def test_copies_are_recorded() -> None:
    graph = exact(lambda x: (copy.copy(x), copy.deepcopy(x)), X.T)
    assert names(graph)[1:] == ["copy", "copy"]


def test_the_namespace_of_an_array_is_numpy() -> None:
    def fn(x: Any) -> Any:
        xp = x.__array_namespace__()
        return xp.linalg.matrix_norm(xp.asarray([[1.0, 2.0]]) @ x)

    exact(fn, X)


@pytest.mark.parametrize(
    ("fn", "instead"),
    [
        (lambda x: np.add.reduce(x), "numpy.sum"),
        (lambda x: np.maximum.reduce(x), "numpy.max"),
        (lambda x: np.multiply.accumulate(x), "numpy.cumprod"),
        (lambda x: np.add.outer(x, x), "axes of length one, as in x[:, No"),
        (lambda x: np.add.reduceat(x, [0]), "call(numpy.add.reduceat, x)"),
    ],
)
def test_methods_of_ufuncs(fn: Any, instead: str) -> None:
    assert f"use {instead}" in refusal(fn).replace("lazyopt.", "")


def swallowed(x: Any) -> None:
    try:
        float(x[0, 0])
    except lo.TraceError:
        raise KeyError("not this") from None


def test_an_error_raised_for_a_refusal_is_a_refusal() -> None:
    assert NUMBER in refusal(swallowed)


def test_errors_of_the_program_stay_as_they_are() -> None:
    def checked(x: Any) -> Any:
        with contextlib.suppress(ImportError):
            do("no_such_function", x)
        raise ValueError(f"unfit: {x!r}")

    with pytest.raises(ValueError, match="unfit: <Tracer") as caught:
        lo.trace(checked, X)
    assert not isinstance(caught.value, lo.TraceError)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("sume", "'sum'"),
        ("linalg.svdd", "'linalg.svd'"),
        ("random.nrmal", "'random.normal'"),
        ("expm", "'linalg.expm'"),
    ],
)
def test_unknown_functions_name_those_alike(name: str, meant: str) -> None:
    text = refusal(lambda x: do(name, x))
    assert f"knows a function {name!r}" in text
    assert meant in text
    with pytest.raises(ImportError):
        lo.trace(lambda x: do(name, x), X)


def test_a_function_in_a_module_that_has_none_of_that_name() -> None:
    text = refusal(lambda x: do("scipy.special.gamaln", x))
    assert "register_op" in text


def test_a_program_can_ask_for_a_function() -> None:
    def fn(x: Any) -> Any:
        try:
            return do("no_such_function", x)
        except ImportError:
            return x + 1

    assert names(lo.trace(fn, X)) == ["input", "add"]


@pytest.mark.quimb
def test_a_solver_of_quimb() -> None:
    qtn = pytest.importorskip("quimb.tensor")

    def energy(scale: Any) -> Any:
        h = qtn.MPO_ham_heis(4)
        for t in h.tensors:
            t.modify(data=t.data * scale)
        dmrg = qtn.DMRG2(h, bond_dims=[4])
        dmrg.solve(max_sweeps=1, verbosity=0)
        return dmrg.energy

    text = refusal(energy, np.float64(1.0))
    assert "quimb.tensor" in text


@pytest.mark.quimb
def test_a_function_compiled_by_numba() -> None:
    numba = pytest.importorskip("numba")
    total = numba.njit(lambda x: x.sum())
    assert "compiled by Numba" in refusal(lambda x: total(x))


def test_trace_takes_a_function() -> None:
    with pytest.raises(lo.TraceError, match="takes a function"):
        lo.trace(normal(3), X)  # type: ignore[arg-type]
    with pytest.raises(lo.InputError, match=r"lazyopt\.trace\(fn"):
        lo.optimize(refusal)
