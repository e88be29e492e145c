"""Where the programs come from that `check_pass` tries a pass on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lazyopt.testing.bait import (
    alike_constants,
    alike_inputs,
    duplicate,
    error,
    near_duplicate,
    neutral_constant,
)
from lazyopt.testing.decoder import decoded
from lazyopt.testing.directed import About
from lazyopt.testing.instructions import (
    INSTRUCTIONS,
    Instruction,
    constant,
    constant_view,
    create,
    opaque,
)
from lazyopt.testing.naming import Named
from lazyopt.testing.operands import SMALL, TAME, Drawn
from lazyopt.testing.pairs import twins
from lazyopt.testing.programs import Program, random_codes
from lazyopt.testing.templates import template_for

__all__ = ["Source", "sources_for"]

#: Several calls take many digits.
LONGER_CODE = 1 << 62
#: Where the order of a sum tells, as well as small arrays.
LARGER = SMALL._replace(
    shapes=(*SMALL.shapes, (9, 9), (9, 20), (5, 6, 7), (40,), (1, 3, 1)),
    patterns=("normal", "whole", "definite", "normal", "extreme", "special"),
)
#: What passes of the library look for that isn't the name of an op.
_SOUGHT: dict[str, tuple[Instruction, ...]] = {
    "fold": (constant, constant_view, create, neutral_constant, error),
    "share": (
        duplicate,
        near_duplicate,
        twins,
        twins,
        alike_constants,
        alike_inputs,
    ),
}


@dataclass(frozen=True)
class Source:
    """What codes are drawn, and what programs they stand for.

    Attributes
    ----------
    drawn : Drawn
    instructions : sequence of callable
    length : tuple of int
        Of how many instructions programs are, at least and at most.
    """

    drawn: Drawn
    instructions: Sequence[Instruction] = INSTRUCTIONS
    length: tuple[int, int] = (14, 34)

    def codes(self, seed: int, number: int) -> list[int]:
        """The codes of one of the programs of a seed."""
        rng = np.random.RandomState((seed, number))
        return random_codes(rng, *self.length, below=LONGER_CODE)

    def program(self, codes: Sequence[int]) -> Program:
        """The program that codes stand for. Used inside `prepared`."""
        return decoded(codes, self.drawn, self.instructions)


def sources_for(named: Named, exact: bool = True) -> tuple[Source, ...]:
    """Where the programs come from that a pass is tried on, in turns.

    Of any kind; and if the pass names ops, twice as many short ones about
    those. What a pass that comes with the library looks for is among them; for
    those that merge or fold, it stands in the ops' place.

    Parameters
    ----------
    named : Named
        What the pass names.
    exact : bool
        Whether results must agree to the bit.
    """
    general = Source(SMALL if exact else TAME)
    about = About(named)
    ways = list(_SOUGHT.get(named.title, ()))
    if not ways and not about.names:
        return (general,)
    if not ways:
        ways += (about.one, about.nested, about.nested)
        if about.joining:
            ways.append(about.joined)
    bait = template_for(named.title)
    if bait is not None:
        ways += (bait, bait)
    # Of results whose specs aren't known, or that somebody writes into, there
    # are enough in the others: few rewrites ask for that.
    others = [way for way in INSTRUCTIONS if way is not opaque]
    instructions = (
        *others,
        *(way for way in ways for _ in range(len(INSTRUCTIONS) // 2)),
    )
    drawn = LARGER if exact else TAME
    if exact and error in ways:  # it is one where they are raised
        drawn = drawn._replace(raising=2)
    directed = Source(drawn, instructions, (3, 10))
    return general, directed, directed
