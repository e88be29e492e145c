"""Arguments of the user's function, as they are written in a shell."""

import ast
import re
from typing import Any

from lazyopt.commands.console import UsageError
from lazyopt.specs import ArraySpec

__all__ = ["argument", "keyword"]

HOW = (
    "Write an array as its sizes and its dtype, such as 1000x1000:float64, "
    "100:complex128, 64x64:float32:F for Fortran order or ():float64 for one "
    "of no axes, and anything else as a Python literal, such as 12, 0.5, "
    "None, (1, 2) or \"'text'\""
)

#: Sizes, a dtype, and perhaps a layout. A literal never looks like this.
ARRAY = re.compile(
    r"(?P<shape>\(\)|\d+(x\d+)*):(?P<dtype>\w+)(:(?P<order>\w+))?"
)


def argument(text: str) -> Any:
    """An `ArraySpec` or a plain value from what stands in a shell.

    Parameters
    ----------
    text : str
        ``1000x1000:float64``, or a Python literal. Nothing is evaluated.

    Raises
    ------
    UsageError
        If it is neither, saying what is expected.
    """
    found = ARRAY.fullmatch(text.strip())
    if found is not None:
        return _spec(text, found)
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise UsageError(f"{text!r} is no argument. {HOW}.") from None


def _spec(text: str, found: re.Match[str]) -> ArraySpec:
    sizes = () if found["shape"] == "()" else found["shape"].split("x")
    layout: Any = found["order"] or "C"
    try:
        return ArraySpec([*map(int, sizes)], found["dtype"], layout)
    except ValueError as error:
        raise UsageError(f"{text!r} is no array: {error}. {HOW}.") from None


def keyword(text: str) -> tuple[str, Any]:
    """A name and its value from ``name=VALUE``.

    Raises
    ------
    UsageError
        If there is no name, or the value is none; see `argument`.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise UsageError(
            f"{text!r} is no keyword argument: write name=VALUE. {HOW}."
        )
    return name, argument(value)
