"""Copies that NumPy makes of operands, and what is held as they come and go.

Nothing is allocated to find out: what could be a view is asked of arrays
that have shape and strides but no memory behind them.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np

from lazyopt.ops.families import dummy
from lazyopt.ops.model import dense_in_order
from lazyopt.specs import ArraySpec, itemsize, make_spec

__all__ = [
    "ITERATOR",
    "Held",
    "cast",
    "dense",
    "in_order",
    "nbytes",
    "reshaped",
    "transposed",
]

#: Size of NumPy's plain iterator object, in bytes: ``x.flat`` is one.
ITERATOR = 2632


class Held:
    """Bytes that a call holds, and the most that it has held.

    Attributes
    ----------
    now, most : int
    """

    def __init__(self) -> None:
        self.now = 0
        self.most = 0

    def take(self, size: int) -> None:
        """Allocate this many bytes."""
        self.now += size
        self.most = max(self.most, self.now)

    def drop(self, size: int) -> None:
        """Free this many bytes."""
        self.now -= size

    def touch(self, size: int) -> None:
        """Allocate this many bytes and free them again."""
        self.most = max(self.most, self.now + size)

    def beyond(self, results: Iterable[ArraySpec]) -> int:
        """The most that was held, less what the call returns."""
        return max(self.most - nbytes(results), 0)


def nbytes(specs: Iterable[ArraySpec]) -> int:
    """Bytes of all these arrays."""
    return sum(s.nbytes for s in specs)


def in_order(a: ArraySpec) -> bool:
    """Whether the elements of an array lie in C order without gaps."""
    return a.kind != "array" or dummy(a).flags.c_contiguous


def dense(a: ArraySpec, dtype: str | None = None) -> ArraySpec:
    """The copy of an array that keeps the order of its axes in memory."""
    assert a.shape is not None and a.strides is not None
    steps = a.strides
    axes = sorted(range(len(steps)), key=lambda i: (-abs(steps[i]), i))
    kept = dtype or a.dtype
    assert kept is not None
    return dense_in_order(a.shape, kept, axes)


def cast(a: ArraySpec, dtype: str | None) -> tuple[ArraySpec, int]:
    """An operand in the dtype that a function computes in.

    Parameters
    ----------
    a : ArraySpec
    dtype : str

    Returns
    -------
    ArraySpec
        The operand itself, or its copy.
    int
        Bytes of the copy, or 0.
    """
    if a.dtype == dtype:
        return a, 0
    made = dense(a, dtype)
    return made, made.nbytes


def transposed(a: ArraySpec, axes: Sequence[int]) -> ArraySpec:
    """The view with its axes in this order."""
    assert a.shape is not None and a.strides is not None
    shape, strides = a.shape, a.strides
    return make_spec(
        tuple([shape[i] for i in axes]),
        a.dtype,
        "array",
        tuple([strides[i] for i in axes]),
    )


def reshaped(
    a: ArraySpec, shape: Sequence[int], order: Literal["C", "F"] = "C"
) -> tuple[ArraySpec, int]:
    """An array in another shape, and the bytes copied for it.

    Parameters
    ----------
    a : ArraySpec
    shape : sequence of int
        Without ``-1``.
    order : {"C", "F"}
    """
    shape = tuple(shape)
    if a.shape == shape:
        return a, 0
    assert a.dtype is not None
    try:
        made = np.reshape(dummy(a), shape, order=order, copy=False)
    except ValueError:
        size = math.prod(shape) * itemsize(a.dtype)
        return ArraySpec(shape, a.dtype, order), size
    return make_spec(shape, a.dtype, "array", made.strides), 0
