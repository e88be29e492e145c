"""The plainest callables that compute calls on NumPy's own arrays.

Each rule gives the routine that NumPy's function reaches for arrays, less the
way there: the look for other libraries' arrays, the choice of a method, the
parsing of keywords. The same routine sees the same arrays, so bits, kinds,
errors and what `numpy.errstate` governs stay. What holds for arrays of type
`numpy.ndarray` doesn't for subclasses, which bring methods of their own.
"""

import functools
import operator
from collections.abc import Callable, Hashable
from operator import attrgetter
from typing import Any

import numpy as np
from numpy import ndarray

from lazyopt.ir import Node
from lazyopt.kernels import Form, Kernel, is_array, own_kernel
from lazyopt.keys import value_key
from lazyopt.ops import BUILT_IN, OPERATOR_FORMS, Op, get_op
from lazyopt.ops.in_place import in_place
from lazyopt.product_kernels import dot, norm, vectors

__all__ = ["numpy_kernel"]

Function = Callable[..., Any]
Rule = Callable[[Node], Kernel | None]

#: NumPy's functions are these, around what computes.
_DISPATCHER: Any = type(np.sum)


def numpy_kernel(node: Node) -> Kernel:
    """The kernel of a call whose operands are NumPy's own arrays."""
    op = node.op
    function = op.implementation("numpy")
    if not all(map(is_known, node.operands)):
        return own_kernel(node, function)
    rule = _table().get(op)
    # Anybody may have told autoray to call something else by this name.
    if rule is not None and function in (op.function, _numpys(op.fn_name)):
        found = rule(node)
        if found is not None:
            return found
    return own_kernel(node, plain(function))


@functools.cache
def _numpys(name: str) -> Any:
    """NumPy's own function of this name, None if there is none."""
    try:
        return operator.attrgetter(name)(np)
    except AttributeError:
        return None


def is_known(node: Node) -> bool:
    """Whether all results are arrays, or numbers, of known dtype."""
    specs = node.specs
    if len(specs) == 1:
        return specs[0].dtype is not None and specs[0].kind != "object"
    return all(s.dtype is not None and s.kind != "object" for s in specs)


def plain(function: Any) -> Function:
    """What a function of NumPy's calls for arrays of NumPy's."""
    if type(function) is _DISPATCHER:
        function = function.__wrapped__
    made: Function = function
    return made


# ---------------------------------------------------------------- ufuncs


def elementwise(node: Node) -> Kernel | None:
    """Operators and ufuncs of arrays: the ufunc, on arrays of no axes.

    A ufunc makes an array of a number at each call; here that is done once.
    """
    ufunc = in_place(node.op)
    args = node.args
    if ufunc is None or node._kwargs or len(args) != ufunc.nin:
        return None
    if not any(map(is_array, args)):
        return None
    if node.op.function in _COMPARISONS and not is_array(args[0]):
        return None  # Python asks the array, for the opposite
    if ufunc in _CASTING:
        args = (number(args[0], args[1]), number(args[1], args[0]))
    return Kernel(ufunc, args)


_COMPARISONS = frozenset(
    {
        operator.eq,
        operator.ge,
        operator.gt,
        operator.le,
        operator.lt,
        operator.ne,
    }
)

#: Ufuncs whose loops are of one dtype, or compare such.
_CASTING = frozenset(
    {
        np.add,
        np.equal,
        np.greater,
        np.greater_equal,
        np.less,
        np.less_equal,
        np.maximum,
        np.minimum,
        np.multiply,
        np.not_equal,
        np.subtract,
        np.true_divide,
    }
)


def number(x: Any, other: Any) -> Any:
    """A Python number as the array that a ufunc makes of it.

    Beside an array it takes the array's dtype, or the least that holds both
    kinds of number. What doesn't fit stays for the ufunc to refuse.
    """
    if type(x) not in (int, float, complex) or not is_array(other):
        return x
    return _number(value_key(x), x, other.specs[0].dtype)


@functools.lru_cache(1 << 12)
def _number(key: Hashable, x: Any, dtype: str) -> Any:
    """Told apart by the key: 1 and 1.0, or 0.0 and -0.0, are equal."""
    try:
        with np.errstate(all="raise"):
            made = np.asarray(x, np.result_type(dtype, x))
    except (ArithmeticError, TypeError, ValueError):
        return x
    made.flags.writeable = False
    return made


# ------------------------------------------------------------ reductions


def reduction(ufunc: np.ufunc, names: tuple[str, ...], dtype: Any) -> Rule:
    """A rule for what NumPy makes of ``ufunc.reduce``."""

    def rule(node: Node) -> Kernel | None:
        args, kwargs = node.op.bind(node.args, node._kwargs)
        given = dict(zip(names, args, strict=False))
        axis, of = given.get("axis"), given.get("dtype", dtype)
        keepdims = given.get("keepdims", False)
        if kwargs or len(args) > len(names) or not is_array(args[0]):
            return None
        if given.get("out") is not None or type(keepdims) is not bool:
            return None
        if not keepdims:
            given_last = (axis,) if of is None else (axis, of)
            return Kernel(ufunc.reduce, (args[0], *given_last))
        return Kernel(ufunc.reduce, (args[0], axis, of, None, True))

    return rule


_OF_DTYPE = ("a", "axis", "dtype", "out", "keepdims")
_PLAIN = ("a", "axis", "out", "keepdims")
_REDUCTIONS: dict[str, tuple[np.ufunc, tuple[str, ...], Any]] = {
    "all": (np.logical_and, _PLAIN, bool),
    "amax": (np.maximum, _PLAIN, None),
    "amin": (np.minimum, _PLAIN, None),
    "any": (np.logical_or, _PLAIN, bool),
    "max": (np.maximum, _PLAIN, None),
    "min": (np.minimum, _PLAIN, None),
    "prod": (np.multiply, _OF_DTYPE, None),
    "sum": (np.add, _OF_DTYPE, None),
}


# --------------------------------------------------------------- methods


def method(function: Function, most: int) -> Rule:
    """A rule for functions that call an array's method.

    Parameters
    ----------
    function : callable
        The method, which takes the same arguments by position.
    most : int
        How many of them, the array included.
    """

    def rule(node: Node) -> Kernel | None:
        args, kwargs = node.op.bind(node.args, node._kwargs)
        if kwargs or len(args) > most or not is_array(args[0]):
            return None
        if any(type(a) in (list, tuple) and _has_nodes(a) for a in args[1:]):
            return None
        return Kernel(function, args)

    return rule


def _has_nodes(parts: Any) -> bool:
    return any(type(x) in (Node, list, tuple, slice) for x in parts)


_METHODS: dict[str, tuple[Function, int]] = {
    "argmax": (ndarray.argmax, 2),
    "argmin": (ndarray.argmin, 2),
    "cumprod": (ndarray.cumprod, 3),
    "cumsum": (ndarray.cumsum, 3),
    "diagonal": (ndarray.diagonal, 4),
    "mean": (ndarray.mean, 5),
    "ravel": (ndarray.ravel, 2),
    "repeat": (ndarray.repeat, 3),
    "reshape": (ndarray.reshape, 2),
    "std": (ndarray.std, 6),
    "swapaxes": (ndarray.swapaxes, 3),
    "take": (ndarray.take, 3),
    "trace": (ndarray.trace, 5),
    "transpose": (ndarray.transpose, 2),
    "var": (ndarray.var, 6),
}


def squeeze(node: Node) -> Kernel | None:
    """``squeeze``, whose method takes no None for the axis."""
    args, kwargs = node.op.bind(node.args, node._kwargs)
    if kwargs or not is_array(args[0]):
        return None
    return Kernel(ndarray.squeeze, args[:1] if args[1:] == (None,) else args)


def part(name: str) -> Rule:
    """A rule for ``real`` and ``imag`` of arrays."""
    form = Form(f"{{0}}.{name}")

    def rule(node: Node) -> Kernel | None:
        if node._kwargs or not is_array(node.args[0]):
            return None
        return Kernel(attrgetter(name), node.args, form)

    return rule


def diagonal(node: Node) -> Kernel | None:
    """``diag`` of a matrix."""
    args, kwargs = node.op.bind(node.args, node._kwargs)
    if kwargs or not is_array(args[0]) or args[0].specs[0].ndim != 2:
        return None
    return Kernel(ndarray.diagonal, args)


# --------------------------------------------------------------- joining


def stacked(node: Node) -> Kernel | None:
    """``stack`` of arrays: they get an axis, and are joined along it."""
    args, kwargs = node.op.bind(node.args, node._kwargs)
    parts, axis = args[0], args[1] if len(args) > 1 else 0
    if kwargs or len(args) > 2 or type(parts) not in (tuple, list):
        return None
    if type(axis) is not int or not all(map(is_array, parts)):
        return None
    ndim = node.specs[0].ndim
    axis = axis % ndim
    key = (*[slice(None)] * axis, None)
    n = len(parts)
    joined = ", ".join([f"{{{i}}}[{{{n}}}]" for i in range(n)])
    form = Form(f"{{p[0]}}(({joined},), {{{n + 1}}})", (_CONCATENATE,))

    def function(*values: Any) -> Any:
        return _CONCATENATE([x[key] for x in values[:n]], axis)

    return Kernel(function, (*parts, key, axis), form)


_CONCATENATE = plain(np.concatenate)


@functools.cache
def _table() -> dict[Op, Rule]:
    """The rule of each op that has one."""
    rules: dict[Op, Rule] = {}
    for op in (*BUILT_IN, *OPERATOR_FORMS.values()):
        if in_place(op) is not None:
            rules[op] = elementwise
    for name, facts in _REDUCTIONS.items():
        rules[get_op(name)] = reduction(*facts)
    for name, (function, most) in _METHODS.items():
        rules[get_op(name)] = method(function, most)
    named: dict[str, Rule] = {
        "diag": diagonal,
        "dot": dot,
        "imag": part("imag"),
        "linalg.norm": norm,
        "real": part("real"),
        "squeeze": squeeze,
        "stack": stacked,
        "tensordot": vectors,
    }
    return rules | {get_op(name): rule for name, rule in named.items()}
