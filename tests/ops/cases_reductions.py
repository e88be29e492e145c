"""Calls that reductions and scans are checked on."""

from typing import Any

import numpy as np

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

__all__ = ["REDUCTIONS"]


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
        *each([(5,), (3, 4)], prepend=0),
        *each([(3, 4)], prepend=0, append=1.5),
        *each([(3, 4)], 0, prepend=0),
        *each([(3, 4)], 2, 0, append=[[1, 2, 3, 4]]),
        lambda x: call(x(3, 4), prepend=x(3, 2)),
        lambda x: call(x(3, 4), 1, 0, x(5, 4), x.scalar()),
        lambda x: call(x(3, 4), append=x()),
        lambda x: call(x(3, 4), append=x(2, 1)),
        lambda x: call(x(3, 4), append=x(3)),
    ],
    **alike(
        ("cumulative_prod", "cumulative_sum"),
        [
            *each([(5,), (0,), (), (3, 4)]),
            *each([(3, 4), (2, 3, 4), (0, 3), ()], axis=0),
            *each([(3, 4), (2, 3, 4)], axis=-1),
            *each([(3, 4)], axis=2),
            *each([(5,), (), (0,)], include_initial=True),
            *each([(3, 4), (2, 3, 4)], axis=1, include_initial=True),
            *each([(3, 4)], axis=0, dtype="float32"),
            lambda x: call(x.scalar()),
        ],
    ),
    "linalg.trace": [
        *each([(3, 4), (4, 4), (2, 3, 4), (0, 3), (3,), ()]),
        *each([(3, 4), (2, 3, 4)], offset=1),
        *each([(3, 4)], dtype="float32"),
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
