"""Instructions on matrices: products over axes, and decompositions."""

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from lazyopt.testing.operands import DTYPES, LAYOUTS, make_array
from lazyopt.testing.steps import Ref

if TYPE_CHECKING:
    from lazyopt.testing.decoder import Decoder, Fields

__all__ = ["contract", "decompose", "gram", "is_finite", "matrix"]


#: Axes to sum over, besides the last of one and the first of the other.
AXES: tuple[tuple[list[int], list[int]], ...] = (
    ([0], [0]),
    ([-1], [-1]),
    ([0], [1]),
    ([0, 1], [1, 0]),
    ([1, 0], [0, 1]),
    ([0, 1], [0, 1]),
)


def contract(made: "Decoder", fields: "Fields") -> None:
    """A product of two arrays whose axes fit."""
    x = made.find(fields, lambda v: np.ndim(v) > 0)
    if x is None:
        return
    n = np.shape(made.value(x))[-1]
    which = fields.take(8)
    if which < 3:
        y = made.find(fields, lambda v: np.shape(v)[:1] == (n,))
        if y is None:
            return
        axes = fields.pick((1, ([-1], [0]), (-1, 0)))
        made.emit("contraction", "do", "tensordot", x, y, axes)
    elif which == 3:
        shape = np.shape(made.value(x))
        y = made.find(fields, lambda v: np.shape(v) == shape)
        every = list(range(len(shape)))
        axes = fields.pick((*AXES, (every, every)))
        made.emit("contraction", "do", "tensordot", x, y, axes)
    elif which < 6:
        y = made.find(
            fields, lambda v: np.ndim(v) > 0 and np.shape(v)[-2:][0] == n
        )
        if y is None:
            return
        if fields.take(2):
            made.emit("contraction", "operator", operator.matmul, x, y)
        else:
            name = fields.pick(("matmul", "dot"))
            made.emit("contraction", "do", name, x, y)
    elif which == 6:
        y = made.find(fields, lambda v: np.shape(v)[-1:] == (n,))
        name = fields.pick(("inner", "vdot", "outer", "kron"))
        made.emit("contraction", "do", name, x, y)
    else:
        _einsum(made, fields, x)


def _einsum(made: "Decoder", fields: "Fields", x: Ref) -> None:
    """An equation over one or two operands, letters by size."""
    y = made.find(fields, lambda v: 0 < np.ndim(v) < 4)
    letters: dict[Any, str] = {}
    terms = []
    operands = [x] if y is None or fields.take(3) == 2 else [x, y]
    for ref in operands:
        term = ""
        for d in np.shape(made.value(ref)):
            twice = letters.get((d, 0), "?") in term
            letter = letters.setdefault(
                (d, int(twice)), "ijklmnpqrst"[len(letters)]
            )
            term += letter
        terms.append(term)
    named = list(dict.fromkeys("".join(terms)))
    order = fields.take(3)
    out = named[::-1] if order == 2 else named[: len(named) - order]
    equation = f"{','.join(terms)}->{''.join(out)}"
    made.emit("contraction", "do", "einsum", equation, *operands)


#: What makes a new array that a copy can stand for, or not.
MAKING = ("tanh", "negative", "square", "copy", "positive", "conj")
#: Products of a matrix with itself that NumPy sees through.
PRODUCTS: tuple[Any, ...] = (
    ("tensordot", ([1], [1])),
    ("tensordot", ([0], [0])),
    ("inner",),
    ("dot",),
    ("matmul",),
)


def gram(made: "Decoder", fields: "Fields") -> None:
    """A matrix times its own transpose, of a value computed twice."""
    x = matrix(made, fields)
    if x is None:
        return
    name, second = fields.pick(MAKING), fields.take(4)
    if not made.emit("contraction", "do", name, x):
        return
    a = b = made.last
    if second == 3:  # a copy of the first
        made.emit("dup", "do", fields.pick(MAKING[3:]), a)
        b = made.last
    elif second:
        for _ in range(second):
            a = b  # the two last ones
            made.emit("dup", "do", name, x)
            b = made.last
    form, *rest = fields.pick(PRODUCTS)
    if form in ("dot", "matmul"):
        made.emit("contraction", "do", "transpose", b)
        b = made.last
    if form == "matmul":
        made.emit("contraction", "operator", operator.matmul, a, b)
    else:
        made.emit("contraction", "do", form, a, b, *rest)


def matrix(made: "Decoder", fields: "Fields", new: bool = False) -> Ref | None:
    """A matrix; a new one is large enough for bits to depend on the order.

    It may be a constant, so that all of this can be folded.
    """
    which = fields.take(2 if new else 6)
    if which > 1:
        return made.find(fields, lambda v: np.ndim(v) == 2)
    shape = fields.pick(((9, 20), (16, 16)) if new else ((9, 9), (9, 20)))
    dtype, layout = fields.pick(DTYPES[:3]), fields.pick(LAYOUTS[:3])
    value = make_array(dtype, shape, layout, "normal")
    return made.begin(value, bool(which))


def decompose(made: "Decoder", fields: "Fields") -> None:
    """Linear algebra with one result or several."""
    several = fields.take(2)
    if several and fields.take(2):
        x = made.find(
            fields, lambda v: np.ndim(v) == 2 and np.size(v) and is_finite(v)
        )
        if x is not None:
            name = fields.pick(("linalg.qr", "linalg.svd"))
            made.emit("linalg", "do", name, x)
        return
    x = made.find(fields, _is_square)
    if x is None:
        return
    if several:
        made.emit("linalg", "do", "transpose", x)
        other = made.last
        made.emit("linalg", "operator", operator.add, x, other)
        x = made.last
        if is_finite(made.value(x)):
            made.emit("linalg", "do", fields.pick(SEVERAL), x)
    elif fields.take(4) == 3:
        y = made.find(
            fields,
            lambda v: np.shape(v)[:1] == np.shape(made.value(x))[:1],
        )
        made.emit("linalg", "do", "linalg.solve", x, y)
    else:
        made.emit("linalg", "do", fields.pick(ONE), x)


def _is_square(x: Any) -> bool:
    shape = np.shape(x)
    return len(shape) == 2 and shape[0] == shape[1] > 0 and is_finite(x)


def is_finite(x: Any) -> bool:
    """Whether no element is NaN or infinite.

    LAPACK's iterations may go on for ever on those.
    """
    return bool(np.isfinite(x).all())


SEVERAL = ("linalg.eigh", "linalg.slogdet", "linalg.eig", "linalg.eigh")
ONE = (
    "linalg.inv",
    "linalg.det",
    "trace",
    "linalg.pinv",
    "linalg.eigvalsh",
    "linalg.norm",
    "linalg.eigvals",
)
