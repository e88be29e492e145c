"""Ops that make arrays out of nothing: filled, counted, or drawn."""

import math
import operator
from typing import Any

import numpy as np

from lazyopt.ops import model
from lazyopt.ops.core import Effect, Infer, Op, Specs, add_op
from lazyopt.ops.elementwise import broadcast
from lazyopt.ops.families import Shape, operand, shape_of
from lazyopt.specs import UNKNOWN, ArraySpec, make_spec, spec_of

__all__ = ["register"]


def as_shape(shape: Any) -> Shape:
    """A shape given as whole number or sequence of them."""
    try:
        return (operator.index(shape),)
    except TypeError:
        return tuple(operator.index(d) for d in shape)


def _filled(shape: Shape, dtype: Any, order: str | None) -> Specs:
    # NumPy takes names of orders in any case, and None for the usual one.
    layout: Any = (order or "C").upper()
    return (ArraySpec(shape, np.dtype(dtype), layout),)


def zeros(shape: Any, dtype: Any = float, order: str = "C") -> Specs:
    return _filled(as_shape(shape), dtype, order)


def full(
    shape: Any, fill_value: Any, dtype: Any = None, order: str = "C"
) -> Specs:
    fill = model.to_model(fill_value)
    made = as_shape(shape)
    if np.broadcast_shapes(made, shape_of(fill_value)) != made:
        raise ValueError(
            f"a value of shape {shape_of(fill_value)} doesn't fill {made}"
        )
    if dtype is None:
        dtype = np.asarray(fill).dtype
    return _filled(made, dtype, order)


def eye(
    N: int,
    M: int | None = None,
    k: int = 0,
    dtype: Any = float,
    order: str = "C",
) -> Specs:
    return zeros((N, N if M is None else M), dtype, order)


def identity(n: int, dtype: Any = None) -> Specs:
    return zeros((n, n), dtype or float)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = float) -> Specs:
    return zeros((N, N if M is None else M), dtype)


def arange(
    start: Any, stop: Any = None, step: Any = None, dtype: Any = None
) -> Specs:
    if model.tree_specs([start, stop, step]):
        # How many there are is a matter of values.
        return (UNKNOWN,)
    counted: Any = np.arange
    first, last = (0, start) if stop is None else (start, stop)
    by = 1 if step is None else step
    n = (last - first) / by if by else 0
    if isinstance(n, complex) or abs(n) < _FEW:
        return (spec_of(counted(start, stop, step, dtype)),)
    # A shorter range of such numbers has the dtype of any other.
    few = counted(first, first + type(last)(3 * by), by, dtype)
    return (ArraySpec((max(math.ceil(n), 0),), few.dtype),)


_FEW = 256


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
) -> Specs:
    ends = operand(start), operand(stop)
    shape = (operator.index(num), *broadcast(*ends))
    args = (*ends, min(num, 2), endpoint)
    few = model.ask(np.linspace, args, {"dtype": dtype})
    return (model.spec_like(shape, few),)


def indices(dimensions: Any, dtype: Any = int) -> Specs:
    shape = tuple(map(operator.index, dimensions))
    return zeros((len(shape), *shape), dtype)


def _drawn(size: Any, dtype: Any) -> Specs:
    """A draw without a size is a Python float, and broadcasts nothing."""
    if size is None:
        return (make_spec((), "float64", "python", ()),)
    return (ArraySpec(as_shape(size), dtype or "float64"),)


def normal(
    loc: Any = 0.0, scale: Any = 1.0, size: Any = None, dtype: Any = None
) -> Specs:
    return _drawn(size, dtype)


def uniform(
    low: Any = 0.0, high: Any = 1.0, size: Any = None, dtype: Any = None
) -> Specs:
    return _drawn(size, dtype)


def standard(size: Any = None) -> Specs:
    return _drawn(size, None)


def rand(*shape: int) -> Specs:
    return _drawn(shape or None, None)


def randint(
    low: Any, high: Any = None, size: Any = None, dtype: Any = int
) -> Specs:
    if size is None:
        # A generator of our own: the program's must not advance.
        drawn = np.random.RandomState(0).randint(0, 1, dtype=dtype)
        return (spec_of(drawn),)
    return (ArraySpec(as_shape(size), np.dtype(dtype)),)


CREATION: dict[str, Infer] = {
    "arange": arange,
    "eye": eye,
    "full": full,
    "identity": identity,
    "indices": indices,
    "linspace": linspace,
    "ones": zeros,
    "tri": tri,
    "zeros": zeros,
}

RANDOM: dict[str, Infer] = {
    "random.normal": normal,
    "random.rand": rand,
    "random.randint": randint,
    "random.randn": rand,
    "random.random": standard,
    "random.standard_normal": standard,
    "random.uniform": uniform,
}


def register() -> None:
    """Add creation and random draws to the registry."""
    for name, infer in CREATION.items():
        add_op(Op(name, infer))
    # Whatever was in memory is as good as drawn: never the same twice.
    effect: Effect = "random"
    add_op(Op("empty", zeros, effect=effect))
    for name, draw in RANDOM.items():
        add_op(Op(name, draw, effect=effect))
