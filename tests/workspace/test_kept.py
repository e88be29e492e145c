"""What is kept after a call is what its results' specs say."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest

import lazyopt as lo
from lazyopt.ops import ITEM, get_op
from lazyopt.storages import viewed_operand

from ..ops.cases import CASES
from ..ops.checking import calls_of, describe, outcome

#: Of real matrices NumPy takes complex numbers apart: twice the memory.
TAKEN_APART = {"linalg.eig", "linalg.eigvals"}


def owner(x: Any) -> np.ndarray:
    """The array whose memory this one looks into."""
    while x.base is not None:
        x = x.base
    return np.asarray(x)


def results_of(name: str) -> Iterator[tuple[Any, Any, list[np.ndarray]]]:
    """Some calls, and the arrays that they return."""
    op = get_op(name)
    for args, kwargs in islice(calls_of(CASES[name]), 0, None, 5):
        value = outcome(op.implementation("numpy"), args, kwargs)
        if not isinstance(value, Exception):
            values = value if op.multi else [value]
            arrays = [v for v in values if isinstance(v, np.ndarray)]
            yield args, kwargs, [a for a in arrays if a.size]


def arrays_in(x: Any) -> list[np.ndarray]:
    if isinstance(x, np.ndarray):
        return [x]
    if isinstance(x, tuple | list):
        return [a for v in x for a in arrays_in(v)]
    return []


@pytest.mark.parametrize("name", sorted(CASES.keys() - TAKEN_APART))
def test_a_new_array_keeps_no_more_than_itself(name: str) -> None:
    for args, kwargs, found in results_of(name):
        operands = arrays_in([*args, *kwargs.values()])
        for made in found:
            if any(np.may_share_memory(made, x) for x in operands):
                continue
            held = owner(made).nbytes
            assert held == made.nbytes, describe((args, kwargs))


PROGRAMS: dict[str, tuple[Any, bool]] = {
    "einsum transposes": (lambda x, y: np.einsum("ij->ji", x), True),
    "einsum by numbers": (lambda x, y: np.einsum(x, [0, 1], [1, 0]), True),
    "einsum along a path": (
        lambda x, y: np.einsum("ij->ji", x, optimize=True),
        True,
    ),
    "einsum sums": (lambda x, y: np.einsum("ij->j", x), False),
    "einsum of two": (lambda x, y: np.einsum("ij,ij->ij", x, y), False),
    "einsum diagonal": (lambda x, y: np.einsum("ii->i", x[:5]), True),
    "reshape of a transpose": (lambda x, y: x.T.reshape(-1), False),
    "reshape of every second": (lambda x, y: x[::2].reshape(3, -1, 5), True),
    "reshape in Fortran order": (
        lambda x, y: np.reshape(x.T, (-1, 2), order="F"),
        True,
    ),
    "ravel of a transpose, as it lies": (
        lambda x, y: np.ravel(x.T, order="K"),
        True,
    ),
    "ravel of every second": (lambda x, y: x[::2].ravel(), False),
    "ravel of a broadcast": (
        lambda x, y: np.broadcast_to(x[0], (3, 5)).ravel(),
        False,
    ),
    "index with a place that is computed": (
        lambda x, y: x[np.argmax(y[:, 0])],
        True,
    ),
    "index with a list": (lambda x, y: x[[0, 1]], False),
    "index with an axis of one place": (lambda x, y: x[0:1, None, ...], True),
    "diag of a matrix": (lambda x, y: np.diag(x), True),
    "diag of a vector": (lambda x, y: np.diag(x[0]), False),
    "first power": (lambda x, y: np.linalg.matrix_power(x[:5], 1), True),
    "second power": (lambda x, y: np.linalg.matrix_power(x[:5], 2), False),
    "imag of real numbers": (lambda x, y: np.imag(x), False),
    "split": (lambda x, y: np.split(x, 2), True),
    "unstack": (lambda x, y: np.unstack(x), True),
    "tile once": (lambda x, y: np.tile(x, 1), False),
    "roll by nothing": (lambda x, y: np.roll(x, 0), False),
    "product with one": (lambda x, y: np.kron(x, 1.0), False),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_nodes_view_what_numpy_views(name: str) -> None:
    program, shares = PROGRAMS[name]
    x, y = np.arange(60.0).reshape(12, 5), np.ones((12, 5))
    graph = lo.trace(program, x, y)
    node = next(n for n in reversed(graph.nodes) if n.op is not ITEM)
    viewed = viewed_operand(node)
    assert (viewed is not None) == shares
    made = program(x, y)
    first = made[0] if isinstance(made, list | tuple) else made
    assert np.may_share_memory(first, x) == shares
