"""Specs by another library's own rules, asked of arrays without data.

Dtypes are promoted in another way by each library: an ``int32`` tensor times
a float is ``float32`` in torch and ``float64`` in NumPy. The rules are not
written down again here: torch has meta tensors, jax evaluates shapes, dask is
lazy, and what they answer is what a run gives.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import autoray
import numpy as np

from lazyopt.ops import Op
from lazyopt.ops.model import model_of, replaced, tree_specs
from lazyopt.specs import ArraySpec, itemsize, make_spec, spec_of

__all__ = ["BACKEND", "infer_on", "inferring_on", "spec_on"]

Specs = tuple[ArraySpec, ...]

#: The library by whose rules specs are inferred in this context.
BACKEND: ContextVar[str] = ContextVar("backend", default="numpy")


@contextmanager
def inferring_on(backend: str) -> Iterator[None]:
    """Infer specs by this library's rules."""
    token = BACKEND.set(backend)
    try:
        yield
    finally:
        BACKEND.reset(token)


def infer_on(backend: str, op: Op, args: Any, kwargs: Any) -> Specs:
    """Specs of a call's results on a library.

    Parameters
    ----------
    backend : str
    op : Op
    args, kwargs
        With specs in place of arrays.

    Returns
    -------
    tuple of ArraySpec
        By the library's own rules for torch, jax and dask; where they can't
        be asked, and for all other libraries, by NumPy's.
    """
    evaluate = _EVALUATE.get(backend)
    known = all(
        s.shape is not None and s.dtype is not None
        for s in tree_specs((args, list(kwargs.values())))
    )
    if evaluate is None or not known:
        return _arrays(op.infer(*args, **kwargs))
    if op.effect == "random" and not op.name.startswith("empty"):
        # Asking would draw: the program's own numbers would be others.
        asked = kwargs.get("dtype") is not None
        return tuple(
            spec_on(backend, make_spec(s.shape, s.dtype, "array", None))
            if asked
            else make_spec(s.shape, None, "array", None)
            for s in op.infer(*args, **kwargs)
        )
    try:
        value = evaluate(op.implementation(backend), args, kwargs)
    except Exception:
        # It may be lacking there, refuse, or depend on values: running it
        # will tell. NumPy's rules may refuse it as well, and say why.
        return _arrays(op.infer(*args, **kwargs))
    if op.multi:
        return tuple(spec_on(backend, v) for v in value)
    return (spec_on(backend, value),)


def _arrays(specs: Specs) -> Specs:
    """Specs without NumPy's scalars, which no other library has."""
    return tuple(
        make_spec(s.shape, s.dtype, "array", s.strides)
        if s.kind == "scalar"
        else s
        for s in specs
    )


def spec_on(backend: str, x: Any) -> ArraySpec:
    """Spec that a value or a spec of any library has on this one.

    ``float64`` is ``float32`` on jax, unless that is told otherwise.
    """
    spec = x if isinstance(x, ArraySpec) else spec_of(x)
    if spec.dtype is None or backend == "numpy":
        return spec
    if backend == "jax":
        import jax

        dtype = jax.dtypes.canonicalize_dtype(spec.dtype).name
        if dtype != spec.dtype:
            return ArraySpec(spec.shape, dtype, kind=spec.kind)
    return _arrays((spec,))[0]


# ------------------------------------------------------ abstract evaluation


def _on_torch(call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    import torch

    def tensor(spec: ArraySpec) -> Any:
        if spec.kind != "array":
            return model_of(spec)
        assert spec.shape is not None and spec.dtype is not None
        dtype = getattr(torch, spec.dtype)
        if spec.strides is None or min(spec.strides, default=0) < 0:
            return torch.empty(spec.shape, dtype=dtype, device="meta")
        item = itemsize(spec.dtype)
        strides = [step // item for step in spec.strides]
        return torch.empty_strided(
            spec.shape, strides, dtype=dtype, device="meta"
        )

    args, kwargs = _with(args, kwargs, tensor)
    return call(*args, **kwargs)


def _on_dask(call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    import dask.array

    def array(spec: ArraySpec) -> Any:
        if spec.kind != "array":
            return model_of(spec)
        return dask.array.empty(spec.shape, dtype=spec.dtype, chunks=-1)

    args, kwargs = _with(args, kwargs, array)
    return call(*args, **kwargs)


def _on_jax(call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    import jax

    arrays: list[Any] = []

    def number(spec: ArraySpec) -> Any:
        if spec.kind != "array":
            return model_of(spec)
        dtype = jax.dtypes.canonicalize_dtype(spec.dtype)
        arrays.append(jax.ShapeDtypeStruct(spec.shape, dtype))
        return _Place(len(arrays) - 1)

    args, kwargs = _with(args, kwargs, number)

    def of_arrays(*values: Any) -> Any:
        def filled(x: Any) -> Any:
            if isinstance(x, _Place):
                return values[x.number]
            if isinstance(x, tuple | list):
                parts = [filled(v) for v in x]
                return parts if isinstance(x, list) else tuple(parts)
            return x

        return call(
            *[filled(a) for a in args],
            **{k: filled(v) for k, v in kwargs.items()},
        )

    return jax.eval_shape(of_arrays, *arrays)


class _Place:
    """Where an array belongs among a call's arguments."""

    def __init__(self, number: int) -> None:
        self.number = number


def _with(
    args: Any, kwargs: Any, make: Callable[[ArraySpec], Any]
) -> tuple[list[Any], dict[str, Any]]:
    return (
        [replaced(a, make) for a in args],
        {k: replaced(v, make) for k, v in kwargs.items()},
    )


_EVALUATE = {"torch": _on_torch, "jax": _on_jax, "dask": _on_dask}


def on_backend(value: Any, backend: str) -> Any:
    """A constant as an array of the library that the graph runs on."""
    if backend == "numpy":
        return autoray.to_numpy(value) if _is_foreign(value) else value
    if isinstance(value, np.ndarray):
        return autoray.do("asarray", value, like=backend)
    return value


def _is_foreign(value: Any) -> bool:
    return hasattr(value, "shape") and autoray.infer_backend(value) not in (
        "numpy",
        "builtins",
    )
