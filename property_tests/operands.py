"""Arrays and scalars for random programs: all dtypes, layouts, extremes."""

import functools
from typing import Any

import numpy as np

__all__ = [
    "DTYPES",
    "LAYOUTS",
    "SCALARS",
    "SHAPES",
    "make_array",
]

DTYPES = (
    "float64",
    "float32",
    "complex128",
    "int64",
    "float64",
    "complex64",
    "bool",
    "int8",
    "uint8",
    "float16",
)

SHAPES: tuple[tuple[int, ...], ...] = (
    (2, 3),
    (3, 3),
    (3,),
    (),
    (2, 3, 4),
    (4, 4),
    (1,),
    (0,),
    (0, 3),
    (3, 1),
    (2, 2, 2),
    (9, 9),
)

LAYOUTS = ("C", "F", "strided", "reversed", "broadcast", "readonly")

#: Scalars that ``==`` can't tell apart stand next to one another.
SCALARS: tuple[Any, ...] = (
    2,
    1,
    1.0,
    True,
    np.float32(1),
    np.float64(1),
    0.0,
    -0.0,
    0,
    -1,
    3,
    2.0,
    np.float64(2),
    0.5,
    float("nan"),
    float("inf"),
    -float("inf"),
    np.int8(2),
    np.complex64(1j),
    1j,
    np.float64(float("nan")),
    np.float16(0.5),
    np.uint8(255),
    np.bool(True),
)

_SPECIAL = (0.0, -0.0, np.inf, -np.inf, np.nan, -np.nan, 1.0, -1.5)


def _fill(dtype: np.dtype, count: int, pattern: int) -> np.ndarray:
    """Numbers of moderate size, small whole ones, or the extremes."""
    rng = np.random.RandomState(pattern)
    if dtype.kind == "b":
        return rng.randint(0, 2, count).astype(bool)
    if dtype.kind in "iu":
        values = rng.randint(0 if dtype.kind == "u" else -4, 5, count)
        values = values.astype(dtype)
        if pattern >= 2:
            info = np.iinfo(dtype)
            values[::2] = np.resize([info.max, info.min, 0], count)[::2]
        return values
    if dtype.kind == "c":
        half = np.dtype(f"f{dtype.itemsize // 2}")
        made = np.empty(count, dtype)
        made.real = _fill(half, count, pattern)
        made.imag = _fill(half, count, pattern + 4)
        return made
    values = rng.normal(size=count)
    if pattern % 4 == 1:
        values = np.rint(2 * values)
    values = values.astype(dtype)
    if pattern % 4 >= 2:
        tiny = np.finfo(dtype).smallest_subnormal
        extremes = [*_SPECIAL, tiny, -tiny, np.finfo(dtype).max]
        values[::2] = np.resize(np.asarray(extremes, dtype), count)[::2]
    return values


@functools.cache
def _filled(dtype: str, shape: tuple[int, ...], pattern: int) -> np.ndarray:
    count = int(np.prod(shape, dtype=int))
    return _fill(np.dtype(dtype), count, pattern).reshape(shape)


def make_array(
    dtype: str, shape: tuple[int, ...], layout: str, pattern: int
) -> np.ndarray:
    """A new array, with memory of its own.

    Parameters
    ----------
    dtype : str
    shape : tuple of int
    layout : str
        One of `LAYOUTS`.
    pattern : int
        0 for numbers of moderate size, 1 for whole ones, 2 and 3 for the
        extremes among them.
    """
    values = _filled(dtype, shape, pattern)
    if layout == "F":
        return values.copy(order="F")
    if layout == "strided" and shape:
        gaps = np.zeros((*shape[:-1], 2 * shape[-1]), dtype)[..., ::2]
        gaps[...] = values
        return gaps
    if layout == "reversed" and shape:
        return values[..., ::-1].copy()[..., ::-1]
    if layout == "broadcast" and shape and shape[0]:
        return np.broadcast_to(values[0].copy(), shape)
    made = values.copy()
    if layout == "readonly":
        made.flags.writeable = False
    return made
