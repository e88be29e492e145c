"""Instructions that wrong passes fall for: twins, near twins, identities."""

import dataclasses
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from lazyopt.testing.arithmetic import REDUCTIONS
from lazyopt.testing.effects import scribble
from lazyopt.testing.operands import DTYPES, MOST_INPUTS, make_array
from lazyopt.testing.steps import Ref, Step

if TYPE_CHECKING:
    from lazyopt.testing.decoder import Decoder, Fields

__all__ = [
    "alike_constants",
    "alike_inputs",
    "duplicate",
    "error",
    "identity",
    "like",
    "near_duplicate",
    "neutral_constant",
]


def duplicate(made: "Decoder", fields: "Fields") -> None:
    """The same call again; for a constant, one of the same bits."""
    step = made.steps[-1 - fields.take(12) % len(made.steps)]
    if step.kind == "error" or step.form == "input":
        return
    if step.form == "value" and isinstance(step.target, np.ndarray):
        step = dataclasses.replace(step, target=step.target.copy(order="K"))
    if step.target is not scribble:
        made.add(dataclasses.replace(step, kind="dup"))


NEAR: dict[Any, tuple[Any, ...]] = {
    1: (1, 1.0, True, np.float32(1), -1),
    0: (0, 0.0, -0.0, False, -1),
    -1: (-2, 0, -1.0, -1),
    2: (2.0, np.float32(2), 2, 3),
}


def _near(x: Any, which: int, counts: bool) -> Any:
    """Something that is almost the same; a whole number where that counts.

    Some of NumPy's functions take axes and counts that are no whole numbers.
    """
    near = _nearest(x, which)
    whole = counts and isinstance(x, int) and not isinstance(near, int)
    return int(near) if whole else near


def _nearest(x: Any, which: int) -> Any:
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
    if step.form == "value":
        near_constant(made, fields, step.target)
    if step.form in ("input", "value", "call", "get") or step.kind == "error":
        return
    if step.form == "do" and step.target.startswith("random."):
        return  # one that fails would leave the generator in another state
    if step.target == "linalg.norm":
        return  # the next order of a norm iterates, maybe for ever on NaN
    which, args = fields.take(6), list(step.args)
    kwargs = dict(step.kwargs)
    static = [i for i, a in enumerate(args) if not isinstance(a, Ref)]
    named = list(kwargs)
    counts = step.kind not in ("binary", "scalar", "identity")
    if which < 3 and len(args) > 1 and len(static) < len(args) - 1:
        args[0], args[1] = args[1], args[0]
    elif static:
        args[static[-1]] = _near(args[static[-1]], which, counts)
    elif named:
        kwargs[named[0]] = _near(kwargs[named[0]], which, counts)
    elif step.target in REDUCTIONS:
        kwargs["keepdims"] = True
    else:
        return
    made.add(
        dataclasses.replace(
            step, kind="near-dup", args=tuple(args), kwargs=kwargs
        )
    )


#: Dtypes by the bytes of an element: the same bits are other numbers.
_SAME_SIZE = {
    1: ("int8", "uint8"),
    2: ("float16", "int16"),
    4: ("float32", "int32"),
    8: ("float64", "int64", "uint64", "complex64"),
}


def near_constant(made: "Decoder", fields: "Fields", x: Any) -> None:
    """Almost the same array as one that is there, and a sum of both."""
    other = _near_array(np.asarray(x), fields)
    if other is None or not made.add(Step("near-dup", "value", other)):
        return
    new = made.last
    old = next(i for i, v in enumerate(made.values) if v is x)
    # A sum hides the signs of zeros.
    signs = "angle" if other.dtype.kind == "c" else "signbit"
    name = fields.pick(("sum", signs if other.dtype.kind in "fc" else "exp"))
    for ref in (Ref(old), new):
        made.emit("near-dup", "do", name, ref)


def _near_array(x: np.ndarray, fields: "Fields") -> np.ndarray | None:
    """An array in another layout, with another bit, or of another type."""
    which = fields.take(5)
    if which == 0:
        return x.copy(order="F" if x.flags.c_contiguous else "C")
    if which == 1:
        return x.reshape(fields.pick((-1, x.shape[::-1]))).copy()
    if which == 2:
        others = [d for d in _SAME_SIZE.get(x.itemsize, ()) if d != x.dtype]
        return x.copy().view(fields.pick(others)) if others else None
    made = x.copy(order="K")
    if not x.size or x.dtype.kind == "b":
        return None
    if which == 3:
        made[made == 0] = -made[made == 0]
    else:
        made[(-1,) * x.ndim] += 1
    return made


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
        x = made.last


def alike_constants(made: "Decoder", fields: "Fields") -> None:
    """Two constants that are almost the same."""
    shape, dtype = fields.pick(made.drawn.shapes), fields.pick(DTYPES)
    pattern = fields.pick(made.drawn.patterns)
    array = make_array(dtype, shape, "C", pattern)
    if made.add(Step("constant", "value", array)):
        near_constant(made, fields, array)


def like(x: Ref, made: "Decoder", fields: "Fields") -> Ref:
    """A new input of the same dtype and shape, if there can be one more."""
    value = np.asarray(made.value(x))
    dtype = value.dtype.name
    if len(made.inputs) == MOST_INPUTS or dtype not in DTYPES:
        return x
    layout = fields.pick(("C", "C", "F", "strided"))
    pattern = fields.pick(made.drawn.patterns)
    # In the other direction, so that it isn't the same numbers.
    values = make_array(dtype, value.shape, layout, pattern)
    values[...] = np.flip(values).copy()
    made.input(values)
    return made.last


def alike_inputs(made: "Decoder", fields: "Fields") -> None:
    """An input that looks like a value that is there, and both read alike."""
    x = made.find(fields)
    if x is not None:
        other = like(x, made, fields)
        for ref in (x, other):
            made.emit("near-dup", "do", "exp", ref)


_NEUTRAL: tuple[tuple[Any, Any], ...] = (
    (operator.add, 0.0),
    (operator.add, -0.0),
    (operator.sub, 0.0),
    (operator.mul, 1),
    (operator.mul, 0),
    (operator.truediv, 1),
    (operator.pow, 1),
    (operator.matmul, "eye"),
)


def neutral_constant(made: "Decoder", fields: "Fields") -> None:
    """A constant that looks as if it did nothing to an array."""
    x = made.find(fields, lambda v: isinstance(v, np.ndarray))
    if x is None:
        return
    value, (function, element) = made.value(x), fields.pick(_NEUTRAL)
    dtype = value.dtype if fields.take(4) else np.dtype("float64")
    if element == "eye":
        (n,) = np.shape(value)[-1:] or (1,)
        if n * n > made.largest:
            return
        array = np.eye(n, dtype=dtype)
    else:
        shapes = (np.shape(value), np.shape(value)[-1:], (1, 1))
        array = np.full(fields.pick(shapes), element, dtype)
    if not made.add(Step("constant", "value", array)):
        return
    args = (x, made.last) if fields.take(3) else (made.last, x)
    if made.emit("identity", "operator", function, *args) and fields.take(2):
        made.emit("scalar", "do", "copysign", 1.0, made.last)


def _is_whole(x: Any) -> bool:
    """Whether it holds whole numbers, and not as one of Python's.

    Those are divided when the program is traced.
    """
    return hasattr(x, "dtype") and x.dtype.kind in "iu" and x.size > 0


def error(made: "Decoder", fields: "Fields") -> None:
    """One step that raises, and maybe one that reads what it would give."""
    if made.divide == "raise":
        if fields.take(3) == 2:  # of nothing that is given
            shape = fields.pick(((3,), ()))
            made.emit("create", "do", "ones", shape, dtype="int64")
        x = made.find(fields, _is_whole)
        if x is not None:
            step = Step("error", "operator", operator.floordiv, (x, 0))
            made.add_error(step, fields.take(2) == 1)
        return
    if fields.take(2):
        x = made.find(
            fields, lambda v: np.shape(v) in ((3, 3), (4, 4), (2, 2))
        )
        if x is None or not made.emit("create", "do", "zeros_like", x):
            return
    else:
        made.emit("create", "do", "ones", (2, 2))
    step = Step("error", "do", "linalg.inv", (made.last,))
    made.add_error(step, fields.take(2) == 1)
