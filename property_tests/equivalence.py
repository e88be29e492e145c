"""Whether two ways to run a program can be told apart, to the bit."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from lazyopt.tree import flatten

from .effects import LOG, bits
from .programs import Program

__all__ = [
    "Outcome",
    "assert_equivalent",
    "assert_same_outcome",
    "outcome_of",
]


@dataclass(frozen=True)
class Outcome:
    """What can be seen of one run.

    Attributes
    ----------
    error : Exception or None
    leaves : list
        What was returned, flat.
    structure : object
        What it was returned in.
    log : list
        What calls with effects saw, in order.
    aliases : frozenset of pairs
        Which of the inputs, constants and outputs share memory, and which of
        them are one object.
    """

    error: Exception | None
    leaves: list[Any]
    structure: Any
    log: list[Any]
    aliases: frozenset[Any]


def outcome_of(program: Program, run: Callable[..., Any]) -> Outcome:
    """Run something that stands for a program, and see what happens.

    Raises
    ------
    AssertionError
        If it changes its inputs, or the arrays that the program closes over.
    """
    held = [*program.inputs, *program.constants]
    before = list(map(bits, held))
    LOG.clear()
    error, result = None, None
    with program.state():
        try:
            result = run(*program.args)
        except Exception as raised:
            error = raised
    log = list(LOG)
    LOG.clear()
    assert list(map(bits, held)) == before, "inputs or constants were changed"
    leaves, structure = flatten(result, _is_leaf)
    return Outcome(error, leaves, structure, log, aliases(held, leaves))


def _is_leaf(x: Any) -> bool:
    return not isinstance(x, tuple | list | dict | type(None))


def aliases(held: list[Any], leaves: list[Any]) -> frozenset[Any]:
    """Pairs of arrays that share memory, or are one, by their places."""
    arrays = [
        *enumerate(held),
        *((f"out{i}", x) for i, x in enumerate(leaves)),
    ]
    found = set()
    for (i, a), (j, b) in combinations(arrays, 2):
        if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
            if a is b:
                found.add((i, j, "one"))
            if np.may_share_memory(a, b) and np.shares_memory(a, b):
                found.add((i, j, "shared"))
    return frozenset(found)


def strides_of(x: Any) -> Any:
    """Strides along axes that are stepped along."""
    if not isinstance(x, np.ndarray) or 0 in x.shape:
        return None
    pairs = zip(x.shape, x.strides, strict=True)
    return tuple(s for d, s in pairs if d > 1)


def assert_same_outcome(
    expected: Outcome, found: Outcome, reordered: bool = False
) -> None:
    """Check one run against another.

    Same error, or outputs of the same type, kind, dtype, shape, strides and
    bits in the same structure; the same calls with effects, in order; and no
    arrays that share memory now and did not before.

    Parameters
    ----------
    expected, found : Outcome
    reordered : bool
        Whether calls may be made in another order: if the program fails, it
        may then do so sooner or later.
    """
    assert type(found.error) is type(expected.error), (
        f"expected {expected.error!r}, found {found.error!r}"
    )
    logs = expected.log, found.log
    if expected.error is not None and reordered:
        n = min(map(len, logs))
        logs = logs[0][:n], logs[1][:n]
    assert logs[0] == logs[1], "effects differ"
    if expected.error is not None:
        assert str(expected.error) == str(found.error)
        return
    assert found.structure == expected.structure
    assert len(found.leaves) == len(expected.leaves)
    pairs = zip(expected.leaves, found.leaves, strict=True)
    for i, (a, b) in enumerate(pairs):
        assert bits(a) == bits(b), f"output {i}: expected {a!r}, found {b!r}"
        assert strides_of(a) == strides_of(b), (
            f"output {i}: strides {strides_of(a)} became {strides_of(b)}"
        )
    new = found.aliases - expected.aliases
    assert not new, f"share memory now: {sorted(map(str, new))}"


def assert_equivalent(
    program: Program,
    before: Callable[..., Any],
    after: Callable[..., Any],
    reordered: bool = False,
) -> None:
    """Check that two callables can't be told apart on a program's inputs.

    The second is run twice: what it returns must not share memory with what
    it returned before, unless the first does that too.
    """
    expected = outcome_of(program, before)
    found = outcome_of(program, after)
    assert_same_outcome(expected, found, reordered)
    if expected.error is not None:
        return
    again = outcome_of(program, after)
    assert_same_outcome(expected, again, reordered)
    new = aliases(found.leaves, again.leaves)
    if new:
        old = aliases(expected.leaves, outcome_of(program, before).leaves)
        assert new <= old, "two calls return the same memory"
