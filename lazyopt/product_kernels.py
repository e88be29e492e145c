"""Kernels of products and norms of NumPy's own arrays."""

from typing import Any

import numpy as np
from numpy import ndarray

from lazyopt.ir import Node
from lazyopt.kernels import Form, Kernel, is_array

__all__ = ["dot", "norm", "vectors"]


def dot(node: Node) -> Kernel | None:
    """``dot`` of two arrays."""
    if node._kwargs or len(node.args) != 2:
        return None
    if not all(map(is_array, node.args)):
        return None
    return Kernel(ndarray.dot, node.args)


def array_dot(a: Any, b: Any) -> Any:
    """``tensordot`` of two vectors, which is an array of no axes."""
    return np.asarray(a.dot(b))


_ARRAY_DOT = Form("{p[0]}({p[1]}({0}, {1}))", (np.asarray, ndarray.dot))


def vectors(node: Node) -> Kernel | None:
    """``tensordot`` of two vectors over their only axis.

    NumPy makes matrices of them, whose product is the same ``dot``.
    """
    args, kwargs = node.op.bind(node.args, node._kwargs)
    if kwargs or len(args) != 3 or not all(map(is_array, args[:2])):
        return None
    a, b, axes = args
    if a.specs[0].ndim != 1 or b.specs[0].ndim != 1 or not _over_one(axes):
        return None
    return Kernel(array_dot, (a, b), _ARRAY_DOT)


def _over_one(axes: Any) -> bool:
    """Whether axes are the first of both vectors, whatever the spelling."""
    if type(axes) is int:
        return axes == 1
    if type(axes) not in (tuple, list) or len(axes) != 2:
        return False
    firsts = [
        a[0] if type(a) in (tuple, list) and len(a) == 1 else a for a in axes
    ]
    return all(type(a) is int and a in (0, -1) for a in firsts)


def real_norm(x: Any) -> Any:
    """The Euclidean norm of all elements, as `numpy.linalg.norm` has it."""
    x = x.ravel("K")
    return np.sqrt(x.dot(x))


def complex_norm(x: Any) -> Any:
    """The same of complex numbers."""
    x = x.ravel("K")
    real, imag = x.real, x.imag
    return np.sqrt(real.dot(real) + imag.dot(imag))


def norm(node: Node) -> Kernel | None:
    """The Euclidean norm of all elements."""
    args, kwargs = node.op.bind(node.args, node._kwargs)
    if kwargs or not is_array(args[0]):
        return None
    spec = args[0].specs[0]
    order = args[1] if len(args) > 1 else None
    if any(v is not None and v is not False for v in args[2:]):
        return None
    if order is not None and not (
        type(order) is int and order == 2 and spec.ndim == 1
    ):
        return None
    kind = np.dtype(spec.dtype).kind if spec.dtype != "bfloat16" else ""
    if kind not in ("f", "c"):
        return None
    function = real_norm if kind == "f" else complex_norm
    return Kernel(function, args[:1])
