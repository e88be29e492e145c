"""What a template is: some calls, and what they start from."""

from typing import NamedTuple

from lazyopt.testing.pairs import Call

__all__ = ["Template", "each"]


class Template(NamedTuple):
    """Calls, each on what the one before it gives.

    Attributes
    ----------
    name : str
        The pass that they are for.
    calls : tuple of Call
        ``"R0"`` is the operand of the first, ``"R1"`` what that gives, and so
        on.
    start : str
        What they start from: ``"any"`` value; a new matrix, one of the
        ``"large"`` ones; a new array of extremes, of ``"floats"``,
        ``"complex"`` or ``"whole"`` numbers or ``"bools"``; a ``"number"``,
        which is one of no axes; a ``"constant"``.
    returned : tuple of int
        Which of the values are returned, now and then; the last if none are
        named.
    """

    name: str
    calls: tuple[Call, ...]
    start: str = "any"
    returned: tuple[int, ...] = ()


def each(
    name: str, start: str, *several: tuple[Call, ...]
) -> tuple[Template, ...]:
    """Templates for one pass that start from the same."""
    return tuple([Template(name, calls, start) for calls in several])
