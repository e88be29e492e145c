"""Axes of matrix products and of linear algebra on batches of matrices.

Along batch axes NumPy calls BLAS or LAPACK once for each matrix. Along rows
and columns of a product it doesn't: BLAS cuts a product into blocks by its
size, so a part of it may have other last bits.
"""

import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from lazyopt.ir import Node
from lazyopt.ops.contractions import einsum_parts
from lazyopt.slicing.arguments import Demands, agreed, arguments_of, dims
from lazyopt.slicing.elementwise import broadcast_axis

__all__ = [
    "ON_BATCHES",
    "free_axis",
    "matmul",
    "on_batch",
    "partial_product",
    "solve",
]

ON_BATCHES = frozenset(
    {
        "linalg.cholesky",
        "linalg.det",
        "linalg.eigh",
        "linalg.eigvalsh",
        "linalg.inv",
        "linalg.qr",
        "linalg.slogdet",
        "linalg.svd",
        "linalg.svdvals",
    }
)


def matmul(node: Node, axis: int) -> Demands | None:
    """Batch axes of products of matrices."""
    n = len(dims(node))
    if axis >= n - 2 or not _of_matrices(node):
        return None
    wanted = [(x, broadcast_axis(x, n, axis)) for x in node.args]
    return agreed(node, wanted)


def _of_matrices(node: Node) -> bool:
    return all(type(x) is Node and len(dims(x)) >= 2 for x in node.args)


def on_batch(node: Node, axis: int) -> Demands | None:
    """Batch axes of calls on matrices, each by itself."""
    x = next(iter(arguments_of(node).values()))
    if type(x) is not Node or axis >= len(dims(x)) - 2:
        return None
    return agreed(node, [(x, axis)])


def solve(node: Node, axis: int) -> Demands | None:
    """Batch axes of systems of equations."""
    return matmul(node, axis)


# ----------------------------------------------- what changes last bits


def _letters(node: Node) -> tuple[list[Any], list[list[int]], list[int]]:
    """Operands, and labels of their axes and of the result's.

    Axes with one label are one axis.
    """
    name = node.op.name
    if name == "einsum":
        plain = [a.specs[0] if type(a) is Node else a for a in node.args]
        terms, output, _ = einsum_parts(plain)
        operands = [a for a in node.args if type(a) is Node]
        return (
            operands,
            [list(map(ord, t)) for t in terms],
            list(map(ord, output)),
        )
    a, b = node.args[:2]
    n, m = len(dims(a)), len(dims(b))
    if name == "tensordot":
        left, right = _pairs(arguments_of(node)["axes"], n, m)
    elif name == "inner":
        left, right = [n - 1], [m - 1]
    else:
        left, right = [n - 1], [max(m - 2, 0)]
    first = list(range(n))
    second = [n + i for i in range(m)]
    for i, j in zip(left, right, strict=True):
        second[j] = first[i]
    out = [c for c in (*first, *second) if (c in first) != (c in second)]
    return [a, b], [first, second], out


def _pairs(axes: Any, n: int, m: int) -> tuple[list[int], list[int]]:
    try:
        left, right = axes
    except TypeError:
        count = operator.index(axes)
        left, right = range(n - count, n), range(count)
    pairs = ((left, n), (right, m))
    found = [
        [normalize_axis_index(i, k) for i in np.atleast_1d(list(np.ravel(a)))]
        for a, k in pairs
    ]
    return found[0], found[1]


def _labelled(
    node: Node,
) -> tuple[list[Any], list[list[int]], list[int]] | None:
    """As `_letters`; None where labels don't tell, as for batches."""
    if node.op.name == "matmul" and len(dims(node)) > 2:
        return None
    operands, terms, out = _letters(node)
    if len(operands) != len(terms) or any(
        type(x) is not Node for x in operands
    ):
        return None
    if any(len(set(t)) < len(t) for t in terms):
        return None
    return operands, terms, out


def free_axis(node: Node, axis: int) -> Demands | None:
    """Rows and columns of products, which BLAS blocks by their number."""
    if node.op.name == "matmul" and len(dims(node)) > 2:
        return _rows_of_batch(node, axis)
    found = _labelled(node)
    if found is None:
        return None
    operands, terms, out = found
    label, size = out[axis], dims(node)[axis]
    wanted: list[tuple[Any, int | None]] = []
    for x, term in zip(operands, terms, strict=True):
        own = term.index(label) if label in term else None
        if own is not None and dims(x)[own] != size:
            own = None
        wanted.append((x, own))
    return agreed(node, wanted)


def _rows_of_batch(node: Node, axis: int) -> Demands | None:
    n = len(dims(node))
    if not _of_matrices(node):
        return None
    a, b = node.args
    if axis == n - 2:
        return agreed(node, [(a, len(dims(a)) - 2), (b, None)])
    if axis == n - 1:
        return agreed(node, [(a, None), (b, len(dims(b)) - 1)])
    return matmul(node, axis)


def partial_product(node: Node, operand: Node, axis: int) -> Demands | None:
    """What to slice for a product to be the sum of products of parts."""
    found = _labelled(node)
    if found is None:
        return None
    operands, terms, out = found
    label = terms[operands.index(operand)][axis]
    if label in out:
        return None
    size = dims(operand)[axis]
    wanted: list[tuple[Any, int | None]] = []
    for x, term in zip(operands, terms, strict=True):
        own = term.index(label) if label in term else None
        if own is not None and dims(x)[own] != size:
            return None
        wanted.append((x, own))
    return agreed(node, wanted)
