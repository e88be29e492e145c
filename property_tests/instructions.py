"""The kinds of instructions: each adds steps to a program under way."""

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .bait import duplicate, error, identity, near_duplicate
from .contractions import contract, decompose, gram
from .effects import OPAQUE, scribble
from .operands import DTYPES, LAYOUTS, SCALARS, SHAPES, make_array
from .programs import STRUCTURES, Ref, Step

if TYPE_CHECKING:
    from .decoder import Decoder, Fields

__all__ = ["INSTRUCTIONS", "KINDS", "read_input"]


def words(text: str) -> tuple[str, ...]:
    """Names, with spaces between them."""
    return tuple(text.split())


UNARY = words(
    "exp sin tanh sqrt negative abs conj square sign log reciprocal isnan "
    "logical_not invert floor rint log1p expm1 cbrt signbit positive "
    "isfinite cos arctan round nan_to_num angle exp2 log2 trunc copy arcsinh"
)
BINARY = words(
    "multiply add subtract true_divide power maximum minimum equal less "
    "arctan2 hypot copysign remainder floor_divide logical_and bitwise_xor "
    "left_shift fmod heaviside nextafter logaddexp float_power fmax "
    "greater_equal not_equal bitwise_and divide mod"
)
OPERATORS: tuple[Callable[..., Any], ...] = (
    operator.mul,
    operator.add,
    operator.sub,
    operator.truediv,
    operator.pow,
    operator.matmul,
    operator.floordiv,
    operator.mod,
    operator.eq,
    operator.lt,
    operator.and_,
    operator.xor,
)
ONE_OPERAND = (operator.neg, operator.abs, operator.invert, operator.pos)
REDUCTIONS = words(
    "sum mean max prod any min std var all argmax argmin cumsum cumprod "
    "count_nonzero linalg.norm ptp median sort argsort nansum"
)
AXES: tuple[Any, ...] = (None, -1, -2, 0, 1, (0, 1), (-1, -2), (0, -1))


def read_input(fields: "Fields") -> Any:
    """An input: an array, or now and then a NumPy scalar."""
    shape, dtype = fields.pick(SHAPES), fields.pick(DTYPES)
    layout, pattern = fields.pick(LAYOUTS), fields.take(4)
    made = make_array(dtype, shape, layout, pattern)
    return made[()] if not shape and layout == "strided" else made


def unary(made: "Decoder", fields: "Fields") -> None:
    x = made.find(fields)
    if fields.take(4) == 3:
        made.emit("unary", "operator", fields.pick(ONE_OPERAND), x)
    else:
        made.emit("unary", "do", fields.pick(UNARY), x)


def binary(made: "Decoder", fields: "Fields") -> None:
    x = made.find(fields)
    assert x is not None
    shape = np.shape(made.value(x))
    y = made.find(fields, lambda v: _broadcast(shape, np.shape(v)))
    if fields.take(2):
        made.emit("binary", "operator", fields.pick(OPERATORS), x, y)
    else:
        made.emit("binary", "do", fields.pick(BINARY), x, y)


def _broadcast(a: Any, b: Any) -> bool:
    pairs = zip(a[::-1], b[::-1], strict=False)
    return all(d == e or 1 in (d, e) for d, e in pairs)


def with_scalar(made: "Decoder", fields: "Fields") -> None:
    args = (made.find(fields), fields.pick(SCALARS))
    args = args[::-1] if fields.take(3) == 2 else args
    if fields.take(2):
        made.emit("scalar", "operator", fields.pick(OPERATORS), *args)
    else:
        made.emit("scalar", "do", fields.pick(BINARY), *args)


def reduce(made: "Decoder", fields: "Fields") -> None:
    x, name, axis = made.find(fields), fields.pick(REDUCTIONS), None
    axis = fields.pick(AXES)
    how = fields.take(6)
    kwargs: dict[str, Any] = {} if axis is None and how < 5 else {"axis": axis}
    if how == 1:
        kwargs["keepdims"] = True
    elif how == 2:
        kwargs["dtype"] = fields.pick(DTYPES)
    elif how == 3 and name in ("sum", "max", "mean", "prod", "std"):
        made.emit("reduction", "method", name, x, **kwargs)
        return
    elif how == 4 and "norm" not in name:
        made.emit("reduction", "do", name, x, axis)
        return
    made.emit("reduction", "do", name, x, **kwargs)


def view(made: "Decoder", fields: "Fields") -> None:
    x = made.find(fields)
    assert x is not None
    shape = np.shape(made.value(x))
    n = len(shape)
    axis, other = fields.take(4) - 2, fields.take(3) - 1
    many: tuple[Any, ...] = (
        ("do", "transpose", x),
        ("get", "T", x),
        ("do", "swapaxes", x, axis, other),
        ("do", "expand_dims", x, axis),
        ("do", "broadcast_to", x, (2, *shape)),
        ("do", "real", x),
        ("do", "imag", x),
        ("get", "real", x),
        ("do", "diagonal", x),
        ("do", "diagonal", x, other, -2, -1),
        ("do", "squeeze", x),
        ("do", "flip", x, axis),
        ("do", "moveaxis", x, axis, other),
        ("do", "split", x, 2, axis),
        ("do", "split", x, [1], axis),
        ("do", "transpose", x, tuple(np.roll(range(n), other).tolist())),
        ("do", "ravel", x),
        ("method", "conj", x),
        ("do", "atleast_2d", x),
        ("do", "asarray", x),
    )
    form, name, *args = fields.pick(many)
    made.emit("view", form, name, *args)


def reshape(made: "Decoder", fields: "Fields") -> None:
    x = made.find(fields)
    assert x is not None
    shape = np.shape(made.value(x))
    size = int(np.prod(shape, dtype=int))
    targets: list[Any] = [
        -1,
        shape[::-1],
        (1, *shape),
        (size, 1),
        (-1, shape[-1] if shape else 1),
        (2, -1),
    ]
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
    y = made.find(fields, lambda v: _broadcast(shape, np.shape(v)))
    if fields.take(2):
        made.emit("select", "do", "clip", x, fields.pick(SCALARS), y)
        return
    mask = made.find(
        fields, lambda v: np.asarray(v).dtype == bool and np.shape(v) == shape
    )
    first = mask if mask is not None and made.is_traced(mask) else x
    made.emit("select", "do", "where", first, x, y)


def cast(made: "Decoder", fields: "Fields") -> None:
    x, dtype = made.find(fields), fields.pick(DTYPES)
    form = fields.pick(("do", "method"))
    if x is not None and made.is_traced(x):  # autoray calls x.astype itself
        made.emit("cast", form, "astype", x, dtype)


def constant(made: "Decoder", fields: "Fields") -> None:
    shape, dtype = fields.pick(SHAPES), fields.pick(DTYPES)
    layout, pattern = fields.pick((*LAYOUTS, "alias", "view")), fields.take(4)
    if layout in ("alias", "view"):
        old = [
            s.target
            for s in made.steps
            if s.form == "value" and isinstance(s.target, np.ndarray)
        ]
        if not old:
            return
        x = old[pattern % len(old)]
        value = x if layout == "alias" else x.T
    else:
        value = make_array(dtype, shape, layout, pattern)
    made.add(Step("constant", "value", value))


CREATIONS: tuple[Any, ...] = (
    ("zeros",),
    ("ones",),
    ("full", -0.0),
    ("full", 1),
    ("full", 1.0),
    ("full", float("nan")),
)


def create(made: "Decoder", fields: "Fields") -> None:
    """Arrays made out of nothing, and of constants alone, when traced."""
    name, *rest = fields.pick((*CREATIONS, ("eye",), ("arange",), ("copy",)))
    if name in ("eye", "arange"):
        made.emit("create", "do", name, fields.pick((3, 2, 4)))
    elif name == "copy":
        x = made.find(fields, lambda v: isinstance(v, np.ndarray))
        if x is not None:
            made.emit("create", "do", "tanh", x)
            last = Ref(len(made.values) - 1)
            made.emit("create", "do", "transpose", last)
    else:
        made.emit("create", "do", name, fields.pick(SHAPES[:6]), *rest)


def random(made: "Decoder", fields: "Fields") -> None:
    name = fields.pick(("random.normal", "random.uniform"))
    size = fields.pick(((2, 3), (3, 3), (3,), 2, None))
    made.emit("random", "do", name, size=size)


def opaque(made: "Decoder", fields: "Fields") -> None:
    function = fields.pick((*OPAQUE, scribble))
    x = made.find(fields, lambda v: isinstance(v, np.ndarray))
    if x is None or not made.is_traced(x):
        return
    kind = "opaque"
    if function is scribble:
        value = made.value(x)
        held = [*made.inputs, *(s.target for s in made.steps)]
        if not value.flags.writeable or any(
            isinstance(h, np.ndarray) and np.may_share_memory(value, h)
            for h in held
        ):
            return
        kind = "write"
    if kind == "opaque":
        made.emit(kind, "call", function, x)
        return
    # What reads it before the write is not what reads it after.
    made.emit("unary", "do", "copy", x)
    first = Ref(len(made.values) - 1)
    made.emit(kind, "call", function, x)
    made.emit("dup", "do", "copy", x)
    last = Ref(len(made.values) - 1)
    made.emit("binary", "operator", operator.mul, first, last)


def new_input(made: "Decoder", fields: "Fields") -> None:
    if len(made.inputs) < 4:
        made.input(read_input(fields))


def output(made: "Decoder", fields: "Fields") -> None:
    """From now on, outputs are those named; all sinks if there are none."""
    if fields.take(3) == 0:
        made.structure = fields.pick(STRUCTURES)
        return
    many = 1 + fields.take(3)
    for _ in range(many):
        x = made.find(fields)
        assert x is not None
        made.returned.append(x.place)


Instruction = Callable[["Decoder", "Fields"], None]
#: Each as often as it stands here.
INSTRUCTIONS: tuple[Instruction, ...] = (
    *(unary,) * 4,
    *(binary,) * 4,
    *(with_scalar,) * 3,
    *(reduce,) * 4,
    *(view,) * 4,
    *(reshape,) * 2,
    *(index,) * 3,
    *(contract,) * 4,
    *(decompose,) * 2,
    *(gram,) * 3,
    *(join,) * 2,
    *(select,) * 2,
    *(cast,) * 2,
    *(constant,) * 3,
    *(create,) * 3,
    *(random,) * 2,
    *(opaque,) * 3,
    *(duplicate,) * 6,
    *(near_duplicate,) * 5,
    *(identity,) * 3,
    *(new_input,) * 2,
    *(output,) * 2,
    *(error,) * 1,
)
#: What kinds of steps there are.
KINDS = words(
    "unary binary scalar reduction view reshape index contraction linalg "
    "join select cast constant create random opaque write dup near-dup "
    "identity input error"
)
