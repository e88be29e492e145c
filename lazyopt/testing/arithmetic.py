"""Instructions on elements: arithmetic, reductions, casts."""

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from lazyopt.testing.operands import DTYPES

if TYPE_CHECKING:
    from lazyopt.testing.decoder import Decoder, Fields

__all__ = [
    "binary",
    "broadcast",
    "cast",
    "reduce",
    "unary",
    "with_scalar",
    "words",
]


def words(text: str) -> tuple[str, ...]:
    """Names, with spaces between them."""
    return tuple(text.split())


UNARY = words(
    "exp sin tanh sqrt negative abs conj square sign log reciprocal isnan "
    "logical_not invert floor rint log1p expm1 cbrt signbit positive "
    "isfinite cos arctan round nan_to_num angle exp2 log2 trunc copy arcsinh"
)
BINARY = words(
    "multiply add subtract true_divide power maximum minimum equal less "
    "arctan2 hypot copysign remainder floor_divide logical_and bitwise_xor "
    "left_shift fmod heaviside nextafter logaddexp float_power fmax "
    "greater_equal not_equal bitwise_and divide mod"
)
OPERATORS: tuple[Callable[..., Any], ...] = (
    operator.mul,
    operator.add,
    operator.sub,
    operator.truediv,
    operator.pow,
    operator.matmul,
    operator.floordiv,
    operator.mod,
    operator.eq,
    operator.lt,
    operator.and_,
    operator.xor,
    operator.or_,
    operator.le,
    operator.gt,
    operator.rshift,
)
ONE_OPERAND = (operator.neg, operator.abs, operator.invert, operator.pos)
REDUCTIONS = words(
    "sum mean max prod any min std var all argmax argmin cumsum cumprod "
    "count_nonzero linalg.norm ptp median sort argsort nansum"
)
AXES: tuple[Any, ...] = (None, -1, -2, 0, 1, (0, 1), (-1, -2), (0, -1))
METHODS = frozenset(words("sum max mean prod std"))


def unary(made: "Decoder", fields: "Fields") -> None:
    x = made.find(fields)
    if fields.take(4) == 3:
        made.emit("unary", "operator", fields.pick(ONE_OPERAND), x)
    else:
        made.emit("unary", "do", fields.pick(UNARY), x)


def binary(made: "Decoder", fields: "Fields") -> None:
    x = made.find(fields)
    assert x is not None
    shape = np.shape(made.value(x))
    y = made.find(fields, lambda v: broadcast(shape, np.shape(v)))
    if fields.take(2):
        made.emit("binary", "operator", fields.pick(OPERATORS), x, y)
    else:
        made.emit("binary", "do", fields.pick(BINARY), x, y)


def broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether arrays of two shapes broadcast."""
    if a == b:
        return True
    pairs = zip(a[::-1], b[::-1], strict=False)
    return all(d == e or 1 in (d, e) for d, e in pairs)


def with_scalar(made: "Decoder", fields: "Fields") -> None:
    args = (made.find(fields), fields.pick(made.drawn.scalars))
    args = args[::-1] if fields.take(3) == 2 else args
    if fields.take(2):
        made.emit("scalar", "operator", fields.pick(OPERATORS), *args)
    else:
        made.emit("scalar", "do", fields.pick(BINARY), *args)


def reduce(made: "Decoder", fields: "Fields") -> None:
    x, name = made.find(fields), fields.pick(REDUCTIONS)
    axis = fields.pick(AXES)
    how = fields.take(6)
    kwargs: dict[str, Any] = {} if axis is None and how < 5 else {"axis": axis}
    if how == 1:
        kwargs["keepdims"] = True
    elif how == 2:
        kwargs["dtype"] = fields.pick(DTYPES)
    elif how == 3 and name in METHODS:
        made.emit("reduction", "method", name, x, **kwargs)
        return
    elif how == 4 and "norm" not in name:
        made.emit("reduction", "do", name, x, axis)
        return
    made.emit("reduction", "do", name, x, **kwargs)


def cast(made: "Decoder", fields: "Fields") -> None:
    x, dtype = made.find(fields), fields.pick(DTYPES)
    form = fields.pick(("do", "method"))
    if x is not None and made.is_traced(x):  # autoray calls x.astype itself
        made.emit("cast", form, "astype", x, dtype)
