"""Which calls give the same bits when they are run block by block.

NumPy's loops compute most elements several at a time, and what is left at
the end one at a time, by other instructions. Where these disagree (a sum of
two NaNs is the one or the other) bits depend on where an element stands. So
blocks start at multiples of `LANES`, and none is shorter, or a single
element, over which NumPy steps as over a number.

What remains is how NumPy gets at the operands: in one loop over what lies
densely, else row by row or through buffers, which blocks may change. Then
only functions are run in blocks whose bits depend neither on the place nor on
the strides of an element. The tests try all of this out.
"""

import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lazyopt.ir import Node
from lazyopt.ops import BUILT_IN, OPERATOR_FORMS, Op, get_op
from lazyopt.ops.in_place import in_place, writer
from lazyopt.ops.model import k_order
from lazyopt.specs import ArraySpec, itemsize

__all__ = [
    "INDIFFERENT",
    "LANES",
    "axis_order",
    "block_function",
    "in_elements",
    "is_blockwise",
    "is_number",
    "is_one_loop",
]

#: Elements that a block is a multiple of: more than any loop takes at once.
LANES = 64

#: What is known to NumPy and to the tests; no long doubles.
_REAL = frozenset(
    f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)
) | {"bool", "float32", "float64"}
_DTYPES = _REAL | {"float16", "complex64", "complex128"}

#: Of real numbers but float16, these depend on the values alone.
INDIFFERENT = frozenset(
    {
        "absolute",
        "bitwise_and",
        "bitwise_or",
        "bitwise_xor",
        "ceil",
        "conjugate",
        "copysign",
        "equal",
        "floor",
        "floor_divide",
        "greater",
        "greater_equal",
        "invert",
        "isfinite",
        "isinf",
        "isnan",
        "left_shift",
        "less",
        "less_equal",
        "logical_and",
        "logical_not",
        "logical_or",
        "logical_xor",
        "maximum",
        "minimum",
        "negative",
        "not_equal",
        "positive",
        "reciprocal",
        "remainder",
        "right_shift",
        "rint",
        "sign",
        "signbit",
        "sqrt",
        "square",
        "subtract",
        "true_divide",
        "trunc",
        "where",
    }
)
#: These too, of whole numbers.
_OF_WHOLE = frozenset({"add", "multiply"})


def in_elements(spec: ArraySpec) -> tuple[int, ...]:
    """Strides of an array, counted in elements."""
    assert spec.strides is not None and spec.dtype is not None
    item = itemsize(spec.dtype)
    return tuple([s // item for s in spec.strides])


def axis_order(spec: ArraySpec) -> list[int]:
    """Axes of a dense array from the slowest to the fastest."""
    assert spec.shape is not None
    return k_order(spec.shape, [spec])


@functools.lru_cache(1 << 12)
def _is_dense(spec: ArraySpec) -> bool:
    """Whether the elements lie without gaps, in some order of the axes."""
    assert spec.shape is not None and spec.strides is not None
    step = itemsize(str(spec.dtype))
    for axis in reversed(axis_order(spec)):
        size = spec.shape[axis]
        if size != 1:
            if spec.strides[axis] != step:
                return False
            step *= size
    return True


def is_number(x: Any) -> bool:
    """Whether a static argument is a number, Python's or NumPy's."""
    return isinstance(x, int | float | complex | np.number | np.bool)


def is_blockwise(node: Node) -> bool:
    """Whether blocks of the operands give blocks of the result, to the bit.

    Parameters
    ----------
    node : Node
        Any call.

    Returns
    -------
    bool
        False, too, where nothing has shown it.
    """
    op = node.op
    if not _is_known(op) or len(node.specs) != 1 or not _is_simple(node):
        return False
    result = node.specs[0]
    specs = [n.specs[0] for n in node.operands]
    if result.kind != "array" or not all(map(_is_plain, (result, *specs))):
        return False
    # NumPy takes one element that is written over for a reduction.
    if not result.shape or result.size < 2 or not _is_dense(result):
        return False
    if op is _astype():
        return _is_certain_cast(specs[0], result)
    return is_one_loop(specs, result) or _is_indifferent(op, node)


@functools.cache
def _astype() -> Op:
    return get_op("astype")


@functools.cache
def _is_known(op: Op) -> bool:
    """Whether an op is NumPy's own and works element by element."""
    if op is OPERATOR_FORMS.get(op.name):
        return op.elementwise
    return op in BUILT_IN and (op.elementwise or op is _astype())


def _is_simple(node: Node) -> bool:
    """Whether operands stand as positional arguments, beside numbers."""
    if not all(type(a) is Node or is_number(a) for a in node.args):
        return node.op is _astype() and type(node.args[0]) is Node
    if in_place(node.op) is not None:
        return not node._kwargs
    named = node._kwargs.values()
    return all(isinstance(v, int | float | None) for v in named)


def _is_plain(spec: ArraySpec) -> bool:
    return (
        spec.shape is not None
        and spec.strides is not None
        and spec.dtype in _DTYPES
        and spec.kind != "object"
    )


def is_one_loop(specs: Sequence[ArraySpec], result: ArraySpec) -> bool:
    """Whether NumPy goes through it all by one stride for each operand."""
    steps = in_elements(result)
    return all(
        not s.shape or (s.shape == result.shape and in_elements(s) == steps)
        for s in specs
    )


def _is_indifferent(op: Op, node: Node) -> bool:
    dtypes = {n.specs[0].dtype for n in (*node.operands, node)}
    if any(isinstance(a, complex | np.complexfloating) for a in node.args):
        return False
    if not dtypes <= _REAL:
        return False
    if op.name in INDIFFERENT:
        return True
    floats = any(isinstance(a, float | np.floating) for a in node.args)
    whole = not floats and not dtypes & {"float32", "float64"}
    return op.name in _OF_WHOLE and whole


def _is_certain_cast(given: ArraySpec, result: ArraySpec) -> bool:
    """Whether nothing is left to the processor, and nothing is warned of.

    There is no integer for NaN: loops make of it what they happen to. What
    drops imaginary parts warns.
    """
    kind, wanted = np.dtype(given.dtype).kind, np.dtype(result.dtype).kind
    if (kind in "fc" and wanted in "iu") or (kind == "c" and wanted == "f"):
        return False
    return is_one_loop([given], result) or given.dtype in _REAL


def block_function(node: Node) -> tuple[Callable[..., Any], bool]:
    """What computes a call on blocks.

    Returns
    -------
    function : callable
        Of the call's positional arguments and an array for the result.
    direct : bool
        Whether it computes into that, and not first into an array of its own.
    """
    op = node.op
    if op is _astype():
        return _cast, True
    if in_place(op) is not None:
        return writer(op), True
    function = op.implementation("numpy")
    if op.function is operator.pow:
        if _keeps_dtype(node):
            return _raise, True
    else:
        function = functools.partial(function, **node._kwargs)

    def call(*args: Any) -> None:
        np.copyto(args[-1], function(*args[:-1]))

    return call, False


def _keeps_dtype(node: Node) -> bool:
    """Whether it is a power of an array by a number, of the array's dtype."""
    base, exponent = node.args
    return (
        type(base) is Node
        and is_number(exponent)
        and base.specs[0].shape == node.specs[0].shape
        and base.specs[0].dtype == node.specs[0].dtype
    )


def _raise(x: Any, exponent: Any, out: np.ndarray) -> None:
    """Raise to a power as ``**`` does, where the result is wanted.

    In place, the operator has the same shortcuts (``**= 2`` squares).
    """
    if out is not x:
        np.copyto(out, x)
    out **= exponent


def _cast(x: Any, *rest: Any) -> None:
    np.copyto(rest[-1], x, casting="unsafe")
