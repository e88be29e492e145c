"""Buffers that NumPy casts through, a few thousand elements at a time.

Where a ufunc, a reduction or ``where`` can't run one loop over its operands
as they lie in memory, NumPy's iterator copies some of them, part by part,
into buffers. Which, and how large a part, it decides from strides alone; this
is that decision (``npyiter_find_buffering_setup`` in NumPy 2.4).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lazyopt.ops.model import k_order
from lazyopt.specs import ArraySpec

__all__ = ["BUFFER", "Operand", "iterator_bytes", "strides_along"]

#: Elements that a buffer holds at most: ``numpy.getbufsize()``.
BUFFER = 8192

Axes = list[tuple[int, tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class Operand:
    """An operand of an iteration.

    Attributes
    ----------
    strides : tuple of int
        Bytes along each axis of the iteration, 0 where the operand repeats.
    item : int
        Bytes of an element as the loop takes it.
    cast : bool
        Whether the loop takes another dtype than the operand's own.
    reduced : bool
        Whether it is written to more than once: what a reduction returns.
    """

    strides: tuple[int, ...]
    item: int
    cast: bool = False
    reduced: bool = False


def strides_along(shape: Sequence[int], spec: ArraySpec) -> tuple[int, ...]:
    """Strides of a spec that is broadcast to this shape."""
    assert spec.shape is not None and spec.strides is not None
    own = [
        s if d != 1 else 0
        for d, s in zip(spec.shape, spec.strides, strict=True)
    ]
    return (0,) * (len(shape) - len(own)) + tuple(own)


def iterator_bytes(
    shape: Sequence[int],
    inputs: Sequence[ArraySpec],
    operands: Sequence[Operand],
    *,
    grows: bool = True,
) -> int:
    """Bytes of the buffers of one iteration.

    Parameters
    ----------
    shape : sequence of int
        Axes that are iterated over.
    inputs : sequence of ArraySpec
        The arrays whose strides decide the order of the axes: all that are
        there before.
    operands : sequence of Operand
        Everything that is iterated over, what is allocated included.
    grows : bool, optional
        Whether the loop takes any length where nothing is buffered.

    Returns
    -------
    int
        Where an axis is empty, of the axes within it: buffers are made before
        that is looked at.
    """
    order = k_order(shape, inputs)[::-1]
    axes = [(shape[i], tuple([o.strides[i] for o in operands])) for i in order]
    return _bytes(_coalesced(axes, len(operands)), operands, grows)


def _coalesced(axes: Axes, count: int) -> Axes:
    """Axes from fastest to slowest, with those that run on joined."""
    found: Axes = []
    for size, steps in axes:
        if size == 1:
            continue
        if found:
            inner, before = found[-1]
            if all(a * inner == b for a, b in zip(before, steps, strict=True)):
                found[-1] = (inner * size, before)
                continue
        found.append((size, steps))
    return found or [(1, (0,) * count)]


@dataclass
class _Extent:
    """How far one operand is iterated over without a break."""

    operand: Operand
    #: Axes that one stride leads through.
    even: int = 1
    #: Axis at which a reduction goes on to the next result, or 0.
    turn: int = 0


def _bytes(axes: Axes, operands: Sequence[Operand], grows: bool) -> int:
    extents = [_Extent(o) for o in operands]
    last, core, size = _best_extent(axes, extents, grows)
    turns = bool(last) and any(e.turn == last for e in extents)
    items = 0
    for k, extent in enumerate(extents):
        repeats = turns and (
            extent.turn == last
            or (extent.even == last and not extent.operand.cast)
            or (axes[last][1][k] == 0 and extent.even <= last)
        )
        if extent.operand.cast or extent.even + repeats <= last:
            items += extent.operand.item
    if size > BUFFER:
        size = core * (BUFFER // core)
    return items * size


def _best_extent(
    axes: Axes, extents: Sequence[_Extent], grows: bool
) -> tuple[int, int, int]:
    """Last axis that a buffer spans, the elements within, and all in all.

    Spanning one more axis costs a buffer for each operand that has no single
    stride through it, and pays by the elements at a time.
    """
    cost = 1 + sum(e.operand.cast for e in extents)
    size = axes[0][0]
    best = (0, 1, size)
    best_cost = cost
    turned = False
    for axis in range(1, len(axes)):
        limited = cost > 1 or not grows
        if turned or (limited and size >= BUFFER):
            break
        inner, before = axes[axis - 1]
        for k, extent in enumerate(extents):
            a, b = before[k], axes[axis][1][k]
            if extent.even == axis:
                if a * inner == b:
                    extent.even += 1
                    continue
                cost += not extent.operand.cast
            if extent.operand.reduced and (a == 0 or b == 0):
                extent.turn = axis
                turned = True
        core, size = size, size * axes[axis][0]
        reached = size
        if size > BUFFER and (cost > 1 or not grows):
            reached = BUFFER
        if cost * best[2] <= best_cost * reached:
            best, best_cost = (axis, core, size), cost
    return best
