"""The kinds of instructions: each adds steps to a program under way."""

import dataclasses
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .contractions import contract, decompose, gram
from .effects import OPAQUE, scribble
from .operands import DTYPES, LAYOUTS, SCALARS, SHAPES, make_array
from .programs import STRUCTURES, Ref, Step

if TYPE_CHECKING:
    from .decoder import Decoder, Fields

__all__ = ["INSTRUCTIONS", "KINDS", "read_input"]

UNARY = (
    "exp sin tanh sqrt negative abs conj square sign log reciprocal isnan "
    "logical_not invert floor rint log1p expm1 cbrt signbit positive "
    "isfinite cos arctan round nan_to_num angle exp2 log2 trunc copy arcsinh"
).split()
BINARY = (
    "multiply add subtract true_divide power maximum minimum equal less "
    "arctan2 hypot copysign remainder floor_divide logical_and bitwise_xor "
    "left_shift fmod heaviside nextafter logaddexp float_power fmax "
    "greater_equal not_equal bitwise_and divide mod"
).split()
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
REDUCTIONS = (
    "sum mean max prod any min std var all argmax argmin cumsum cumprod "
    "count_nonzero linalg.norm ptp median sort argsort nansum"
).split()
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
    elif how == 4:
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
    made.emit(kind, "call", function, x)


# ------------------------------------------------------------------- bait


def duplicate(made: "Decoder", fields: "Fields") -> None:
    """The same call again; for a constant, one of the same bits."""
    step = made.steps[-1 - fields.take(12) % len(made.steps)]
    if step.kind == "error" or step.form == "input":
        return
    if step.form == "value" and isinstance(step.target, np.ndarray):
        step = dataclasses.replace(step, target=step.target.copy(order="K"))
    if step.kind not in ("opaque", "write") or _unwritten(step):
        made.add(dataclasses.replace(step, kind="dup"))


def _unwritten(step: Step) -> bool:
    return step.target is not scribble


NEAR: dict[Any, tuple[Any, ...]] = {
    1: (1, 1.0, True, np.float32(1), -1),
    0: (0, 0.0, -0.0, False, -1),
    -1: (-2, 0, -1.0, -1),
    2: (2.0, np.float32(2), 2, 3),
}


def _near(x: Any, which: int) -> Any:
    """Something that is almost the same."""
    if isinstance(x, str) and x in DTYPES:
        return DTYPES[(DTYPES.index(x) + which) % len(DTYPES)]
    if isinstance(x, tuple):
        return x[::-1]
    if x in ("F", "A"):
        return "C"
    if isinstance(x, bool | int | float | np.generic):
        several = NEAR.get(x, (x, type(x)(0)))
        return several[which % len(several)]
    return x


def near_duplicate(made: "Decoder", fields: "Fields") -> None:
    """Almost the same call again."""
    step = made.steps[-1 - fields.take(12) % len(made.steps)]
    if step.form in ("input", "value", "call") or step.kind == "error":
        return
    which, args = fields.take(6), list(step.args)
    kwargs = dict(step.kwargs)
    static = [i for i, a in enumerate(args) if not isinstance(a, Ref)]
    named = [k for k in kwargs if k != "like"]
    if which < 3 and len(args) > 1 and len(static) < len(args) - 1:
        args[0], args[1] = args[1], args[0]
    elif static:
        args[static[-1]] = _near(args[static[-1]], which)
    elif named:
        kwargs[named[0]] = _near(kwargs[named[0]], which)
    else:
        kwargs["keepdims"] = True
    made.add(
        dataclasses.replace(
            step, kind="near-dup", args=tuple(args), kwargs=kwargs
        )
    )


IDENTITIES: tuple[Any, ...] = (
    (operator.add, 0),
    (operator.add, 0.0),
    (operator.mul, 1),
    (operator.mul, 0),
    (operator.sub, 0.0),
    (operator.pow, 1),
    (operator.pow, 2),
    (operator.pow, 3),
    (operator.truediv, 1),
    (operator.getitem, ...),
    (operator.neg,),
    ("transpose",),
    ("conj",),
    ("real",),
    ("positive",),
)


def identity(made: "Decoder", fields: "Fields") -> None:
    """What looks as if it did nothing, once or twice."""
    x = made.find(fields)
    (what, *rest), times = fields.pick(IDENTITIES), 1 + fields.take(2)
    form = "do" if isinstance(what, str) else "operator"
    for _ in range(times):
        if not made.emit("identity", form, what, x, *rest):
            return
        x = Ref(len(made.values) - 1)


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


def error(made: "Decoder", fields: "Fields") -> None:
    """One step that raises: at most one in a program."""
    which = fields.take(3)
    kwargs = {"like": Ref(0)}
    if which == 0:
        x = made.find(
            fields, lambda v: np.asarray(v).dtype.kind in "iu" and np.size(v)
        )
        if x is not None:
            step = Step("error", "operator", operator.floordiv, (x, 0))
            made.add_error(step, "raise")
        return
    if which == 1:
        x = made.find(
            fields,
            lambda v: np.shape(v) in ((3, 3), (4, 4), (2, 2)),
        )
        if x is None or not made.emit("create", "do", "zeros_like", x):
            return
        x = Ref(len(made.values) - 1)
    else:
        made.emit("create", "do", "ones", (2, 2))
        x = Ref(len(made.values) - 1)
    step = Step("error", "do", "linalg.inv", (x,), kwargs)
    made.add_error(step, "ignore")


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
    *(gram,) * 1,
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
KINDS = (
    "unary binary scalar reduction view reshape index contraction linalg "
    "join select cast constant create random opaque write dup near-dup "
    "identity input error"
).split()
