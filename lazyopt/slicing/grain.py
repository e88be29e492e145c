"""Where parts may begin, for NaNs to keep their signs.

A sum or product of two NaNs is the first or the second of them, and which of
them depends on where in a loop it is: NumPy takes most elements several at a
time, and those left at the end by other code. So parts begin where several
at a time would begin in the whole.
"""

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from lazyopt.ir import Node
from lazyopt.slicing.arguments import arguments_of
from lazyopt.slicing.lanes import SUMS
from lazyopt.specs import ArraySpec

__all__ = ["LANES", "grain"]

#: A multiple of how many elements any processor takes at a time.
LANES = 64

_COMMUTATIVE = frozenset({"add", "multiply"})
_SCANS = frozenset({"cumprod", "cumsum"})


def grain(node: Node, axis: int) -> int | None:
    """Of what parts along an axis must begin at multiples.

    Parameters
    ----------
    node : Node
        A call with a rule for that axis.
    axis : int
        Of its results.

    Returns
    -------
    int or None
        A power of 2, at most `LANES`; None if no part will do.
    """
    spec = node.specs[0]
    if node.op.elementwise:
        return _of_loop(spec, axis) if _meets_nans(node) else 1
    name = node.op.name
    if not _is_inexact(spec) or name not in SUMS | _SCANS:
        return 1
    x = node.operands[0].specs[0]
    along = arguments_of(node)["axis"]
    axes = normalize_axis_tuple(along, x.ndim)
    if name in SUMS and not arguments_of(node).get("keepdims", False):
        axis = [i for i in range(x.ndim) if i not in axes][axis]
    inner = [i for i in axes if _stride(x, i) < _stride(x, axis)]
    # Each lane is then summed in a loop of its own.
    return 1 if inner else _of_loop(x, axis)


def _is_inexact(spec: ArraySpec) -> bool:
    return spec.dtype is not None and np.dtype(spec.dtype).kind in "fc"


def _stride(spec: ArraySpec, axis: int) -> int:
    assert spec.strides is not None
    return abs(spec.strides[axis])


def _meets_nans(node: Node) -> bool:
    """Whether two NaNs may be added or multiplied in it."""
    specs = [n.specs[0] for n in node.operands]
    if any(str(s.dtype)[:7] == "complex" for s in (*specs, *node.specs)):
        return True
    many = sum(map(_is_inexact, specs))
    return node.op.name in _COMMUTATIVE and many > 1


def _of_loop(spec: ArraySpec, axis: int) -> int | None:
    """The grain of a loop over an array, from its innermost axis on."""
    shape, own = spec.shape or (), _stride(spec, axis)
    steps = [(_stride(spec, i), d) for i, d in enumerate(shape) if d > 1]
    found = LANES // math.gcd(
        LANES, math.prod([d for s, d in steps if 0 < s < own])
    )
    if any(s > own for s, _ in steps) and shape[axis] % found:
        return None  # each part would end in the middle
    return found
