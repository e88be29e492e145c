"""Ops whose results are views of their operand, always or if they can be."""

import math
import operator
from typing import Any

import numpy as np

from lazyopt.ops import model
from lazyopt.ops.core import add_op
from lazyopt.ops.families import Rule, Shape, dummy, viewing
from lazyopt.specs import ArraySpec, contiguous_strides, make_spec

__all__ = ["register"]


# -------------------------------------------------------- views, always


def transpose(a: Any, axes: Any = None) -> None: ...
def permute_dims(a: Any, axes: Any = None) -> None: ...
def linalg_diagonal(x: Any, /, *, offset: int = 0) -> None: ...
def matrix_transpose(x: Any, /) -> None: ...
def swapaxes(a: Any, axis1: int, axis2: int) -> None: ...
def moveaxis(a: Any, source: Any, destination: Any) -> None: ...
def rollaxis(a: Any, axis: int, start: int = 0) -> None: ...
def expand_dims(a: Any, axis: Any) -> None: ...
def squeeze(a: Any, axis: Any = None) -> None: ...
def broadcast_to(array: Any, shape: Any) -> None: ...
def diagonal(
    a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1
) -> None: ...
def flip(m: Any, axis: Any = None) -> None: ...
def flip_one(m: Any) -> None: ...
def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> None: ...
def real(val: Any) -> None: ...
def atleast(ary: Any) -> None: ...
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> None: ...
def split_one(ary: Any, indices_or_sections: Any) -> None: ...
def unstack(x: Any, /, *, axis: int = 0) -> None: ...


VIEWS: dict[str, tuple[Rule, tuple[str, ...]]] = {
    "atleast_1d": (atleast, ()),
    "atleast_2d": (atleast, ()),
    "atleast_3d": (atleast, ()),
    "broadcast_to": (broadcast_to, ()),
    "diagonal": (diagonal, ()),
    "expand_dims": (expand_dims, ()),
    "flip": (flip, ()),
    "fliplr": (flip_one, ()),
    "flipud": (flip_one, ()),
    "linalg.diagonal": (linalg_diagonal, ()),
    "linalg.matrix_transpose": (matrix_transpose, ()),
    "matrix_transpose": (matrix_transpose, ()),
    "moveaxis": (moveaxis, ()),
    "real": (real, ()),
    "rollaxis": (rollaxis, ()),
    "rot90": (rot90, ()),
    "squeeze": (squeeze, ()),
    "swapaxes": (swapaxes, ()),
    "transpose": (transpose, ("permute_dims",)),
}

SPLITS: dict[str, Rule] = {
    "array_split": split,
    "dsplit": split_one,
    "hsplit": split_one,
    "split": split,
    "unstack": unstack,
    "vsplit": split_one,
}


def parts(a: Any, indices_or_sections: Any = None, axis: int = 0) -> int:
    """Into how many parts an array of any shape is split.

    Raises
    ------
    TypeError
        If its shape would tell, as for ``unstack``.
    """
    if indices_or_sections is None:
        raise TypeError(
            "into how many parts an array of unknown shape is split isn't "
            "known before it runs; give the shape with "
            "register_op(fn, infer=...)"
        )
    if np.iterable(indices_or_sections):
        return len(list(indices_or_sections)) + 1
    return operator.index(indices_or_sections)


# ----------------------------------------------- views, unless they copy


def _is_spec(x: Any) -> bool:
    return isinstance(x, ArraySpec) and x.kind == "array"


def full_shape(size: int, shape: Any) -> Shape:
    """The target of a reshape with its ``-1`` filled in.

    Raises
    ------
    ValueError
        If the sizes don't agree, as NumPy does.
    """
    try:
        shape = [operator.index(d) for d in shape]
    except TypeError:
        shape = [operator.index(shape)]
    # NumPy fills in any negative size, not only -1.
    shape = [max(d, -1) for d in shape]
    known = math.prod(d for d in shape if d != -1)
    if shape.count(-1) == 1 and known and size % known == 0:
        shape[shape.index(-1)] = size // known
    if math.prod(shape) != size or min(shape, default=0) < 0:
        raise ValueError(
            f"cannot reshape array of size {size} into shape {tuple(shape)}"
        )
    return tuple(shape)


def _reshape_view(a: np.ndarray, shape: Any, order: Any) -> Any:
    """The reshaped view, or the spec of the copy that NumPy must make."""
    try:
        return np.reshape(a, shape, order=order, copy=False)
    except ValueError:
        if order == "A":
            fortran = a.flags.f_contiguous and not a.flags.c_contiguous
            order = "F" if fortran else "C"
        strides = contiguous_strides(shape, a.itemsize, order)
        return make_spec(tuple(shape), a.dtype.name, "array", strides)


def make_reshape(
    a: Any, shape: Any, order: Any = "C", *, copy: bool | None = None
) -> Any:
    if not isinstance(a, np.ndarray):
        return np.reshape(a, shape)
    shape = full_shape(a.size, shape)
    if copy is False:
        return np.reshape(a, shape, order=order, copy=False)
    if copy:
        a = dummy(ArraySpec(a.shape, a.dtype))
    return _reshape_view(a, shape, order)


def reshape_copies(
    a: Any, shape: Any, order: str = "C", *, copy: bool | None = None
) -> bool:
    if copy or not _is_spec(a) or a.strides is None:
        return True
    made = _reshape_view(dummy(a), full_shape(a.size, shape), order)
    return isinstance(made, ArraySpec)


def make_ravel(a: Any, order: str = "C") -> Any:
    if order not in ("C", "F", "A", "K"):
        raise ValueError("order must be one of 'C', 'F', 'A', or 'K'")
    # View or copy, it is contiguous.
    return ArraySpec((np.size(a),), np.asarray(a).dtype)


def _is_dense(a: np.ndarray) -> bool:
    """Whether its elements follow one another, in some order of the axes."""
    step = a.itemsize
    for stride, d in sorted(zip(a.strides, a.shape, strict=True)):
        if d != 1 and stride != step:
            return False
        step *= d
    return True


def _dummy_spec(a: np.ndarray) -> ArraySpec:
    return make_spec(a.shape, a.dtype.name, "array", a.strides)


def ravel_copies(a: Any, order: str = "C") -> bool:
    if not _is_spec(a) or a.strides is None:
        return True
    flags = dummy(a).flags
    c, f = flags.c_contiguous, flags.f_contiguous
    if order == "A":
        order = "F" if f and not c else "C"
    dense = {"C": c, "F": f, "K": c or f or _is_dense(dummy(a))}
    return not dense[order]


def make_imag(val: Any) -> Any:
    if not isinstance(val, np.ndarray) or val.dtype.kind == "c":
        return np.imag(val)
    small = np.imag(model.model_of(_dummy_spec(val)))
    return model.spec_like(val.shape, small)


def imag_copies(val: Any) -> bool:
    return not (_is_spec(val) and str(val.dtype).startswith("complex"))


def make_diag(v: Any, k: int = 0) -> Any:
    if np.ndim(v) == 2:
        return np.diagonal(v, k)
    if np.ndim(v) != 1:
        raise ValueError("Input must be 1- or 2-d.")
    n = len(v) + abs(k)
    return ArraySpec((n, n), v.dtype)


def diag_copies(v: Any, k: int = 0) -> bool:
    return not _is_spec(v) or v.ndim != 2


def make_asarray(
    a: Any, dtype: Any = None, order: Any = None, *, copy: bool | None = None
) -> Any:
    if not isinstance(a, np.ndarray):
        return np.asarray(a, dtype, order)
    if not _converts(a, dtype, order) and not copy:
        return a
    small = model.model_of(_dummy_spec(a))
    made = np.array(small, dtype, order=order or "K")
    return model.spec_like(a.shape, made)


def _converts(a: np.ndarray, dtype: Any, order: Any) -> bool:
    wrong_dtype = dtype is not None and np.dtype(dtype) != a.dtype
    return (
        wrong_dtype
        or (order == "C" and not a.flags.c_contiguous)
        or (order == "F" and not a.flags.f_contiguous)
    )


def asarray_copies(
    a: Any, dtype: Any = None, order: Any = None, *, copy: bool | None = None
) -> bool:
    if copy or not _is_spec(a) or a.strides is None or a.dtype is None:
        return True
    return _converts(dummy(a), dtype, order)


def make_contiguous(a: Any, dtype: Any = None) -> Any:
    if np.ndim(a) == 0:
        return ArraySpec((1,), dtype or np.asarray(a).dtype)
    return make_asarray(a, dtype, "C")


def contiguous_copies(a: Any, dtype: Any = None) -> bool:
    return asarray_copies(a, dtype, "C")


MAYBE_VIEWS: dict[str, tuple[Rule, Rule]] = {
    "asarray": (make_asarray, asarray_copies),
    "ascontiguousarray": (make_contiguous, contiguous_copies),
    "diag": (make_diag, diag_copies),
    "imag": (make_imag, imag_copies),
    "ravel": (make_ravel, ravel_copies),
    "reshape": (make_reshape, reshape_copies),
}


def register() -> None:
    """Add all views to the registry."""
    for name, (rule, aliases) in VIEWS.items():
        add_op(viewing(name, rule, aliases=aliases))
    for name, rule in SPLITS.items():
        container: Any = tuple if name == "unstack" else list
        add_op(
            viewing(name, rule, parts=parts, multi=True, container=container)
        )
    for name, (make, copies) in MAYBE_VIEWS.items():
        add_op(viewing(name, make, function=make, copies=copies))
