"""Arrays and scalars for random programs: all dtypes, layouts, extremes."""

import functools
from typing import Any, NamedTuple

import numpy as np

__all__ = [
    "DTYPES",
    "LARGE",
    "LAYOUTS",
    "MOST_INPUTS",
    "PATTERNS",
    "SCALARS",
    "SMALL",
    "TAME",
    "Drawn",
    "laid_out",
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
    "int32",
    "uint64",
)

_SHAPES: tuple[tuple[int, ...], ...] = (
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

#: Likewise, most of them of 8 kB and more.
_LARGE_SHAPES: tuple[tuple[int, ...], ...] = (
    (24, 48),
    (32, 32),
    (1100,),
    (),
    (8, 12, 12),
    (36, 36),
    (1,),
    (0,),
    (36, 1),
    (9000,),
    (2, 24, 24),
    (90, 40),
)

LAYOUTS = ("C", "F", "strided", "reversed", "broadcast", "readonly")
PATTERNS = ("normal", "whole", "definite", "extreme", "special")

#: How many inputs a program may have.
MOST_INPUTS = 4

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


class Drawn(NamedTuple):
    """What may be drawn for what is not computed.

    Attributes
    ----------
    shapes : tuple of tuple of int
    patterns : tuple of str
        Of `PATTERNS`, what arrays may hold.
    scalars : tuple
    raising : int
        In one program out of so many divisions by zero raise; 0 for none.
    """

    shapes: tuple[tuple[int, ...], ...]
    patterns: tuple[str, ...] = PATTERNS
    scalars: tuple[Any, ...] = SCALARS
    raising: int = 8


#: Small arrays, with NaN, infinities and the ends of ranges among them.
SMALL = Drawn(_SHAPES)
#: Arrays large enough to measure.
LARGE = Drawn(_LARGE_SHAPES)
#: Small arrays, far from where rounding becomes overflow.
TAME = Drawn(
    _SHAPES,
    ("normal", "whole", "definite", "special"),
    tuple(x for x in SCALARS if np.isfinite(x)),
    0,
)

#: Bits of a signalling NaN, by the bytes of a float.
_SIGNALLING = {2: 0x7C01, 4: 0x7F800001, 8: 0x7FF0000000000001}
_SPECIAL = (0.0, -0.0, np.inf, -np.inf, np.nan, -np.nan, 1.0, -1.5)


def _fill(
    dtype: np.dtype, count: int, pattern: str, seed: int = 0
) -> np.ndarray:
    """Numbers of a dtype in a row."""
    values: np.ndarray
    rng = np.random.RandomState(seed + PATTERNS.index(pattern))
    if dtype.kind == "b":
        return rng.randint(0, 2, count).astype(bool)
    if dtype.kind in "iu":
        values = rng.randint(0 if dtype.kind == "u" else -4, 5, count)
        values = values.astype(dtype)
        if pattern == "extreme":
            info = np.iinfo(dtype)
            ends = np.array([info.max, info.min, 0], dtype)
            values[::2] = np.resize(ends, count)[::2]
        return values
    if dtype.kind == "c":
        half = np.dtype(f"f{dtype.itemsize // 2}")
        made = np.empty(count, dtype)
        made.real = _fill(half, count, pattern, seed)
        made.imag = _fill(half, count, pattern, seed + len(PATTERNS))
        return made
    values = rng.normal(size=count)
    if pattern in ("whole", "definite"):
        values = np.rint(2 * values)
    values = values.astype(dtype)
    if pattern in ("extreme", "special"):
        mixed: list[Any] = list(_SPECIAL)
        if pattern == "extreme":
            tiny = np.finfo(dtype).smallest_subnormal
            largest = np.finfo(dtype).max
            mixed += [tiny, -tiny, largest, largest, -largest]
        values[::2] = np.resize(np.asarray(mixed, dtype), count)[::2]
    if pattern == "extreme":
        # Arithmetic makes quiet NaNs of signalling ones, copies do not.
        values.view(f"u{dtype.itemsize}")[5::6] = _SIGNALLING[dtype.itemsize]
    return values


@functools.cache
def _filled(dtype: str, shape: tuple[int, ...], pattern: str) -> np.ndarray:
    count = int(np.prod(shape, dtype=int))
    values = _fill(np.dtype(dtype), count, pattern).reshape(shape)
    if pattern == "definite" and len(shape) > 1 and shape[-1] == shape[-2]:
        # Symmetric, with a large diagonal: what decompositions ask for.
        values = values + values.swapaxes(-1, -2).conj()
        # Small whole numbers have no room for more.
        large = 8 * shape[-1] if np.dtype(dtype).kind in "fc" else 8
        values = values + large * np.eye(shape[-1], dtype=dtype)
    return values.astype(dtype)


def make_array(
    dtype: str, shape: tuple[int, ...], layout: str, pattern: str
) -> np.ndarray:
    """A new array, with memory of its own.

    Parameters
    ----------
    dtype : str
    shape : tuple of int
    layout : str
        One of `LAYOUTS`.
    pattern : str
        One of `PATTERNS`: numbers of moderate size, whole ones, positive
        definite matrices, the ends of the dtype's range among others, or
        NaN, infinities and zeros alone.
    """
    values = _filled(dtype, shape, pattern)
    if layout == "reversed" and np.dtype(dtype).kind == "c":
        # Backwards in memory, `abs` of a complex NaN is NaN with a sign, so
        # that even abs(abs(x)) is another NaN: no pass is to be blamed.
        layout = "strided" if np.isnan(values).any() else layout
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


def laid_out(
    values: np.ndarray, strides: tuple[int, ...], writeable: bool = True
) -> np.ndarray:
    """A copy whose elements lie in memory of its own as strides say.

    Parameters
    ----------
    values : numpy.ndarray
    strides : tuple of int
        In bytes; negative ones, and zero where an axis repeats itself.
    writeable : bool, optional
    """
    spans = [s * (d - 1) for d, s in zip(values.shape, strides, strict=True)]
    low = sum(s for s in spans if s < 0) if values.size else 0
    high = sum(s for s in spans if s > 0) if values.size else 0
    memory = np.zeros(high - low + values.itemsize, np.uint8)
    made = np.ndarray(values.shape, values.dtype, memory, -low, strides)
    made[...] = values
    made.flags.writeable = writeable
    return made
