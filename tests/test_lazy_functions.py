"""LazyArrays with the functions that autoray has only for others."""

from collections.abc import Callable
from typing import Any

import autoray
import numpy as np
import pytest
from autoray import do, lazy

import lazyopt as lo

from .helpers import names, normal, same

X = normal(4, 6)


@pytest.fixture(autouse=True)
def extended(monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Autoray as it was, once the test ends."""
    functions = dict(autoray.autoray._FUNCS)
    monkeypatch.setattr(autoray.autoray, "_FUNCS", functions)
    return lo.extend_autoray_lazy()


CALLS: dict[str, Callable[[Any], Any]] = {
    "fft.rfft": lambda x: do("fft.rfft", x),
    "pad": lambda x: do("pad", x, ((1, 2), (0, 0))),
    "roll": lambda x: do("roll", x, 1, axis=0),
    "hstack": lambda x: do("hstack", (x, x)),
    "diff": lambda x: do("diff", x, axis=0, prepend=x[:1]),
    "tril": lambda x: do("tril", x),
    "maximum": lambda x: do("maximum", x, 0.5),
    "linalg.slogdet": lambda x: do("linalg.slogdet", x[:, :4]),
    "meshgrid": lambda x: do("meshgrid", x[0], x[1]),
    "array_split": lambda x: do("array_split", x, 3, axis=1),
}


@pytest.mark.parametrize("name", CALLS)
def test_computes_what_numpy_does(name: str) -> None:
    made = CALLS[name](lazy.array(X))
    several = isinstance(made, tuple)
    expected = CALLS[name](X)
    found = [m.compute() for m in (made if several else (made,))]
    assert len(found) == (len(expected) if several else 1)
    for one, other, recorded in zip(
        found,
        expected if several else (expected,),
        made if several else (made,),
        strict=True,
    ):
        same(one, other)
        assert recorded.shape == np.shape(other)


@pytest.mark.parametrize("name", CALLS)
def test_graphs_of_them_know_the_op(name: str) -> None:
    made = CALLS[name](lazy.array(X))
    graph = lo.from_lazy(made)
    assert name in names(graph)
    assert all(n.op.is_pure for n in graph)
    assert [n.spec.shape for n in graph.outputs] == [
        m.shape for m in (made if isinstance(made, tuple) else (made,))
    ]


def test_what_autoray_has_is_left_alone(extended: tuple[str, ...]) -> None:
    assert {"fft.fft", "pad", "linalg.det"} <= set(extended)
    assert not {"tanh", "stack", "linalg.svd"} & set(extended)
    assert autoray.get_lib_fn("autoray.lazy", "tanh") is lazy.tanh
    assert lo.extend_autoray_lazy() == ()


def test_variables_can_be_used() -> None:
    v = lazy.Variable((4, 6), backend="numpy")
    graph = lo.from_lazy(do("square", do("hstack", (v, v))), inputs=v)
    same(graph(X), np.square(np.hstack((X, X))))


def test_a_call_on_no_lazy_array_is_refused() -> None:
    with pytest.raises(lo.TraceError, match="none is among its arguments"):
        do("tril", X, like="autoray.lazy")


def test_shapes_that_depend_on_values_are_refused() -> None:
    with pytest.raises((lo.TraceError, TypeError), match="depends on values"):
        do("repeat", lazy.array(X), lazy.array(np.ones(24, int)))
