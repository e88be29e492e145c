"""What results of quimb's decompositions keep alive.

What is truncated and not multiplied by singular values is a view: it keeps
the whole matrix of singular vectors, which is more than its spec says.
"""

from collections.abc import Callable
from typing import Any

from quimb.tensor import decomp

from lazyopt.contrib.quimb_workspace import LEFT, RIGHT, matrix_sizes
from lazyopt.specs import itemsize
from lazyopt.workspace.ufuncs import spec_from

__all__ = ["ALLOCATES"]


def svd_allocates(
    results: Any, x: Any, *args: Any, absorb: Any = 0, **kwargs: Any
) -> tuple[int, ...]:
    """Whole factors, where a part of one is returned as it is."""
    left, values, right = results
    x = spec_from(x)
    if x.ndim > 2:
        return tuple(s.nbytes for s in results)
    m, n, dtype = matrix_sizes(x)
    whole = min(m, n) * itemsize(dtype)
    code = decomp._ABSORB_MAP[args[3] if len(args) > 3 else absorb]
    return (
        m * whole if left.nbytes and code not in LEFT else left.nbytes,
        values.nbytes,
        n * whole if right.nbytes and code not in RIGHT else right.nbytes,
    )


def qr_allocates(
    results: Any, x: Any, absorb: Any = 1, *args: Any, **kwargs: Any
) -> tuple[int, ...]:
    """The factor that is orthogonal lies in a copy of the whole matrix."""
    left, values, right = (s.nbytes for s in results)
    size = spec_from(x).nbytes
    if spec_from(x).ndim > 2:
        return left, values, right
    if decomp._ABSORB_MAP[absorb] in (-1, -10, -11):
        return left, values, size if right else 0
    return size if left else 0, values, right


ALLOCATES: dict[str, Callable[..., tuple[int, ...]]] = {
    "eigh_truncated": svd_allocates,
    "qr_stabilized": qr_allocates,
    "svd_truncated": svd_allocates,
}
