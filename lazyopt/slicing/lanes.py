"""Reductions, scans and sorts: independent along the axes they leave alone.

A sum adds in the order that elements lie in memory. Slicing another axis
keeps that order: NumPy goes through axes by their strides, whose order a
slice of two elements or more has too. Where a sum converts its operand, it
does so through a buffer of fixed size, which starts anew at other places in
a slice; such sums are left alone.
"""

import operator
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from lazyopt.ir import Node
from lazyopt.slicing.arguments import Demands, agreed, arguments_of, dims

__all__ = [
    "REDUCTIONS",
    "SCANS",
    "SUMS",
    "partial_reduction",
    "reduction",
    "scan",
]

#: Rounded at every step, so that order matters.
SUMS = frozenset(
    {
        "linalg.norm",
        "linalg.vector_norm",
        "mean",
        "nanprod",
        "nansum",
        "prod",
        "std",
        "sum",
        "var",
    }
)

REDUCTIONS = SUMS | {
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "count_nonzero",
    "max",
    "min",
    "nanmax",
    "nanmin",
    "ptp",
}

SCANS = frozenset(
    {
        "argsort",
        "cumprod",
        "cumsum",
        "diff",
        "fft.fft",
        "fft.hfft",
        "fft.ifft",
        "fft.ihfft",
        "fft.irfft",
        "fft.rfft",
        "roll",
        "sort",
    }
)

#: How results over parts of an axis make that over all of it.
_COMBINED_BY = {
    "all": "logical_and",
    "amax": "maximum",
    "amin": "minimum",
    "any": "logical_or",
    "max": "maximum",
    "min": "minimum",
    "prod": "multiply",
    "sum": "add",
}


def _single(node: Node) -> tuple[Node, dict[str, Any]] | None:
    """The operand and the other arguments, if these are plain."""
    arguments = arguments_of(node)
    name = next(iter(arguments))
    x = arguments.pop(name)
    if type(x) is not Node or len(node.operands) > 1:
        return None
    if x.specs[0].kind != "array":
        return None
    where = arguments.pop("where", True)
    if where is not True or arguments.get("initial") is not None:
        return None
    return x, arguments


def reduction(node: Node, axis: int) -> Demands | None:
    """The axes that aren't reduced over."""
    found = _single(node)
    if found is None or not _order_is_kept(node, found[0]):
        return None
    x, arguments = found
    reduced = arguments["axis"]
    if reduced is None or (
        node.op.name.startswith("linalg.") and not isinstance(reduced, int)
    ):
        return None
    n = len(dims(x))
    axes = normalize_axis_tuple(reduced, n)
    if arguments["keepdims"]:
        return agreed(node, [(x, axis)]) if axis not in axes else None
    left = [i for i in range(n) if i not in axes]
    return agreed(node, [(x, left[axis])])


def _order_is_kept(node: Node, x: Node) -> bool:
    """Whether parts along another axis are summed as the whole is."""
    if node.op.name not in SUMS:
        return True
    own, made = x.specs[0].dtype, node.specs[0].dtype
    if own is None or made is None:
        return False
    if np.dtype(made).kind not in "fc":
        return True
    return own == made and own != "float16"


def scan(node: Node, axis: int) -> Demands | None:
    """The axes that it doesn't go along."""
    found = _single(node)
    if found is None:
        return None
    x, arguments = found
    try:
        along = operator.index(arguments["axis"])
        shift = operator.index(arguments.get("shift", 0))
    except TypeError:
        return None
    n = len(dims(x))
    if not n or along % n == axis or shift is None:
        return None
    return agreed(node, [(x, axis)])


def partial_reduction(node: Node, operand: Node, axis: int) -> str | None:
    """How results over parts of an axis are combined; None if they aren't."""
    combined = _COMBINED_BY.get(node.op.name)
    found = _single(node)
    if combined is None or found is None or found[0] is not operand:
        return None
    reduced = found[1]["axis"]
    n = len(dims(operand))
    if reduced is not None and axis not in normalize_axis_tuple(reduced, n):
        return None
    return combined
