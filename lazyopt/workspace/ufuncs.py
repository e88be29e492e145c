"""What ufuncs hold while they run: as such, reducing and accumulating."""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from lazyopt.ops.families import operand
from lazyopt.ops.model import k_order
from lazyopt.specs import ArraySpec, itemsize, spec_of
from lazyopt.workspace.buffers import (
    BUFFER,
    Operand,
    iterator_bytes,
    strides_along,
)

__all__ = ["accumulate_bytes", "reduce_bytes", "spec_from", "ufunc_bytes"]

_WEAK: dict[str, type] = {
    "int64": int,
    "float64": float,
    "complex128": complex,
}


def spec_from(x: Any) -> ArraySpec:
    """Spec of an argument that stands for an array: spec, number, list."""
    x = operand(x)
    return x if isinstance(x, ArraySpec) else spec_of(x)


def _given(spec: ArraySpec) -> Any:
    """A spec's dtype as `numpy.ufunc.resolve_dtypes` takes it."""
    if spec.kind == "python" and spec.dtype in _WEAK:
        return _WEAK[spec.dtype]
    return np.dtype(spec.dtype)


@functools.lru_cache(1 << 12)
def loop_dtypes(
    ufunc: np.ufunc, given: tuple[Any, ...], dtype: Any
) -> tuple[str, ...]:
    """Names of the dtypes that a ufunc computes in, results' last.

    Parameters
    ----------
    given : tuple
        A dtype for each operand, or the type of a Python number.
    dtype : dtype or None
        What the call asks for.
    """
    asked = None if dtype is None else np.dtype(dtype)
    found = ufunc.resolve_dtypes(
        (*given, *[None] * ufunc.nout),
        signature=(None,) * ufunc.nin + (asked,) * ufunc.nout,
        casting="unsafe",
    )
    return tuple([d.name for d in found])


def ufunc_bytes(
    ufunc: np.ufunc,
    operands: Sequence[Any],
    results: Sequence[ArraySpec],
    *,
    dtype: Any = None,
    writes: bool = False,
) -> int:
    """Bytes that a call of a ufunc holds beyond its results.

    Parameters
    ----------
    ufunc : numpy.ufunc
    operands : sequence
        Specs, numbers and nested sequences.
    results : sequence of ArraySpec
    dtype : dtype, optional
        That the call asks for.
    writes : bool, optional
        Whether the results are arrays given as ``out``.

    Notes
    -----
    After ``check_for_trivial_loop`` and ``try_trivial_single_output_loop``
    of NumPy 2.4: short operands of one axis are cast as a whole, and what
    has one stride throughout is not iterated over at all.
    """
    shape = results[0].shape
    specs = [spec_from(x) for x in operands]
    if not shape:
        return 0
    loop = loop_dtypes(ufunc, tuple([_given(s) for s in specs]), dtype)
    count = len(specs)
    specs, copied, cast = _cast_ahead(specs, loop)
    if 0 in shape:
        return copied
    even = not cast and ufunc.nout == 1
    if writes:
        pairs = zip(results, loop[count:], strict=True)
        even = even and all(r.dtype == d for r, d in pairs)
    there = (*specs, *results) if writes else specs
    if even and _one_stride(there):
        return copied
    rows = [
        Operand(strides_along(shape, s), itemsize(d), s.dtype != d)
        for s, d in zip((*specs, *results), loop, strict=True)
    ]
    return copied + iterator_bytes(shape, there, rows)


def _cast_ahead(
    specs: Sequence[ArraySpec], loop: Sequence[str]
) -> tuple[list[ArraySpec], int, bool]:
    """Operands once short ones are cast as a whole, and bytes of the copies.

    Also whether any is left that has to be cast while the loop runs: NumPy
    stops casting ahead where it meets the first such.
    """
    found = list(specs)
    copied = 0
    cast = False
    for i, spec in enumerate(specs):
        if spec.dtype == loop[i]:
            continue
        if not spec.shape:
            found[i] = ArraySpec((), loop[i])
        elif len(spec.shape) == 1 and spec.size <= BUFFER and not cast:
            found[i] = ArraySpec(spec.shape, loop[i])
            copied += found[i].nbytes
        else:
            cast = True
    return found, copied, cast


def _one_stride(specs: Sequence[ArraySpec]) -> bool:
    """Whether one loop runs over all of these."""
    arrays = [s for s in specs if s.shape]
    shape = arrays[0].shape
    layout = arrays[0].layout
    if any(s.shape != shape for s in arrays[1:]):
        return False
    if shape is not None and len(shape) == 1:
        return True
    return layout in "CF" and all(s.layout == layout for s in arrays[1:])


@functools.lru_cache(1 << 10)
def reduce_dtype(ufunc: np.ufunc, given: str, dtype: Any) -> str:
    """Name of the dtype that a ufunc reduces in."""
    if dtype is None:
        asked = (None, np.dtype(given), None)
        dtype = ufunc.resolve_dtypes(asked, reduction=True)[0]
    name: str = np.dtype(dtype).name
    return name


def reduce_bytes(
    ufunc: np.ufunc,
    a: ArraySpec,
    axis: Any = None,
    *,
    dtype: Any = None,
    where: Any = True,
) -> int:
    """Bytes that ``ufunc.reduce`` holds beyond its result.

    Parameters
    ----------
    ufunc : numpy.ufunc
    a : ArraySpec
    axis : int, tuple of int or None
    dtype : dtype, optional
        To compute in.
    where : ArraySpec or bool, optional
        Mask of what counts.
    """
    assert a.shape is not None and a.dtype is not None
    shape = a.shape
    if not shape or 0 in shape:
        return 0
    loop = reduce_dtype(ufunc, a.dtype, dtype)
    inputs = [a] if where is True else [a, spec_from(where)]
    steps = [0] * len(shape)
    step = itemsize(loop)
    axes = axes_of(a, axis)
    for i in reversed(k_order(shape, inputs)):
        if i not in axes and shape[i] != 1:
            steps[i] = step
            step *= shape[i]
    rows = [
        Operand(
            tuple(steps),
            itemsize(loop),
            reduced=step < a.size * itemsize(loop),
        ),
        Operand(strides_along(shape, a), itemsize(loop), a.dtype != loop),
    ]
    rows += [Operand(strides_along(shape, m), 1) for m in inputs[1:]]
    return iterator_bytes(shape, inputs, rows)


def axes_of(a: ArraySpec, axis: Any) -> tuple[int, ...]:
    """The axes that a reduction goes over, counted from the first."""
    if axis is None:
        return tuple(range(a.ndim))
    if not a.ndim:
        return ()
    return normalize_axis_tuple(axis, a.ndim)


def accumulate_bytes(
    ufunc: np.ufunc, a: ArraySpec, *, dtype: Any = None
) -> int:
    """Bytes that ``ufunc.accumulate`` holds beyond its result.

    It takes no buffers: what has to be cast is copied as a whole.
    """
    assert a.dtype is not None
    loop = reduce_dtype(ufunc, a.dtype, dtype)
    return 0 if a.dtype == loop else a.size * itemsize(loop)
