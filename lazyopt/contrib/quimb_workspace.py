"""Workspace of quimb's matrix decompositions.

quimb compiles them with numba, which takes memory where ``tracemalloc`` sees
it, the work arrays of LAPACK included: these are asked of LAPACK, which tells
how large it wants them without a matrix at hand.
"""

import functools
from collections.abc import Callable
from typing import Any

from quimb.tensor import decomp
from scipy.linalg import lapack

from lazyopt.specs import ArraySpec, itemsize
from lazyopt.workspace.copies import Held, in_order
from lazyopt.workspace.ufuncs import spec_from

__all__ = ["RULES"]

Rule = Callable[..., int]

_KINDS = {
    "float32": "s",
    "float64": "d",
    "complex64": "c",
    "complex128": "z",
}
#: LAPACK's whole numbers, in bytes.
WHOLE = 4
#: What is absorbed by the left factor, by the right one, or by both.
LEFT = (0, -1, -10, -12)
RIGHT = (0, 1, 11, 12)


def real_item(dtype: str) -> int:
    """Bytes of an element's real part."""
    return itemsize(dtype) // (2 if dtype.startswith("complex") else 1)


@functools.cache
def svd_work(dtype: str, m: int, n: int) -> int:
    """Bytes that ``gesdd`` works in for a matrix of m by n."""
    ask = getattr(lapack, f"{_KINDS[dtype]}gesdd_lwork")
    size, _ = ask(m, n, compute_uv=1, full_matrices=0)
    k = min(m, n)
    held = int(size.real) * itemsize(dtype) + 8 * k * WHOLE
    if dtype.startswith("complex"):
        held += (
            k * max(5 * k + 7, 2 * max(m, n) + 2 * k + 1) * real_item(dtype)
        )
    return held


@functools.cache
def eigh_work(dtype: str, n: int) -> int:
    """Bytes that ``syevd`` and ``heevd`` work in for a matrix of n by n."""
    name = "heevd" if dtype.startswith("complex") else "syevd"
    found = getattr(lapack, f"{_KINDS[dtype]}{name}_lwork")(n, lower=1)
    size, whole, *real, _ = found
    held: int = int(size.real) * itemsize(dtype) + whole * WHOLE
    return held + sum(int(r) * real_item(dtype) for r in real)


@functools.cache
def qr_work(dtype: str, m: int, n: int) -> int:
    """Bytes that ``geqrf`` works in for a matrix of m by n."""
    size, _ = getattr(lapack, f"{_KINDS[dtype]}geqrf_lwork")(m, n)
    return int(size.real) * itemsize(dtype)


# ------------------------------------------------------ decompositions


def take_svd(held: Held, m: int, n: int, dtype: str) -> None:
    """Take the factors of one matrix, made of a copy of it."""
    k, item = min(m, n), itemsize(dtype)
    held.take((m + n) * k * item + k * real_item(dtype))
    held.touch(m * n * item + svd_work(dtype, m, n))


def take_eigh(held: Held, n: int, dtype: str) -> None:
    """Take eigenvectors, which take the place of a copy, and eigenvalues."""
    held.take(n * n * itemsize(dtype) + n * real_item(dtype))
    held.touch(eigh_work(dtype, n))


def take_qr(held: Held, m: int, n: int, dtype: str) -> None:
    """Take both factors, the first in all of a copy of the matrix."""
    k, item = min(m, n), itemsize(dtype)
    held.take((m * n + k) * item)
    held.touch(qr_work(dtype, m, n))
    held.take(k * n * item)
    held.touch(qr_work(dtype, m, k))
    held.drop(k * item)


def absorbed_bytes(results: Any, absorb: Any) -> int:
    """Bytes of the results that are products with singular values."""
    code = decomp._ABSORB_MAP[absorb]
    left, _, right = results
    held = Held()
    held.take(left.nbytes if code in LEFT else 0)
    held.take(right.nbytes if code in RIGHT else 0)
    return held.most


def conjugated_bytes(x: ArraySpec) -> int:
    """Bytes of a conjugate transpose; of a real matrix it is a view."""
    assert x.dtype is not None
    return x.nbytes if x.dtype.startswith("complex") else 0


def matrix_sizes(x: ArraySpec) -> tuple[int, int, str]:
    """Rows, columns and dtype."""
    assert x.shape is not None and x.dtype is not None
    return x.shape[-2], x.shape[-1], x.dtype


# ------------------------------------------------------------------- rules


def svd_truncated(
    results: Any,
    x: Any,
    cutoff: float = -1.0,
    cutoff_mode: Any = 4,
    max_bond: int = -1,
    absorb: Any = 0,
    renorm: int = 0,
    info: Any = None,
    **kwargs: Any,
) -> int:
    m, n, dtype = matrix_sizes(spec_from(x))
    held = Held()
    take_svd(held, m, n, dtype)
    held.take(absorbed_bytes(results, absorb))
    return held.beyond(results)


def svd_via_eig_truncated(
    results: Any,
    x: Any,
    cutoff: float = -1.0,
    cutoff_mode: Any = 4,
    max_bond: int = -1,
    absorb: Any = 0,
    renorm: int = 0,
    info: Any = None,
) -> int:
    """Eigenvectors of the Gram matrix, and the matrix times these.

    That product is divided by the singular values, unless just it is wanted.
    """
    x = spec_from(x)
    m, n, dtype = matrix_sizes(x)
    k, item = min(m, n), itemsize(dtype)
    code = decomp._ABSORB_MAP[absorb]
    tall = m > n or (m == n and code in (-10, -1, -11))
    kept = min(max_bond, k) if max_bond > 0 else k
    gram, small, large = (
        d * item for d in (k * k, k * kept, max(m, n) * kept)
    )
    held = Held()
    held.take(gram)
    held.touch(conjugated_bytes(x))
    take_eigh(held, k, dtype)
    held.drop(held.now)
    if code not in ((2, -11, 11) if tall else (2, 10, -10)):
        held.take(small + large)
        held.touch(small)
        if code not in ((-10, -1) if tall else (11, 1)):
            held.touch(large)
    return held.beyond(results)


def eigh_truncated(
    results: Any,
    x: Any,
    cutoff: float = -1.0,
    cutoff_mode: Any = 4,
    max_bond: int = -1,
    absorb: Any = 0,
    renorm: int = 0,
    positive: int = 0,
    shift: Any = False,
) -> int:
    """Eigenvectors, sorted, and their conjugate transpose."""
    x = spec_from(x)
    _, n, dtype = matrix_sizes(x)
    held = Held()
    held.take(x.nbytes if shift else 0)
    take_eigh(held, n, dtype)
    held.drop(x.nbytes if shift else 0)
    held.take(x.nbytes + absorbed_bytes(results, absorb))
    return held.beyond(results)


def qr_stabilized(
    results: Any,
    x: Any,
    absorb: Any = 1,
    stabilized: bool = True,
    **kwargs: Any,
) -> int:
    x = spec_from(x)
    m, n, dtype = matrix_sizes(x)
    held = Held()
    if decomp._ABSORB_MAP[absorb] in (-1, -10, -11):
        m, n = n, m
    take_qr(held, m, n, dtype)
    return held.beyond(results)


def cholesky_regularized(
    results: Any, x: Any, absorb: Any = 0, shift: Any = True
) -> int:
    """A copy with its diagonal shifted, a factor, and this transposed."""
    size = spec_from(x).nbytes
    held = Held()
    held.take(size)
    if shift or decomp._ABSORB_MAP[absorb] != -12:
        held.touch(size)
    return held.beyond(results)


def qr_via_cholesky(
    results: Any,
    x: Any,
    absorb: Any = -1,
    shift: Any = True,
    solve_triangular: bool = True,
    passes: int = 1,
    tol_orthog: float | None = None,
) -> int:
    """The Gram matrix, its factor, and what solves for the other one."""
    x = spec_from(x)
    m, n, dtype = matrix_sizes(x)
    code = decomp._ABSORB_MAP[absorb]
    rows = n if code in (1, 10, 11) else m
    gram = rows * rows * itemsize(dtype)
    held = Held()
    held.take(gram)
    held.touch(conjugated_bytes(x))
    held.take(gram)
    held.touch(gram)
    held.take(x.nbytes if code not in (-10, 11) else 0)
    return held.beyond(results)


def polar(results: Any, x: Any) -> int:
    """An SVD, and two products of its factors."""
    x = spec_from(x)
    m, n, dtype = matrix_sizes(x)
    k, item = min(m, n), itemsize(dtype)
    left, _, right = results
    rows = left.shape[-2]
    held = Held()
    take_svd(held, m, n, dtype)
    side = rows if left.shape[-1] == rows else right.shape[-2]
    held.drop((m + n) * k * item)
    held.take(x.nbytes + 3 * side * k * item + side * side * item)
    return held.beyond(results)


def svd_rand_truncated(
    results: Any,
    x: Any,
    max_bond: int,
    cutoff: float = 0.0,
    cutoff_mode: Any = 2,
    absorb: Any = 0,
    oversample: int = 10,
    num_iterations: int = 2,
    method_lorthog: str = "qr",
    method_reduced: str = "svd",
    right: bool | None = None,
    lorthog_opts: Any = None,
    reduced_opts: Any = None,
    seed: Any = None,
    noise_dist: str = "normal",
) -> int:
    """Random vectors times the matrix, and the SVD of what they span."""
    x = spec_from(x)
    m, n, dtype = matrix_sizes(x)
    code = decomp._ABSORB_MAP[absorb]
    if right is None:
        right = code in (1, 10, 11) or (code not in (-1, -10, -11) and m > n)
    rows, columns = (m, n) if right else (n, m)
    k = min(m, n, max_bond if max_bond > 0 else m)
    wide = min(m, n, k + oversample)
    item = itemsize(dtype)
    basis, rest = rows * wide * item, wide * columns * item
    # Of a real matrix, the conjugate transpose is a view.
    turned = basis if conjugated_bytes(x) else 0
    held = Held()
    held.take(rest + basis)  # random numbers first
    if num_iterations:
        held.take(conjugated_bytes(x))
        held.touch(rest)
    held.touch(0 if right else turned)
    take_qr(held, rows, wide, dtype)
    held.drop(wide * wide * item)
    if k >= wide and code == (10 if right else -11):
        held.take(0 if right else turned)
        return held.beyond(results)
    held.take(rest + (turned if right else 0))
    if k < wide or code not in ((1, 11) if right else (-1, -10)):
        take_svd(held, wide, columns, dtype)
        held.drop(wide * wide * item)
        last = results[0 if right else 2].nbytes
        if last:
            held.touch(last + (0 if right else turned))
    elif code == -1:
        held.take(turned)
    return held.beyond(results)


def sgn(results: Any, x: Any) -> int:
    """Where it is zero."""
    return int(spec_from(x).size)


def norm_fro(results: Any, x: Any) -> int:
    """What isn't in order is copied, once for each factor of a product."""
    x = spec_from(x)
    return 0 if in_order(x) else 2 * x.nbytes


def of_one_matrix(rule: Rule) -> Rule:
    """A rule that says nothing of several matrices at once.

    Those quimb takes apart with NumPy's functions, step by step.
    """

    @functools.wraps(rule)
    def checked(results: Any, x: Any, *args: Any, **kwargs: Any) -> int:
        if spec_from(x).ndim > 2:
            return 0
        return rule(results, x, *args, **kwargs)

    return checked


_RULES: dict[str, Rule] = {
    "cholesky_regularized": cholesky_regularized,
    "eigh_truncated": eigh_truncated,
    "norm_fro": norm_fro,
    "polar_left": polar,
    "polar_right": polar,
    "qr_stabilized": qr_stabilized,
    "qr_via_cholesky": qr_via_cholesky,
    "sgn": sgn,
    "svd_rand_truncated": svd_rand_truncated,
    "svd_truncated": svd_truncated,
    "svd_via_eig_truncated": svd_via_eig_truncated,
}

RULES = {name: of_one_matrix(rule) for name, rule in _RULES.items()}
