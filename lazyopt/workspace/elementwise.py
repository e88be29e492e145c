"""Workspace of elementwise ops."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy._core.umath import clip as clip_ufunc  # type: ignore[attr-defined]

from lazyopt.ops.elementwise import BINARY, UNARY
from lazyopt.ops.families import dummy
from lazyopt.specs import ArraySpec, itemsize, spec_of
from lazyopt.workspace.buffers import Operand, iterator_bytes, strides_along
from lazyopt.workspace.steps import Steps
from lazyopt.workspace.ufuncs import spec_from, ufunc_bytes

__all__ = ["OPERATORS", "RULES", "isclose_steps", "part"]

Rule = Callable[..., int]
Specs = Sequence[ArraySpec]


def part(name: str, z: ArraySpec) -> ArraySpec:
    """The real or imaginary part of a complex array, a view."""
    if z.kind != "array":
        return ArraySpec((), getattr(np.zeros(0, z.dtype), name).dtype)
    view: np.ndarray = getattr(dummy(z), name)
    return spec_of(view)


def dense_like(a: ArraySpec, dtype: str | None = None) -> ArraySpec:
    """A new array of this shape, in C order unless the other has F order."""
    layout: Any = "F" if a.layout == "F" else "C"
    return ArraySpec(a.shape, dtype or a.dtype, layout)


def is_complex(spec: ArraySpec) -> bool:
    return np.dtype(spec.dtype).kind == "c"


def is_whole(spec: ArraySpec) -> bool:
    """Whether the dtype holds whole numbers: integers, and no booleans."""
    return np.dtype(spec.dtype).kind in "iu"


def _ufunc(name: str) -> Rule:
    ufunc: np.ufunc = getattr(np, name)

    def rule(
        results: Specs,
        *operands: Any,
        dtype: Any = None,
        casting: Any = None,
    ) -> int:
        return ufunc_bytes(ufunc, operands, results, dtype=dtype)

    return rule


def power_operator(results: Specs, x: Any, y: Any, /) -> int:
    """``x ** y``, which is a square of its own for 2."""
    x = spec_from(x)
    if type(y) is int and y == 2 and x.kind == "array":
        return ufunc_bytes(np.square, (x,), results)
    return ufunc_bytes(np.power, (x, y), results)


def angle(results: Specs, z: Any, deg: bool = False) -> int:
    z = spec_from(z)
    if is_complex(z):
        parts: tuple[Any, Any] = (part("imag", z), part("real", z))
    else:
        parts = (0, z)
    return ufunc_bytes(np.arctan2, parts, results)


def clip(
    results: Specs,
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    *,
    min: Any = None,
    max: Any = None,
    dtype: Any = None,
) -> int:
    a = spec_from(a)
    if a.kind == "python":
        a = ArraySpec((), a.dtype)  # numpy makes an array of it first
    low = min if a_min is None and a_max is None else a_min
    high = max if a_min is None and a_max is None else a_max
    if is_whole(a):
        # A bound that all values keep is none.
        limits = np.iinfo(a.dtype)
        low = None if type(low) is int and low <= limits.min else low
        high = None if type(high) is int and high >= limits.max else high
    ufunc, bounds = _clipping(low, high)
    return ufunc_bytes(ufunc, (a, *bounds), results, dtype=dtype)


def _clipping(low: Any, high: Any) -> tuple[np.ufunc, tuple[Any, ...]]:
    if low is None and high is None:
        return np.positive, ()
    if low is None:
        return np.minimum, (high,)
    if high is None:
        return np.maximum, (low,)
    return clip_ufunc, (low, high)


def complex_(results: Specs, re: Any, im: Any) -> int:
    steps = Steps()
    re, im = spec_from(re), spec_from(im)
    if im.kind == "python" or (im.kind == "scalar" and im.dtype == "float64"):
        return ufunc_bytes(np.add, (re, 1j), results)
    turned = steps.ufunc(np.multiply, 1j, im)
    if re.kind == "scalar":
        steps.ufunc(np.add, re, turned)
    else:
        steps.operator(np.add, re, turned, temporary=turned)
    return steps.beyond(results)


def fix(results: Specs, x: Any) -> int:
    return ufunc_bytes(np.trunc, (x,), results)


def iscomplex(results: Specs, x: Any) -> int:
    x = spec_from(x)
    if not is_complex(x):
        return 0
    return ufunc_bytes(np.not_equal, (part("imag", x), 0), results)


def isreal(results: Specs, x: Any) -> int:
    x = spec_from(x)
    if is_complex(x):
        return ufunc_bytes(np.equal, (part("imag", x), 0), results)
    # NumPy makes an imaginary part of zeros for it.
    zeros = dense_like(x)
    return zeros.nbytes + ufunc_bytes(np.equal, (zeros, 0), results)


def _isinf_of_sign(steps: Steps, x: ArraySpec, negative: bool) -> ArraySpec:
    """Where an array is infinite and of this sign."""
    infinite = steps.ufunc(np.isinf, x)
    sign = steps.ufunc(np.signbit, x)
    if not negative:
        sign = steps.operator(np.invert, sign, temporary=sign)
    both = steps.ufunc(np.logical_and, infinite, sign)
    steps.free(infinite, sign)
    return both


def isneginf(results: Specs, x: Any) -> int:
    steps = Steps()
    _isinf_of_sign(steps, spec_from(x), True)
    return steps.beyond(results)


def isposinf(results: Specs, x: Any) -> int:
    steps = Steps()
    _isinf_of_sign(steps, spec_from(x), False)
    return steps.beyond(results)


def nan_to_num(
    results: Specs,
    x: Any,
    copy: bool = True,
    nan: Any = 0.0,
    posinf: Any = None,
    neginf: Any = None,
) -> int:
    x = spec_from(x)
    if np.dtype(x.dtype).kind not in "fc":
        return 0
    steps = Steps()
    copied = steps.copy(x)
    parts = [copied]
    if is_complex(x):
        parts = [part("real", copied), part("imag", copied)]
    before: list[ArraySpec] = []
    for p in parts:
        # Names keep the masks of the first part until they are taken again.
        masks = [steps.ufunc(np.isnan, p)]
        steps.free(*before[:1])
        masks.append(_isinf_of_sign(steps, p, False))
        steps.free(*before[1:2])
        masks.append(_isinf_of_sign(steps, p, True))
        steps.free(*before[2:])
        before = masks
    return steps.beyond(results)


def round_(results: Specs, a: Any, decimals: int = 0) -> int:
    steps = Steps()
    a = spec_from(a)
    if is_complex(a):
        steps.copy(a)
        for name in ("real", "imag"):
            rounded = _round_real(steps, part(name, a), decimals)
            steps.free(rounded)
    else:
        _round_real(steps, a, decimals)
    return steps.beyond(results)


def _round_real(steps: Steps, a: ArraySpec, decimals: int) -> ArraySpec:
    whole = is_whole(a)
    if whole and decimals >= 0:
        return steps.copy(a)
    if decimals == 0:
        return steps.ufunc(np.rint, a)
    made = dense_like(a, "float64" if whole else a.dtype)
    steps.take(made.nbytes)
    # Multiplied by a power of ten, rounded and divided, or the other way.
    steps.ufunc(np.multiply, a, 10.0, out=made)
    steps.ufunc(np.rint, made, out=made)
    steps.ufunc(np.true_divide, made, 10.0, out=made)
    if not whole:
        return made
    back = steps.copy(made, a.dtype)
    steps.free(made)
    return back


def sinc(results: Specs, x: Any) -> int:
    steps = Steps()
    scaled = steps.ufunc(np.multiply, np.pi, spec_from(x))
    small = ArraySpec(scaled.shape, scaled.dtype, strides=scaled.strides)
    steps.take(small.nbytes)
    steps.touch(where([small], scaled, scaled, 1.0))
    sines = steps.ufunc(np.sin, small)
    steps.operator(np.true_divide, sines, small, temporary=sines)
    return steps.beyond(results)


def where(results: Specs, condition: Any, x: Any, y: Any) -> int:
    shape = results[0].shape
    dtype = results[0].dtype
    assert shape is not None and dtype is not None
    inputs = [spec_from(v) for v in (condition, x, y)]
    loop = ("bool", dtype, dtype)
    rows = [Operand(strides_along(shape, results[0]), itemsize(dtype))]
    rows += [
        # What has no axes is cast ahead.
        Operand(
            strides_along(shape, s),
            itemsize(d),
            s.dtype != d and bool(s.shape),
        )
        for s, d in zip(inputs, loop, strict=True)
    ]
    return iterator_bytes(shape, inputs, rows, grows=False)


def isclose_steps(steps: Steps, a: Any, b: Any, equal_nan: bool) -> ArraySpec:
    """The steps of ``isclose``; what it returns stays held."""
    x, y = spec_from(a), spec_from(b)
    converted = False
    if y.kind != "python":
        dtype = np.result_type(np.dtype(y.dtype), 1.0)
        converted = y.dtype != dtype.name
        if converted:
            y = steps.copy(y, dtype)
    elif y.dtype != "complex128":
        y = spec_from(1.0)
    apart = steps.ufunc(np.subtract, x, y)
    distance = steps.operator(np.absolute, apart, temporary=apart)
    allowed: Any = 1e-08
    if y.kind != "python":
        size = steps.ufunc(np.absolute, y)
        size = steps.operator(np.multiply, 1e-05, size, temporary=size)
        allowed = steps.operator(np.add, 1e-08, size, temporary=size)
    near = steps.ufunc(np.less_equal, distance, allowed)
    steps.free(distance)
    if y.kind != "python":
        steps.free(allowed)
    finite = steps.ufunc(np.isfinite, y)
    near = steps.operator(np.bitwise_and, near, finite, temporary=near)
    steps.free(finite)
    equal = steps.ufunc(np.equal, x, y)
    near = steps.operator(np.bitwise_or, near, equal, temporary=near)
    steps.free(equal)
    if equal_nan:
        first = steps.ufunc(np.isnan, x)
        second = steps.ufunc(np.isnan, y)
        both = steps.operator(np.bitwise_and, first, second, temporary=first)
        steps.free(second)
        steps.ufunc(np.bitwise_or, near, both, out=near)
        steps.free(both)
    if converted:
        steps.free(y)
    return near


def isclose(
    results: Specs,
    a: Any,
    b: Any,
    rtol: Any = 1e-05,
    atol: Any = 1e-08,
    equal_nan: bool = False,
) -> int:
    steps = Steps()
    isclose_steps(steps, a, b, equal_nan)
    return steps.beyond(results)


#: Where Python's operator does other things than NumPy's function.
OPERATORS: dict[str, Rule] = {"power": power_operator}

RULES: dict[str, Rule] = {
    **{name: _ufunc(name) for name in (*UNARY, *BINARY)},
    **{name: _ufunc(name) for name in ("divmod", "frexp", "modf")},
    "angle": angle,
    "clip": clip,
    "complex": complex_,
    "fix": fix,
    "isclose": isclose,
    "iscomplex": iscomplex,
    "isneginf": isneginf,
    "isposinf": isposinf,
    "isreal": isreal,
    "nan_to_num": nan_to_num,
    "round": round_,
    "sinc": sinc,
    "where": where,
}
