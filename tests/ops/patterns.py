"""Building blocks for the tables of calls.

A pattern takes a `Maker` and returns the call's arguments. It is run for
every variant of dtypes and memory orders that its number of arrays asks for.
"""

from collections.abc import Callable, Iterable
from typing import Any

from .operands import Call, Maker, call

__all__ = [
    "BROADCAST",
    "NOT_FLAT",
    "ORDER_NAMES",
    "SCALARS",
    "SHAPES",
    "Cases",
    "Pattern",
    "alike",
    "each",
    "pairs",
]

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


#: Of 0 axes, twice, in all three kinds.
SCALARS: list[Pattern] = [
    lambda x: call(x.scalar(), x.scalar()),
    lambda x: call(x.scalar(), x()),
    lambda x: call(x(), x.scalar()),
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

#: Names that NumPy has for orders, and shapes where they matter.
ORDER_NAMES = ("C", "F", "A", "K")
NOT_FLAT = ((3, 4), (2, 3, 4), (0, 3), (1, 3, 1), (5,), ())
