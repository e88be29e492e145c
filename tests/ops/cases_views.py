"""Calls that ops which view their operand are checked on."""

from .operands import call
from .patterns import NOT_FLAT, ORDER_NAMES, SHAPES, Cases, each

__all__ = ["MAYBE_VIEWS", "SPLITS", "VIEWS"]

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
    "linalg.diagonal": [
        *each([*MATRICES, (), (3,)]),
        *each([(3, 4), (2, 3, 4)], offset=1),
        *each([(3, 4)], offset=-9),
    ],
    "linalg.matrix_transpose": each(SHAPES),
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
