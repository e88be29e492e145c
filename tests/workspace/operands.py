"""Arrays that calls are checked on, in every dtype and memory order."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from .checking import ORDERS, array, mixed

__all__ = ["DTYPES", "SHAPES", "axis_forms", "one_array", "reduced_calls"]

DTYPES = (
    "float64",
    "int32",
    "complex64",
    "float32",
    "bool",
    "int64",
    "float16",
    "uint8",
    "complex128",
)
SHAPES = ((1000,), (10000,), (100, 100), (500, 400), (9, 1100), (40, 50, 60))


def one_array(
    count: int, *more: Sequence[Any], shapes: Sequence[Any] = SHAPES
) -> Iterator[tuple[Any, ...]]:
    """An array, and a choice of each of what else is given."""
    for case in islice(mixed(shapes, DTYPES, ORDERS, *more), count):
        yield (array(*case[:3]), *case[3:])


def axis_forms(ndim: int, several: bool = True) -> list[Any]:
    """Axes to reduce over: all, each, and pairs of them."""
    forms: list[Any] = [None, -1, *range(ndim)]
    if several and ndim > 1:
        forms += [(0, 1), (0, -1), (ndim - 2, ndim - 1)]
    return forms


def reduced_calls(
    count: int, *, several: bool = True, keepdims: bool = False, **more: Any
) -> Iterator[Any]:
    """Calls over axes of all forms, with a choice of each other option."""
    choices = {k: list(v) for k, v in more.items()}
    if keepdims:
        choices["keepdims"] = [False, True]
    cases = one_array(count, range(60), *choices.values())
    for x, number, *options in cases:
        forms = axis_forms(x.ndim, several)
        kwargs = dict(zip(choices, options, strict=True))
        yield (x,), {"axis": forms[number % len(forms)], **kwargs}
