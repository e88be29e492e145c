"""The calls each op is checked on: op name -> list of call patterns.

A pattern takes a `Maker` and returns the call's arguments. It is run for
every variant of dtypes and memory orders that its number of arrays asks for.
"""

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from lazyopt.ops import OPERATOR_FORMS
from lazyopt.ops.elementwise import BINARY, UNARY

from .operands import Call, Maker, call

__all__ = ["CASES", "OPERATOR_CASES", "Pattern"]

Pattern = Callable[[Maker], Call]
Cases = dict[str, list[Pattern]]

SHAPES = (
    (),
    (1,),
    (0,),
    (0, 3),
    (5,),
    (3, 4),
    (2, 3, 4),
    (1, 3, 1),
    (3, 1, 4, 5),
)


def each(shapes: Any, *args: Any, **kwargs: Any) -> list[Pattern]:
    """One array of each shape, then the same other arguments."""
    return [lambda x, s=s: call(x(*s), *args, **kwargs) for s in shapes]


def pairs(*shapes: Any, **kwargs: Any) -> list[Pattern]:
    """Two arrays of each pair of shapes."""
    return [
        lambda x, s=s, t=t: call(x(*s), x(*t), **kwargs) for s, t in shapes
    ]


def alike(names: Iterable[str], made: list[Pattern]) -> Cases:
    """The same calls for several ops."""
    return dict.fromkeys(names, made)


# ------------------------------------------------------------ elementwise

#: Of 0 axes, twice, in all three kinds.
SCALARS: list[Pattern] = [
    lambda x: call(x.scalar(), x.scalar()),
    lambda x: call(x.scalar(), x()),
    lambda x: call(x(), x.scalar()),
]

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

BROADCAST = (
    ((), ()),
    ((), (3, 4)),
    ((5,), (5,)),
    ((3, 4), (3, 4)),
    ((3, 1), (1, 4)),
    ((3, 4), (4,)),
    ((2, 3, 4), (3, 1)),
    ((2, 3, 4), (2, 3, 4)),
    ((0, 3), (3,)),
    ((0, 3), (1, 1)),
    ((1,), ()),
    ((3,), (4,)),
    ((2, 3), (3, 2)),
)

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


# ------------------------------------------------------------- reductions


def over_axes(*, several: bool = True, **extra: Any) -> list[Pattern]:
    """All shapes reduced over axes of every form."""
    forms: list[Pattern] = [
        *each(SHAPES, **extra),
        *each([(5,), (3, 4), (2, 3, 4), (0, 3)], axis=0, **extra),
        *each([(3, 4), (2, 3, 4), (0, 3), (1, 3, 1)], axis=-1, **extra),
        *each([(2, 3, 4), (3, 1, 4, 5)], axis=1, **extra),
        *each([(2, 3, 4), ()], axis=7, **extra),
        *each([(), (3,)], axis=0, **extra),
        lambda x: call(x.scalar(), **extra),
        lambda x: call([1.0, 2.0, 3.0], **extra),
    ]
    if several:
        forms += [
            *each([(2, 3, 4), (3, 1, 4, 5)], axis=(0, -1), **extra),
            *each([(2, 3, 4)], axis=(1, 2), **extra),
            *each([(2, 3, 4)], axis=(0, 1, 2), **extra),
            *each([(2, 3, 4)], axis=(1, 1), **extra),
            *each([(2, 3), ()], axis=(), **extra),
        ]
    return forms


reduction: list[Pattern] = [
    *over_axes(),
    *over_axes(keepdims=True)[2:18],
    *each([(2, 3, 4)], axis=(0, 2), keepdims=True),
]
typed: list[Pattern] = [
    *each([(3, 4), ()], dtype="float32"),
    *each([(2, 3, 4)], axis=1, dtype="complex128"),
]
bounded: list[Pattern] = [
    *each([(3, 4), (0, 3)], initial=1),
    *each([(3, 4)], axis=1, initial=1),
    lambda x: call(x(3, 4), axis=0, where=x(3, 4, dtype="bool"), initial=1),
]
masked: list[Pattern] = [
    lambda x: call(x(3, 4), axis=0, where=x(3, 4, dtype="bool")),
    lambda x: call(x(3, 4), where=x(4, dtype="bool")),
]
arg_extremum: list[Pattern] = [
    *over_axes(several=False),
    *each([(3, 4), (2, 3, 4)], axis=1, keepdims=True),
    *each([(3, 4)], keepdims=True),
]
along_axis: list[Pattern] = [
    *over_axes(several=False),
    *each([(3, 4), (2, 3, 4), ()], axis=None),
]
sorting: list[Pattern] = [
    *along_axis,
    *each([(3, 4)], kind="stable"),
    *each([(2, 3, 4)], axis=1, stable=True),
]
moment: list[Pattern] = [
    *reduction,
    *typed,
    *each([(3, 4)], ddof=1),
    *each([(3, 4)], axis=0, correction=1),
]
compared: list[Pattern] = [
    *pairs(*BROADCAST),
    *SCALARS,
    *each([(3, 4)], 1.0),
    *each([(3,)], [1, 2, 3]),
]

REDUCTIONS: Cases = {
    **alike(("all", "any"), [*reduction, *masked]),
    **alike(("amax", "amin", "max", "min"), [*reduction, *bounded]),
    **alike(("nanmax", "nanmin"), [*reduction, *bounded]),
    **alike(
        ("prod", "sum", "nanprod", "nansum"),
        [*reduction, *typed, *bounded, *masked],
    ),
    **alike(("mean", "nanmean"), [*reduction, *typed, *masked]),
    **alike(("std", "var"), moment),
    **alike(("median", "ptp"), reduction),
    "count_nonzero": reduction,
    **alike(("argmax", "argmin"), arg_extremum),
    **alike(("argsort", "sort"), sorting),
    **alike(("cumprod", "cumsum"), [*along_axis, *typed]),
    "diff": [
        *over_axes(several=False),
        *each([(5,), (3, 4), (2, 3, 4)], 2),
        *each([(3, 4)], 0),
        *each([(3, 4)], -1),
        *each([(3, 4)], 9, axis=0),
    ],
    "average": [
        *over_axes(),
        *each([(3, 4)], axis=0, keepdims=True),
        lambda x: call(x(3, 4), axis=1, weights=x(4)),
        lambda x: call(x(3, 4), weights=x(3, 4)),
        lambda x: call(x(3, 4), axis=0, weights=[1, 2, 3]),
    ],
    "allclose": compared,
    "array_equal": [*compared, *pairs(((3, 4), (3,)))],
    "linalg.norm": [
        *over_axes(),
        *each([(3,), (3, 4)], keepdims=True),
        *each([(5,), (3, 4), (3,)], 1),
        *each([(5,), (4, 4)], 2),
        *each([(5,), (3, 4)], np.inf),
        *each([(5,)], 3),
        *each([(5,)], 0),
        *each([(3, 4), (2, 3, 4)], "fro"),
        *each([(3, 4)], "nuc"),
        *each([(2, 3, 4)], 2, axis=1),
        *each([(2, 3, 4)], "fro", axis=(0, 2), keepdims=True),
    ],
    "linalg.matrix_norm": [
        *each([(3, 4), (2, 3, 4), (5,), (0, 3)]),
        *each([(3, 4), (2, 3, 4)], keepdims=True),
        *each([(3, 4)], ord=1),
        *each([(3, 4)], ord="nuc"),
    ],
    "linalg.vector_norm": [
        *over_axes(),
        *each([(3, 4)], keepdims=True),
        *each([(2, 3, 4)], axis=(0, 2), keepdims=True),
        *each([(3, 4), (5,)], ord=1),
        *each([(5,)], ord=np.inf),
    ],
    "trace": [
        *each([(3, 4), (4, 4), (2, 3, 4), (0, 3), (3,), ()]),
        *each([(3, 4)], 1),
        *each([(2, 3, 4, 5)], 0, 1, 3),
        *each([(2, 3, 4)], -1, 2, 0),
        *each([(3, 4)], dtype="float32"),
    ],
}


# -------------------------------------------------------------- structure

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

NOT_FLAT = ((3, 4), (2, 3, 4), (0, 3), (1, 3, 1), (5,), ())
MATRICES = ((3, 4), (4, 3), (2, 3, 4), (0, 3), (5,), ())

VIEWS: Cases = {
    "atleast_1d": [*each(SHAPES), lambda x: call(x.scalar())],
    "atleast_2d": [*each(SHAPES), lambda x: call(x.scalar())],
    "atleast_3d": [*each(SHAPES), lambda x: call(x.scalar())],
    "broadcast_to": [
        *each([(3, 4), (4,), (3, 1), (), (1,), (5,)], (2, 3, 4)),
        *each([(5,), (), (1,)], 5),
        *each([(1, 3)], (0, 3)),
    ],
    "diagonal": [
        *each(MATRICES),
        *each([(3, 4)], 1),
        *each([(2, 3, 4)], 0, 1, 2),
        *each([(2, 3, 4)], axis1=0, axis2=3),
    ],
    "expand_dims": [
        *each(SHAPES, 0),
        *each([(3, 4), (5,)], -1),
        *each([(3, 4)], (0, 2)),
        *each([(3, 4)], 5),
        lambda x: call(x.scalar(), 0),
    ],
    "flip": [
        *each(SHAPES),
        *each([(3, 4), (2, 3, 4), ()], 0),
        *each([(2, 3, 4)], (0, 2)),
        *each([(3, 4)], 3),
    ],
    "fliplr": each(SHAPES),
    "flipud": each(SHAPES),
    "matrix_transpose": each(SHAPES),
    "moveaxis": [
        *each([(2, 3, 4), (3, 4), (5,), ()], 0, -1),
        *each([(2, 3, 4)], (0, 1), (2, 0)),
        *each([(2, 3, 4)], 0, (0, 1)),
    ],
    "real": [*each(SHAPES), lambda x: call(x.scalar())],
    "rollaxis": [*each([(2, 3, 4), (3, 4)], 1), *each([(2, 3, 4)], 2, 1)],
    "rot90": [
        *each([(3, 4), (2, 3, 4), (5,)]),
        *each([(3, 4)], 0),
        *each([(3, 4)], 2),
        *each([(2, 3, 4)], 3, (1, 2)),
        *each([(2, 3, 4)], 1, (1, 1)),
    ],
    "squeeze": [
        *each(SHAPES),
        *each([(1, 3, 1), (3, 4)], 0),
        *each([(1, 3, 1)], axis=(0, 2)),
        *each([(1, 3, 1)], 3),
        lambda x: call(x.scalar()),
    ],
    "swapaxes": [*each([(2, 3, 4), (3, 4), (3,)], 0, 1)],
    "transpose": [
        *each(SHAPES),
        *each([(2, 3, 4), (3, 4)], (1, 0, 2)),
        *each([(2, 3, 4)], axes=(-1, 0, 1)),
        *each([(3, 4)], (0, 0)),
        lambda x: call(x.scalar()),
    ],
}

SPLITS: Cases = {
    "array_split": [
        *each([(5,), (3, 4), (2, 3, 4)], 2),
        *each([(3, 4)], [1, 2], 1),
        *each([(0, 3)], 2),
    ],
    "split": [
        *each([(4,), (4, 3), (2, 3, 4), (5,)], 2),
        *each([(3, 4)], [1, 3], 1),
        *each([(3, 4)], (1,), axis=-1),
        *each([(3, 4)], 3, axis=0),
        *each([()], 2),
        *each([(3, 4)], 2, axis=5),
        *each([(3, 4)], [2, 9]),
    ],
    "hsplit": each([(4,), (3, 4), (2, 4, 3), (3,)], 2),
    "vsplit": each([(4,), (4, 3), (2, 4, 3), (3, 2)], 2),
    "dsplit": each([(4, 3), (2, 3, 4), (2, 3, 3)], 2),
    "unstack": [
        *each([(3,), (3, 4), (2, 3, 4), (), (0, 3)]),
        *each([(3, 4), (2, 3, 4)], axis=-1),
        *each([(3, 4)], axis=2),
    ],
}

ORDER_NAMES = ("C", "F", "A", "K")

MAYBE_VIEWS: Cases = {
    "asarray": [
        *each(SHAPES),
        *each([(3, 4), (5,), ()], "float64"),
        *each([(2, 3, 4)], "complex128"),
        *each([(3, 4), (2, 3, 4), (5,), (1, 3, 1)], order="C"),
        *each([(3, 4), (2, 3, 4), (5,), (1, 3, 1)], order="F"),
        *each([(3, 4), (2, 3, 4)], order="K"),
        *each([(3, 4), (2, 3, 4)], order="A"),
        *each([(3, 4), (2, 3, 4), ()], copy=True),
        *each([(3, 4)], copy=False),
        *each([(3, 4)], "float64", "F", copy=True),
        lambda x: call(x.scalar()),
    ],
    "ascontiguousarray": [
        *each(SHAPES),
        *each([(3, 4), ()], "float32"),
        lambda x: call(x.scalar()),
    ],
    "diag": [
        *each([(3,), (3, 4), (0,), (4, 4), (), (2, 3, 4)]),
        *each([(3,), (3, 4)], 1),
        *each([(3,), (3, 4)], k=-2),
        *each([(3, 4)], 9),
    ],
    "imag": [*each(SHAPES), lambda x: call(x.scalar())],
    "ravel": [
        *each(SHAPES),
        *[p for o in ORDER_NAMES for p in each(NOT_FLAT, order=o)],
        lambda x: call(x.scalar()),
    ],
    "reshape": [
        *each(SHAPES, -1),
        *each([(3, 4), (12,), (2, 6), (3, 2, 2)], (4, 3)),
        *each([(3, 4), (2, 6)], (2, -1), order="F"),
        *each([(3, 4), (2, 6)], (2, -1), order="A"),
        *each([(2, 3, 4)], (6, 4)),
        *each([(2, 3, 4)], (2, 12)),
        *each([(2, 3, 4)], (2, 3, 2, 2)),
        *each([(1, 3, 1)], (3,)),
        *each([(0, 3)], (3, 0)),
        *each([(0, 3)], (0, -1)),
        *each([(0, 3)], -1),
        *each([(), (1,)], ()),
        *each([()], (1, 1)),
        *each([(3, 4)], (5, 2)),
        *each([(3, 4)], (5, -1)),
        *each([(3, 4)], (-1, -1)),
        *each([(3, 4)], (-2, -6)),
        *each([(3, 4)], (4, 3), copy=True),
        *each([(3, 4)], (4, 3), copy=False),
        lambda x: call(x.scalar(), (1, 1)),
    ],
}

FRESH: Cases = {
    **JOINS,
    "astype": [
        *[p for d in ("float32", "int8", "bool") for p in each(SHAPES, d)],
        *each([(3, 4), (2, 3, 4)], "complex128"),
        *each([(3, 4)], "float64"),
        lambda x: call(x.scalar(), "float32"),
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


# ----------------------------------------------------------- contractions

products: list[Pattern] = [
    *pairs(
        ((3, 4), (4, 5)),
        ((3, 4), (4,)),
        ((4,), (4, 5)),
        ((4,), (4,)),
        ((2, 3, 4), (4, 5)),
        ((2, 3, 4), (2, 4, 5)),
        ((3, 4), (2, 4, 5)),
        ((2, 1, 3, 4), (5, 4, 2)),
        ((1, 4), (4, 1)),
        ((0, 3), (3, 4)),
        ((3, 0), (0, 4)),
        ((3, 4), (5, 4)),
        ((4,), (5,)),
        ((), ()),
        ((), (3, 4)),
        ((3, 4), ()),
        ((), (4,)),
    ),
    *SCALARS,
    *each([(3, 4), ()], 2.0),
    *each([(2, 3)], [1, 2, 3]),
]

EINSUMS: list[tuple[str, tuple[tuple[int, ...], ...]]] = [
    ("ij,jk->ik", ((3, 4), (4, 5))),
    ("ij,jk", ((3, 4), (4, 5))),
    ("ij,jk->ki", ((3, 4), (4, 5))),
    ("ij,ij->ij", ((3, 4), (3, 4))),
    ("ij,ij->ji", ((3, 4), (3, 4))),
    ("ij,ij->", ((3, 4), (3, 4))),
    ("ij,ij->i", ((3, 4), (3, 4))),
    ("i,j->ij", ((3,), (4,))),
    ("i,j->ji", ((3,), (4,))),
    ("i,i", ((5,), (5,))),
    ("bij,bjk->bik", ((2, 3, 4), (2, 4, 5))),
    ("bij,jk->kbi", ((2, 3, 4), (4, 5))),
    ("...ij,...jk->...ik", ((2, 3, 4), (4, 5))),
    ("...,...", ((2, 3), (3,))),
    (",ij->ij", ((), (3, 4))),
    ("ij,jk->ik", ((3, 4), (1, 5))),
    ("ij,jk->ik", ((3, 4), (5, 4))),
    ("ij,jk->ik", ((3, 4), (4,))),
    ("ij,jk->il", ((3, 4), (4, 5))),
    ("ij,jk", ((0, 4), (4, 5))),
]
EINSUMS_OF_ONE: list[tuple[str, tuple[int, ...]]] = [
    ("ij->ji", (3, 4)),
    ("ij->ij", (3, 4)),
    ("ij", (3, 4)),
    ("ji", (3, 4)),
    ("ii->i", (4, 4)),
    ("ii", (4, 4)),
    ("ii->", (4, 4)),
    ("ij->", (3, 4)),
    ("ij->j", (3, 4)),
    ("ijk->kij", (2, 3, 4)),
    ("ijk->ki", (2, 3, 4)),
    ("iij->ji", (3, 3, 4)),
    ("...i->i...", (2, 3, 4)),
    ("", ()),
    ("->", ()),
    ("ij->ji", (0, 3)),
    ("ij->ji", (3,)),
    ("ii->i", (3, 4)),
]


def einsums() -> list[Pattern]:
    """All equations above, in both of NumPy's forms."""
    made: list[Pattern] = [
        lambda x, e=e, s=s: call(e, *[x(*shape) for shape in s])
        for e, s in EINSUMS
    ]
    made += [
        lambda x, e=e, s=s, o=o: call(e, *[x(*t) for t in s], optimize=o)
        for (e, s), o in itertools.product(
            EINSUMS[:12], (True, "greedy", "optimal")
        )
    ]
    made += [lambda x, e=e, s=s: call(e, x(*s)) for e, s in EINSUMS_OF_ONE]
    return [
        *made,
        lambda x: call("ij,jk,kl->il", x(3, 4), x(4, 5), x(5, 2)),
        lambda x: call(
            "ij,jk,kl->il", x(3, 4), x(4, 5), x(5, 2), optimize=True
        ),
        lambda x: call("ij,jk,kl->li", x(3, 4), x(4, 5), x(5, 2)),
        lambda x: call(x(3, 4), [0, 1], x(4, 5), [1, 2], [0, 2]),
        lambda x: call(x(3, 4), [0, 1], [1, 0]),
        lambda x: call("ij,j->i", x(3, 4), 2.0),
        lambda x: call("i,i->i", x(3), [1.0, 2.0, 3.0]),
        lambda x: call("ij->ji", x(3, 4), dtype="complex128"),
        lambda x: call("ij->ji", x(3, 4), order="F"),
        lambda x: call("ij->ji", x(3, 4), optimize=True),
        lambda x: call("ij->", x(3, 4), optimize=True),
        lambda x: call("ij,jk->ik", x(3, 4), x(4, 5), order="F"),
        lambda x: call("ij,jk->ik", x(3, 4), x(4, 5), order="A"),
        lambda x: call("ij,jk->ik", x(3, 4), x(4, 5), dtype="complex128"),
        lambda x: call("ijkl->klij", x(3, 1, 4, 5)),
        lambda x: call("ijk,lj->lki", x(2, 3, 4), x(5, 3)),
        lambda x: call("ijk,kjl->li", x(2, 3, 4), x(4, 3, 5), optimize=True),
        lambda x: call("i,i", x.scalar(), x()),
        lambda x: call(",", x.scalar(), x()),
        lambda x: call("ij,jk->ik", x(3, 4)),
    ]


CONTRACTIONS: Cases = {
    "dot": products,
    "inner": [
        *products,
        *pairs(((3, 4), (5, 4)), ((2, 3, 4), (5, 4)), ((2, 3, 4), (4,))),
    ],
    "matmul": [*products, *pairs(((3, 4), (4, 5)), dtype="complex128")],
    "vdot": [
        *pairs(
            ((5,), (5,)),
            ((3, 4), (4, 3)),
            ((2, 3, 4), (24,)),
            ((), ()),
            ((0,), (0, 3)),
            ((5,), (4,)),
        ),
        *SCALARS,
    ],
    "vecdot": [
        *pairs(
            ((5,), (5,)),
            ((3, 4), (3, 4)),
            ((3, 4), (4,)),
            ((2, 3, 4), (3, 4)),
            ((2, 1, 4), (3, 4)),
            ((3, 4), (3, 5)),
            ((0,), (0,)),
            ((), ()),
        ),
        *pairs(((3, 4), (3, 4)), ((2, 3, 4), (3, 1)), axis=0),
        *pairs(((2, 3, 4), (3, 1)), axis=1),
    ],
    "tensordot": [
        *products,
        *pairs(((3, 4), (4, 5)), ((2, 3, 4), (4, 5)), axes=1),
        *pairs(((2, 3, 4), (3, 4, 5)), ((3, 4), (3, 4)), axes=2),
        *pairs(((3, 4), (4, 5)), ((2, 3), (4,)), ((), (3,)), axes=0),
        *pairs(((2, 3, 4), (4, 3, 5)), axes=([1, 2], [1, 0])),
        *pairs(((2, 3, 4), (5, 3)), axes=(1, 1)),
        *pairs(((2, 3, 4), (5, 3)), axes=((-2,), (-1,))),
        *pairs(((2, 3, 4), (5, 3)), axes=((1,), (0,))),
        *pairs(((2, 3, 4), (5, 3)), axes=((5,), (0,))),
        *pairs(((5,), (5,)), axes=1),
        *pairs(((3, 4), (5, 2)), axes=1),
        *pairs(((3, 0), (0, 4)), axes=1),
        *pairs(((2, 3, 4), (5, 3)), axes=((0, 1), (1,))),
    ],
    "outer": [
        *pairs(((3,), (4,)), ((3, 4), (2,)), ((), (4,)), ((0,), (3,))),
        *pairs(((1,), (1,))),
        *SCALARS,
        *each([(3,)], 2.0),
        *each([(3,)], [1, 2]),
    ],
    "kron": [
        *pairs(
            ((3,), (4,)),
            ((3, 4), (2, 5)),
            ((3, 4), (2,)),
            ((2,), (2, 3, 4)),
            ((2, 3, 4), (3, 1, 2)),
            ((1, 3), (3, 1)),
            ((0, 3), (3, 4)),
            ((), ()),
            ((), (3, 4)),
            ((3, 4), ()),
        ),
        *SCALARS,
        *each([(3,)], 2.0),
    ],
    "cross": [
        *pairs(
            ((3,), (3,)),
            ((5, 3), (5, 3)),
            ((5, 3), (3,)),
            ((4, 5, 3), (5, 3)),
            ((4, 1, 3), (5, 3)),
            ((0, 3), (3,)),
            ((5, 3), (4, 3)),
            ((4,), (4,)),
            ((5, 4), (5, 3)),
            ((), (3,)),
        ),
        *pairs(((3, 5), (3, 5)), axis=0),
        *pairs(((3, 5), (5, 3)), axisa=0),
        *pairs(((5, 3), (5, 3)), axisc=0),
        *pairs(((4, 5, 3), (4, 5, 3)), axisc=1),
        *pairs(((3, 5), (3, 5)), axisa=0, axisb=0, axisc=0),
        *pairs(((3, 5), (3, 5)), axis=2),
        *each([(3,), (5, 3)], [1, 2, 3]),
    ],
    "einsum": einsums(),
}


# ------------------------------------------------------------------ linalg

SQUARE = ((3, 3), (2, 4, 4), (1, 1), (0, 0), (2, 0, 0), (0, 3, 3))
NOT_SQUARE = ((3, 4), (5,), (), (2, 3, 4))
RECTANGULAR = ((3, 4), (4, 3), (3, 3), (2, 4, 3), (0, 3), (5,), ())

LINALG: Cases = {
    **alike(
        (
            "linalg.det",
            "linalg.eig",
            "linalg.eigvals",
            "linalg.inv",
            "linalg.slogdet",
        ),
        each([*SQUARE, *NOT_SQUARE]),
    ),
    **alike(
        ("linalg.eigh", "linalg.eigvalsh"),
        [*each([*SQUARE, *NOT_SQUARE]), *each([(3, 3)], UPLO="U")],
    ),
    "linalg.cholesky": [
        *each([*SQUARE, *NOT_SQUARE]),
        *each([(3, 3)], upper=True),
    ],
    "linalg.expm": each([(3, 3), (2, 4, 4), (1, 1), (0, 0), *NOT_SQUARE]),
    "linalg.cond": [
        *each(RECTANGULAR),
        *each([(3, 3), (2, 4, 4)], 1),
        *each([(3, 3)], "fro"),
        *each([(3, 4)], -2),
    ],
    "linalg.matrix_power": [
        *each([*SQUARE, *NOT_SQUARE], 2),
        *each([(3, 3), (2, 4, 4)], 0),
        *each([(3, 3), (2, 4, 4)], 1),
        *each([(3, 3), (2, 4, 4)], 5),
        *each([(3, 3), (2, 4, 4)], -1),
        *each([(3, 3)], 1.5),
    ],
    "linalg.matrix_rank": [*each(RECTANGULAR), *each([(3, 3)], 0.5)],
    "linalg.pinv": [*each(RECTANGULAR), *each([(3, 3)], hermitian=True)],
    "linalg.svdvals": each(RECTANGULAR),
    "linalg.svd": [
        *each(RECTANGULAR),
        *each([(3, 4), (2, 4, 3)], True),
        *each([(3, 4)], full_matrices=True),
        *each([(3, 3)], hermitian=True),
    ],
    "linalg.qr": [
        *each(RECTANGULAR),
        *each([(3, 4), (4, 3), (2, 4, 3)], "complete"),
    ],
    "linalg.solve": pairs(
        ((3, 3), (3,)),
        ((3, 3), (3, 4)),
        ((2, 3, 3), (3,)),
        ((2, 3, 3), (2, 3, 4)),
        ((2, 3, 3), (3, 4)),
        ((3, 3), (2, 3, 4)),
        ((3, 3), (4,)),
        ((3, 3), (4, 3)),
        ((3, 4), (3,)),
        ((0, 0), (0,)),
        ((3, 3), ()),
        ((3,), (3,)),
    ),
}


# ---------------------------------------------------------------- creation


def plain(*args: Any, **kwargs: Any) -> Pattern:
    """A call without arrays."""
    return lambda x: call(*args, **kwargs)


filled: list[Pattern] = [
    plain((3, 4)),
    plain(5),
    plain(()),
    plain((0, 3)),
    plain([2, 3, 4], order="F"),
    plain((3, 4), "F"),
    plain((3, -1)),
    plain(2.5),
    lambda x: call((3, 4), dtype=x.dtype),
    lambda x: call((3, 4), np.dtype(x.dtype)),
]

drawn: list[Pattern] = [plain(size=(3, 4)), plain(size=5), plain()]

CREATION: Cases = {
    **alike(("empty", "ones", "zeros"), filled),
    "full": [
        plain((3, 4), 1),
        plain((3, 4), 1.5),
        plain(5, 2j),
        plain((), True),
        plain((2, 3), [1, 2, 3]),
        plain((3, 4), 1, order="F"),
        lambda x: call((3, 4), x()),
        lambda x: call((3, 4), x.scalar()),
        lambda x: call((3, 4), x(4)),
        lambda x: call((3, 4), x(3)),
        lambda x: call((3, 4), 1, dtype=x.dtype),
    ],
    "eye": [
        plain(3),
        plain(3, 4),
        plain(3, k=1),
        plain(0),
        plain(-3),
        plain(3, 4, order="F"),
        lambda x: call(3, dtype=x.dtype),
    ],
    "identity": [plain(3), plain(0), lambda x: call(3, dtype=x.dtype)],
    "tri": [
        plain(3),
        plain(3, 4),
        plain(3, 4, 1),
        lambda x: call(3, dtype=x.dtype),
    ],
    "arange": [
        plain(5),
        plain(0),
        plain(-3),
        plain(2, 9),
        plain(2, 9, 3),
        plain(9, 2, -3),
        plain(5.0),
        plain(0.0, 1.0, 0.1),
        plain(1, 1.3, 0.1),
        plain(np.int8(5)),
        plain(np.float32(5), 9),
        plain(True),
        plain(5, dtype="float32"),
        plain(0, 5, 0),
        plain(2, 9, None),
        plain(2j),
        lambda x: call(5, dtype=x.dtype),
        lambda x: call(x.scalar()),
        lambda x: call(x()),
    ],
    "linspace": [
        plain(0, 1),
        plain(0.0, 1.0, 7),
        plain(0, 1, 0),
        plain(0, 1, 1),
        plain(0, 1, -1),
        plain(0, 1j, 5),
        plain(0, 1, 5, False),
        plain([0, 1, 2], 5, 4),
        lambda x: call(0, 9, 5, dtype=x.dtype),
        lambda x: call(x(), x(), 5),
        lambda x: call(x(3), x(3), 5),
        lambda x: call(x(2, 3), 1.0, 5),
        lambda x: call(x.scalar(), 1, 5),
    ],
    "indices": [
        plain((3, 4)),
        plain((3,)),
        plain(()),
        plain(3),
        plain((3, 4), "float32"),
    ],
    "random.normal": [
        *drawn,
        plain(0.0, 2.0, size=(3, 4)),
        plain(size=(3, 4), dtype="float32"),
        plain(size=(3, 4), dtype="complex128"),
    ],
    "random.uniform": [
        *drawn,
        plain(0.0, 2.0, size=(3, 4)),
        plain(size=(3, 4), dtype="float32"),
    ],
    "random.rand": [plain(), plain(3), plain(3, 4), plain(0)],
    "random.randn": [plain(), plain(3), plain(3, 4)],
    "random.random": drawn,
    "random.standard_normal": drawn,
    "random.randint": [
        plain(5),
        plain(2, 5),
        plain(2, 5, (3, 4)),
        plain(5, size=3),
        plain(5, size=(3,), dtype="int8"),
        plain(5, dtype="int8"),
        plain(2, size=(3,), dtype=bool),
    ],
}


# ---------------------------------------------------------------- indexing

KEYS: list[Any] = [
    0,
    -1,
    np.int64(1),
    9,
    slice(None),
    slice(1, 3),
    slice(None, None, -1),
    slice(None, None, 2),
    slice(2, 0, -1),
    slice(1, 1),
    None,
    Ellipsis,
    (),
    (0, 1),
    (0, 1, 2),
    (0, Ellipsis),
    (Ellipsis, 0),
    (Ellipsis, 0, 0, 0),
    (slice(None), 1),
    (slice(1, None), slice(None, -1)),
    (None, 0),
    (0, None, 1),
    (slice(None), None, Ellipsis, None),
    (1, 2, Ellipsis),
    [0, 1],
    [0],
    [],
    [[0, 1, 1], [1, 0, 1]],
    ([0, 1], [1, 0]),
    ([0, 1, 1], slice(None)),
    (slice(None), [0, 2, 1]),
    (slice(None), slice(None), [0, 2, 1]),
    (slice(None), [2, 0, 1], [0, 2, 1]),
    ([0, 1, 1], slice(None), [0, 2, 1]),
    (0, slice(None), [0, 2, 1]),
    (slice(None), 0, [0, 2, 1]),
    ([0, 1], 0),
    ([0, 1], 0, 0),
    ([0, 1], None, 1),
    (Ellipsis, [0, 1]),
    ([0, 1], Ellipsis),
    (slice(None, None, -1), [0, 1]),
    ([[0], [1]], [0, 1, 2]),
    ([0, 1], [0, 1, 2]),
    [0, 9],
    (0, 0, 0, 0, 0),
    1.5,
    (Ellipsis, Ellipsis),
    "name",
]

INDEXING: Cases = {
    "getitem": [
        *[p for k in KEYS for p in each([(5,), (3, 4), (2, 3, 4)], k)],
        *each([()], ()),
        *each([()], Ellipsis),
        *each([()], None),
        *each([(0, 3)], slice(None)),
        *each([(0, 3)], 0),
        *each([(3, 4, 2, 5)], (slice(None), [0, 1, 1], [1, 0, 1])),
        *each([(3, 4, 2, 5)], ([0, 1, 1], slice(None), [1, 0, 1])),
        *each([(3, 4, 2, 5)], (Ellipsis, [0, 1, 1], slice(1, 4))),
        *each([(3, 4, 2, 5)], (slice(None), [[0], [1]], 0, [1, 0, 1])),
        lambda x: call(x(5), x(3, dtype="int64")),
        lambda x: call(x(3, 4), x(2, 5, dtype="uint8")),
        lambda x: call(x(3, 4), (slice(None), x(5, dtype="int64"))),
        lambda x: call(x(3, 4), x(dtype="int64")),
        lambda x: call(x(3, 4), (x(dtype="int64"), x(dtype="int64"))),
        lambda x: call(x(3, 4), (0, x(dtype="int64"))),
        lambda x: call(x(3, 4), x(0, dtype="int64")),
        lambda x: call(x(2, 3, 4), (0, x(3, 2, dtype="int64"))),
        lambda x: call(
            x(16, 4), (x(3, 5, dtype="int64"), x(5, dtype="int8") % 4)
        ),
        lambda x: call(
            x(3, 16, 16),
            (slice(None), x(3, 5, dtype="int64"), x(3, 5, dtype="int64")),
        ),
        lambda x: call(
            x(16, 3, 16),
            (x(3, 5, dtype="int64"), slice(None), x(3, 5, dtype="int64")),
        ),
        lambda x: call(x(16, 4), (x(3, 5, dtype="int64"), [[0], [1], [3]])),
        lambda x: call(x(4, 5), (np.int64(1), slice(None))),
        lambda x: call(x(4, 5), (np.int8(1), [0, 1, 1])),
        lambda x: call(x.scalar(), ()),
        lambda x: call(x.scalar(), None),
        lambda x: call(x.scalar(), Ellipsis),
    ],
    "take": [
        *each([(5,), (3, 4), (2, 3, 4)], [0, 1, 1]),
        *each([(5,), (3, 4), (2, 3, 4)], 1),
        *each([(5,), (3, 4), (2, 3, 4)], 1, axis=0),
        *each([(3, 4), (2, 3, 4)], [0, 1, 1], axis=0),
        *each([(3, 4), (2, 3, 4)], [0, 1, 1], axis=-1),
        *each([(3, 4), (2, 3, 4)], [[0, 1, 1], [2, 0, 0]], 1),
        *each([(3, 4)], [], 1),
        *each([(3, 4)], [0, 9], 1),
        *each([(3, 4)], [0, 9], 1, mode="clip"),
        *each([(3, 4)], [0, 1], 2),
        *each([(0, 3)], [0], 0),
        *each([()], 0),
        lambda x: call(x(3, 4), x(5, dtype="int64"), axis=1),
        lambda x: call(x(2, 3, 4), x(2, 5, dtype="int64"), axis=1),
        lambda x: call(x(3, 4), x(dtype="int64"), axis=1),
        lambda x: call(x(5), x(dtype="int64"), axis=0),
        lambda x: call(x(5), x(3, dtype="float64"), axis=0),
    ],
    "take_along_axis": [
        lambda x: call(x(3, 4), x(3, 4, dtype="int64") % 3, 0),
        lambda x: call(x(3, 4), x(3, 5, dtype="int64") % 4, axis=-1),
        lambda x: call(x(2, 3, 4), x(2, 5, 4, dtype="int64") % 3, axis=1),
        lambda x: call(x(2, 3, 4), x(1, 5, 4, dtype="int64") % 3, axis=1),
        lambda x: call(x(3, 4), x(7, dtype="int64"), None),
        lambda x: call(x(3, 4), x(3, dtype="int64"), 0),
        lambda x: call(x(3, 4), x(3, 4, dtype="float64"), 0),
        lambda x: call(x(3, 4), x(2, 4, dtype="int64") % 3, 1),
    ],
    "searchsorted": [
        *pairs(((5,), (3,)), ((5,), (3, 4)), ((5,), ()), ((5,), (2, 3, 4))),
        *pairs(((3, 4), (3,)), ((0,), (3,))),
        *pairs(((5,), (3,)), side="right"),
        *each([(5,)], 2.0),
        *each([(5,)], [1, 2, 3]),
        lambda x: call(x(5), x.scalar()),
        lambda x: call(x(5), x(3), sorter=[4, 3, 2, 1, 0]),
    ],
}


#: All registered ops, each with the calls it is checked on.
CASES: Cases = {
    **ELEMENTWISE,
    **REDUCTIONS,
    **VIEWS,
    **SPLITS,
    **MAYBE_VIEWS,
    **FRESH,
    **CONTRACTIONS,
    **LINALG,
    **CREATION,
    **INDEXING,
}

#: The ops behind Python's operators, likewise.
OPERATOR_CASES: Cases = {
    name: unary_operator if name in UNARY else binary_operator
    for name in OPERATOR_FORMS
}
OPERATOR_CASES["matmul"] = products
