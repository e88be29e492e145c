"""Pairs of calls that wrong passes confuse, or take to cancel out."""

import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from lazyopt.testing.calls import SHAPE, X, Y, operand, with_operands
from lazyopt.testing.steps import Ref

if TYPE_CHECKING:
    from lazyopt.testing.decoder import Decoder, Fields

__all__ = [
    "EXTREME",
    "Call",
    "at",
    "call",
    "cast",
    "chain",
    "do",
    "neutral",
    "of",
    "op",
    "round_trip",
    "twins",
]

#: How a call is written, what is called, and with what.
Call = tuple[str, Any, tuple[Any, ...], dict[str, Any]]
Pair = tuple[Call, Call]


def do(name: str, *args: Any, **kwargs: Any) -> Call:
    """A call by name, of one operand unless told otherwise."""
    return "do", name, args or (X,), kwargs


def op(function: Any, *args: Any) -> Call:
    """An operator on an operand and something else."""
    return "operator", function, (X, *args), {}


def of(name: str, function: Any, *args: Any) -> Call:
    """An operator on what goes by a name, and something else."""
    return "operator", function, (name, *args), {}


def call(function: Any, name: str = X) -> Call:
    """A function that nobody has registered."""
    return "call", function, (name,), {}


def cast(dtype: str) -> Call:
    """The method that makes another dtype of it."""
    return "method", "astype", (X, dtype), {}


def at(key: Any) -> Call:
    """Indexing."""
    return op(operator.getitem, key)


NAN = float("nan")
#: What ``==`` or ``hash`` can't tell apart, or what is easily mixed up.
ALIKE: tuple[tuple[Any, Any], ...] = (
    (1, 1.0),
    (1, True),
    (1.0, np.float32(1)),
    (1.0, np.float64(1)),
    (0, 0.0),
    (0.0, -0.0),
    (0, False),
    (2, 2.0),
    (2, 3),
    (-1, -2),
    (NAN, -NAN),
    (1, 1 + 0j),
    (complex(0, 0.0), complex(0, -0.0)),
    (complex(1, 0.0), complex(1, -0.0)),
)
OPERATORS = (
    operator.add,
    operator.mul,
    operator.sub,
    operator.truediv,
    operator.pow,
)
_REDUCED = ("sum", "mean", "max", "prod", "std", "any", "cumsum", "argmax")
_KEPT = ("sum", "mean", "max", "all", "linalg.norm")
_ORDERED = (operator.sub, operator.truediv, operator.pow, operator.matmul)
_KEYS: tuple[tuple[Any, Any], ...] = (
    (-1, -2),
    (0, slice(0, 1)),
    (slice(1, None), slice(None, -1)),
    ([0, 1], (0, 1)),
    ((..., 0), (..., -1)),
    ((), ...),
    (slice(None, None, 2), slice(None, None, -1)),
    (slice(1, None), slice(2, None)),
    (slice(None, 1), slice(None, 2)),
    (slice(None, -1), slice(None, -2)),
    (slice(-1, None), slice(-2, None)),
)
TWINS: tuple[Pair, ...] = (
    *((do(f, X, axis=-1), do(f, X, axis=-2)) for f in _REDUCED),
    *((do(f, X, axis=0), do(f, X, axis=-1)) for f in _REDUCED),
    *((do(f, X, axis=0), do(f, X, axis=0, keepdims=True)) for f in _KEPT),
    *((op(f, Y), ("operator", f, (Y, X), {})) for f in _ORDERED),
    *((do(f, X, Y), do(f, Y, X)) for f in ("arctan2", "copysign", "fmod")),
    *((at(a), at(b)) for a, b in _KEYS),
    *((op(operator.pow, y), do("power", X, y)) for y in (2, 0.5, 0.5, Y)),
    (do("sum", X, axis=(0, -1)), do("sum", X, axis=(0, -2))),
    (do("take", X, [0, -1]), do("take", X, [0, -2])),
    (at((-1, ...)), at((-2, ...))),
    (do("transpose", X, (0, 2, -2)), do("transpose", X, (0, -2, 2))),
    (do("linalg.norm", X, 1), do("linalg.norm", X, np.inf)),
    (do("sum", X, dtype="float32"), do("sum", X, dtype="float64")),
    (do("std", X, ddof=0), do("std", X, ddof=1)),
    (do("reshape", X, -1), do("reshape", X, -1, order="F")),
    (do("ravel"), do("ravel", X, order="F")),
    (do("reshape", X, (1, -1)), do("reshape", X, (-1, 1))),
    (do("transpose"), do("transpose", X, (0, 1))),
    (do("swapaxes", X, 0, 1), do("swapaxes", X, 0, -1)),
    (do("expand_dims", X, 0), do("expand_dims", X, -1)),
    (do("roll", X, 1), do("roll", X, -1)),
    (do("roll", X, 1, axis=0), do("roll", X, 1, axis=-1)),
    (do("flip", X, 0), do("flip", X, -1)),
    (do("tril"), do("tril", X, -1)),
    (do("diagonal"), do("diagonal", X, 1)),
    (do("clip", X, 0, 1), do("clip", X, 0.0, 1.0)),
    (do("round", X, 0), do("round", X, 1)),
    (do("where", X, X, Y), do("where", X, Y, X)),
    (do("stack", (X, Y), axis=0), do("stack", (X, Y), axis=-1)),
    (do("concatenate", (X, X), axis=0), do("concatenate", (X, X), axis=-1)),
    (do("tensordot", X, Y, 1), do("tensordot", X, Y, 0)),
    (do("einsum", "ij->ij", X), do("einsum", "ij->ji", X)),
    (do("copy"), do("copy", X, order="C")),
    (do("arange", 3), do("arange", 3.0)),
    (do("full", (2, 3), 0.0), do("full", (2, 3), -0.0)),
    (do("full", (3,), 1), do("full", (3,), 1.0)),
    (cast("float32"), cast("float64")),
    (cast("int8"), cast("int64")),
)
#: Patterns from here on hold extremes: there the most goes wrong.
EXTREME = 3
#: What is made of both, so that neither is what is returned.
AFTER = (None, "copy", "copy", "exp", "sum")


def twins(made: "Decoder", fields: "Fields") -> None:
    """Two calls that are almost the same."""
    x = operand(made, fields, made.drawn.patterns[EXTREME:])
    if fields.take(2):
        f = fields.pick(OPERATORS)
        a, b = fields.pick(ALIKE)
        pair = op(f, a), op(f, b)
    else:
        pair = fields.pick(TWINS)
    found: list[Ref] = []
    rest = fields.rest
    for form, target, args, kwargs in pair:
        fields.rest = rest  # the same operands for both
        given = with_operands(args, x, made, fields)
        if made.emit("near-dup", form, target, *given, **kwargs):
            found.append(made.last)
    then = fields.pick(AFTER)
    for ref in found if then else ():
        made.emit("unary", "do", then, ref)


ROUND_TRIPS: tuple[tuple[Call, ...], ...] = (
    (do("linalg.norm"),),
    (do("ravel"), do("linalg.norm")),
    *((do("linalg.norm", X, o),) for o in (1, "fro", np.inf, -1)),
    (do("reshape", X, SHAPE),),
    (do("take", X, 0),),
    (do("where", Y, X, X),),
    (do("exp"), do("log")),
    (do("log"), do("exp")),
    *((op(operator.pow, 2), do("sqrt")), (do("square"), do("sqrt"))) * 2,
    *((do("square"), do("square")),) * 2,
    (do("sqrt"), do("square")),
    (op(operator.neg), op(operator.neg)),
    (op(operator.neg), do("absolute")),
    (do("conj"), do("conj")),
    (do("floor"), do("floor")),
    (do("logical_not"), do("logical_not")),
    (do("reciprocal"), do("reciprocal")),
    (do("transpose"), do("transpose")),
    (do("transpose", X, (1, 2, 0)), do("transpose", X, (1, 2, 0))),
    (do("transpose", X, (1, 0, 2)), do("transpose", X, (0, 2, 1))),
    (do("swapaxes", X, 0, 1), do("swapaxes", X, 0, -1)),
    (do("swapaxes", X, 0, 1), do("moveaxis", X, 0, -1)),
    (do("flip", X, 0), do("flip", X, -1)),
    (do("flip", X), do("flip", X, 0)),
    (at(slice(None, None, -1)), at(slice(None, None, -1))),
    (do("roll", X, 1), do("roll", X, -1)),
    (do("expand_dims", X, 0), do("squeeze")),
    (do("sort"), do("sort")),
    (do("tanh"), do("copy", X, order="C")),
    (do("tanh"), do("copy", X, order="F")),
    (do("sum"), do("asarray")),
    (do("reshape", X, -1), do("reshape", X, (3, 3)), do("negative")),
    (
        do("ravel"),
        do("exp"),
        do("reshape", X, (3, -1), order="F"),
        do("ravel"),
    ),
    (do("cumsum"), do("diff")),
    (do("reshape", X, -1, order="F"), do("reshape", X, (2, -1))),
    (do("reshape", X, -1), do("reshape", X, (3, -1), order="F")),
    (do("tensordot", X, X, 0), do("ravel", X, order="F"), do("ravel")),
    (op(operator.matmul, X), do("ravel", X, order="F"), do("ravel")),
    (do("ravel"), do("reshape", X, (-1, 3))),
    (cast("float32"), cast("float64")),
    (cast("int64"), cast("float64")),
    (cast("float64"), cast("float32")),
    (op(operator.add, 1), op(operator.sub, 1)),
    (op(operator.add, 0.1), op(operator.add, 0.2)),
    (op(operator.mul, 3), op(operator.truediv, 3)),
    (op(operator.mul, 0.1), op(operator.mul, 3.0)),
    (op(operator.add, Y), op(operator.sub, Y)),
    (op(operator.sub, X), op(operator.mul, Y)),
    (op(operator.matmul, Y), do("transpose")),
    (op(operator.matmul, Y), op(operator.matmul, Y)),
    (do("sum", X, axis=0), do("sum", X, axis=0)),
    (do("sum", X, axis=-1, keepdims=True), do("squeeze")),
    (do("stack", (X, X)), at(0)),
    (do("concatenate", (X, X)), at(slice(None, 2))),
)


#: What makes a new array, and what looks as if it left that alone.
FRESH: tuple[Call, ...] = (
    op(operator.mul, 1.5),
    op(operator.add, Y),
    do("sqrt"),
    op(operator.neg),
    do("positive"),
    do("maximum", X, X),
    do("where", Y, X, X),
    do("copy"),
)
NEUTRAL: tuple[Call, ...] = (
    *(op(operator.add, n) for n in (0.0, -0.0, 0)),
    *(op(operator.sub, n) for n in (0.0, -0.0, 0)),
    *(op(operator.mul, n) for n in (1, 1.0, True)),
    *(op(operator.truediv, n) for n in (1, 1.0)),
    op(operator.pow, 1),
    op(operator.floordiv, 1),
    op(operator.lshift, 0),
    ("operator", operator.truediv, (1, X), {}),
    ("operator", operator.sub, (0, X), {}),
    ("operator", operator.pow, (1, X), {}),
)
#: What shows the sign of a zero.
SHOWING: tuple[Call, ...] = (
    ("operator", operator.truediv, (1, X), {}),
    do("copysign", 1.0, X),
    do("sum"),
)


def neutral(made: "Decoder", fields: "Fields") -> None:
    """A new array of extremes, and a number that seems to do nothing."""
    x = operand(made, fields, made.drawn.patterns[EXTREME:])
    calls = [fields.pick(FRESH), fields.pick(NEUTRAL)]
    if fields.take(2):
        calls.append(fields.pick(SHOWING))
    chain(made, fields, x, calls)


def round_trip(made: "Decoder", fields: "Fields") -> None:
    """There and back again: what comes back may not be what set out."""
    x = operand(made, fields, made.drawn.patterns[EXTREME:])
    chain(made, fields, x, fields.pick(ROUND_TRIPS))


def chain(
    made: "Decoder", fields: "Fields", x: Ref, calls: Iterable[Call]
) -> list[Ref]:
    """Calls, each on what the one before it gives.

    Those that came of the chain so far go by ``"R0"``, which is ``x``,
    ``"R1"`` and so on, and their shapes by ``"S0"``, ``"S1"`` and so on.

    Returns
    -------
    list of Ref
        ``x``, and what came of the calls, up to one that fails.
    """
    found = [x]
    names: dict[str, Any] = {"R0": x, "S0": np.shape(made.value(x))}
    for form, target, args, kwargs in calls:
        named = tuple([names.get(a, a) if type(a) is str else a for a in args])
        given = with_operands(named, found[-1], made, fields)
        if not made.emit("identity", form, target, *given, **kwargs):
            break
        found.append(made.last)
        names[f"R{len(found) - 1}"] = made.last
        names[f"S{len(found) - 1}"] = np.shape(made.value(made.last))
    return found
