"""Workspace of linear algebra.

LAPACK's functions compute in double precision, and NumPy casts all else to
that and back. The memory that they work in is taken outside of Python's
allocator, where neither ``tracemalloc`` nor these rules see it.
"""

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lazyopt.ops import get_op
from lazyopt.ops.linalg import first_power
from lazyopt.specs import ArraySpec
from lazyopt.workspace.contractions import gufunc_casts
from lazyopt.workspace.copies import Held, dense, nbytes, transposed
from lazyopt.workspace.indexing import take_along_axis
from lazyopt.workspace.norms import norm
from lazyopt.workspace.steps import Steps
from lazyopt.workspace.structure import triangle_bytes
from lazyopt.workspace.ufuncs import spec_from

__all__ = ["RULES"]

#: What ``qr`` makes of its arguments.
QR = 3500
#: Matrices that SciPy's ``expm`` works in: five for powers, and two for what
#: is squared or solved. For some it takes less, as their values tell.
EXPM = 7

_DOUBLE = {"float32": "float64", "complex64": "complex128"}


def is_complex(a: ArraySpec) -> bool:
    return np.dtype(a.dtype).kind == "c"


def computed_in(*operands: ArraySpec) -> str:
    """The dtype that LAPACK takes these operands in."""
    return "complex128" if any(map(is_complex, operands)) else "float64"


def doubled(a: ArraySpec) -> ArraySpec:
    """A result as LAPACK makes it, in double precision."""
    return dense(a, _DOUBLE.get(a.dtype or "", a.dtype))


def call_lapack(
    held: Held, operands: Sequence[ArraySpec], results: Sequence[ArraySpec]
) -> None:
    """Take what one of NumPy's wrappers of LAPACK makes.

    Operands are cast for the call, and results afterwards, in turn.
    """
    dtype = computed_in(*operands)
    made = [doubled(r).nbytes for r in results]
    held.take(sum(made))
    held.touch(gufunc_casts(operands, dtype))
    for size, result in zip(made, results, strict=True):
        if size != result.nbytes:
            held.take(result.nbytes)
            held.drop(size)


def lapack(results: Any, *operands: Any, **options: Any) -> int:
    """Of what does no more than that."""
    held = Held()
    call_lapack(held, [spec_from(x) for x in operands[:1]], results)
    return held.beyond(results)


def solve(results: Any, a: Any, b: Any) -> int:
    held = Held()
    call_lapack(held, [spec_from(a), spec_from(b)], results)
    return held.beyond(results)


def eig(results: Any, a: Any) -> int:
    """All is looked through for infinities first."""
    a = spec_from(a)
    steps = Steps()
    steps.free(steps.ufunc(np.isfinite, a))
    call_lapack(steps, [a], results)
    return steps.beyond(results)


def qr(results: Any, a: Any, mode: str = "reduced") -> int:
    """A copy is decomposed in place; both results are made from it."""
    a = spec_from(a)
    q, r = results
    held = Held()
    copied = dense(a, computed_in(a))
    assert copied.shape is not None and r.shape is not None
    # The scales of the reflectors, one a row or column.
    held.take(copied.nbytes // max(*copied.shape[-2:], 1))
    held.take(copied.nbytes + QR)
    held.take(doubled(q).nbytes)
    rows = ArraySpec(
        (*copied.shape[:-2], *r.shape[-2:]),
        copied.dtype,
        strides=copied.strides,
    )
    triangle = doubled(r)
    held.touch(triangle_bytes(rows, triangle))
    held.take(triangle.nbytes)
    for made in (q, r):
        if made.dtype in _DOUBLE:
            held.take(made.nbytes)
            held.drop(doubled(made).nbytes)
    return held.beyond(results)


def svd(
    results: Any,
    a: Any,
    full_matrices: bool = False,
    compute_uv: bool = True,
    hermitian: bool = False,
) -> int:
    steps = Steps()
    _take_svd(steps, spec_from(a), results, hermitian)
    return steps.beyond(results)


def _take_svd(
    steps: Steps, a: ArraySpec, results: Sequence[ArraySpec], hermitian: bool
) -> None:
    """Take what ``svd`` returns.

    Of a Hermitian matrix that is its eigenvectors, sorted by the absolute
    eigenvalues, and the same times their signs.
    """
    if not hermitian:
        call_lapack(steps, [a], results)
        return
    u, s, _ = results
    call_lapack(steps, [a], [s, u])
    assert s.shape is not None
    places = ArraySpec((*s.shape[:-1], 1, s.shape[-1]), "int64")
    steps.take(places.nbytes + s.nbytes)
    steps.take(u.nbytes)
    steps.touch(take_along_axis([u], u, places, -1))
    steps.free(u)
    signs = ArraySpec(places.shape, s.dtype)
    product = steps.ufunc(np.multiply, u, signs)
    if is_complex(u):
        steps.take(product.nbytes)
        steps.free(product)
    steps.drop(places.nbytes + s.nbytes)


def pinv(
    results: Any,
    a: Any,
    rcond: Any = None,
    hermitian: bool = False,
    *,
    rtol: Any = None,
) -> int:
    """Factors of an SVD, one scaled by the inverse of its singular values."""
    a = spec_from(a)
    if not a.size:
        return 0
    steps = Steps()
    if is_complex(a):
        a = steps.copy(a)
    factors = get_op("linalg.svd").infer(a, hermitian=hermitian)
    _take_svd(steps, a, factors, hermitian)
    u, s, _ = factors
    assert s.shape is not None
    # Their least, and which are above it.
    steps.take(s.nbytes // max(s.shape[-1], 1) + s.size)
    turned = transposed(u, [*range(u.ndim - 2), u.ndim - 1, u.ndim - 2])
    steps.ufunc(np.multiply, ArraySpec((*s.shape, 1), s.dtype), turned)
    steps.take(nbytes(results))
    return steps.beyond(results)


def matrix_rank(
    results: Any,
    A: Any,
    tol: Any = None,
    hermitian: bool = False,
    *,
    rtol: Any = None,
) -> int:
    """Singular values are held against the largest of them, and counted."""
    a = spec_from(A)
    steps = Steps()
    if a.ndim < 2:
        steps.reduce(np.logical_and, steps.ufunc(np.equal, a, 0), None)
        return steps.beyond(results)
    (values,) = get_op("linalg.svdvals").infer(a)
    call_lapack(steps, [a], [values])
    least = tol
    if tol is None:
        largest = steps.reduce(np.maximum, values, -1, keepdims=True)
        least = steps.ufunc(np.multiply, largest, 1.0)
        steps.free(largest)
    counted = steps.ufunc(np.greater, values, least)
    steps.reduce(np.add, counted, -1, dtype="int64")
    return steps.beyond(results)


def cond(results: Any, x: Any, p: Any = None) -> int:
    """A ratio of singular values, or a matrix's norm times its inverse's."""
    x = spec_from(x)
    held = Held()
    if p in (None, 2, -2):
        (values,) = get_op("linalg.svdvals").infer(x)
        call_lapack(held, [x], [values])
    else:
        (inverse,) = get_op("linalg.inv").infer(x)
        inverse = doubled(inverse)
        held.touch(inverse.nbytes + gufunc_casts([x], computed_in(x)))
        held.take(inverse.nbytes)
        for matrix in (x, inverse):
            made = get_op("linalg.norm").infer(matrix, p, (-2, -1))
            held.touch(norm(made, matrix, p, (-2, -1)) + nbytes(made))
            held.take(nbytes(made))
    held.take(nbytes(results) + results[0].size)
    return held.beyond(results)


def matrix_power(results: Any, a: Any, n: int) -> int:
    """Squares, and the product of those that the power consists of."""
    a, n = spec_from(a), operator.index(n)
    if first_power(a, n):
        return 0
    held = Held()
    size = nbytes(results)
    if n == 0:
        # An identity is made, and assigned.
        held.take(size + size // max(math.prod(a.shape[:-2]), 1))
    if n < 0:
        call_lapack(held, [a], results)
        n = -n
    if n == 3:
        held.take(2 * size)
    elif n > 1:
        _multiply_squares(held, n, size)
    return held.beyond(results)


def _multiply_squares(held: Held, n: int, size: int) -> None:
    """Take the squares and products of ``matrix_power``.

    The square before is let go of when the next is there, unless it is the
    matrix itself or the product so far.
    """
    square = product = None
    made = 0
    while n > 0:
        if square is None:
            square = made
        else:
            made += 1
            held.take(size)
            if square and square != product:
                held.drop(size)
            square = made
        n, bit = divmod(n, 2)
        if bit and product is None:
            product = square
        elif bit:
            made += 1
            held.take(size)
            if product and product != square:
                held.drop(size)
            product = made


def expm(results: Any, A: Any) -> int:
    a, made = spec_from(A), results[0]
    if a.ndim < 2 or not made.size:
        return 0
    held = Held()
    held.take(made.nbytes if a.dtype != made.dtype else 0)
    held.take(EXPM * made.nbytes // math.prod(made.shape[:-2]))
    return held.most


RULES: dict[str, Callable[..., int]] = {
    "linalg.cholesky": lapack,
    "linalg.cond": cond,
    "linalg.det": lapack,
    "linalg.eig": eig,
    "linalg.eigh": lapack,
    "linalg.eigvals": eig,
    "linalg.eigvalsh": lapack,
    "linalg.expm": expm,
    "linalg.inv": lapack,
    "linalg.matrix_power": matrix_power,
    "linalg.matrix_rank": matrix_rank,
    "linalg.pinv": pinv,
    "linalg.qr": qr,
    "linalg.slogdet": lapack,
    "linalg.solve": solve,
    "linalg.svd": svd,
    "linalg.svdvals": lapack,
}
