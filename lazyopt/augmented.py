"""``x += y`` in a traced program: what the library leaves in ``x``.

The name is bound to a new value, and the old one stays as it was. But NumPy
and torch compute into the array that is there: its dtype and shape stay, with
NumPy its layout too, and what they can't take is an error.
"""

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from autoray import do, get_dtype_name

from lazyopt.backends import BACKEND
from lazyopt.ops import OPERATOR_FORMS, get_op

if TYPE_CHECKING:
    from lazyopt.tracer import Tracer

__all__ = ["AUGMENTED", "augmented"]

#: Python's functions for it, by the op that computes the value.
AUGMENTED: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.iadd,
    "subtract": operator.isub,
    "multiply": operator.imul,
    "true_divide": operator.itruediv,
    "floor_divide": operator.ifloordiv,
    "remainder": operator.imod,
    "power": operator.ipow,
    "matmul": operator.imatmul,
    "bitwise_and": operator.iand,
    "bitwise_or": operator.ior,
    "bitwise_xor": operator.ixor,
    "left_shift": operator.ilshift,
    "right_shift": operator.irshift,
}


def augmented(name: str) -> Callable[..., Any]:
    """The method of a tracer for ``x += y`` and its like."""
    op = OPERATOR_FORMS[name]

    def method(self: "Tracer", other: Any) -> Any:
        made = self._recorder.record(op, (self, other), {})
        old = self._node.spec
        if BACKEND.get() == "torch":
            return _in_torch(name, self, other, made)
        # Scalars are no arrays to be written into; of other libraries the
        # arrays can't be written into either.
        if old.kind != "array" or BACKEND.get() != "numpy":
            return made
        return _as_it_was(name, self, other, made)

    return method


def _as_it_was(name: str, x: "Tracer", other: Any, made: "Tracer") -> Any:
    """The value in the dtype, the kind and the layout of NumPy's array."""
    record = x._recorder.record
    old, new = x._node.spec, made._node.spec
    if None in (old.shape, old.dtype, new.shape, new.dtype):
        return made
    if old.shape != new.shape:
        theirs, ours = (str(s.shape).replace(" ", "") for s in (old, new))
        raise ValueError(
            f"non-broadcastable output operand with shape {theirs} doesn't "
            f"match the broadcast shape {ours}"
        )
    if old.dtype != new.dtype:
        _check_cast(name, x, other)
        made = record(get_op("astype"), (made, old.dtype), {})
    if new.kind == "scalar":
        made = record(get_op("asarray"), (made,), {})
    layout = old.layout
    # A view of another layout can't be had without what it looks into.
    if layout in ("C", "F") and made._node.spec.strides != old.strides:
        made = record(get_op("copy"), (made,), {"order": layout})
    return made


def _in_torch(name: str, x: "Tracer", other: Any, made: "Tracer") -> Any:
    """The value in the dtype of the tensor."""
    old, new = x._node.spec, made._node.spec
    if None in (old.shape, old.dtype, new.shape, new.dtype):
        return made
    if old.shape != new.shape:
        raise RuntimeError(
            f"output with shape {list(x.shape)} doesn't match the broadcast "
            f"shape {list(made.shape)}"
        )
    if old.dtype == new.dtype:
        return made
    _check_cast(name, x, other)
    return x._recorder.record(get_op("astype"), (made, old.dtype), {})


def _check_cast(name: str, x: "Tracer", other: Any) -> None:
    """Raise what the library raises if the dtype can't take the value."""
    if not isinstance(other, int | float | complex):
        other = _one(other)
    with np.errstate(all="ignore"):
        AUGMENTED[name](_one(x), other)


def _one(x: Any) -> Any:
    """An array of one element, of another's dtype; without axes as that."""
    if not hasattr(x, "dtype"):
        x = np.asarray(x)
    node = getattr(x, "_node", None)
    dtype = get_dtype_name(x) if node is None else node.spec.dtype
    shape = (1, 1) if len(x.shape) else ()
    return do("ones", shape, dtype=dtype, like=BACKEND.get())
