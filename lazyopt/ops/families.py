"""How specs are inferred, by family of ops.

``fresh``
    The result is a new array: its shape by the op's own rule, all else from
    NumPy's answer on model arrays.
``viewing``
    The result is a view: NumPy makes it of an array that has the operand's
    shape and strides but no memory, and is never read.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import autoray
import numpy as np

from lazyopt.ops import model
from lazyopt.ops.core import Op, Specs
from lazyopt.specs import UNKNOWN, ArraySpec, make_spec, spec_of

__all__ = ["dummy", "fresh", "operand", "shape_of", "viewing"]

Shape = tuple[int, ...]
Rule = Callable[..., Any]


def numpy_function(name: str) -> Callable[..., Any]:
    """NumPy's function, as autoray would call it."""
    found: Callable[..., Any] = autoray.get_lib_fn("numpy", name)
    return found


def shape_of(x: Any) -> Shape:
    """Shape of an operand given as spec, number or (nested) sequence."""
    if isinstance(x, ArraySpec):
        return x.shape  # type: ignore[return-value]
    return np.shape(x)


def operand(x: Any) -> Any:
    """A sequence of numbers, where an array is meant, as the spec it has."""
    if type(x) in (list, tuple) and not model.tree_specs(x):
        return spec_of(np.asarray(x))
    return spec_of(x) if isinstance(x, np.ndarray) else x


def fresh(
    name: str,
    rule: Rule,
    *,
    function: Callable[..., Any] | None = None,
    count: int = 1,
    operands: bool = False,
    most: int = 2,
    simplify: Callable[..., Any] | None = None,
    unchanged: Callable[..., bool] | None = None,
    **facts: Any,
) -> Op:
    """An op whose results are new arrays.

    Parameters
    ----------
    name : str
    rule : callable
        Gives the result's shape (a list of shapes for several results) from
        the call's arguments. Its signature is the op's.
    function : callable, optional
        What is called, where it is not what autoray finds under the name.
    count : int
        Number of results.
    operands : bool
        Whether all positional arguments are operands, so that sequences
        among them stand for arrays.
    most : int
        Largest size of a model's axes.
    simplify : callable, optional
        Makes the arguments ``(args, kwargs)`` for the call on models, where
        the call's own would not fit what is small.
    unchanged : callable, optional
        Tells from the call's arguments whether NumPy returns the first
        operand itself.
    **facts
        Passed on to `Op`.
    """
    fn_name = facts.get("fn_name") or name
    shapes_of = rule if count > 1 else lambda *a, **k: [rule(*a, **k)]

    @functools.wraps(rule)
    def infer(*args: Any, **kwargs: Any) -> Specs:
        if operands:
            args = tuple(operand(a) for a in args)
        specs = model.tree_specs((args, list(kwargs.values())))
        if any(s.shape is None for s in specs):
            return (UNKNOWN,) * count
        call = function or numpy_function(fn_name)
        known = all(s.dtype is not None for s in specs)
        try:
            shapes = [tuple(s) for s in shapes_of(*args, **kwargs)]
        except (ValueError, IndexError):
            # NumPy says it better, and may find another fault first.
            if known:
                model.ask_for_error(call, args, kwargs)
            raise
        if unchanged is not None and unchanged(*args, **kwargs):
            return (args[0],)
        if not known:
            return tuple(make_spec(s, None, "array", None) for s in shapes)
        if model.too_many_axes((args, list(kwargs.values()))):
            return _many_axes(op, call, shapes, specs, args, kwargs)
        if simplify is not None:
            args, kwargs = simplify(*args, **kwargs)
        try:
            values = model.ask(call, args, kwargs, most)
        except np.linalg.LinAlgError:
            # A model with an axis of stride 0 is singular, whatever it is of.
            args = tuple(model.replaced(a, _dense) for a in args)
            values = model.ask(call, args, kwargs, most)
        if count == 1:
            values = (values,)
        return tuple(map(model.spec_like, shapes, values))

    facts.setdefault("multi", count > 1)
    if unchanged is not None:
        facts["views"] = (0,)
        facts["copies"] = lambda *a, **k: not unchanged(*a, **k)
    op = Op(name, infer, function=function, **facts)
    return op


def _dense(spec: ArraySpec) -> Any:
    if spec.kind != "array":
        return spec
    return ArraySpec(spec.shape, spec.dtype)


def _many_axes(
    op: Op,
    call: Callable[..., Any],
    shapes: Sequence[Shape],
    specs: Sequence[ArraySpec],
    args: Any,
    kwargs: Any,
) -> Specs:
    """Specs where models would be large: known for the common families."""
    if op.elementwise:
        value = model.ask(call, [_one_element(a) for a in args], kwargs)
        order: Sequence[int] = model.k_order(shapes[0], specs)
        return (model.dense_in_order(shapes[0], value.dtype.name, order),)
    if op.contraction:
        dtype = np.result_type(*[s.dtype for s in specs]).name
        order = range(len(shapes[0]))
        return (model.dense_in_order(shapes[0], dtype, order),)
    return tuple(make_spec(s, None, "array", None) for s in shapes)


def _one_element(x: Any) -> Any:
    if isinstance(x, ArraySpec):
        return x if x.kind != "array" else ArraySpec((1,), x.dtype)
    if isinstance(x, tuple | list):
        parts = [_one_element(v) for v in x]
        return parts if isinstance(x, list) else tuple(parts)
    return x


@functools.lru_cache(1 << 12)
def dummy(spec: ArraySpec) -> np.ndarray:
    """An array of this shape and these strides without memory behind it.

    It must not be read: only its shape and strides mean something.
    """
    assert spec.shape is not None and spec.strides is not None
    return np.lib.stride_tricks.as_strided(
        np.empty(0, spec.dtype),
        spec.shape,
        spec.strides,
        writeable=False,
    )


def spec_of_view(value: Any) -> ArraySpec:
    """Spec of what a view function gave for a dummy."""
    if isinstance(value, ArraySpec):
        return value
    if isinstance(value, np.ndarray):
        return make_spec(value.shape, value.dtype.name, "array", value.strides)
    return model.spec_like((), value)


def viewing(
    name: str,
    rule: Rule,
    *,
    function: Callable[..., Any] | None = None,
    parts: Callable[..., int] | None = None,
    **facts: Any,
) -> Op:
    """An op whose result is a view of its first operand.

    Parameters
    ----------
    name : str
    rule : callable
        Carries the signature only, unless ``function`` is given.
    function : callable, optional
        Makes the view of a dummy; by default NumPy's function does.
    parts : callable, optional
        For several results: how many, where the shape isn't known.
    **facts
        Passed on to `Op`.
    """
    fn_name = facts.get("fn_name") or name

    @functools.wraps(rule)
    def infer(a: Any, *args: Any, **kwargs: Any) -> Specs:
        make = function or numpy_function(fn_name)
        if not isinstance(a, ArraySpec):
            a = spec_of(operand(a))
        if a.shape is None:
            count = 1 if parts is None else parts(a, *args, **kwargs)
            return (UNKNOWN,) * count
        if a.dtype is None or a.strides is None:
            # Only the shape can be told, of any dtype.
            plain = ArraySpec(a.shape, "float64")
            return tuple(
                make_spec(known.shape, None, "array", None)
                for known in infer(plain, *args, **kwargs)
            )
        if a.kind != "array":
            value = model.ask(make, (a, *args), kwargs)
        else:
            value = make(dummy(a), *args, **kwargs)
        several = isinstance(value, list | tuple)
        return tuple(map(spec_of_view, value if several else (value,)))

    facts.setdefault("views", (0,))
    return Op(name, infer, **facts)
