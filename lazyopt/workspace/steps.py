"""Functions that NumPy writes in Python, as the steps they are made of.

A rule for one follows NumPy's source: which arrays it makes, in which order,
and which names still hold them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lazyopt.ops import get_op
from lazyopt.ops.model import dense_in_order, k_order
from lazyopt.specs import ArraySpec
from lazyopt.workspace.copies import Held, dense, nbytes
from lazyopt.workspace.ufuncs import (
    axes_of,
    reduce_bytes,
    reduce_dtype,
    spec_from,
    ufunc_bytes,
)

__all__ = ["Steps"]

#: A temporary of so many bytes is written into by Python's operators, where
#: nothing else refers to it (``NPY_MIN_ELIDE_BYTES``).
ELIDED = 256 << 10


class Steps(Held):
    """Calls made one after the other, and the most that they hold at once."""

    def free(self, *specs: ArraySpec) -> None:
        """Free arrays that were made before."""
        self.drop(nbytes(specs))

    def copy(self, a: ArraySpec, dtype: Any = None) -> ArraySpec:
        """Copy an array, its axes in memory order as they are."""
        made = dense(a, None if dtype is None else np.dtype(dtype).name)
        self.take(made.nbytes)
        return made

    def ufunc(
        self,
        ufunc: np.ufunc,
        *operands: Any,
        dtype: Any = None,
        out: ArraySpec | None = None,
    ) -> ArraySpec:
        """Call a ufunc that has one result, here or in ``out``."""
        if out is not None:
            self.touch(
                ufunc_bytes(ufunc, operands, [out], dtype=dtype, writes=True)
            )
            return out
        options = {} if dtype is None else {"dtype": dtype}
        (made,) = get_op(ufunc.__name__).infer(*operands, **options)
        self.take(made.nbytes)
        self.touch(ufunc_bytes(ufunc, operands, [made], dtype=dtype))
        return made

    def operator(
        self, ufunc: np.ufunc, *operands: Any, temporary: ArraySpec
    ) -> ArraySpec:
        """Use an operator on a temporary, which is gone afterwards.

        What is large is written into if the result fits.
        """
        others = [spec_from(x) for x in operands]
        others.remove(temporary)
        if temporary.nbytes >= ELIDED and _fit(ufunc, temporary, others):
            return self.ufunc(ufunc, temporary, *others, out=temporary)
        made = self.ufunc(ufunc, *operands)
        self.free(temporary)
        return made

    def reduce(
        self,
        ufunc: np.ufunc,
        a: ArraySpec,
        axis: Any = None,
        *,
        dtype: Any = None,
        keepdims: bool = False,
        where: Any = True,
    ) -> ArraySpec:
        """Reduce an array with a ufunc."""
        assert a.shape is not None and a.dtype is not None
        axes = axes_of(a, axis)
        shape = [1 if i in axes else d for i, d in enumerate(a.shape)]
        inputs = [a] if where is True else [a, spec_from(where)]
        made = dense_in_order(
            shape,
            reduce_dtype(ufunc, a.dtype, dtype),
            k_order(a.shape, inputs),
        )
        if not keepdims:
            made = without(made, axes)
        self.take(made.nbytes)
        self.touch(reduce_bytes(ufunc, a, axis, dtype=dtype, where=where))
        return made


def without(spec: ArraySpec, axes: Sequence[int]) -> ArraySpec:
    """A spec without some of its axes."""
    assert spec.shape is not None and spec.strides is not None
    kept = [i for i in range(spec.ndim) if i not in axes]
    return ArraySpec(
        [spec.shape[i] for i in kept],
        spec.dtype,
        strides=[spec.strides[i] for i in kept],
    )


def _fit(
    ufunc: np.ufunc, temporary: ArraySpec, others: Sequence[ArraySpec]
) -> bool:
    """Whether NumPy takes a temporary as the result of an operator."""
    into = np.dtype(temporary.dtype)
    if ufunc is np.absolute and into.kind == "c":
        return False
    return all(
        (not x.shape or x.shape == temporary.shape)
        and np.can_cast(np.dtype(x.dtype), into)
        for x in others
    )
