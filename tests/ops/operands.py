"""Operands for the op tests: every dtype, in every order memory can have."""

import functools
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["DTYPES", "ORDERS", "Maker", "call", "variants"]

DTYPES = (
    "float64",
    "int8",
    "complex64",
    "bool",
    "float32",
    "int64",
    "float16",
    "uint8",
    "complex128",
    "int32",
    "int16",
)
ORDERS = (
    "C",
    "F",
    "strided",
    "reversed",
    "rotated",
    "repeated",
    "windowed",
    "flipped",
)

Variant = tuple[tuple[str, str], ...]
Call = tuple[tuple[Any, ...], dict[str, Any]]


def _values(shape: tuple[int, ...], dtype: str, seed: int) -> np.ndarray:
    """Small whole numbers, heavy on the diagonal: matrices are regular."""
    rng = np.random.default_rng(seed)
    data: Any = rng.integers(1, 4, shape)
    if len(shape) > 1:
        k = min(shape[-2:])
        data[..., range(k), range(k)] += 10
    if dtype == "bool":
        return np.asarray(data % 2 == 1)
    if dtype.startswith("complex"):
        data = data + 1j * rng.integers(0, 2, shape)
    return np.asarray(data).astype(dtype)


@functools.cache
def array(
    shape: tuple[int, ...], dtype: str, order: str, place: int
) -> np.ndarray:
    """An array to read only, whose axes lie in memory as ``order`` says.

    ``place`` tells apart operands of one call, which share no memory.
    """
    n = len(shape)
    whole = (slice(None),) * n
    if order == "strided":
        made = _values(tuple(2 * d for d in shape), dtype, place)
        made = made[(slice(None, None, 2),) * n]
    elif order == "windowed":
        # Rows with gaps between them, each row dense.
        made = _values((*shape[:-1], *(d + 2 for d in shape[-1:])), dtype, 9)
        made = made[..., : shape[-1]] if n else made
    elif order == "reversed":
        made = _values(shape, dtype, place)[
            tuple(slice(None, None, -1) for _ in whole)
        ]
    elif order == "flipped":
        made = np.asfortranarray(_values(shape, dtype, place))
        made = made[::-1] if n else made
    elif order == "rotated":
        made = _values((*shape[1:], *shape[:1]), dtype, place)
        made = made.transpose((n - 1, *range(n - 1))) if n else made
    elif order == "repeated":
        made = _values((1, *shape[1:]) if n else (), dtype, place)
        made = np.broadcast_to(made, shape)
    else:
        fill: Any = np.asfortranarray if order == "F" else np.asarray
        made = fill(_values(shape, dtype, place))
    made = np.asarray(made)
    made.flags.writeable = False
    return made


def variants(count: int) -> Iterator[Variant]:
    """Dtypes and orders for the arrays of one call.

    For one array, every dtype comes in three orders. For more, every pair of
    dtypes comes once, and every pair of orders with it.
    """
    if count < 2:
        for i, dtype in enumerate(DTYPES):
            for shift in (0, 3, 6):
                yield ((dtype, ORDERS[(i + shift) % len(ORDERS)]),)
        return
    pairs = itertools.product(DTYPES, DTYPES)
    orders = itertools.cycle(itertools.product(ORDERS, ORDERS))
    for (a, b), (o, p) in zip(pairs, orders, strict=False):
        yield ((a, o), (b, p))


class Maker:
    """Makes the arrays of one call: ``x(3, 4)`` is the next one.

    Parameters
    ----------
    variant : tuple of (str, str)
        Dtype and order of the first array, the second, and again.
    """

    def __init__(self, variant: Variant) -> None:
        self.variant = variant
        self.made: list[np.ndarray] = []

    @property
    def dtype(self) -> str:
        """Dtype of the next array."""
        return self.variant[len(self.made) % len(self.variant)][0]

    def __call__(self, *shape: int, dtype: str | None = None) -> np.ndarray:
        place = len(self.made)
        own, order = self.variant[place % len(self.variant)]
        made = array(shape, dtype or own, order, place)
        self.made.append(made)
        return made

    def scalar(self) -> Any:
        """A NumPy scalar."""
        return self()[()]


def call(*args: Any, **kwargs: Any) -> Call:
    """The arguments of one call."""
    return args, kwargs
