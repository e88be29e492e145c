"""Instructions on matrices: products over axes, and decompositions."""

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from .programs import Ref

if TYPE_CHECKING:
    from .decoder import Decoder, Fields

__all__ = ["contract", "decompose", "gram"]


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
        axes = list(range(len(shape)))
        made.emit("contraction", "do", "tensordot", x, y, (axes, axes))
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


def gram(made: "Decoder", fields: "Fields") -> None:
    """A matrix times its own transpose, of a value computed twice."""
    x = made.find(fields, lambda v: np.ndim(v) == 2)
    if x is None:
        return
    name = fields.pick(("tanh", "negative", "square", "copy"))
    if not made.emit("contraction", "do", name, x):
        return
    a = b = Ref(len(made.values) - 1)
    if fields.take(3):
        made.emit("dup", "do", name, x)
        b = Ref(len(made.values) - 1)
    if fields.take(4) == 3:
        n = len(np.shape(made.value(a)))
        axes = (list(range(n)), list(range(n)))
        made.emit("contraction", "do", "tensordot", a, b, axes)
        return
    made.emit("contraction", "do", "transpose", b)
    b = Ref(len(made.values) - 1)
    made.emit("contraction", "operator", operator.matmul, a, b)


def decompose(made: "Decoder", fields: "Fields") -> None:
    """Linear algebra with one result or several."""
    several = fields.take(2)
    if several and fields.take(2):
        x = made.find(fields, lambda v: np.ndim(v) == 2 and np.size(v))
        if x is not None:
            name = fields.pick(("linalg.qr", "linalg.svd"))
            made.emit("linalg", "do", name, x)
        return
    x = made.find(fields, lambda v: _square(np.shape(v)))
    if x is None:
        return
    if several:
        made.emit("linalg", "do", "transpose", x)
        other = Ref(len(made.values) - 1)
        made.emit("linalg", "operator", operator.add, x, other)
        x = Ref(len(made.values) - 1)
        made.emit("linalg", "do", fields.pick(SEVERAL), x)
    elif fields.take(4) == 3:
        y = made.find(
            fields,
            lambda v: np.shape(v)[:1] == np.shape(made.value(x))[:1],
        )
        made.emit("linalg", "do", "linalg.solve", x, y)
    else:
        made.emit("linalg", "do", fields.pick(ONE), x)


def _square(shape: tuple[int, ...]) -> bool:
    return len(shape) == 2 and shape[0] == shape[1] > 0


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
