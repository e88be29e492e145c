"""Functions that are recorded as calls of others, or that need no call.

What they return isn't one result with a spec, or depends on nothing but
dtypes. The calls recorded are those that NumPy makes itself.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from lazyopt.ops import OPERATOR_FORMS, get_op
from lazyopt.ops.model import model_of
from lazyopt.recorder import record_call
from lazyopt.tracer import Tracer

__all__ = ["COMPOSED", "svd"]


def svd(
    a: Any,
    full_matrices: bool = True,
    compute_uv: bool = True,
    hermitian: bool = False,
) -> Any:
    """Singular values and vectors, or the values alone."""
    if compute_uv:
        given = {"full_matrices": full_matrices, "hermitian": hermitian}
        options = {k: v for k, v in given.items() if v}
        return record_call(get_op("linalg.svd"), (a,), options)
    if not hermitian:
        return record_call(get_op("linalg.svdvals"), (a,), {})
    values = record_call(get_op("linalg.eigvalsh"), (a,), {})
    sizes = record_call(OPERATOR_FORMS["absolute"], (values,), {})
    return record_call(get_op("sort"), (sizes,), {})[..., ::-1]


def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    """Each operand as a view of the shape that all have together."""
    shape = np.broadcast_shapes(*map(np.shape, args))
    op = get_op("broadcast_to")
    return tuple(
        record_call(op, (x, shape), {})
        if isinstance(x, Tracer)
        else np.broadcast_to(x, shape)
        for x in args
    )


def result_type(*arrays_and_dtypes: Any) -> Any:
    """The dtype that these have together, which is known while tracing."""
    return np.result_type(*map(_typed, arrays_and_dtypes))


def can_cast(from_: Any, to: Any, casting: Any = "safe") -> bool:
    """Whether a dtype can be cast to another."""
    return np.can_cast(_typed(from_), _typed(to), casting)


def _typed(x: Any) -> Any:
    """What stands for the dtype of an array, or for a Python number."""
    if not isinstance(x, Tracer):
        return x
    spec = x._node.spec
    return model_of(spec) if spec.kind == "python" else x.dtype


#: By the function of NumPy's.
COMPOSED: dict[Any, Callable[..., Any]] = {
    np.broadcast_arrays: broadcast_arrays,
    np.can_cast: can_cast,
    np.linalg.svd: svd,
    np.result_type: result_type,
}
