"""Elementwise ops: NumPy's ufuncs, their operator forms, and their like."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from lazyopt.ops.core import add_op, add_operator_form
from lazyopt.ops.families import Rule, Shape, fresh, shape_of

__all__ = ["register"]

UNARY: dict[str, tuple[str, ...]] = {
    "absolute": ("abs",),
    "arccos": ("acos",),
    "arccosh": ("acosh",),
    "arcsin": ("asin",),
    "arcsinh": ("asinh",),
    "arctan": ("atan",),
    "arctanh": ("atanh",),
    "cbrt": (),
    "ceil": (),
    "conjugate": ("conj",),
    "cos": (),
    "cosh": (),
    "degrees": (),
    "deg2rad": (),
    "exp": (),
    "exp2": (),
    "expm1": (),
    "fabs": (),
    "floor": (),
    "invert": ("bitwise_invert", "bitwise_not"),
    "isfinite": (),
    "isinf": (),
    "isnan": (),
    "log": (),
    "log10": (),
    "log1p": (),
    "log2": (),
    "logical_not": (),
    "negative": (),
    "positive": (),
    "rad2deg": (),
    "radians": (),
    "reciprocal": (),
    "rint": (),
    "sign": (),
    "signbit": (),
    "sin": (),
    "sinh": (),
    "spacing": (),
    "sqrt": (),
    "square": (),
    "tan": (),
    "tanh": (),
    "trunc": (),
}

BINARY: dict[str, tuple[str, ...]] = {
    "add": (),
    "arctan2": ("atan2",),
    "bitwise_and": (),
    "bitwise_or": (),
    "bitwise_xor": (),
    "copysign": (),
    "equal": ("eq",),
    "float_power": (),
    "floor_divide": ("floordivide",),
    "fmax": (),
    "fmin": (),
    "fmod": (),
    "gcd": (),
    "greater": ("gt",),
    "greater_equal": ("ge",),
    "heaviside": (),
    "hypot": (),
    "lcm": (),
    "ldexp": (),
    "left_shift": ("bitwise_left_shift",),
    "less": ("lt",),
    "less_equal": ("le",),
    "logaddexp": (),
    "logaddexp2": (),
    "logical_and": (),
    "logical_or": (),
    "logical_xor": (),
    "maximum": (),
    "minimum": (),
    "multiply": ("mul",),
    "nextafter": (),
    "not_equal": ("ne",),
    "power": ("pow",),
    "remainder": ("mod",),
    "right_shift": ("bitwise_right_shift",),
    "subtract": ("sub",),
    "true_divide": ("divide", "truedivide"),
}

OPERATORS: dict[str, Callable[..., Any]] = {
    "absolute": operator.abs,
    "add": operator.add,
    "bitwise_and": operator.and_,
    "bitwise_or": operator.or_,
    "bitwise_xor": operator.xor,
    "equal": operator.eq,
    "floor_divide": operator.floordiv,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "invert": operator.invert,
    "left_shift": operator.lshift,
    "less": operator.lt,
    "less_equal": operator.le,
    "multiply": operator.mul,
    "negative": operator.neg,
    "not_equal": operator.ne,
    "positive": operator.pos,
    "power": operator.pow,
    "remainder": operator.mod,
    "right_shift": operator.rshift,
    "subtract": operator.sub,
    "true_divide": operator.truediv,
}


def broadcast(*operands: Any) -> Shape:
    """Shape of operands broadcast together, ``None`` among them left out.

    Raises
    ------
    ValueError
        If they can't be, as NumPy does.
    """
    shapes = [shape_of(x) for x in operands if x is not None]
    return np.broadcast_shapes(*shapes)


def unary(
    x: Any,
    /,
    *,
    dtype: Any = None,
    casting: Any = None,
    where: Any = True,
) -> Shape:
    check_where(where)
    return shape_of(x)


def binary(
    x1: Any,
    x2: Any,
    /,
    *,
    dtype: Any = None,
    casting: Any = None,
    where: Any = True,
) -> Shape:
    check_where(where)
    return broadcast(x1, x2)


def check_where(where: Any) -> None:
    """Refuse what makes a ufunc leave elements as they were in memory."""
    if where is not True:
        raise TypeError(
            "where=... without out=... leaves elements unset; choose between "
            "values with where(mask, result, other)"
        )


def unary_operator(x: Any, /) -> Shape:
    return shape_of(x)


def binary_operator(x1: Any, x2: Any, /) -> Shape:
    return broadcast(x1, x2)


def angle(z: Any, deg: bool = False) -> Shape:
    return shape_of(z)


def clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    *,
    min: Any = None,
    max: Any = None,
    dtype: Any = None,
) -> Shape:
    return broadcast(a, a_min, a_max, min, max)


def where(condition: Any, x: Any, y: Any, /) -> Shape:
    return broadcast(condition, x, y)


def complex_(re: Any, im: Any) -> Shape:
    return broadcast(re, im)


def isclose(
    a: Any,
    b: Any,
    rtol: Any = 1e-05,
    atol: Any = 1e-08,
    equal_nan: bool = False,
) -> Shape:
    return broadcast(a, b, rtol, atol)


def nan_to_num(
    x: Any,
    copy: bool = True,
    nan: Any = 0.0,
    posinf: Any = None,
    neginf: Any = None,
) -> Shape:
    if not copy:
        raise TypeError("nan_to_num(copy=False) writes into its operand")
    return shape_of(x)


def round_(a: Any, decimals: int = 0) -> Shape:
    return shape_of(a)


def one(x: Any) -> Shape:
    return shape_of(x)


def two_results(x: Any, /) -> list[Shape]:
    return [shape_of(x)] * 2


def divmod_(x1: Any, x2: Any, /) -> list[Shape]:
    return [broadcast(x1, x2)] * 2


OTHERS: dict[str, tuple[Rule, tuple[str, ...]]] = {
    "angle": (angle, ()),
    "clip": (clip, ()),
    "complex": (complex_, ()),
    "fix": (one, ()),
    "isclose": (isclose, ()),
    "iscomplex": (one, ()),
    "isneginf": (one, ()),
    "isposinf": (one, ()),
    "isreal": (one, ()),
    "nan_to_num": (nan_to_num, ()),
    "round": (round_, ("around",)),
    "sinc": (one, ()),
    "where": (where, ()),
}


def register() -> None:
    """Add all elementwise ops to the registry."""
    tables: list[tuple[Any, Rule]] = [(UNARY, unary), (BINARY, binary)]
    for table, rule in tables:
        for name, aliases in table.items():
            add_op(
                fresh(
                    name,
                    rule,
                    operands=True,
                    elementwise=True,
                    aliases=aliases,
                )
            )
    for name, (other, aliases) in OTHERS.items():
        add_op(
            fresh(
                name, other, operands=True, elementwise=True, aliases=aliases
            )
        )
    for name, several in (
        ("modf", two_results),
        ("frexp", two_results),
        ("divmod", divmod_),
    ):
        add_op(fresh(name, several, operands=True, count=2))
    for name, function in OPERATORS.items():
        form = unary_operator if name in UNARY else binary_operator
        add_operator_form(
            fresh(
                name, form, function=function, operands=True, elementwise=True
            )
        )
