"""Calls that return what they are given, bit for bit, and how to tell.

Each rule is a function of one node. It returns the node to put in its place,
which holds the same bits whatever the values and whatever the layout of the
inputs, or None. Whether anybody could see that a copy was not made is not
asked here: that is for the pass.

Not here, since NumPy's bits say otherwise: ``x + 0`` and sums over no axes
for floats (-0.0), ``x * 1``, ``x / 1`` and ``x - 0`` for complex numbers
(infinities), ``x ** 1`` for half precision (NaN).
"""

import functools
import math
from typing import Any

import numpy as np

from lazyopt.ir import Node
from lazyopt.ops import Op
from lazyopt.passes.matching import (
    Rule,
    first,
    is_own,
    kind_of,
    rules_by_op,
    same,
)
from lazyopt.passes.simplify_views import (
    PERMUTING,
    RESHAPING,
    flipped_back,
    itself,
    permuted,
    reshaped,
    stretched,
    whole_slice,
)

__all__ = ["RULES", "is_dense", "rules_of"]


def copied(node: Node) -> Node | None:
    """``positive``: NumPy copies, and never looks at the bits."""
    return None if node._kwargs else same(node, first(node))


def real_conjugate(node: Node) -> Node | None:
    """``conj`` of real numbers is such a copy too."""
    return copied(node) if kind_of(node) in ("i", "u", "f") else None


def cast(node: Node) -> Node | None:
    """``astype`` to the dtype that it has."""
    args, kwargs = node.op.bind(node.args, node._kwargs)
    # A dtype of the other byte order goes by the same name.
    if len(args) != 2 or kwargs or not np.dtype(args[1]).isnative:
        return None
    return same(node, first(node))


def copy(node: Node) -> Node | None:
    """``copy`` in the order that the operand has, whichever it is."""
    args, kwargs = node.op.bind(node.args, node._kwargs)
    order = args[1] if len(args) > 1 else kwargs.get("order", "K")
    kept = order == "K" or len(node.specs[0].shape or ()) < 2
    return same(node, first(node)) if kept and len(args) < 3 else None


def joined(node: Node) -> Node | None:
    """``concatenate`` of one array along one of its axes."""
    args, kwargs = node.op.bind(node.args, node._kwargs)
    parts = args[0]
    if type(parts) not in (tuple, list) or len(parts) != 1 or kwargs:
        return None
    x = parts[0]
    return same(node, x) if type(x) is Node and len(args) < 3 else None


def equal_branches(node: Node) -> Node | None:
    """``where(condition, x, x)``; only vectors have one layout."""
    if len(node.args) != 3 or node.args[1] is not node.args[2]:
        return None
    x = node.args[1]
    flat = len(node.specs[0].shape or ()) < 2
    return same(node, x) if flat and type(x) is Node else None


#: What leaves whole numbers as they are, and whether on both sides.
_WHOLE: dict[str, tuple[int, bool]] = {
    "add": (0, True),
    "bitwise_or": (0, True),
    "bitwise_xor": (0, True),
    "floor_divide": (1, False),
    "left_shift": (0, False),
    "multiply": (1, True),
    "power": (1, False),
    "right_shift": (0, False),
    "subtract": (0, False),
}
#: Likewise for floats; the sign of zero matters.
_FLOAT: dict[str, tuple[float, bool]] = {
    "add": (-0.0, True),
    "multiply": (1.0, True),
    "subtract": (0.0, False),
    "true_divide": (1.0, False),
}
#: Ops of which no result is a signalling NaN, which arithmetic would quiet.
QUIET = (
    "add",
    "divide",
    "dot",
    "exp",
    "matmul",
    "multiply",
    "sqrt",
    "square",
    "subtract",
    "tensordot",
    "true_divide",
)
_NUMBERS = (int, float, np.integer, np.floating)


def neutral(node: Node) -> Node | None:
    """``x * 1``, ``x - 0.0``, ``x / 1`` and the like."""
    if len(node.args) != 2 or node._kwargs:
        return None
    left, right = node.args
    x, number = (left, right) if type(left) is Node else (right, left)
    if type(x) is not Node or not isinstance(number, _NUMBERS):
        return None
    if node.specs[0].kind != "array" or same(node, x) is None:
        return None
    kind = kind_of(node)
    table: dict[str, Any] = {}
    if kind in ("i", "u"):
        table = _WHOLE
    elif kind == "f" and is_quiet(x):
        table = _FLOAT
    value, both = table.get(node.op.name, (None, False))
    if value is None or number != value or not (both or x is left):
        return None
    if kind == "f" and math.copysign(1, number) != math.copysign(1, value):
        return None
    return x


def is_quiet(node: Node) -> bool:
    """Whether it is known to hold no signalling NaN."""
    return is_own(node.op) and node.op.name in QUIET


def inverse(node: Node) -> Node | None:
    """``-(-x)``, ``~~x`` and ``conj(conj(x))``, which flip bits."""
    inner = first(node)
    if inner is None or inner.op.name != node.op.name:
        return None
    if not is_own(inner.op) or node._kwargs or inner._kwargs:
        return None
    # A scalar warns where -x is out of range.
    if node.specs[0].kind != "array" or kind_of(node) not in (
        "i",
        "u",
        "f",
        "c",
    ):
        return None
    return same(node, first(inner))


#: What does nothing to what it returned.
IDEMPOTENT = ("absolute", "ceil", "fabs", "floor", "rint", "sign", "trunc")


def again(node: Node) -> Node | None:
    """``abs(abs(x))``, ``floor(floor(x))`` and the like."""
    inner = first(node)
    if inner is None or inner.op.name != node.op.name:
        return None
    if not is_own(inner.op) or node._kwargs or inner._kwargs:
        return None
    if node.specs[0].kind != "array" or kind_of(node) not in ("i", "u", "f"):
        return None
    # The absolute value of a complex number may be a NaN with a sign.
    return None if same(inner, first(inner)) is None else same(node, inner)


#: Ops whose results are new, dense, and in an order of axes that a copy
#: keeps.
FRESH = (
    *QUIET,
    *IDEMPOTENT,
    "conjugate",
    "cos",
    "log",
    "maximum",
    "minimum",
    "negative",
    "positive",
    "reciprocal",
    "sin",
    "tanh",
    "where",
)


def is_dense(node: Node) -> bool:
    """Whether it is new or such with its axes permuted, in any layout."""
    while node.op.name in PERMUTING and is_own(node.op):
        base = first(node)
        if base is None:
            return False
        node = base
    return node.op.name in FRESH and is_own(node.op)


RULES: tuple[Rule, ...] = (
    Rule("positive", ("positive",), copied),
    Rule("conj of real", ("conjugate",), real_conjugate),
    Rule("cast to the same dtype", ("astype",), cast),
    Rule("copy", ("copy",), copy),
    Rule("concatenate of one", ("concatenate",), joined),
    Rule("where of equal branches", ("where",), equal_branches),
    Rule("neutral number", tuple(sorted({*_WHOLE, *_FLOAT})), neutral),
    Rule("done and undone", ("conjugate", "invert", "negative"), inverse),
    Rule("done twice", IDEMPOTENT, again),
    Rule("real of real", ("real",), itself),
    Rule(
        "array as an array",
        ("asarray", "atleast_1d", "atleast_2d", "atleast_3d"),
        itself,
    ),
    Rule("broadcast to the same shape", ("broadcast_to",), stretched),
    Rule("slice of everything", ("getitem",), whole_slice),
    Rule("flip of flip", ("flip", "fliplr", "flipud"), flipped_back),
    Rule("transpose", PERMUTING, permuted),
    Rule("reshape", RESHAPING, reshaped),
)


@functools.cache
def _table() -> dict[Op, list[Rule]]:
    return rules_by_op(RULES)


def rules_of(op: Op) -> list[Rule]:
    """The rules for calls of an op, in the order they are tried."""
    return _table().get(op, [])
