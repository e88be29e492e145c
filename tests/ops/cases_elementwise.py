"""Calls that elementwise ops are checked on."""

import numpy as np

from lazyopt.ops.elementwise import BINARY, UNARY

from .operands import call
from .patterns import (
    BROADCAST,
    SCALARS,
    SHAPES,
    Cases,
    Pattern,
    alike,
    each,
    pairs,
)

__all__ = ["ELEMENTWISE", "binary_operator", "unary_operator"]


unary_operator: list[Pattern] = [
    *each(SHAPES),
    lambda x: call(x.scalar()),
]

unary: list[Pattern] = [
    *unary_operator,
    *each([(3, 4), ()], dtype="float32"),
    *each([(3, 4)], dtype="complex128", casting="unsafe"),
    lambda x: call(2.0),
    lambda x: call(3),
    lambda x: call([1.0, 2.0, 3.0]),
]


binary_operator: list[Pattern] = [
    *pairs(*BROADCAST),
    *SCALARS,
    lambda x: call(x(3, 4), 2.0),
    lambda x: call(x(3, 4), 1),
    lambda x: call(x(3, 4), 2),
    lambda x: call(3, x(2, 3, 4)),
    lambda x: call(2.0, x(5)),
    lambda x: call(x(), 3),
    lambda x: call(x(), 2.0),
    lambda x: call(x(), 2),
    lambda x: call(x(1), 0.5),
    lambda x: call(True, x(3, 4)),
    lambda x: call(x(5), 2j),
    lambda x: call(x(5), 300),
    lambda x: call(x(5), -1),
    lambda x: call(x.scalar(), 2.0),
    lambda x: call(2, x.scalar()),
    lambda x: call(np.float64(2), x(3, 4)),
    lambda x: call(x(3, 4), np.float32(2)),
    lambda x: call(x(3), np.int8(3)),
    lambda x: call(x(3), np.array(2.0)),
    lambda x: call(x(2, 3), [1, 2, 3]),
    lambda x: call((1.0, 2.0, 3.0), x(2, 3)),
]

binary: list[Pattern] = [
    *binary_operator,
    *pairs(((3, 4), (4,)), dtype="float32"),
    *pairs(((3, 4), (4,)), dtype="float64", casting="unsafe"),
]

ELEMENTWISE: Cases = {
    **alike(UNARY, unary),
    **alike(BINARY, binary),
    **alike(
        ("fix", "iscomplex", "isneginf", "isposinf", "isreal", "sinc"),
        [*each(SHAPES), lambda x: call(x.scalar()), lambda x: call(2.0)],
    ),
    **alike(("modf", "frexp"), unary_operator),
    "divmod": binary_operator,
    "angle": [*each(SHAPES), *each([(3, 4)], deg=True)],
    "clip": [
        *each(SHAPES, 1, 3),
        *each([(3, 4), ()], 1.5, 2.5),
        *each([(3, 4)], None, 2),
        *each([(3, 4)], 1, None),
        *each([(3, 4), ()]),
        *each([(3, 4)], min=1, max=2),
        lambda x: call(x(3, 4), x(4), 5),
        lambda x: call(x(3, 4), x(3, 1), x(1, 4)),
        lambda x: call(x(3, 4), x(2, 1, 4), None),
        lambda x: call(x(3, 4), x(3), None),
        lambda x: call(x.scalar(), 1, 2),
    ],
    "complex": [*pairs(*BROADCAST), *SCALARS, *each([(3,)], 2.0)],
    "isclose": [*pairs(*BROADCAST), *SCALARS, *each([(3, 4), ()], 1.0)],
    "nan_to_num": [
        *each(SHAPES),
        lambda x: call(x.scalar()),
        *each([(3, 4)], nan=1.0, posinf=2.0),
    ],
    "round": [
        *each(SHAPES),
        *each([(3, 4), ()], 1),
        *each([(3, 4)], -1),
        lambda x: call(x.scalar()),
        lambda x: call(2.5),
    ],
    "where": [
        lambda x: call(x(3, 4, dtype="bool"), x(3, 4), x(3, 4)),
        lambda x: call(x(3, 1, dtype="bool"), x(4), x(3, 4)),
        lambda x: call(x(2, 3, 4, dtype="bool"), x(4), x(3, 1)),
        lambda x: call(x(2, 3, 4, dtype="bool"), x(2, 3, 4), x(2, 3, 4)),
        lambda x: call(x(3, 4, dtype="bool"), x(), x.scalar()),
        lambda x: call(x(3, 4, dtype="bool"), 1.0, x(3, 4)),
        lambda x: call(x(3, 4, dtype="bool"), x(3, 4), 0),
        lambda x: call(x(3, 4, dtype="bool"), 1, 0.0),
        lambda x: call(x(dtype="bool"), x(), x()),
        lambda x: call(x(0, 3, dtype="bool"), x(3), x(3)),
        lambda x: call(x(3, 4), x(3, 4), x(4)),
        lambda x: call(x(3, 4, dtype="bool"), x(3), x(4)),
        lambda x: call(True, x(3, 4), x(4)),
        lambda x: call(x(3, dtype="bool"), [1, 2, 3], x(3)),
        lambda x: call(x(3, 4, dtype="bool"), x(3, 4), 300),
    ],
}
