"""Instructions that wrong passes fall for: twins, near twins, identities."""

import dataclasses
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from .effects import scribble
from .operands import DTYPES
from .programs import Ref, Step

if TYPE_CHECKING:
    from .decoder import Decoder, Fields

__all__ = ["duplicate", "error", "identity", "near_duplicate"]


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
