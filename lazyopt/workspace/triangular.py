"""Workspace of triangular factors, and of systems with them: SciPy's."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lazyopt.specs import ArraySpec, itemsize
from lazyopt.workspace.copies import Held, dense, in_order, nbytes
from lazyopt.workspace.ufuncs import spec_from

__all__ = ["RULES"]


def solve_triangular(
    results: Any,
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> int:
    """The matrix is copied if LAPACK can't read it as it lies.

    The right side becomes the result. Both are looked through for infinities.
    """
    a, b, made = spec_from(a), spec_from(b), results[0]
    looked = 0
    if check_finite:
        looked = max([s.size for s in (a, b) if is_inexact(s)], default=0)
    if not made.size:
        return looked
    assert made.dtype is not None
    lies_well = a.layout in ("F", "C") and (a.layout == "F" or trans != "C")
    ready = a.dtype == made.dtype and (lies_well or 1 in (a.shape or ()))
    copied = 0 if ready else a.size * itemsize(made.dtype)
    return max(int(copied), looked - nbytes(results))


def is_inexact(a: ArraySpec) -> bool:
    return np.dtype(a.dtype).kind in "fc"


def lu(
    results: Any,
    a: Any,
    permute_l: bool = False,
    overwrite_a: bool = False,
    check_finite: bool = True,
    p_indices: bool = False,
) -> int:
    """A copy is factored in place; the smaller factor is an array apart.

    Rows are exchanged by whole numbers, which then become a matrix.
    """
    a = spec_from(a)
    p, left, right = results
    assert a.shape is not None and left.dtype is not None
    if not left.size or a.shape[-2:] == (1, 1):
        return 0
    held = Held()
    held.touch(a.size if check_finite and is_inexact(a) else 0)
    size = a.size * itemsize(left.dtype)
    held.take(size)
    if a.dtype != left.dtype and not in_order(dense(a, left.dtype)):
        held.touch(size)
    held.take(nbytes((left, right)) - size)
    places = math.prod(a.shape[:-1])
    held.take(4 * places)
    batch = a.shape[:-2]
    # Of one matrix at a time, its columns one after the other. Python goes
    # over them by numbers, of which it has the first at hand.
    counted = sum(8 * d + 32 * max(d - 257, 0) for d in batch)
    held.touch(size // max(math.prod(batch), 1) + counted)
    if not p_indices:
        held.take(p.nbytes + 8 * (3 * places + sum(batch)))
    return held.beyond(results)


RULES: dict[str, Callable[..., int]] = {
    "linalg.lu": lu,
    "scipy.linalg.solve_triangular": solve_triangular,
}
