"""The kinds of instructions: each adds steps to a program under way."""

import functools
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from lazyopt.testing.arithmetic import (
    binary,
    cast,
    reduce,
    unary,
    with_scalar,
    words,
)
from lazyopt.testing.bait import (
    alike_constants,
    duplicate,
    error,
    identity,
    near_duplicate,
    neutral_constant,
)
from lazyopt.testing.calls import any_call
from lazyopt.testing.contractions import contract, decompose, gram
from lazyopt.testing.effects import OPAQUE, scribble
from lazyopt.testing.operands import DTYPES, LAYOUTS, MOST_INPUTS, make_array
from lazyopt.testing.pairs import neutral, round_trip, twins
from lazyopt.testing.programs import STRUCTURES
from lazyopt.testing.shaping import index, join, reshape, select, view
from lazyopt.testing.steps import Step
from lazyopt.testing.templates import TEMPLATES, template

if TYPE_CHECKING:
    from lazyopt.testing.decoder import Decoder, Fields

__all__ = [
    "INSTRUCTIONS",
    "KINDS",
    "KNOWN",
    "Instruction",
    "bait_for",
    "opaque",
    "read_input",
]


def read_input(made: "Decoder", fields: "Fields") -> Any:
    """An input: an array, or now and then a NumPy scalar."""
    shape, dtype = fields.pick(made.drawn.shapes), fields.pick(DTYPES)
    layout, pattern = fields.pick(LAYOUTS), fields.pick(made.drawn.patterns)
    array = make_array(dtype, shape, layout, pattern)
    return array[()] if not shape and layout == "strided" else array


def constant(made: "Decoder", fields: "Fields") -> None:
    shape, dtype = fields.pick(made.drawn.shapes), fields.pick(DTYPES)
    layout = fields.pick((*LAYOUTS, "alias", "view"))
    pattern = fields.pick(made.drawn.patterns)
    if layout in ("alias", "view"):
        old = [s.target for s in made.steps if s.form == "value"]
        if not old:
            return
        x = old[fields.take(4) % len(old)]
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
    ("eye",),
    ("arange",),
    ("copy",),
)


def create(made: "Decoder", fields: "Fields") -> None:
    """Arrays made out of nothing, and of constants alone, when traced."""
    name, *rest = fields.pick(CREATIONS)
    if name in ("eye", "arange"):
        count = made.drawn.shapes[fields.take(3)][-1]
        made.emit("create", "do", name, count)
    elif name == "copy":
        x = made.find(fields, lambda v: isinstance(v, np.ndarray))
        if x is not None and made.emit("create", "do", "tanh", x):
            made.emit("create", "do", "transpose", made.last)
    else:
        shape = fields.pick(made.drawn.shapes[:6])
        made.emit("create", "do", name, shape, *rest)


#: How views of constants are written that have gaps, or are the array itself.
CONSTANT_VIEWS: tuple[tuple[Any, ...], ...] = (
    ("operator", operator.getitem, (..., slice(None, None, 2))),
    ("operator", operator.getitem, (slice(None), 0)),
    ("do", "real"),
    ("do", "diagonal"),
    ("do", "split", 3),
    ("do", "asarray"),
    ("do", "atleast_1d"),
    ("do", "ravel"),
)


def constant_view(made: "Decoder", fields: "Fields") -> None:
    """A view of what is made of constants alone, and two readers."""
    dtype, layout = fields.pick(DTYPES[:6]), fields.pick(LAYOUTS[:3])
    shape = fields.pick(((3, 4), (9, 9)))
    value = make_array(dtype, shape, layout, "normal")
    if not made.add(Step("constant", "value", value)):
        return
    if fields.take(3):
        name = fields.pick(("tanh", "negative"))
        if not made.emit("create", "do", name, made.last):
            return
    form, target, *rest = fields.pick(CONSTANT_VIEWS)
    if not made.emit("view", form, target, made.last, *rest):
        return
    seen = made.last
    made.emit("reduction", "do", "sum", seen)
    x = made.find(fields, lambda v: np.ndim(v) == 0) or made.last
    made.emit("binary", "operator", operator.mul, seen, x)


def random(made: "Decoder", fields: "Fields") -> None:
    name = fields.pick(("random.normal", "random.uniform"))
    size = fields.pick((*made.drawn.shapes[:3], 2, None))
    made.emit("random", "do", name, size=size)


def opaque(made: "Decoder", fields: "Fields") -> None:
    function = fields.pick((*OPAQUE, scribble))
    x = made.find(fields, lambda v: isinstance(v, np.ndarray))
    if x is None or not made.is_traced(x):
        return
    if function is not scribble:
        made.emit("opaque", "call", function, x)
        return
    value = made.value(x)
    held = [*made.inputs, *(s.target for s in made.steps)]
    if not value.flags.writeable or any(
        isinstance(h, np.ndarray) and np.may_share_memory(value, h)
        for h in held
    ):
        return
    # What reads it before the write is not what reads it after.
    if made.emit("unary", "do", "copy", x):
        first = made.last
        made.emit("write", "call", function, x)
        made.emit("dup", "do", "copy", x)
        made.emit("binary", "operator", operator.mul, first, made.last)


def new_input(made: "Decoder", fields: "Fields") -> None:
    if len(made.inputs) < MOST_INPUTS:
        made.input(read_input(made, fields))


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
    *(any_call,) * 6,
    *(constant,) * 3,
    *(create,) * 3,
    *(constant_view,) * 2,
    *(random,) * 2,
    *(opaque,) * 3,
    *(duplicate,) * 6,
    *(near_duplicate,) * 4,
    *(twins,) * 5,
    *(identity,) * 5,
    *(round_trip,) * 6,
    *(template,) * 3,
    *(neutral,) * 3,
    *(neutral_constant,) * 2,
    *(alike_constants,) * 2,
    *(new_input,) * 2,
    *(output,) * 2,
    *(error,) * 1,
)


def bait_for(name: str, digits: int) -> int | None:
    """The code of an instruction that a pass finds work in.

    Parameters
    ----------
    name : str
        The pass.
    digits : int
        What to draw with.
    """
    which = _templates_for(name)
    if not which:
        return None
    digits, i = divmod(digits, len(which))
    n = len(INSTRUCTIONS)
    code = which[i] + len(TEMPLATES) * digits
    return _TEMPLATE + n * code


@functools.cache
def _templates_for(name: str) -> list[int]:
    return [i for i, t in enumerate(TEMPLATES) if t.name == name]


_TEMPLATE = INSTRUCTIONS.index(template)


#: Those whose results have a known size.
KNOWN = tuple(i for i in INSTRUCTIONS if i not in (opaque, error))
#: What kinds of steps there are.
KINDS = words(
    "unary binary scalar reduction view reshape index contraction linalg "
    "join select cast call constant create random opaque write dup near-dup "
    "identity input error"
)
