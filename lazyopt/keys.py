"""Value identity: when are two static values the same?

Python's ``==`` and ``hash`` are the wrong answer for a compiler: ``1``,
``1.0`` and ``True`` are equal, ``0.0`` equals ``-0.0``, NaN equals nothing,
and ``hash(-1) == hash(-2)``. A key made here is the full structure of a
value, with types and bits, so two values share a key only if no program can
tell them apart. What has no key of its own is its own identity; the key then
holds the object, so that its ``id`` can't be reused.
"""

import enum
import functools
import struct
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

__all__ = ["ArrayKey", "Identity", "value_key"]


class Identity:
    """Key of a value that is equal to nothing but itself.

    Parameters
    ----------
    value : object
        Kept alive for as long as the key, since ids are reused.
    """

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identity) and self.value is other.value


class ArrayKey:
    """Key of a NumPy array: equal only with type, dtype, shape, strides, bits.

    Parameters
    ----------
    array : numpy.ndarray
        Of any shape and a dtype without Python objects. It is referenced,
        not copied, and must not change.
    """

    __slots__ = ("_hash", "array")

    def __init__(self, array: np.ndarray) -> None:
        self.array = array
        # The hash only spreads keys over buckets: a corner is enough of a
        # sample, equality looks at every bit.
        corner = array[tuple(slice(0, 2) for _ in range(array.ndim))]
        self._hash = hash(
            (array.dtype.str, array.shape, array.strides, corner.tobytes())
        )

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ArrayKey):
            return False
        a, b = self.array, other.array
        if a is b:
            return True
        return (
            type(a) is type(b)
            and a.dtype == b.dtype
            and a.shape == b.shape
            and a.strides == b.strides
            and _same_bits(a, b)
        )


def _same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    """Compare two arrays of one dtype and shape by their bytes, by row."""
    if a.ndim == 0 or a.nbytes <= 1 << 20:
        return a.tobytes() == b.tobytes()
    return all(_same_bits(x, y) for x, y in zip(a, b, strict=True))


def _sequence_key(x: Any, leaf: Callable[[Any], Hashable]) -> Hashable:
    if set(map(type, x)) == {int}:
        # Axes and shapes: equal as they are. No other key has int second.
        return (type(x), int, *x)
    return (type(x), *[value_key(item, leaf) for item in x])


def _dict_key(x: Any, leaf: Callable[[Any], Hashable]) -> Hashable:
    # Order is part of a dict's value: a function can see it.
    items = [(value_key(k, leaf), value_key(v, leaf)) for k, v in x.items()]
    return (type(x), *items)


def _set_key(x: Any, leaf: Callable[[Any], Hashable]) -> Hashable:
    return (type(x), frozenset(value_key(item, leaf) for item in x))


def _slice_key(x: Any, leaf: Callable[[Any], Hashable]) -> Hashable:
    return (slice, *[value_key(v, leaf) for v in (x.start, x.stop, x.step)])


def _float_key(x: float, _: Any) -> Hashable:
    return (float, struct.pack("<d", x))


def _complex_key(x: complex, _: Any) -> Hashable:
    return (complex, struct.pack("<dd", x.real, x.imag))


def _typed_key(x: Any, _: Any) -> Hashable:
    return (type(x), x)


def _own_key(x: Any, _: Any) -> Hashable:
    key: Hashable = x
    return key


def _array_key(x: np.ndarray, _: Any) -> Hashable:
    return Identity(x) if x.dtype.hasobject else ArrayKey(x)


_KEYS: dict[type, Callable[[Any, Any], Hashable]] = {
    # All other keys are tuples or objects of ours: these can't collide.
    type(None): _own_key,
    type(Ellipsis): _own_key,
    str: _own_key,
    int: _typed_key,
    bool: _typed_key,
    bytes: _typed_key,
    range: lambda x, _: (range, x.start, x.stop, x.step),
    float: _float_key,
    complex: _complex_key,
    tuple: _sequence_key,
    list: _sequence_key,
    dict: _dict_key,
    set: _set_key,
    frozenset: _set_key,
    slice: _slice_key,
    np.ndarray: _array_key,
    type: _typed_key,
}


def _identity_leaf(x: Any) -> Hashable:
    return Identity(x)


def value_key(
    x: Any, leaf: Callable[[Any], Hashable] = _identity_leaf
) -> Hashable:
    """Key of a static value: equal keys mean interchangeable values.

    Parameters
    ----------
    x : object
        Scalars, strings, arrays, dtypes, enums, slices, ranges and nested
        tuples, lists and dicts of them are keyed by structure and bits.
    leaf : callable, optional
        Gives the key of what is none of these, graph nodes among them. By
        default such an object is equal only to itself.

    Returns
    -------
    hashable
    """
    make = _KEYS.get(type(x))
    if make is not None:
        return make(x, leaf)
    if isinstance(x, enum.Enum):
        return (type(x), x.name)
    if isinstance(x, np.generic) and not x.dtype.hasobject:
        return (type(x), x.dtype.str, x.tobytes())
    if isinstance(x, np.dtype):
        return (np.dtype, x)
    if isinstance(x, type):
        return (type, x)
    if isinstance(x, tuple | list):
        return _sequence_key(x, leaf)
    if isinstance(x, functools.partial):
        parts = (x.func, x.args, x.keywords)
        return (type(x), *[value_key(part, leaf) for part in parts])
    return leaf(x)
