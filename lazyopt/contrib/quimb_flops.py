"""Floating point operations of quimb's matrix decompositions."""

import math
from collections.abc import Callable
from typing import Any

from lazyopt.flops import eigenvectors, reflections, singular_vectors
from lazyopt.specs import ArraySpec, spec_of

__all__ = ["FLOPS"]

Count = Callable[[int, int], float]


def qr_flops(m: int, n: int) -> float:
    """Both factors of the reduced QR decomposition of m by n."""
    k = min(m, n)
    return reflections(m, n, k) + reflections(m, k, k)


def svd_via_eig(m: int, n: int) -> float:
    """The Gram matrix, its eigenvectors, and the matrix times these."""
    k = min(m, n)
    return 4 * m * n * k + eigenvectors(k)


def qr_via_cholesky(m: int, n: int) -> float:
    """The Gram matrix, its factor, and a triangular solve."""
    k = min(m, n)
    return 3 * m * n * k + k**3 / 3


def polar(m: int, n: int) -> float:
    """The singular vectors, and two products of them."""
    k = min(m, n)
    return singular_vectors(m, n) + 2 * m * n * k + 2 * k**3


def _rule(count: Count, times: int = 4) -> Callable[..., int]:
    """A rule from what one matrix of reals takes."""

    def rule(results: Any, x: Any, *args: Any, **kwargs: Any) -> int:
        spec = x if isinstance(x, ArraySpec) else spec_of(x)
        if spec.shape is None or spec.ndim < 2:
            return 0
        *batch, m, n = spec.shape
        each = count(m, n) * (times if _is_complex(spec) else 1)
        return round(math.prod(batch) * each)

    return rule


def _is_complex(spec: ArraySpec) -> bool:
    return spec.dtype is not None and spec.dtype.startswith("complex")


def svd_rand(
    results: Any,
    x: Any,
    max_bond: int,
    cutoff: float = 0.0,
    cutoff_mode: Any = 2,
    absorb: Any = 0,
    oversample: int = 10,
    num_iterations: int = 2,
    *args: Any,
    **kwargs: Any,
) -> int:
    """A sketch, powers of the matrix times it, and the SVD of the rest."""

    def count(m: int, n: int) -> float:
        k = min(m, n, max_bond if max_bond > 0 else m)
        wide, longer = min(m, n, k + oversample), max(m, n)
        products = 2 * m * n * wide * (2 + 2 * num_iterations)
        back = 2 * longer * wide * k
        of_rest = singular_vectors(wide, min(m, n))
        return products + qr_flops(longer, wide) + of_rest + back

    return _rule(count)(results, x)


def norm_fro(results: Any, x: Any) -> int:
    """A square and a sum for each element."""
    spec = x if isinstance(x, ArraySpec) else spec_of(x)
    return spec.size * (4 if _is_complex(spec) else 2)


#: By the name of the op. Products with the singular values are left out: they
#: are of lower order.
FLOPS: dict[str, Callable[..., int]] = {
    "cholesky_regularized": _rule(lambda m, n: n**3 / 3),
    "eigh_truncated": _rule(lambda m, n: eigenvectors(n)),
    "norm_fro": norm_fro,
    "polar_left": _rule(polar),
    "polar_right": _rule(polar),
    "qr_stabilized": _rule(qr_flops),
    "qr_via_cholesky": _rule(qr_via_cholesky),
    "svd_rand_truncated": svd_rand,
    "svd_truncated": _rule(singular_vectors),
    "svd_via_eig_truncated": _rule(svd_via_eig),
}
