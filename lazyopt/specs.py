"""What is known of an array before it exists: shape, dtype, layout, kind.

Layout and kind are part of a spec because NumPy's bits depend on them: a sum
adds in the order the elements lie in memory, and a 0-d array is raised to a
power by other code than a NumPy scalar.
"""

import functools
import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

__all__ = [
    "NOTHING",
    "UNKNOWN",
    "ArraySpec",
    "contiguous_strides",
    "spec_of",
]

Kind = Literal["array", "scalar", "python", "object"]
Layout = Literal["C", "F", "strided", "unknown"]


class ArraySpec:
    """Shape, dtype, layout and kind of one result, without its data.

    Parameters
    ----------
    shape : sequence of int, int or None
        None when it isn't known before running (an opaque call).
    dtype : str, numpy.dtype, type or None, optional
        An autoray dtype name such as ``"float64"``. None when it depends on
        values (``linalg.eig``) or isn't known.
    layout : {"C", "F"}, optional
        Memory order; ignored where ``strides`` are given.
    kind : {"array", "scalar", "python", "object"}, optional
        An array, a NumPy scalar, a Python number, or something unknown.
    strides : sequence of int or None, optional
        Bytes between neighbours along each axis, on NumPy.

    Raises
    ------
    ValueError
        For a negative size, or an unknown dtype, layout or kind.
    """

    __slots__ = ("_hash", "dtype", "kind", "nbytes", "shape", "strides")

    _hash: int
    #: Bytes of the elements; 0 where shape or dtype is not known.
    nbytes: int
    shape: tuple[int, ...] | None
    dtype: str | None
    strides: tuple[int, ...] | None
    kind: Kind

    def __init__(
        self,
        shape: Sequence[int] | int | None,
        dtype: Any = "float64",
        layout: Layout = "C",
        kind: Kind = "array",
        strides: Sequence[int] | None = None,
    ) -> None:
        if isinstance(shape, int | np.integer):
            shape = (int(shape),)
        if shape is not None:
            shape = tuple(int(d) for d in shape)
            if any(d < 0 for d in shape):
                raise ValueError(f"a shape has no negative sizes: {shape}")
        if kind not in ("array", "scalar", "python", "object"):
            raise ValueError(f"unknown kind {kind!r}")
        if layout not in ("C", "F"):
            raise ValueError(f"a layout is 'C' or 'F', not {layout!r}")
        dtype = None if dtype is None else _dtype_name(dtype)
        if strides is not None:
            strides = tuple(int(s) for s in strides)
            if shape is None or len(strides) != len(shape):
                raise ValueError(f"strides {strides} for a shape of {shape}")
        elif shape is not None and dtype is not None:
            strides = contiguous_strides(shape, itemsize(dtype), layout)
        if strides is not None and shape is not None:
            strides = _steps_taken(shape, strides)
        _set(self, "shape", shape)
        _set(self, "dtype", dtype)
        _set(self, "kind", kind)
        _set(self, "strides", strides)
        nbytes = 0
        if shape is not None and dtype is not None:
            nbytes = math.prod(shape) * itemsize(dtype)
        _set(self, "nbytes", nbytes)
        _set(self, "_hash", hash((shape, dtype, kind, strides)))

    def __setattr__(self, name: str, value: object = None) -> None:
        raise AttributeError("an ArraySpec can't be changed; make a new one")

    __delattr__ = __setattr__

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, ArraySpec)
            and self.shape == other.shape
            and self.dtype == other.dtype
            and self.kind == other.kind
            and self.strides == other.strides
        )

    def __reduce__(self) -> tuple[Any, ...]:
        args = (self.shape, self.dtype, "C", self.kind, self.strides)
        return ArraySpec, args

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self._known_shape())

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self._known_shape())

    @property
    def layout(self) -> Layout:
        """``"C"``, ``"F"``, ``"strided"``, or ``"unknown"``."""
        if self.strides is None or self.shape is None or self.dtype is None:
            return "unknown"
        return _layout(self.shape, self.strides, itemsize(self.dtype))

    def _known_shape(self) -> tuple[int, ...]:
        if self.shape is None:
            raise ValueError(
                "the shape of an opaque call's result isn't known before it "
                "runs; give it with register_op(fn, infer=...)"
            )
        return self.shape

    def __str__(self) -> str:
        if self == NOTHING:
            return "None"
        shape = "?" if self.shape is None else ",".join(map(str, self.shape))
        mark = {"array": "", "scalar": " scalar", "python": " python"}
        layout = "" if self.layout in ("C", "unknown") else f" {self.layout}"
        return (
            f"{self.dtype or '?'}[{shape}]{layout}{mark.get(self.kind, ' ?')}"
        )

    def __repr__(self) -> str:
        parts = [repr(self.shape), repr(self.dtype)]
        if self.layout == "F":
            parts.append("layout='F'")
        elif self.layout == "strided":
            parts.append(f"strides={self.strides}")
        if self.kind != "array":
            parts.append(f"kind={self.kind!r}")
        return f"ArraySpec({', '.join(parts)})"


_set = object.__setattr__


@functools.cache
def _dtype_name(dtype: Any) -> str:
    """Autoray's name of a dtype given in any way that NumPy takes."""
    if isinstance(dtype, str) and dtype == "bfloat16":
        return dtype  # other backends have it
    try:
        name: str = np.dtype(dtype).name
    except TypeError:
        raise ValueError(f"unknown dtype {dtype!r}") from None
    return name


@functools.cache
def itemsize(dtype: str) -> int:
    """Bytes of one element of the dtype with this name."""
    if dtype == "bfloat16":
        return 2
    return np.dtype(dtype).itemsize


def contiguous_strides(
    shape: Sequence[int],
    item: int,
    layout: str = "C",
) -> tuple[int, ...]:
    """Strides in bytes of a dense array, in C or F order."""
    if layout == "F":
        return contiguous_strides(shape[::-1], item)[::-1]
    strides, step = [], item
    for d in reversed(shape):
        strides.append(step)
        step *= max(d, 1)
    return tuple(reversed(strides))


def _steps_taken(
    shape: tuple[int, ...], strides: tuple[int, ...]
) -> tuple[int, ...]:
    """Strides, with 0 where no step is ever taken, so that specs compare."""
    if 0 in shape:
        return (0,) * len(shape)
    return tuple(
        [0 if d == 1 else s for d, s in zip(shape, strides, strict=True)]
    )


@functools.lru_cache(1 << 14)
def _layout(
    shape: tuple[int, ...], strides: tuple[int, ...], item: int
) -> Layout:
    if 0 in shape:
        return "C"
    names: tuple[Layout, Layout] = ("C", "F")
    for name in names:
        dense = contiguous_strides(shape, item, name)
        # An axis of one element is never stepped along.
        if all(
            d == 1 or s == t
            for d, s, t in zip(shape, strides, dense, strict=True)
        ):
            return name
    return "strided"


#: What is known of the result of a call nobody registered: nothing.
UNKNOWN = ArraySpec(None, None, kind="object")

#: Spec of a None among the results: it is no array and holds no memory.
NOTHING = ArraySpec((0,), "bool", kind="object")


@functools.lru_cache(1 << 14)
def make_spec(
    shape: tuple[int, ...] | None,
    dtype: str | None,
    kind: Kind,
    strides: tuple[int, ...] | None,
) -> ArraySpec:
    """An ArraySpec from parts that are known to be valid, cached."""
    return ArraySpec(shape, dtype, kind=kind, strides=strides)


_PYTHON_DTYPES = {
    bool: "bool",
    int: "int64",
    float: "float64",
    complex: "complex128",
}


def spec_of(x: Any) -> ArraySpec:
    """Spec of a concrete value: array of any backend, scalar, or other.

    Returns
    -------
    ArraySpec
        Strides are known for NumPy arrays and torch tensors, and taken to
        be C elsewhere.
    """
    if isinstance(x, np.ndarray | np.generic) and x.dtype.kind in "SUV":
        return UNKNOWN  # text and records are nobody's operands
    if isinstance(x, np.ndarray):
        return make_spec(x.shape, x.dtype.name, "array", x.strides)
    if isinstance(x, np.generic):
        return make_spec((), x.dtype.name, "scalar", ())
    if x is None:
        return NOTHING
    if type(x) in _PYTHON_DTYPES:
        return make_spec((), _PYTHON_DTYPES[type(x)], "python", ())
    if hasattr(x, "shape") and hasattr(x, "dtype"):
        import autoray

        shape = tuple(int(d) for d in autoray.shape(x))
        dtype = autoray.get_dtype_name(x)
        strides = None
        if callable(getattr(x, "stride", None)):  # torch counts elements
            strides = [step * itemsize(dtype) for step in x.stride()]
        return ArraySpec(shape, dtype, strides=strides)
    return UNKNOWN
