"""Whether two ways to run a program can be told apart, to the bit."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Protocol

import numpy as np

from lazyopt.errors import GraphError, VerificationError
from lazyopt.testing.effects import LOG, bits
from lazyopt.testing.outcomes import (
    Judge,
    Outcome,
    compare,
    require,
    shared_pairs,
)
from lazyopt.tree import flatten

__all__ = ["Case", "check_equivalent", "outcome_of"]


class Case(Protocol):
    """What it takes to run a program."""

    @property
    def inputs(self) -> tuple[Any, ...]:
        """Arrays that are given."""

    @property
    def constants(self) -> list[np.ndarray]:
        """Arrays that it closes over."""

    @property
    def args(self) -> tuple[Any, ...]:
        """The inputs, as it is called with them."""

    def state(self) -> AbstractContextManager[None]:
        """The context in which all runs of it are the same."""


def outcome_of(case: Case, run: Callable[..., Any]) -> Outcome:
    """Run something that stands for a program, and see what happens.

    Raises
    ------
    VerificationError
        If it changes its inputs, or the arrays that the program closes over.
    """
    held = [*case.inputs, *case.constants]
    before = list(map(_state, held))
    LOG.clear()
    error, result = None, None
    with case.state():
        try:
            result = run(*case.args)
        except Exception as raised:
            error = raised
    log = list(LOG)
    LOG.clear()
    require(
        list(map(_state, held)) == before, "inputs or constants were changed"
    )
    leaves, structure = flatten(result, _is_leaf)
    return Outcome(error, leaves, log, structure)


def _state(x: Any) -> Any:
    """What may not change in an array that is given."""
    return bits(x), isinstance(x, np.ndarray) and x.flags.writeable


def _is_leaf(x: Any) -> bool:
    return not isinstance(x, tuple | list | dict | type(None))


def check_equivalent(
    case: Case,
    before: Callable[..., Any],
    after: Callable[..., Any],
    *,
    reordered: bool = False,
    judge: Judge | None = None,
    strict: bool = True,
) -> None:
    """Check that two callables can't be told apart on a program's inputs.

    The second is run twice: what it returns must not share memory with what
    it returned before, unless the first does that too.

    Parameters
    ----------
    case : Case
    before, after : callable
        Called with the case's arguments; they return pytrees.
    reordered : bool
        Whether calls may be made in another order.
    judge : callable, optional
        Asked about outputs whose bits differ.
    strict : bool
        Whether what was a view of an array may not be that array itself.

    Raises
    ------
    VerificationError
        If they can.
    GraphError
        If the first changes its inputs.
    """
    held = [*case.inputs, *case.constants]
    try:
        expected = outcome_of(case, before)
    except VerificationError as error:
        raise GraphError(
            "nothing can be said of what writes into its own inputs"
        ) from error
    agree = partial(
        compare, held=held, reordered=reordered, judge=judge, strict=strict
    )
    found = outcome_of(case, after)
    agree(expected, found)
    if expected.error is not None:
        return
    again = outcome_of(case, after)
    agree(expected, again)
    new = _shared(found, again)
    if new:
        old = _shared(expected, outcome_of(case, before))
        require(set(new) <= set(old), "two calls return the same memory")


def _shared(one: Outcome, other: Outcome) -> list[tuple[int, int]]:
    """Places of outputs of two runs that share memory."""
    n = len(one.leaves)
    pairs = shared_pairs([*one.leaves, *other.leaves], n)
    return [(i, j) for i, j in pairs if i < n]
