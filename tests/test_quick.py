"""The quick way in and out agrees with the thorough one."""

from collections import OrderedDict, namedtuple
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.inputs import take_inputs
from lazyopt.quick import quick_inputs, quick_outputs

from .helpers import normal, same

Pair = namedtuple("Pair", "left right")
X, Y = normal(2, 3), normal(3, seed=1)


def nested(a: Any, b: Any, n: Any = 2, *, c: Any = None) -> Any:
    return a["x"] * n + b[0] + b[1][0] + (0 if c is None else c)


#: Calls, and whether they are such as the graph was made for.
CALLS: list[tuple[tuple[Any, ...], dict[str, Any], bool]] = [
    (({"x": X}, (X, [Y]), 2), {"c": X}, True),
    (({"x": X + 1}, [X, (Y,)], 2), {"c": X}, True),
    (({"x": X}, (X, [Y]), 2.0), {"c": X}, False),
    (({"x": X}, (X, [Y]), True), {"c": X}, False),
    (({"x": X}, (X, [Y]), 3), {"c": X}, False),
    (({"y": X}, (X, [Y]), 2), {"c": X}, False),
    (({"x": X, "y": X}, (X, [Y]), 2), {"c": X}, False),
    (({"x": X}, (X, [Y, Y]), 2), {"c": X}, False),
    (({"x": X}, (X, Y), 2), {"c": X}, False),
    (({"x": X}, (X, [Y]), 2), {"c": None}, False),
    (({"x": X}, (X, [Y]), 2), {}, False),
    (({"x": X}, (X, [Y]), 2), {"c": X, "d": 1}, False),
    (({"x": X.T}, (X, [Y]), 2), {"c": X}, False),
    (({"x": X.astype("f")}, (X, [Y]), 2), {"c": X}, False),
    (({"x": X.tolist()}, (X, [Y]), 2), {"c": X}, False),
    (({"x": X.astype(">f8")}, (X, [Y]), 2), {"c": X}, True),
]


@pytest.mark.parametrize(("args", "kwargs", "fits"), CALLS)
def test_it_takes_what_the_thorough_way_takes(
    args: Any, kwargs: Any, fits: bool
) -> None:
    given, named, _ = CALLS[0]
    graph = lo.trace(nested, *given, **named)
    found = quick_inputs(graph)(args, kwargs)
    if not fits:
        assert found is None
        with pytest.raises(lo.InputError):
            take_inputs(graph, args, kwargs)
        return
    expected = take_inputs(graph, args, kwargs)
    native = all(x.dtype.isnative for x in expected)
    assert (found is not None) == native
    if found is not None:
        assert len(found) == len(expected)
        assert all(a is b for a, b in zip(found, expected, strict=True))
    same(graph.compile()(*args, **kwargs), nested(*args, **kwargs))


def test_zero_and_negative_zero_are_other_static_values() -> None:
    graph = lo.trace(lambda x, n: x * n, X, 0.0)
    assert quick_inputs(graph)((X, 0.0), {}) is not None
    assert quick_inputs(graph)((X, -0.0), {}) is None


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: x,
        lambda x: (x, x + 1),
        lambda x: [x, x + 1],
        lambda x: (x,),
        lambda x: {"a": x, "b": [x + 1, 3]},
        lambda x: Pair(x + 1, x),
        lambda x: OrderedDict(b=x, a=x + 1),
        lambda x: [x, (x + 1, [])],
        lambda x: (),
    ],
)
def test_results_have_the_structure_of_the_programs(fn: Any) -> None:
    graph = lo.trace(fn, X)
    same(graph.compile()(X), fn(X))
    values = [X for _ in graph.outputs]
    expected = graph.out_tree.unflatten(iter(values))
    same(quick_outputs(graph)(values), expected)
    same(quick_outputs(graph)(tuple(values)), expected)


def reusing() -> lo.Graph:
    """A graph that writes into what dies."""
    graph = lo.trace(lambda x: do("exp", x * 2) + x, np.ones((1, 40, 50)))
    better = lo.optimize(graph)
    assert better.donors
    return better


@pytest.mark.parametrize(
    "x",
    [
        np.ones((1, 40, 50)),
        np.ones((1, 50, 40)).transpose(0, 2, 1),
        np.ones((1, 40, 100))[:, :, ::2],
        np.ones((3, 40, 50))[1:2],
        np.ones((2, 40, 50))[::2],
        np.frombuffer(b"\0" * 16001, "f8", 2000, 1).reshape(1, 40, 50),
    ],
)
def test_where_results_are_written_layouts_are_looked_at(x: Any) -> None:
    graph = reusing()
    same(graph.compile()(x), np.exp(x * 2) + x)
    taken = quick_inputs(graph)((x,), {})
    usual = x.flags.c_contiguous and x.flags.aligned
    assert taken is None or usual


def test_donated_inputs_are_left_to_the_thorough_way() -> None:
    graph = lo.trace(lambda x: x + 1, X).donate()
    assert quick_inputs(graph)((X,), {}) is None
