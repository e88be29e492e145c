"""Calls that ops which rearrange, join and copy are checked on."""

from .operands import call
from .patterns import (
    NOT_FLAT,
    ORDER_NAMES,
    SHAPES,
    Cases,
    Pattern,
    alike,
    each,
)

__all__ = ["FRESH"]

joined: list[Pattern] = [
    lambda x: call([x(3, 4), x(3, 4)]),
    lambda x: call((x(3, 4), x(3, 4), x(3, 4))),
    lambda x: call([x(3, 4)]),
    lambda x: call([x(5), x(5)]),
    lambda x: call([x(2, 3, 4), x(2, 3, 4)]),
    lambda x: call([x(0, 3), x(0, 3)]),
    lambda x: call([x(3, 4), x(4, 3)]),
]
stacked_any: list[Pattern] = [
    *joined,
    lambda x: call([x(), x()]),
    lambda x: call([x(), 1.0]),
    lambda x: call([x(1, 3, 1), x(1, 3, 1)]),
]

JOINS: Cases = {
    "concatenate": [
        *joined,
        lambda x: call([x(3, 4), x(2, 4)]),
        lambda x: call([x(3, 4), x(3, 1)], axis=1),
        lambda x: call([x(2, 3, 4), x(2, 5, 4)], axis=-2),
        lambda x: call([x(3, 4), x(5)], axis=None),
        lambda x: call([x(), x()], axis=0),
        lambda x: call([x(3, 4), x(3, 4)], axis=2),
        lambda x: call([x(3), x(0)]),
        lambda x: call([x(3), [1, 2]]),
        lambda x: call([x(3), x(4)], dtype="complex128"),
        lambda x: call([]),
    ],
    "stack": [
        *stacked_any,
        lambda x: call([x(3, 4), x(3, 4)], 1),
        lambda x: call([x(3, 4), x(3, 4), x(3, 4)], axis=-1),
        lambda x: call([x(2, 3, 4), x(2, 3, 4)], axis=2),
        lambda x: call([x(3, 4), x(3, 4)], axis=4),
        lambda x: call([x(), x(), x()], axis=-1),
        lambda x: call([x.scalar(), x()]),
        lambda x: call([]),
    ],
    "hstack": [*stacked_any, lambda x: call([x(3, 4), x(3, 2)])],
    "vstack": [*stacked_any, lambda x: call([x(3, 4), x(4)])],
    "dstack": [*stacked_any, lambda x: call([x(3), x(1, 3)])],
    "column_stack": [*stacked_any, lambda x: call([x(3), x(3, 2)])],
}

FRESH: Cases = {
    **JOINS,
    "astype": [
        *[p for d in ("float32", "int8", "bool") for p in each(SHAPES, d)],
        *each([(3, 4), (2, 3, 4)], "complex128"),
        *each([(3, 4)], "float64"),
        lambda x: call(x.scalar(), "float32"),
    ],
    "array": [
        *each(SHAPES),
        *[p for o in ORDER_NAMES for p in each(NOT_FLAT, order=o)],
        *each([(3, 4), ()], dtype="complex64"),
        *each([(3, 4)], order="C"),
        *each([(3,)], ndmin=2),
        lambda x: call([x(), x()]),
        lambda x: call([[x(3), x(3, dtype="int8")]]),
        lambda x: call([x.scalar(), 2.0, x()]),
    ],
    "copy": [
        *each(SHAPES),
        *[p for o in ORDER_NAMES for p in each(NOT_FLAT, order=o)],
        lambda x: call(x.scalar()),
    ],
    "flatten": [
        *each(SHAPES),
        *[p for o in ORDER_NAMES for p in each(NOT_FLAT, order=o)],
    ],
    "full_like": [
        *each(SHAPES, 3),
        *each([(3, 4)], 2.5, dtype="float32"),
        *each([(3, 4)], 1, order="F"),
        *each([(3, 4)], 1, shape=(5, 2)),
        *each([(2, 3, 4)], 1, shape=(4, 2, 3)),
        *each([(3, 4)], 1, shape=7),
        lambda x: call(x(3, 4), x()),
        lambda x: call(x(3, 4), x(4)),
        lambda x: call(x(3, 4), x(3)),
        lambda x: call(x.scalar(), 2),
    ],
    **alike(
        ("ones_like", "zeros_like"),
        [
            *each(SHAPES),
            *each([(3, 4), ()], dtype="int8"),
            *each([(3, 4), (2, 3, 4)], order="F"),
            *each([(3, 4)], order="C"),
            *each([(3, 4)], order="A"),
            *each([(3, 4)], shape=(5, 2)),
            *each([(2, 3, 4)], shape=(2, 5, 2)),
            *each([(3, 4)], shape=7),
            lambda x: call(x.scalar()),
            lambda x: call(2.0),
        ],
    ),
    "pad": [
        *each([(5,), (3, 4), (2, 3, 4), (), (0, 3)], 1),
        *each([(3, 4)], (1, 2)),
        *each([(3, 4)], ((1, 0), (0, 3))),
        *each([(3, 4), (2, 3, 4)], 0),
        *each([(3, 4), (2, 3, 4)], 1, "edge"),
        *each([(3, 4)], 1, mode="constant", constant_values=2),
        *each([(3, 4)], 2, mode="wrap"),
        *each([(3, 4)], 2, mode="reflect"),
        *each([(3, 4)], 1, mode="mean"),
        *each([(3, 4)], ((1, 2), (1, 2), (1, 2))),
        *each([(3, 4)], -1),
        *each([(3, 4)], 1, mode="bogus"),
    ],
    "repeat": [
        *each([(5,), (3, 4), (), (0, 3)], 3),
        *each([(3, 4), (2, 3, 4)], 2, 0),
        *each([(3, 4), (2, 3, 4)], 3, axis=-1),
        *each([(3, 4)], [1, 2, 3], axis=0),
        *each([(3,)], [2, 0, 1]),
        *each([(3, 4)], [2], axis=0),
        *each([(3, 4)], 0, axis=0),
        *each([(3, 4)], -1, axis=0),
        *each([(3, 4)], 2, axis=2),
        *each([(3, 4)], [1, 2], axis=0),
        lambda x: call(x.scalar(), 3),
    ],
    "roll": [
        *each(SHAPES, 1),
        *each([(3, 4), (2, 3, 4), (0, 3)], -2, 1),
        *each([(3, 4)], (1, 2), axis=(0, 1)),
        *each([(3, 4)], 1, axis=2),
        *each([(3, 4)], 0, axis=0),
        lambda x: call(x.scalar(), 1),
    ],
    "tile": [
        *each([(5,), (3, 4), (), (0, 3)], 3),
        *each([(3, 4), (4,)], (2, 3)),
        *each([(3, 4)], (2, 1, 3)),
        *each([(3, 4), (2, 3, 4)], 1),
        *each([(3, 4)], (1, 1)),
        *each([(3, 4)], 0),
        *each([(3, 4)], ()),
        lambda x: call(x.scalar(), 3),
    ],
    **alike(
        ("tril", "triu"),
        [
            *each([(3, 4), (2, 3, 4), (4, 4), (0, 3), (5,), (1, 1), ()]),
            *each([(3, 4)], 1),
        ],
    ),
}
