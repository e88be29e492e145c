"""Instructions that look at elements in other ways, join them, or choose."""

import math
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from lazyopt.testing.arithmetic import broadcast

if TYPE_CHECKING:
    from lazyopt.testing.decoder import Decoder, Fields

__all__ = ["index", "join", "reshape", "select", "view"]


#: Given the operand, its shape and two axes: how a view of it is written.
VIEWS: tuple[Callable[..., tuple[Any, ...]], ...] = (
    lambda x, shape, i, j: ("do", "transpose", x),
    lambda x, shape, i, j: ("get", "T", x),
    lambda x, shape, i, j: ("do", "swapaxes", x, i, j),
    lambda x, shape, i, j: ("do", "expand_dims", x, i),
    lambda x, shape, i, j: ("do", "broadcast_to", x, (2, *shape)),
    lambda x, shape, i, j: ("do", "real", x),
    lambda x, shape, i, j: ("do", "imag", x),
    lambda x, shape, i, j: ("get", "real", x),
    lambda x, shape, i, j: ("do", "diagonal", x),
    lambda x, shape, i, j: ("do", "diagonal", x, j, -2, -1),
    lambda x, shape, i, j: ("do", "squeeze", x),
    lambda x, shape, i, j: ("do", "flip", x, i),
    lambda x, shape, i, j: ("do", "moveaxis", x, i, j),
    lambda x, shape, i, j: ("do", "split", x, 2, i),
    lambda x, shape, i, j: ("do", "split", x, [1], i),
    lambda x, shape, i, j: ("do", "transpose", x, _rotated(len(shape), j)),
    lambda x, shape, i, j: ("do", "ravel", x),
    lambda x, shape, i, j: ("method", "conj", x),
    lambda x, shape, i, j: ("do", "atleast_2d", x),
    lambda x, shape, i, j: ("do", "asarray", x),
)


def _rotated(n: int, by: int) -> tuple[int, ...]:
    return tuple([(i - by) % n for i in range(n)])


def view(made: "Decoder", fields: "Fields") -> None:
    x = made.find(fields)
    assert x is not None
    axis, other = fields.take(4) - 2, fields.take(3) - 1
    write = fields.pick(VIEWS)
    made.emit("view", *write(x, np.shape(made.value(x)), axis, other))


def reshape(made: "Decoder", fields: "Fields") -> None:
    x = made.find(fields)
    assert x is not None
    shape = np.shape(made.value(x))
    targets: tuple[Any, ...] = (
        -1,
        shape[::-1],
        (1, *shape),
        (math.prod(shape), 1),
        (-1, shape[-1] if shape else 1),
        (2, -1),
    )
    target = fields.pick(targets)
    order = fields.pick(("C", "F", "F", "A"))
    kwargs = {} if order == "C" else {"order": order}
    form = fields.pick(("do", "method"))
    made.emit("reshape", form, "reshape", x, target, **kwargs)


KEYS: tuple[Any, ...] = (
    -1,
    -2,
    0,
    slice(None, None, 2),
    slice(None, None, -1),
    slice(1, None),
    slice(None, -1),
    (..., 0),
    (..., -1),
    (..., slice(None, None, -1)),
    (..., slice(None, None, 2)),
    (slice(None), None),
    ...,
    (),
    (slice(1, None), slice(1, None)),
    (0, slice(None)),
    (0, 1),
    [1, 0],
    (slice(None), [0, -1]),
    slice(0, 0),
)


def index(made: "Decoder", fields: "Fields") -> None:
    x, key = made.find(fields), fields.pick(KEYS)
    if key == [1, 0] and fields.take(2):
        made.emit("index", "do", "take", x, key, axis=-1)
    else:
        made.emit("index", "operator", operator.getitem, x, key)


def join(made: "Decoder", fields: "Fields") -> None:
    x = made.find(fields)
    assert x is not None
    shape = np.shape(made.value(x))
    y = made.find(fields, lambda v: np.shape(v) == shape)
    name = fields.pick(("stack", "concatenate", "hstack", "vstack"))
    kwargs = {"axis": fields.take(3) - 1} if len(name) > 6 else {}
    if name == "stack" and fields.take(2):
        kwargs = {"axis": fields.take(3) - 1}
    many = fields.pick(((x, y), [x, y], (x, y, x)))
    made.emit("join", "do", name, many, **kwargs)


def select(made: "Decoder", fields: "Fields") -> None:
    x = made.find(fields)
    assert x is not None
    shape = np.shape(made.value(x))
    y = made.find(fields, lambda v: broadcast(shape, np.shape(v)))
    if fields.take(2):
        bound = fields.pick(made.drawn.scalars)
        made.emit("select", "do", "clip", x, bound, y)
        return
    mask = made.find(
        fields, lambda v: np.asarray(v).dtype == bool and np.shape(v) == shape
    )
    first = mask if mask is not None and made.is_traced(mask) else x
    made.emit("select", "do", "where", first, x, y)
