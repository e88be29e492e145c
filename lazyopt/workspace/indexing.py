"""Workspace of indexing, ``take`` and search."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from lazyopt.ops.indexing import is_basic_index
from lazyopt.ops.model import dense_in_order, k_order, tree_specs
from lazyopt.specs import ArraySpec
from lazyopt.workspace.buffers import Operand, iterator_bytes, strides_along
from lazyopt.workspace.copies import in_order
from lazyopt.workspace.ufuncs import spec_from

__all__ = ["RULES"]

#: NumPy's object that goes over arrays of places.
PLACES = 3100


def getitem(results: Any, a: Any, key: Any) -> int:
    a = spec_from(a)
    parts = key if type(key) is tuple else (key,)
    if is_basic_index(key) or not a.ndim:
        return 0
    listed = 8 * sum(np.size(k) for k in parts if _is_list(k))
    places = [_as_places(k) for k in parts if _is_list(k) or tree_specs(k)]
    places = [p for p in places if p.ndim]
    if not places:
        return 0  # whole numbers, computed ones among them
    if len(parts) == a.ndim == 1 and _runs_through(places[0]):
        return listed
    return listed + _places_bytes(places, results[0])


def _is_list(k: Any) -> bool:
    return type(k) in (list, tuple)


def _as_places(k: Any) -> ArraySpec:
    return ArraySpec(np.shape(k), "int64") if _is_list(k) else spec_from(k)


def _runs_through(p: ArraySpec) -> bool:
    """Whether one loop reads these places as they lie."""
    return p.dtype == "int64" and (p.ndim == 1 or p.layout in "CF")


def _places_bytes(places: Sequence[ArraySpec], result: ArraySpec) -> int:
    """What NumPy needs to go over arrays of places together.

    Where each of them names one element, the result is part of the
    iteration; else it goes over places in C order.
    """
    shapes = [p.shape for p in places if p.shape is not None]
    joint = np.broadcast_shapes(*shapes)
    rows = [
        Operand(strides_along(joint, p), 8, p.dtype != "int64") for p in places
    ]
    if result.size > math.prod(joint):
        return PLACES + iterator_bytes(joint, [ArraySpec(joint)], rows)
    assert result.dtype is not None
    made = dense_in_order(joint, result.dtype, k_order(joint, places))
    item = np.dtype(result.dtype).itemsize
    rows.append(Operand(strides_along(joint, made), item))
    return PLACES + iterator_bytes(joint, places, rows)


def take(
    results: Any,
    a: Any,
    indices: Any,
    axis: Any = None,
    out: None = None,
    mode: Any = "raise",
) -> int:
    a, places = spec_from(a), spec_from(indices)
    held = 0 if in_order(a) else a.nbytes
    if not isinstance(indices, ArraySpec) or _is_converted(places, "int64"):
        held += 8 * places.size if places.ndim else 0
    return held


def _is_converted(a: ArraySpec, dtype: str | None) -> bool:
    """Whether a dense array of another dtype has to be made."""
    return a.dtype != dtype or not in_order(a)


def take_along_axis(
    results: Any, arr: Any, indices: Any, axis: Any = -1
) -> int:
    """Indexing with the places, and with counted ones along other axes."""
    a, places = spec_from(arr), spec_from(indices)
    if axis is None:
        flat = 0 if in_order(a) else a.nbytes
        if _runs_through(places):
            return flat
        return flat + _places_bytes([places], results[0])
    axis = normalize_axis_index(axis, a.ndim)
    counted = [
        ArraySpec([d if i == j else 1 for j in range(a.ndim)], "int64")
        for i, d in enumerate(a.shape or ())
        if i != axis
    ]
    held = sum(c.nbytes for c in counted)
    return held + _places_bytes([places, *counted], results[0])


def searchsorted(
    results: Any, a: Any, v: Any, side: str = "left", sorter: Any = None
) -> int:
    """Keys are made dense, and so is what is searched if it has fewer."""
    a, v = spec_from(a), spec_from(v)
    dtype = np.result_type(a.dtype, v.dtype).name
    held = 0
    item = np.dtype(dtype).itemsize
    if v.ndim and _is_converted(v, dtype):
        held += v.size * item
    if a.dtype != dtype or (v.size > a.size and not in_order(a)):
        held += a.size * item
    if sorter is not None:
        places = spec_from(sorter)
        if not isinstance(sorter, ArraySpec) or places.dtype != "int64":
            held += 8 * places.size
    return held


RULES: dict[str, Callable[..., int]] = {
    "getitem": getitem,
    "searchsorted": searchsorted,
    "take": take,
    "take_along_axis": take_along_axis,
}
