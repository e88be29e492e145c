"""Ask NumPy: dtype, kind and layout of a result, from a tiny call.

NumPy's promotion and memory-order rules are many and change between
versions, so they are not written down again here. An op's shape is known by
rule; all else is read off a call on *model arrays*, which have the operands'
dtype, kind, axis count and memory order, but at most two elements an axis.
Equal sizes stay equal, so what broadcasts or contracts still does.
"""

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lazyopt.specs import ArraySpec, itemsize, make_spec

__all__ = ["model_of", "spec_like", "tree_specs"]

_PYTHON = {"bool": True, "int64": 1, "float64": 1.0, "complex128": 1j}
#: A model array has up to 2 ** MAX_AXES elements.
MAX_AXES = 16


@functools.lru_cache(1 << 12)
def model_of(spec: ArraySpec, most: int = 2, places: bool = False) -> Any:
    """A small value that NumPy treats as one of this spec.

    Parameters
    ----------
    spec : ArraySpec
    most : int
        Sizes of axes are cut down to this.
    places : bool
        For an array that is used as an index: all data is 0. Else it is 1,
        and 2 on the last two axes' diagonal, so that it is invertible and
        positive definite where it is a square matrix.
    """
    assert spec.shape is not None and spec.dtype is not None
    if spec.kind == "python":
        return 0 if places else _PYTHON[spec.dtype]
    if spec.kind == "scalar":
        return np.dtype(spec.dtype).type(0 if places else 1)
    shape = tuple(min(d, most) for d in spec.shape)
    strides = spec.strides
    if strides is None:
        strides = tuple(range(len(shape), 0, -1))
    base = _like_in_memory(shape, strides, spec)
    base[...] = 0 if places else 1
    if base.ndim >= 2 and not places:
        k = min(base.shape[-2:])
        base[..., range(k), range(k)] = 2
        if spec.dtype == "bool":
            # There is no 2, but the identity is as regular.
            base ^= True
            base[..., range(k), range(k)] = True
    # A broadcast axis has no memory of its own.
    made = np.broadcast_to(base, shape) if base.shape != shape else base
    made.flags.writeable = False
    return made


def _like_in_memory(
    shape: tuple[int, ...], strides: tuple[int, ...], spec: ArraySpec
) -> np.ndarray:
    """An array with axes ordered and reversed in memory as by strides.

    Axes of stride 0 have one element.
    """
    dense = [
        d if s else min(d, 1) for d, s in zip(shape, strides, strict=True)
    ]
    order = sorted(range(len(shape)), key=lambda i: (-abs(strides[i]), i))
    base_shape = [dense[i] for i in order]
    gaps = spec.layout == "strided"
    if gaps:
        base_shape.append(2)
    base = np.empty(base_shape, spec.dtype)
    if gaps:
        base = base[..., 0]
    model = base.transpose(np.argsort(order)) if order else base
    flips = (slice(None, None, -1 if s < 0 else 1) for s in strides)
    # The ellipsis keeps an array of no axes from becoming a scalar.
    key: Any = (..., *flips)
    flipped: np.ndarray = model[key]
    return flipped


def ask(
    function: Callable[..., Any], args: Any, kwargs: Any, most: int = 2
) -> Any:
    """Call on models in place of specs; errors are the program's own."""
    return _quietly(function, args, kwargs, lambda s: model_of(s, most))


def ask_for_error(
    function: Callable[..., Any], args: Any, kwargs: Any
) -> None:
    """Raise what NumPy raises for these operands, if it raises anything.

    They have their true shapes, but no more memory than one element each.
    """
    _quietly(function, args, kwargs, _blank)


def _blank(spec: ArraySpec) -> Any:
    if spec.kind != "array":
        return model_of(spec)
    return np.broadcast_to(np.ones((), spec.dtype), spec.shape)  # type: ignore[arg-type]


def _quietly(
    function: Callable[..., Any],
    args: Any,
    kwargs: Any,
    make: Callable[[ArraySpec], Any],
) -> Any:
    args = [replaced(a, make) for a in args]
    kwargs = {k: replaced(v, make) for k, v in kwargs.items()}
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **kwargs)


def replaced(x: Any, make: Callable[[ArraySpec], Any]) -> Any:
    """Put values in place of specs, in nested tuples and lists too."""
    if isinstance(x, ArraySpec):
        return make(x)
    if isinstance(x, tuple | list):
        parts = [replaced(v, make) for v in x]
        return parts if isinstance(x, list) else tuple(parts)
    return x


def to_model(x: Any) -> Any:
    """Replace specs by model arrays, in nested tuples and lists too."""
    return replaced(x, model_of)


def too_many_axes(x: Any) -> bool:
    """Whether a model of one of the operands would not be small."""
    if isinstance(x, ArraySpec):
        return x.shape is not None and len(x.shape) > MAX_AXES
    return isinstance(x, tuple | list) and any(map(too_many_axes, x))


def tree_specs(x: Any) -> list[ArraySpec]:
    """All specs in nested tuples and lists."""
    if isinstance(x, ArraySpec):
        return [x]
    if isinstance(x, tuple | list):
        return [s for v in x for s in tree_specs(v)]
    return []


def spec_like(shape: Sequence[int], value: Any) -> ArraySpec:
    """Spec of a fresh result of this shape, else like NumPy's small answer.

    Parameters
    ----------
    shape : sequence of int
        The true shape.
    value : array or scalar
        What the call gave on model arrays.
    """
    shape = tuple(shape)
    if isinstance(value, np.ndarray):
        dtype, kind = value.dtype.name, "array"
    elif isinstance(value, np.generic):
        dtype, kind = value.dtype.name, "scalar"
    elif isinstance(value, bool | int | float | complex):
        dtype, kind = np.asarray(value).dtype.name, "python"
    else:
        return make_spec(None, None, "object", None)
    strides = _dense_strides(shape, value, itemsize(dtype))
    return make_spec(shape, dtype, kind, strides)


def _dense_strides(
    shape: tuple[int, ...], value: Any, item: int
) -> tuple[int, ...]:
    """Dense strides with the axes in the memory order the model has."""
    seen = getattr(value, "strides", ())
    axes = range(len(shape))
    if shape and len(seen) == len(shape) and 0 not in value.shape:
        order = sorted(axes, key=lambda i: (-abs(seen[i]), i))
    else:
        order = list(axes)
    strides, step = [0] * len(shape), item
    for i in reversed(order):
        strides[i] = step
        step *= max(shape[i], 1)
    return tuple(strides)


def k_order(shape: Sequence[int], specs: Sequence[ArraySpec]) -> list[int]:
    """Axes from slowest to fastest, as NumPy's iterator orders them.

    The insertion sort of ``npyiter_find_best_axis_ordering``: two axes swap
    only if an operand says so and none before it disagrees. Serves where
    models would be too large.
    """
    n = len(shape)
    rows = [_aligned(spec, n) for spec in specs if spec.strides is not None]
    order = list(range(n))[::-1]  # fastest first
    for i in range(1, n):
        axis, place = order[i], i
        for j in range(i - 1, -1, -1):
            verdict = _compare(rows, axis, order[j])
            if verdict > 0:
                break
            if verdict < 0:
                place = j
        order.insert(place, order.pop(i))
    return order[::-1]


def _compare(rows: list[list[int]], axis: int, other: int) -> int:
    """-1 if ``axis`` should be faster than ``other``, 1 if not, 0 unsaid."""
    said = 0
    for row in rows:
        a, b = row[axis], row[other]
        if a and b:
            if b <= a:
                return 1
            said = -1
    return said


def _aligned(spec: ArraySpec, n: int) -> list[int]:
    assert spec.shape is not None and spec.strides is not None
    pad = n - len(spec.shape)
    pairs = zip(spec.shape, spec.strides, strict=True)
    return [0] * pad + [abs(s) if d != 1 else 0 for d, s in pairs]


def dense_in_order(
    shape: Sequence[int], dtype: str, order: Sequence[int]
) -> ArraySpec:
    """Spec of a fresh array whose axes lie in memory in this order."""
    strides, step = [0] * len(shape), itemsize(dtype)
    for i in reversed(order):
        strides[i] = step
        step *= max(shape[i], 1)
    return make_spec(tuple(shape), dtype, "array", tuple(strides))
