"""Ops that can write their result into an array they are given."""

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from lazyopt.ops import BUILT_IN, OPERATOR_FORMS, Op

__all__ = ["FROZEN", "WRITEABLE_VIEWS", "in_place", "writer"]

#: Their results are new, but can't be written to.
FROZEN = frozenset({"imag"})
#: Views of these can be written to wherever what they view can.
WRITEABLE_VIEWS = frozenset(
    {
        "expand_dims",
        "getitem",
        "moveaxis",
        "ravel",
        "reshape",
        "squeeze",
        "swapaxes",
        "transpose",
    }
)


@functools.cache
def in_place(op: Op) -> np.ufunc | None:
    """The ufunc that computes an op and takes ``out``, or None.

    ``**`` is none: on arrays it isn't `numpy.power`, but `numpy.square` and
    others for some exponents.
    """
    if op is OPERATOR_FORMS.get(op.name):
        if op.function in (operator.pow, operator.matmul):
            return None
        found = getattr(np, op.name, None)
    elif op in BUILT_IN and op.elementwise:
        found = op.implementation("numpy")
    else:
        return None
    if not isinstance(found, np.ufunc) or found.signature:
        return None
    return found if found.nout == 1 else None


def writer(op: Op) -> Callable[..., Any]:
    """What computes an op into the array that is its last argument."""
    ufunc = in_place(op)
    if ufunc is None:
        raise TypeError(f"{op!r} can't write into an array")
    if ufunc is np.maximum:
        return lambda x, y, out: np.maximum(x, y, out=out)
    if ufunc is np.minimum:
        return lambda x, y, out: np.minimum(x, y, out=out)
    return ufunc
