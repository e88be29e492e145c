"""Workspace of ``pad``, mode by mode."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from lazyopt.specs import ArraySpec, make_spec
from lazyopt.workspace import reductions
from lazyopt.workspace.copies import Held
from lazyopt.workspace.creation import linspace_bytes
from lazyopt.workspace.steps import Steps
from lazyopt.workspace.ufuncs import spec_from

__all__ = ["RULES"]

#: What ``pad`` makes of its arguments.
WIDTHS = 3500

_STATISTICS = {
    "maximum": "max",
    "mean": "mean",
    "median": "median",
    "minimum": "min",
}


def pad(
    results: Any,
    array: Any,
    pad_width: Any,
    mode: str = "constant",
    **kwargs: Any,
) -> int:
    """The largest of what each axis needs, one after the other."""
    a, made = spec_from(array), results[0]
    shape = a.shape or ()
    widths = np.broadcast_to(pad_width, (len(shape), 2)).tolist()
    most = before = 0
    for axis in range(len(shape)):
        filled = (*(made.shape or ())[:axis], *shape[axis:])
        area = make_spec(filled, made.dtype, "array", made.strides)
        apart = _interleaves(area, axis, made.strides or ())
        held, kept = _on_axis(area, axis, widths[axis], mode, kwargs, apart)
        most = max(most, before + held)
        # What was put in place is let go of only when the next is made.
        before = kept
    return WIDTHS + most


def _on_axis(
    area: ArraySpec,
    axis: int,
    widths: list[int],
    mode: str,
    options: Any,
    interleaves: bool,
) -> tuple[int, int]:
    """Bytes needed while one axis is padded, and those kept afterwards.

    Parameters
    ----------
    area : ArraySpec
        What is filled already, as it lies in the padded array.
    interleaves : bool
        Whether its places on the axis overlap as stretches of memory.
    """
    if mode == "linear_ramp":
        end = np.asarray(options.get("end_values", 0)).dtype
        return _ramps(area, axis, widths, ArraySpec((), end))
    if mode in _STATISTICS:
        return _statistics(area, axis, mode, options)
    if mode in ("edge", "reflect", "symmetric", "wrap"):
        size = (area.shape or (1,))[axis]
        turns = list(_turns(size, widths, mode))
        if options.get("reflect_type") == "odd" and mode != "edge":
            return max((_odd(area, axis, t) for t in turns), default=0), 0
        if interleaves:
            most = max((max(t) for t in turns), default=0)
            return most * area.nbytes // max(size, 1), 0
    return 0, 0


def _interleaves(area: ArraySpec, axis: int, strides: tuple[int, ...]) -> bool:
    """Whether places apart on this axis overlap as stretches of memory.

    NumPy looks at no more than where each begins and ends, and copies what
    may be written before it is read. The strides are those of the padded
    array: what is filled may have only one place on the axis, and none.
    """
    assert area.shape is not None
    own = abs(strides[axis])
    return any(
        d > 1 and abs(s) > own
        for d, s in zip(area.shape, strides, strict=True)
    )


def _turns(
    size: int, widths: list[int], mode: str
) -> Iterator[tuple[int, int]]:
    """Number of places that are filled at both ends, in turn.

    Each turn fills at most as many as there are to copy from.
    """
    left, right = widths
    if mode == "edge" or size == 1:
        yield left, right
        return
    while left > 0 or right > 0:
        period = size - (mode == "reflect")
        filled = min(period, left), min(period, right)
        yield filled
        left, right = left - filled[0], right - filled[1]
        size += sum(filled)


def _odd(area: ArraySpec, axis: int, filled: tuple[int, int]) -> int:
    """Twice the edge less what is reflected, for one end and the other."""
    shape = list(area.shape or ())
    steps = Steps()
    for width in filled:
        shape[axis] = width
        chunk = ArraySpec(shape, area.dtype, strides=area.strides)
        shape[axis] = 1
        edge = ArraySpec(shape, area.dtype)
        steps.take(edge.nbytes)
        steps.ufunc(np.subtract, edge, chunk)
        steps.free(edge)
    return steps.most


def _ramps(
    area: ArraySpec, axis: int, widths: list[int], end: ArraySpec
) -> tuple[int, int]:
    """Both ramps are made before either is put in its place."""
    shape, strides = list(area.shape or ()), list(area.strides or ())
    del shape[axis], strides[axis]
    edge = ArraySpec(shape, area.dtype, strides=strides)
    held = Held()
    for width in widths:
        ramp = ArraySpec((width, *shape), area.dtype)
        held.touch(linspace_bytes(end, edge, width, ramp))
        held.take(ramp.nbytes)
    return held.most, held.now


def _statistics(
    area: ArraySpec, axis: int, mode: str, options: Any
) -> tuple[int, int]:
    """A reduction over the axis gives what both ends are filled with."""
    shape = list(area.shape or ())
    shape[axis] = 1
    dtype = area.dtype
    if mode in ("mean", "median") and np.dtype(dtype).kind in "biu":
        dtype = "float64"
    result = ArraySpec(shape, dtype)
    rule = reductions.RULES[_STATISTICS[mode]]
    held = Held()
    held.take(result.nbytes)
    held.touch(rule((result,), area, axis, keepdims=True))
    return held.most, held.now


RULES = {"pad": pad}
