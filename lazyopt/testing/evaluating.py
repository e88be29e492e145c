"""Running a graph call by call: slower than a plan, and nothing to go wrong.

What a pass made is run by this and not by the executor, so that the two are
proved apart.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lazyopt.graph import Graph
from lazyopt.ir import Node, substitute
from lazyopt.ops import CONSTANT, INPUT, ITEM, Op
from lazyopt.testing.effects import LOG
from lazyopt.testing.operands import laid_out
from lazyopt.testing.outcomes import Outcome
from lazyopt.testing.programs import settle

__all__ = ["evaluate", "given_to", "outcome", "outcome_by", "values_of"]

Change = Callable[[Node, Any], Any]


#: LAPACK's iterations may go on for ever on what is not finite.
_ITERATIVE = frozenset(
    f"linalg.{name}"
    for name in (
        "cond",
        "eig",
        "eigh",
        "eigvals",
        "eigvalsh",
        "matrix_rank",
        "pinv",
        "svd",
        "svdvals",
    )
)


@functools.lru_cache(1 << 12)
def _function(op: Op) -> Callable[..., Any]:
    function = op.implementation("numpy")
    if op.name not in _ITERATIVE:
        return function

    def guarded(x: Any, *args: Any, **kwargs: Any) -> Any:
        if not np.isfinite(x).all():
            raise np.linalg.LinAlgError("a matrix that is not finite")
        return function(x, *args, **kwargs)

    return guarded


def values_of(
    graph: Graph, inputs: Sequence[Any], change: Change | None = None
) -> dict[Node, Any]:
    """What each node gives: an array, or a sequence for several results.

    Parameters
    ----------
    graph : Graph
        On NumPy.
    inputs : sequence
        In the order of the graph's inputs.
    change : callable, optional
        From a node and its result to what stands for the result.
    """
    values: dict[Node, Any] = dict(zip(graph.inputs, inputs, strict=True))
    for node in graph.nodes:
        op = node.op
        if op is INPUT:
            continue
        if op is CONSTANT:
            values[node] = node.args[0]
            continue
        if op is ITEM:
            values[node] = values[node.args[0]][node.args[1]]
            continue
        args = [
            values[a] if type(a) is Node else substitute(a, values)
            for a in node.args
        ]
        kwargs = node._kwargs
        if kwargs:
            kwargs = {k: substitute(v, values) for k, v in kwargs.items()}
        result = _function(op)(*args, **kwargs)
        values[node] = result if change is None else change(node, result)
    return values


def evaluate(graph: Graph, inputs: Sequence[Any]) -> list[Any]:
    """The graph's outputs, flat."""
    values = values_of(graph, inputs)
    return [values[n] for n in graph.outputs]


def given_to(graph: Graph, inputs: Sequence[Any]) -> list[Any]:
    """Inputs for one run, with copies of those that are given away."""
    if not graph.donated:
        return list(inputs)
    return [
        laid_out(x, x.strides)
        if n in graph.donated and isinstance(x, np.ndarray)
        else x
        for n, x in zip(graph.inputs, inputs, strict=True)
    ]


def outcome_by(run: Callable[[], list[Any]], divide: str) -> Outcome:
    """What can be seen of a run by other means, inside of `prepared`."""
    settle(divide)
    LOG.clear()
    try:
        found = Outcome(None, run(), list(LOG))
    except Exception as error:
        found = Outcome(error.with_traceback(None), [], list(LOG))
    LOG.clear()
    return found


def outcome(graph: Graph, inputs: Sequence[Any], divide: str) -> Outcome:
    """What can be seen of a run call by call, inside of `prepared`."""
    return outcome_by(lambda: evaluate(graph, inputs), divide)
