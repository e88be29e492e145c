"""How to check a program of somebody else."""

from collections.abc import Callable
from typing import Any

import autoray
from autoray import lazy
from autoray.autoray import tree_map

import lazyopt as lo

from ..helpers import same


def all_pure(graph: lo.Graph) -> None:
    """Assert that nothing in a graph is opaque, or of unknown size."""
    impure = {n.op.name for n in graph if not n.op.is_pure}
    assert not impure
    assert not graph.memory.unknown


def number(value: Any, like: Any) -> Any:
    """A result as quimb gives it where it is a number in the end.

    It makes a Python number of NumPy's scalars, without an imaginary part
    that is only noise. That has no part in the graph.
    """
    if type(like) not in (float, complex):
        return value
    from quimb.tensor.array_ops import realify_scalar

    return realify_scalar(value.item())


def optimized(graph: lo.Graph) -> lo.Graph:
    """Optimise with all default passes; each is checked for equal bits."""
    all_pure(graph)
    better = lo.optimize(graph, verify="equivalence")
    all_pure(better)
    assert better.memory.peak_bytes <= graph.memory.peak_bytes
    return better


def check(fn: Callable[..., Any], arrays: Any) -> lo.Graph:
    """Check a program both ways in.

    Returns
    -------
    Graph
        Traced and optimised.
    """
    check_recorded(fn, arrays)
    return check_traced(fn, arrays)


def check_traced(fn: Callable[..., Any], arrays: Any) -> lo.Graph:
    """Trace a program; the reference is the eager program, run by NumPy.

    Returns
    -------
    Graph
        Optimised.
    """
    expected = fn(arrays)
    graph = lo.trace(fn, arrays)
    better = optimized(graph)
    for run in (graph, better, better.compile()):
        same(number(run(arrays), expected), expected)
    return better


def check_recorded(fn: Callable[..., Any], arrays: Any) -> lo.Graph:
    """Import a program recorded by autoray.

    The reference is autoray's own ``compute()`` of the same LazyArrays, for
    the result as for the order, which `from_lazy` takes over.

    Returns
    -------
    Graph
        Optimised.
    """
    outputs = fn(tree_map(lazy.array, arrays, autoray.is_array))
    graph = lo.from_lazy(outputs)
    better = optimized(graph)
    # Computing drops what was recorded, so it comes last.
    expected = tree_map(lambda x: x.compute(), outputs, _is_lazy)
    for run in (graph, better, better.compile()):
        same(run(), expected)
    return better


def _is_lazy(x: Any) -> bool:
    return isinstance(x, lazy.LazyArray)
