"""What rewrite rules look for, by pass: so that each rule has work to do."""

import functools
from typing import TYPE_CHECKING

import numpy as np

from lazyopt.testing.calls import operand
from lazyopt.testing.contractions import matrix
from lazyopt.testing.operands import DTYPES, make_array
from lazyopt.testing.pairs import EXTREME, chain
from lazyopt.testing.sought import TEMPLATES, Template
from lazyopt.testing.steps import Ref

if TYPE_CHECKING:
    from lazyopt.testing.decoder import Decoder, Fields
    from lazyopt.testing.instructions import Instruction

__all__ = ["TEMPLATES", "template", "template_for"]


def template(made: "Decoder", fields: "Fields") -> None:
    """One of the templates."""
    _emit(made, fields, TEMPLATES)


@functools.cache
def template_for(name: str) -> "Instruction | None":
    """An instruction for one of those that are for a pass, if there are."""
    chosen = tuple(t for t in TEMPLATES if t.name == name)
    return functools.partial(_emit, templates=chosen) if chosen else None


def _emit(
    made: "Decoder", fields: "Fields", templates: tuple[Template, ...]
) -> None:
    _, calls, start, returned = fields.pick(templates)
    x = _started(made, fields, start)
    if x is None:
        return
    found = chain(made, fields, x, calls)
    # All else is dead then, so that it isn't done each time.
    if returned and fields.take(2) and len(found) > len(calls):
        made.returned += [found[i].place for i in returned]


def _started(made: "Decoder", fields: "Fields", start: str) -> Ref | None:
    """What the first call of a template is on."""
    if start == "any":
        return operand(made, fields, made.drawn.patterns[EXTREME:])
    if start == "large":
        return matrix(made, fields, new=True)
    shapes = [s for s in made.drawn.shapes if np.prod(s) > 6] or [(3, 4)]
    shape = () if start == "number" else fields.pick(shapes)
    kinds = _KINDS[start]
    dtype = fields.pick([d for d in DTYPES if np.dtype(d).kind in kinds])
    pattern = fields.pick(made.drawn.patterns[EXTREME:])
    layout = fields.pick(("C", "C", "F", "strided"))
    value = make_array(dtype, shape, layout, pattern)
    return made.begin(value, start == "constant")


#: Kinds of dtypes that a template starts from.
_KINDS = {
    "bools": "b",
    "complex": "c",
    "constant": "fc",
    "floats": "f",
    "number": "if",
    "whole": "iu",
}
