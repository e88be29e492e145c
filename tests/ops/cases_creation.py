"""Calls that ops which make arrays are checked on."""

from typing import Any

import numpy as np

from .operands import call
from .patterns import Cases, Pattern, alike

__all__ = ["CREATION"]


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
