"""Hold predicted peaks against measured ones, a call at a time."""

import functools
import random
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks import allocations
from lazyopt.ops import Op, get_op

__all__ = [
    "ORDERS",
    "array",
    "check",
    "check_all",
    "describe",
    "mixed",
    "peaks",
]

#: What Python objects and small tables may add to a call, in bytes.
SLACK = 8 << 10
#: Share of the measured peak that a prediction may be off.
SHARE = 0.01

#: Other threads allocate as well, such as those of pytest-xdist. What a model
#: gets wrong it gets wrong each time.
TRIES = 3

#: Layouts of the arrays that `array` makes.
ORDERS = ("C", "F", "strided", "reversed", "repeated", "rotated")

Call = tuple[tuple[Any, ...], dict[str, Any]]


@functools.lru_cache(128)
def array(
    shape: tuple[int, ...] | int, dtype: str = "float64", order: str = "C"
) -> np.ndarray:
    """An array of small positive numbers with its axes in memory as asked.

    Parameters
    ----------
    shape : int or tuple of int
    dtype : str
    order : {"C", "F", "strided", "reversed", "repeated", "rotated"}
        ``"strided"`` takes every second element of a larger array along its
        last axis, ``"repeated"`` has stride 0 along the first, and
        ``"rotated"`` keeps the first axis innermost in memory.
    """
    shape = (shape,) if isinstance(shape, int) else shape
    inner: tuple[int, ...] = shape
    if order == "strided":
        inner = (*shape[:-1], 2 * shape[-1])
    elif order == "repeated":
        inner = (1, *shape[1:])
    elif order == "rotated":
        inner = (*shape[1:], shape[0])
    made = np.random.default_rng(0).integers(1, 4, inner).astype(dtype)
    if order == "F":
        return np.asfortranarray(made)
    if order == "strided":
        return made[..., ::2]
    if order == "reversed":
        return made[..., ::-1]
    if order == "repeated":
        return np.broadcast_to(made, shape)
    if order == "rotated":
        return made.transpose(-1, *range(len(shape) - 1))
    return made


def mixed(*choices: Sequence[Any], seed: int = 0) -> Iterator[Any]:
    """Endless combinations of choices, the same ones each time.

    Where all combinations are too many, some of them, well spread.
    """
    rng = random.Random(seed)
    while True:
        yield tuple(map(rng.choice, choices))


def peaks(op: Op | str, *args: Any, **kwargs: Any) -> tuple[int, int]:
    """Peak bytes of one call, results included: measured and predicted."""
    op = get_op(op) if isinstance(op, str) else op
    measured, profile = allocations.peaks(op, *args, **kwargs)
    return measured, profile.peak_bytes


def check(op: Op | str, *args: Any, **kwargs: Any) -> None:
    """Assert that the model knows the peak of one call.

    It may be off by 1 %, or by 8 KiB where that is more.
    """
    for _ in range(TRIES):
        measured, expected = peaks(op, *args, **kwargs)
        allowed = max(SHARE * measured, SLACK)
        if abs(measured - expected) <= allowed:
            break
    assert abs(measured - expected) <= allowed, (
        f"{op}{describe((args, kwargs))}: {measured:,} bytes, "
        f"predicted {expected:,}"
    )


def check_all(op: Op | str, calls: Iterable[Call]) -> None:
    """Assert likewise for many calls, naming those that are off.

    Calls that NumPy refuses are left out, but not all of them may be.
    """
    op = get_op(op) if isinstance(op, str) else op
    wrong = []
    total = 0
    for args, kwargs in calls:
        if refused(op, args, kwargs):
            continue
        total += 1
        try:
            check(op, *args, **kwargs)
        except AssertionError as error:
            wrong.append(str(error).splitlines()[0])
    assert total, f"no calls of {op}"
    assert not wrong, "\n".join(
        [f"{len(wrong)} of {total} calls:", *wrong[:8]]
    )


def refused(op: Op, args: Any, kwargs: Any) -> bool:
    """Whether NumPy raises an error for such a call."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            op.implementation("numpy")(*args, **kwargs)
        except (ArithmeticError, TypeError, ValueError):
            return True
    return False


def describe(call: Call) -> str:
    """A call as text, arrays by dtype, shape and strides."""

    def one(x: Any) -> str:
        if isinstance(x, np.ndarray):
            return f"{x.dtype}{list(x.shape)}/{x.strides}"
        if type(x) in (list, tuple):
            return f"[{', '.join(map(one, x))}]"
        return repr(x)

    args, kwargs = call
    parts = [*map(one, args), *(f"{k}={one(v)}" for k, v in kwargs.items())]
    return f"({', '.join(parts)})"
