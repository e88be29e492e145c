"""`share` by keys that lose one thing that tells values apart."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import numpy as np

from lazyopt import build, keys, storages
from lazyopt.keys import ArrayKey, _sequence_key, value_key
from lazyopt.passes import Share

from .spoiling import Pass, Spoiled

__all__ = ["MUTANTS"]

Leaf = Callable[[Any], Hashable]

#: What is inferred under wrong keys is not to be remembered under right ones.
FORGOTTEN: tuple[AbstractContextManager[Any], ...] = (
    patch.object(build, "_CACHE", new_callable=OrderedDict),
    patch.object(storages, "_COPIES", new_callable=dict),
)


def keyed(*types: type, by: Callable[[Any, Leaf], Hashable]) -> Pass:
    """The pass, with values of some types keyed in another way."""
    table = dict.fromkeys(types, by)
    return Spoiled(Share(), patch.dict(keys._KEYS, table), *FORGOTTEN)


def arrays_by(view: Callable[[np.ndarray], np.ndarray]) -> Pass:
    """The pass, with something made of an array in the array's place."""
    return keyed(np.ndarray, by=lambda x, leaf: ArrayKey(view(x)))


def by_value(x: Any, leaf: Leaf) -> Hashable:
    """Python's own ``==``."""
    key: Hashable = x
    return key


def by_hash(x: Any, leaf: Leaf) -> Hashable:
    """The hash in place of what is hashed."""
    return (int, hash(x))


def by_type_and_value(x: Any, leaf: Leaf) -> Hashable:
    """Equal numbers of one type are one, 0.0 and -0.0 too."""
    return (type(x), x)


def nans_are_one(x: float, leaf: Leaf) -> Hashable:
    """A NaN is a NaN, whatever its bits."""
    return (float, "nan") if x != x else keys._float_key(x, leaf)


def as_a_list(x: Any, leaf: Leaf) -> Hashable:
    """Tuples and lists index alike."""
    return _sequence_key(list(x), leaf)


def by_hash_inside(x: Any, leaf: Leaf) -> Hashable:
    """Axes by their hashes."""
    if set(map(type, x)) == {int}:
        return (type(x), int, *map(hash, x))
    return _sequence_key(x, leaf)


def ends_by_hash(x: slice, leaf: Leaf) -> Hashable:
    """Slices by the hashes of where they begin and end."""
    return (slice, *map(hash, (x.start, x.stop, x.step)))


def without_step(x: slice, leaf: Leaf) -> Hashable:
    """All slices go forwards, one by one."""
    return (slice, value_key(x.start, leaf), value_key(x.stop, leaf))


def without_start(x: slice, leaf: Leaf) -> Hashable:
    """All slices begin at the beginning."""
    return (slice, value_key(x.stop, leaf), value_key(x.step, leaf))


def without_stop(x: slice, leaf: Leaf) -> Hashable:
    """All slices go on to the end."""
    return (slice, value_key(x.start, leaf), value_key(x.step, leaf))


def by_length(x: Any, leaf: Leaf) -> Hashable:
    """Sequences by their lengths: a digest that is cut short."""
    if set(map(type, x)) == {int}:
        return (type(x), int, len(x))
    return _sequence_key(x, leaf)


def by_first_letter(x: str, leaf: Leaf) -> Hashable:
    """Names that are cut short, and so collide."""
    return (str, x[:1])


def as_python(x: Any, leaf: Leaf) -> Hashable:
    """NumPy's scalars as Python's, which promote differently."""
    return value_key(x.item(), leaf)


def without_zero_sign(x: np.ndarray) -> np.ndarray:
    """0.0 where it was -0.0."""
    return np.where(x == 0, np.zeros((), x.dtype), x) if x.size else x


def by_corner(x: np.ndarray) -> np.ndarray:
    """Its first element, spread over its shape."""
    return np.broadcast_to(x[(0,) * x.ndim], x.shape) if x.size else x


def by_numbers(x: np.ndarray, leaf: Leaf) -> Hashable:
    """The elements as Python's numbers, whatever their dtype."""
    return (np.ndarray, x.shape, x.strides, repr(x.tolist()).replace(".0", ""))


MUTANTS: dict[str, Pass] = {
    "numbers by ==": keyed(int, bool, float, complex, by=by_value),
    "True is 1": keyed(bool, by=lambda x, leaf: (int, int(x))),
    "1.0 is 1": keyed(
        float,
        by=lambda x, leaf: (
            (int, int(x)) if x.is_integer() and x else keys._float_key(x, leaf)
        ),
    ),
    "-0.0 is 0.0": keyed(float, by=by_type_and_value),
    "one NaN is another": keyed(float, by=nans_are_one),
    "-0.0 is 0.0 in complex numbers": keyed(complex, by=by_type_and_value),
    "-1 is -2, as hashes are": keyed(int, by=by_hash),
    "-1 is -2 in shapes and axes": keyed(tuple, list, by=by_hash_inside),
    "-1 is -2 in slices": keyed(slice, by=ends_by_hash),
    "slices have no step": keyed(slice, by=without_step),
    "slices have no start": keyed(slice, by=without_start),
    "slices have no stop": keyed(slice, by=without_stop),
    "tuples are lists": keyed(tuple, by=as_a_list),
    "keys are cut short": keyed(tuple, list, by=by_length),
    "strings are cut short": keyed(str, by=by_first_letter),
    "NumPy's scalars are Python's": keyed(
        np.float32, np.float64, np.bool, np.int8, np.uint8, by=as_python
    ),
    "arrays without their shape": keyed(
        np.ndarray, by=lambda x, leaf: (x.dtype.str, x.tobytes())
    ),
    "arrays without their layout": arrays_by(np.ascontiguousarray),
    "arrays without their dtype": keyed(np.ndarray, by=by_numbers),
    "arrays without the sign of zero": arrays_by(without_zero_sign),
    "arrays by a corner": arrays_by(by_corner),
}
