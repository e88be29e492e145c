"""Floating point operations of the ops that need a rule, from shapes.

A rule is called with a tuple of the results' specs, and then the call's
arguments, with specs in place of arrays. It counts what real numbers take.
Decompositions are counted by their leading terms, after Golub & Van Loan,
Matrix Computations, 4th edition.
"""

import functools
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from lazyopt.ops.contractions import einsum_parts
from lazyopt.ops.families import dummy, shape_of
from lazyopt.specs import ArraySpec

__all__ = [
    "RULES",
    "eigenvectors",
    "reflections",
    "singular_values",
    "singular_vectors",
]

Results = tuple[ArraySpec, ...]

# ------------------------------------------------------------ contractions


def dot(results: Results, a: Any, b: Any, out: None = None) -> int:
    x = shape_of(a)
    return _products(results, x[-1] if x and shape_of(b) else 1)


def matmul(results: Results, a: Any, b: Any, /, **kwargs: Any) -> int:
    return _products(results, shape_of(a)[-1])


def vecdot(results: Results, a: Any, b: Any, /, *, axis: int = -1) -> int:
    return _products(results, shape_of(a)[axis])


def vdot(results: Results, a: Any, b: Any, /) -> int:
    return _products(results, math.prod(shape_of(a)))


def tensordot(results: Results, a: Any, b: Any, axes: Any = 2) -> int:
    try:
        left = axes[0]
    except TypeError:
        n = operator.index(axes)
        left = range(-n, 0)
    summed = [left] if isinstance(left, int | np.integer) else left
    shape = shape_of(a)
    return _products(results, math.prod(shape[i] for i in summed))


def _products(results: Results, summed: int) -> int:
    """A multiply and an add for each product, or a multiply alone."""
    return results[0].size * (2 * summed if summed != 1 else 1)


def einsum(
    results: Results, *operands: Any, optimize: Any = False, **kwargs: Any
) -> int:
    terms, output, arrays = einsum_parts(operands)
    shapes = [shape_of(a) for a in arrays]
    sizes: dict[str, int] = {}
    for term, shape in zip(terms, shapes, strict=True):
        for letter, d in zip(term, shape, strict=True):
            sizes[letter] = max(sizes.get(letter, 1), d)
    path: Any = [tuple(range(len(terms)))]
    if optimize is not False:
        wish = tuple(optimize) if isinstance(optimize, list) else optimize
        equation = f"{','.join(terms)}->{output}"
        path = _einsum_path(equation, tuple(shapes), wish or False)
    total = 0
    for places in path:
        taken = [terms.pop(i) for i in sorted(places, reverse=True)]
        letters = set("".join(taken))
        kept = letters & set("".join([output, *terms]))
        terms.append("".join(sorted(kept)))
        size = math.prod(sizes[c] for c in letters)
        total += size * (len(taken) - 1 + (kept != letters))
    return total


@functools.lru_cache(1 << 12)
def _einsum_path(
    equation: str, shapes: tuple[tuple[int, ...], ...], optimize: Any
) -> tuple[tuple[int, ...], ...]:
    """Which operands NumPy contracts together, one group after the other."""
    arrays = [dummy(ArraySpec(shape)) for shape in shapes]
    path, _ = np.einsum_path(equation, *arrays, optimize=optimize)
    return tuple(path[1:])


def of_result(results: Results, *args: Any, **kwargs: Any) -> int:
    return results[0].size


def cross(results: Results, *args: Any, **kwargs: Any) -> int:
    return 3 * results[0].size


# --------------------------------------------------------- decompositions


def reflections(m: int, n: int, k: int) -> float:
    """Applying k Householder reflections to m by n, as they are made."""
    return 4 * m * n * k - 2 * (m + n) * k**2 + 4 / 3 * k**3


def singular_values(m: int, n: int) -> float:
    """Singular values of m by n, alone."""
    k, longer = min(m, n), max(m, n)
    return 2 * longer * k**2 + 2 * k**3


def singular_vectors(m: int, n: int, full: bool = False) -> float:
    """Singular values and vectors of m by n: all of them if ``full``."""
    k, longer = min(m, n), max(m, n)
    if full:
        return 4 * longer**2 * k + 22 * k**3
    return 6 * longer * k**2 + 20 * k**3


def eigenvectors(n: int) -> float:
    """Eigenvalues and vectors of a symmetric matrix of size n."""
    return 9 * n**3


def _each(a: Any, count: Callable[[int, int], float]) -> int:
    """So many for each matrix of a batch."""
    shape = shape_of(a)
    if len(shape) < 2:  # the rank of a vector: is there anything but zeros?
        return math.prod(shape)
    *batch, m, n = shape
    return round(math.prod(batch) * count(m, n))


def svd(results: Results, a: Any, *args: Any, **kwargs: Any) -> int:
    left, values, right = results
    sizes = shape_of(left)[-1], shape_of(right)[-2]
    full = max(sizes) > shape_of(values)[-1]
    return _each(a, lambda m, n: singular_vectors(m, n, full))


def svdvals(results: Results, a: Any, *args: Any, **kwargs: Any) -> int:
    return _each(a, singular_values)


def pinv(results: Results, a: Any, *args: Any, **kwargs: Any) -> int:
    return _each(
        a, lambda m, n: singular_vectors(m, n) + 2 * m * n * min(m, n)
    )


def qr(results: Results, a: Any, *args: Any, **kwargs: Any) -> int:
    columns = shape_of(results[0])[-1]

    def count(m: int, n: int) -> float:
        k = min(m, n)
        return reflections(m, n, k) + reflections(m, columns, k)

    return _each(a, count)


def solve(results: Results, a: Any, b: Any) -> int:
    n = shape_of(a)[-1]
    lu = _each(a, lambda m, n: 2 / 3 * n**3)
    # Two triangular systems, for each right-hand side.
    return lu + 2 * n * results[0].size


def solve_triangular(results: Results, a: Any, *_: Any, **__: Any) -> int:
    return shape_of(a)[-1] * results[0].size


def lu(results: Results, a: Any, *args: Any, **kwargs: Any) -> int:
    def count(m: int, n: int) -> float:
        k = min(m, n)
        return 2 * m * n * k - (m + n) * k**2 + 2 / 3 * k**3

    return _each(a, count)


def matrix_power(results: Results, a: Any, n: int) -> int:
    n = operator.index(n)
    k = abs(n)
    multiplied = max(k.bit_length() + k.bit_count() - 2, 0)
    inverted = 2 * (n < 0)
    return _each(a, lambda m, _: (2 * multiplied + inverted) * m**3)


def norm(
    results: Results,
    x: Any,
    ord: Any = None,
    axis: Any = None,
    *_: Any,
    **__: Any,
) -> int:
    shape = shape_of(x)
    of_matrix = len(shape) == 2 if axis is None else isinstance(axis, tuple)
    if of_matrix and ord in (2, -2, "nuc"):
        rows, columns = (0, 1) if axis is None else axis
        each = singular_values(shape[rows], shape[columns])
        return round(results[0].size * each)
    return 2 * math.prod(shape)


def matrix_norm(
    results: Results, x: Any, /, *, ord: Any = "fro", **_: Any
) -> int:
    if ord in (2, -2, "nuc"):
        return _each(x, singular_values)
    return 2 * math.prod(shape_of(x))


def cubic(factor: float) -> Callable[..., int]:
    """A rule for square matrices: so many times n**3."""

    def rule(results: Results, a: Any, *args: Any, **kwargs: Any) -> int:
        if len(shape_of(a)) < 2:  # a number, for a matrix of one element
            return round(factor)
        return _each(a, lambda m, n: factor * n**3)

    return rule


# ------------------------------------------------------------- reductions


def difference(
    results: Results, a: Any, n: int = 1, axis: int = -1, *_: Any, **__: Any
) -> int:
    shape = list(shape_of(results[0]))
    length = shape.pop(axis) + n
    return math.prod(shape) * sum(max(length - i, 0) for i in range(1, n + 1))


def trace(results: Results, a: Any, *args: Any, **kwargs: Any) -> int:
    places = list(args[1:3]) + [None] * 2
    first = kwargs.get("axis1", places[0])
    second = kwargs.get("axis2", places[1])
    shape = shape_of(a)
    rows = shape[0 if first is None else first]
    return results[0].size * min(rows, shape[1 if second is None else second])


def variance(results: Results, a: Any, *args: Any, **kwargs: Any) -> int:
    # A mean; then a difference, a square and a sum.
    return 4 * math.prod(shape_of(a))


RULES: dict[str, Callable[..., int]] = {
    "cross": cross,
    "diff": difference,
    "dot": dot,
    "einsum": einsum,
    "inner": dot,
    "kron": of_result,
    "linalg.cholesky": cubic(1 / 3),
    "linalg.cond": svdvals,
    "linalg.cross": cross,
    "linalg.det": cubic(2 / 3),
    "linalg.eig": cubic(25),
    "linalg.eigh": cubic(9),
    "linalg.eigvals": cubic(10),
    "linalg.eigvalsh": cubic(4 / 3),
    # Padé's approximation of degree 13, without squarings.
    "linalg.expm": cubic(6 * 2 + 2 / 3 + 2),
    "linalg.inv": cubic(2),
    "linalg.lu": lu,
    "linalg.matmul": matmul,
    "linalg.matrix_norm": matrix_norm,
    "linalg.matrix_power": matrix_power,
    "linalg.matrix_rank": svdvals,
    "linalg.norm": norm,
    "linalg.outer": of_result,
    "linalg.pinv": pinv,
    "linalg.qr": qr,
    "linalg.slogdet": cubic(2 / 3),
    "linalg.solve": solve,
    "linalg.svd": svd,
    "linalg.svdvals": svdvals,
    "linalg.trace": lambda results, x, /, **_: trace(results, x, 0, -2, -1),
    "linalg.vector_norm": lambda results, x, /, **_: 2 * x.size,
    "matmul": matmul,
    "outer": of_result,
    "scipy.linalg.solve_triangular": solve_triangular,
    "std": variance,
    "tensordot": tensordot,
    "trace": trace,
    "var": variance,
    "vdot": vdot,
    "vecdot": vecdot,
}
