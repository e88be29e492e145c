"""Calls as the cheaper calls that NumPy itself makes of them.

Each rule is a function of one node. It returns a node that holds the same
bits in the same layout and kind, whatever the layout of the inputs, since it
does what NumPy does behind the name, less what shapes and dtypes decide.
"""

import functools
import math
import operator
from typing import Any

from numpy.lib.array_utils import normalize_axis_tuple

from lazyopt.ir import Node
from lazyopt.ops import Op
from lazyopt.passes.matching import Rule, first, made, rules_by_op, same
from lazyopt.passes.simplify_views import permutation

__all__ = ["RULES", "lowered"]


def shape_of(node: Any) -> tuple[int, ...] | None:
    """Shape of an array whose dtype and layout are known as well."""
    if type(node) is not Node or len(node.specs) != 1:
        return None
    spec = node.specs[0]
    known = spec.dtype is not None and spec.strides is not None
    return spec.shape if known and spec.kind == "array" else None


# -------------------------------------------------------------- products


def product(node: Node) -> Node | None:
    """``tensordot`` as ``dot`` of matrices, which is all that it is.

    Axes that are in order already are not moved, and shapes that fit stay.
    """
    args, kwargs = node.op.bind(node.args, node._kwargs)
    if kwargs or len(args) not in (2, 3):
        return None
    a, b = args[:2]
    left, right = shape_of(a), shape_of(b)
    if not left or not right or node.specs[0].shape is None:
        return None
    summed_over = args[2] if len(args) == 3 else 2
    vectors = len(left) == len(right) == 1
    if vectors and type(summed_over) is int and summed_over == 1:
        return None  # as below, at once: they are most of some programs
    axes = paired(summed_over, len(left), len(right))
    if axes is None or (vectors and len(axes[0]) == 1):
        return None
    free_a = [i for i in range(len(left)) if i not in axes[0]]
    free_b = [i for i in range(len(right)) if i not in axes[1]]
    summed = math.prod([left[i] for i in axes[0]])
    rows = math.prod([left[i] for i in free_a])
    columns = math.prod([right[i] for i in free_b])
    matrices = (
        matrix(node, a, (*free_a, *axes[0]), (rows, summed)),
        matrix(node, b, (*axes[1], *free_b), (summed, columns)),
    )
    result = made(node, "dot", *matrices)
    return reshaped(node, result, node.specs[0].shape)


def paired(
    axes: Any, n: int, m: int
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Axes to sum over, of both operands, if they pair up."""
    try:
        left, right = axes
    except TypeError:
        count = operator.index(axes)
        left, right = range(n - count, n), range(count)
    try:
        pair = (normalize_axis_tuple(left, n), normalize_axis_tuple(right, m))
    except ValueError:
        return None  # an axis given twice, which NumPy may let pass
    return pair if len(pair[0]) == len(pair[1]) else None


def matrix(
    node: Node, x: Node, axes: tuple[int, ...], shape: tuple[int, int]
) -> Node:
    """An operand with its axes moved, as a matrix."""
    if axes != tuple(range(len(axes))):
        x = made(node, "transpose", x, axes)
    return reshaped(node, x, shape)


def reshaped(node: Node, x: Node, shape: tuple[int, ...]) -> Node:
    """An array in this shape; itself if it has it."""
    return x if x.specs[0].shape == shape else made(node, "reshape", x, shape)


# ------------------------------------------------------------------ axes


def new_axes(node: Node) -> Node | None:
    """``expand_dims`` as ``reshape``.

    As an index, ``x[:, None]``, the new axes have other strides, which `dot`
    looks at.
    """
    args, kwargs = node.op.bind(node.args, node._kwargs)
    if shape_of(args[0]) is None or kwargs:
        return None
    return made(node, "reshape", args[0], node.specs[0].shape)


def moved(node: Node) -> Node | None:
    """``moveaxis`` and ``rollaxis`` as the transpose that they are."""
    axes = permutation(node)
    if axes is None:
        return None
    return made(node, "transpose", first(node), axes)


def rearranged(node: Node) -> Node | None:
    """``einsum`` of one operand that only moves its axes."""
    if node._kwargs or len(node.args) != 2:
        return None
    equation, x = node.args
    shape = shape_of(x)
    if type(equation) is not str or not shape:
        return None
    left, arrow, right = equation.replace(" ", "").partition("->")
    if not arrow or not left.isalpha() or len(left) != len(shape):
        return None
    if len(set(left)) < len(left) or sorted(left) != sorted(right):
        return None
    return made(node, "transpose", x, tuple([left.index(i) for i in right]))


def element(node: Node) -> Node | None:
    """``take`` of one element of a vector as ``x[i]``."""
    args, kwargs = node.op.bind(node.args, node._kwargs)
    shape = shape_of(args[0])
    if shape is None or len(shape) != 1 or kwargs or len(args) > 3:
        return None
    index, axis = args[1], args[2] if len(args) == 3 else None
    if type(index) is not int or axis not in (None, 0, -1):
        return None
    if not -shape[0] <= index < shape[0]:
        return None
    return made(node, "getitem", args[0], index)


def concatenated(node: Node) -> Node | None:
    """``hstack`` and ``vstack`` of arrays that have the axes for it."""
    args, kwargs = node.op.bind(node.args, node._kwargs)
    parts = args[0]
    if type(parts) not in (tuple, list) or len(args) != 1 or kwargs:
        return None
    shapes = [shape_of(x) for x in parts]
    least = 2 if node.op.name == "vstack" else 1
    if not shapes or any(s is None or len(s) < least for s in shapes):
        return None
    flat = len(shapes[0] or ()) == 1
    axis = 0 if flat or node.op.name == "vstack" else 1
    return made(node, "concatenate", parts, axis)


RULES: tuple[Rule, ...] = (
    Rule("tensordot as dot", ("tensordot",), product),
    Rule("expand_dims as reshape", ("expand_dims",), new_axes),
    Rule("moveaxis as transpose", ("moveaxis", "rollaxis"), moved),
    Rule("einsum as transpose", ("einsum",), rearranged),
    Rule("take as an index", ("take",), element),
    Rule("stacks as concatenate", ("hstack", "vstack"), concatenated),
)


@functools.cache
def _table() -> dict[Op, list[Rule]]:
    return rules_by_op(RULES)


def lowered(node: Node) -> tuple[str, Node] | None:
    """What is called in a call's place, and the rule that says so."""
    for rule in _table().get(node.op, ()):
        found = rule.make(node)
        if found is not None and same(node, found) is not None:
            return rule.name, found
    return None
