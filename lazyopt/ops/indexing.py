"""Indexing: ``x[...]`` in its basic and advanced forms, take, and search."""

import math
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from lazyopt.ops import model
from lazyopt.ops.core import Op, Specs, add_op
from lazyopt.ops.families import Shape, dummy, fresh, operand, shape_of
from lazyopt.specs import UNKNOWN, ArraySpec, make_spec, spec_of

__all__ = ["is_basic_index", "register"]


def _whole(k: Any) -> bool:
    return isinstance(k, int | np.integer) and not isinstance(
        k, bool | np.bool
    )


def _parts(key: Any) -> tuple[Any, ...]:
    return key if type(key) is tuple else (key,)


def is_basic_index(key: Any) -> bool:
    """Whether indexing with it gives a view or a scalar, not a copy."""
    return all(
        k is None or k is Ellipsis or isinstance(k, slice) or _whole(k)
        for k in _parts(key)
    )


def infer_getitem(a: Any, key: Any) -> Specs:
    if not isinstance(a, ArraySpec):
        a = spec_of(a)
    if a.shape is None:
        return (UNKNOWN,)
    if any(s.shape is None for s in model.tree_specs(key)):
        return (UNKNOWN,)
    key = model.replaced(key, _stand_in)
    if any(isinstance(k, bool | np.bool) for k in _parts(key)):
        return (UNKNOWN,)  # a mask of no axes, not a place
    if is_basic_index(key):
        return (_basic(a, key if type(key) is tuple else (key,)),)
    parts = [_as_index(k) for k in _expanded(a, key)]
    arrays = [k for k in parts if isinstance(k, ArraySpec)]
    if any(k.dtype in ("bool", None) for k in arrays):
        # A mask selects as many elements as it has true ones.
        return (UNKNOWN,)
    return (_advanced(a, parts),)


def _stand_in(spec: ArraySpec) -> Any:
    """0 for a computed whole number: any gives a view of these strides."""
    whole = spec.dtype is not None and np.dtype(spec.dtype).kind in "iu"
    return 0 if whole and spec.kind in ("scalar", "python") else spec


def _basic(a: ArraySpec, key: tuple[Any, ...]) -> ArraySpec:
    assert a.shape is not None
    if a.dtype is not None and a.kind != "array":
        return model.spec_like((1,) * key.count(None), model.model_of(a)[key])
    if a.dtype is None or a.strides is None:
        plain = ArraySpec(a.shape, a.dtype or "float64")
        made = _basic(plain, key)
        dtype = a.dtype if a.dtype is None else made.dtype
        kind = made.kind if dtype else "array"
        return make_spec(made.shape, dtype, kind, None)
    if len(key) == len(a.shape) and all(map(_whole, key)):
        # NumPy reads the element, which a dummy doesn't have.
        for i, (k, d) in enumerate(zip(key, a.shape, strict=True)):
            if not -d <= k < d:
                raise IndexError(
                    f"index {k} is out of bounds for axis {i} with size {d}"
                )
        return make_spec((), a.dtype, "scalar", ())
    made = dummy(a)[key]
    return make_spec(made.shape, a.dtype, "array", made.strides)


def _expanded(a: ArraySpec, key: Any) -> Iterator[Any]:
    """One index for each axis, and the ``None`` between them."""
    assert a.shape is not None
    parts = list(key) if type(key) is tuple else [key]
    used = sum(k is not None and k is not Ellipsis for k in parts)
    if used > len(a.shape):
        raise IndexError(
            f"too many indices for array: array is {len(a.shape)}-dimensional,"
            f" but {used} were indexed"
        )
    missing = [slice(None)] * (len(a.shape) - used)
    if any(k is Ellipsis for k in parts):
        at = next(i for i, k in enumerate(parts) if k is Ellipsis)
        parts[at : at + 1] = missing
    else:
        parts += missing
    return iter(parts)


def _as_index(k: Any) -> Any:
    if type(k) in (list, tuple) and not np.size(k):
        return ArraySpec(np.shape(k), "int64")
    return operand(k)


def _advanced(a: ArraySpec, parts: list[Any]) -> ArraySpec:
    """Spec of indexing with arrays: shape by rule, layout asked for."""
    shape = _advanced_shape(a, parts)
    if a.dtype is None or a.strides is None or a.ndim > model.MAX_AXES:
        return make_spec(shape, a.dtype, "array", None)
    small = [_small_index(k, d) for k, d in _with_sizes(a, parts)]
    value = model.model_of(a)[tuple(small)]
    return model.spec_like(shape, value)


def _with_sizes(a: ArraySpec, parts: list[Any]) -> Iterator[tuple[Any, int]]:
    sizes = iter(a.shape or ())
    for k in parts:
        yield k, 0 if k is None else next(sizes)


def _small_index(k: Any, size: int) -> Any:
    """An index into a model's axis that keeps ``min(length, 2)`` elements."""
    if isinstance(k, ArraySpec):
        return model.model_of(k, places=True)
    if isinstance(k, slice):
        n = len(range(*k.indices(size)))
        step = -1 if (k.step or 1) < 0 else 1
        return slice(None, None, step) if n > 1 else slice(0, n)
    return None if k is None else 0


def _advanced_shape(a: ArraySpec, parts: list[Any]) -> Shape:
    """The rule of NEP 21: adjacent array indices stay in place."""
    shape: list[int] = []
    places: list[int] = []
    arrays: list[Shape] = []
    for i, (k, d) in enumerate(_with_sizes(a, parts)):
        if k is None:
            shape.append(1)
        elif isinstance(k, slice):
            shape.append(len(range(*k.indices(d))))
        else:
            if not places:
                start = len(shape)
            places.append(i)
            arrays.append(shape_of(k))
    joint = _joint_shape(*arrays)
    if places != list(range(places[0], places[0] + len(places))):
        start = 0
    return (*shape[:start], *joint, *shape[start:])


def _joint_shape(*shapes: Shape) -> Shape:
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise IndexError(
            "shape mismatch: indexing arrays could not be broadcast together "
            f"with shapes {' '.join(map(str, shapes))}"
        ) from None


def getitem_copies(a: Any, key: Any) -> bool:
    if not isinstance(a, ArraySpec) or a.kind != "array":
        return True
    key = model.replaced(key, _stand_in)
    if not is_basic_index(key):
        return True
    parts = key if type(key) is tuple else (key,)
    return len(parts) == len(a.shape or ()) and all(map(_whole, parts))


# ------------------------------------------------- take and its relatives


def infer_take(
    a: Any,
    indices: Any,
    axis: Any = None,
    out: None = None,
    mode: Any = "raise",
) -> Specs:
    a, indices = operand(a), operand(indices)
    if any(s.shape is None for s in model.tree_specs((a, indices))):
        return (UNKNOWN,)
    shape, places = shape_of(a), shape_of(indices)
    if axis is None:
        made = places
    else:
        axis = normalize_axis_index(axis, len(shape))
        made = (*shape[:axis], *places, *shape[axis + 1 :])
    kind = "array" if made else "scalar"
    if not isinstance(a, ArraySpec) or a.dtype is None:
        return (make_spec(made, None, "array", None),)
    # Places of a type that can't be one are an error.
    np.take(_PLACE, _as_places(indices), mode=mode)
    if not made:
        return (make_spec((), a.dtype, kind, ()),)
    return (ArraySpec(made, a.dtype),)


_PLACE = np.zeros(1, np.uint8)


def _as_places(x: Any) -> Any:
    """A small index array: of the memory order of x, if it is one."""
    if isinstance(x, ArraySpec) and x.size and x.dtype is not None:
        return model.model_of(x, places=True)
    return np.zeros(np.shape(x), int)


def infer_take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Specs:
    if any(s.shape is None for s in model.tree_specs((arr, indices))):
        return (UNKNOWN,)
    arr, indices = operand(arr), operand(indices)
    shape, places = list(shape_of(arr)), shape_of(indices)
    if axis is None:
        shape, axis = [math.prod(shape)], 0
        arr = ArraySpec(shape, arr.dtype) if arr.dtype else arr
    axis = normalize_axis_index(axis, len(shape))
    if len(shape) != len(places):
        raise ValueError(
            "`indices` and `arr` must have the same number of dimensions"
        )
    shape[axis] = places[axis]
    made = _joint_shape(tuple(shape), places)
    dtype = arr.dtype if isinstance(arr, ArraySpec) else None
    if dtype is None or len(made) > model.MAX_AXES:
        return (make_spec(made, dtype, "array", None),)
    small = model.model_of(indices, places=True)
    value = np.take_along_axis(model.to_model(arr), small, axis)
    return (model.spec_like(made, value),)


def searchsorted(
    a: Any, v: Any, side: str = "left", sorter: Any = None
) -> Shape:
    return shape_of(v)


def unsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    # A sorter is as long as the array, and a model of it is not.
    return (a, v, side), {}


def compress_index(key: Any) -> Any:
    """Constant masks in an index as the places they select.

    ``x[mask]`` is ``x[mask.nonzero()]`` in NumPy's own definition, and that
    has a shape which is known before it runs.
    """
    parts = key if type(key) is tuple else (key,)
    made: list[Any] = []
    for k in parts:
        mask = _as_mask(k)
        made.extend([k] if mask is None else mask.nonzero())
    return tuple(made) if any(_as_mask(k) is not None for k in parts) else key


def _as_mask(k: Any) -> np.ndarray | None:
    if isinstance(k, list) and k and isinstance(k[0], bool | list):
        k = np.asarray(k)
    is_mask = isinstance(k, np.ndarray) and k.dtype == bool and k.ndim > 0
    return k if is_mask else None


def register() -> None:
    """Add indexing to the registry."""
    add_op(
        Op(
            "getitem",
            infer_getitem,
            function=operator.getitem,
            views=(0,),
            copies=getitem_copies,
        )
    )
    add_op(Op("take", infer_take))
    add_op(Op("take_along_axis", infer_take_along_axis))
    add_op(
        fresh("searchsorted", searchsorted, operands=True, simplify=unsorted)
    )
