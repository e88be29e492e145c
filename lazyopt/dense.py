"""Arrays that fill their memory, whatever the order of their axes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lazyopt.specs import ArraySpec, itemsize

__all__ = ["bytes_in_order", "is_backwards", "is_dense", "over", "unwritten"]


def is_dense(spec: ArraySpec) -> bool:
    """Whether elements fill the memory between first and last."""
    if spec.shape is None or spec.strides is None or spec.dtype is None:
        return False
    step = itemsize(spec.dtype)
    for stride, size in sorted(zip(spec.strides, spec.shape, strict=True)):
        if size > 1:
            if stride != step:
                return False
            step *= size
    return 0 not in spec.shape


def is_backwards(x: np.ndarray) -> bool:
    """Whether an array goes backwards along an axis of one element.

    Specs don't tell, since nothing is stepped along it; but NumPy takes the
    logarithm by another loop then, whose NaN has another sign.
    """
    steps = zip(x.strides, x.shape, strict=True)
    return any(s < 0 and d == 1 for s, d in steps)


def _outermost_first(strides: Sequence[int]) -> list[int]:
    return sorted(range(len(strides)), key=lambda i: -strides[i])


def unwritten(shape: Sequence[int], strides: Sequence[int], dtype: Any) -> Any:
    """A new array that is dense, its axes in memory in the order of strides.

    Parameters
    ----------
    shape, strides : sequence of int
        Of a dense array.
    dtype : dtype or str
    """
    order = _outermost_first(strides)
    if order == list(range(len(order))):
        return np.empty(tuple(shape), dtype)
    back = [order.index(i) for i in range(len(order))]
    model = np.empty([min(shape[i], 2) for i in order], dtype).transpose(back)
    return np.empty_like(model, order="K", shape=tuple(shape))


def over(
    data: Any, shape: Sequence[int], strides: Sequence[int], dtype: Any
) -> Any:
    """The array whose `bytes_in_order` are these: a view."""
    order = _outermost_first(strides)
    flat = np.frombuffer(data, dtype)
    ordered = flat.reshape([shape[i] for i in order])
    return ordered.transpose([order.index(i) for i in range(len(order))])


def bytes_in_order(array: Any) -> Any:
    """A dense array's memory, as a flat array of bytes: a view.

    None if the array leaves gaps.
    """
    flat = array.transpose(_outermost_first(array.strides))
    if not flat.flags.c_contiguous:
        return None
    return flat.reshape(-1).view(np.uint8)
