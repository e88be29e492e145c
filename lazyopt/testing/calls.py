"""How every op is called: so that each of them is drawn, by a table."""

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from lazyopt.testing.arithmetic import broadcast, words
from lazyopt.testing.contractions import is_finite
from lazyopt.testing.operands import DTYPES, LAYOUTS, MOST_INPUTS, make_array
from lazyopt.testing.steps import Ref, Step, refs_in

if TYPE_CHECKING:
    from lazyopt.testing.decoder import Decoder, Fields

__all__ = [
    "CALLS",
    "DTYPE",
    "NOT_DRAWN",
    "SHAPE",
    "X",
    "Y",
    "any_call",
    "call",
    "operand",
    "step_of",
    "with_operands",
]

#: Stand for operands: any value, one that broadcasts with it, one of the same
#: shape, one of the same last axis, whole numbers; for X's shape and dtype.
X, Y, SAME, ROW, WHOLE = "X", "Y", "SAME", "ROW", "WHOLE"
SHAPE, DTYPE = "SHAPE", "DTYPE"
_OPERANDS = frozenset({X, Y, SAME, ROW, WHOLE, SHAPE, DTYPE})

Call = tuple[tuple[Any, ...], dict[str, Any]]


def call(*args: Any, **kwargs: Any) -> Call:
    """The arguments of one call."""
    return args, kwargs


_UNARY = words(
    "absolute angle arccos arccosh arcsin arcsinh arctan arctanh array "
    "asarray ascontiguousarray atleast_1d atleast_2d atleast_3d cbrt ceil "
    "conjugate copy cos cosh deg2rad degrees diag diagonal exp exp2 expm1 "
    "fabs fix fliplr flipud floor frexp imag invert iscomplex "
    "isfinite isinf isnan isneginf isposinf isreal linalg.cholesky "
    "linalg.cond linalg.det linalg.diagonal linalg.eig linalg.eigh "
    "linalg.eigvals linalg.eigvalsh linalg.expm linalg.inv linalg.lu "
    "linalg.matrix_rank linalg.matrix_transpose linalg.pinv linalg.qr "
    "linalg.slogdet linalg.svd linalg.svdvals linalg.trace log log10 log1p "
    "log2 logical_not matrix_transpose modf nan_to_num negative positive "
    "rad2deg radians ravel real reciprocal rint round sign signbit sin sinc "
    "sinh spacing sqrt square tan tanh trace tril triu trunc"
)
_TRANSFORMS = words(
    "fft.fft fft.fft2 fft.fftn fft.fftshift fft.hfft fft.ifft fft.ifft2 "
    "fft.ifftn fft.ifftshift fft.ihfft fft.irfft fft.irfft2 fft.irfftn "
    "fft.rfft fft.rfft2 fft.rfftn"
)
_BINARY = words(
    "add allclose arctan2 array_equal bitwise_and bitwise_or bitwise_xor "
    "complex copysign divmod equal float_power floor_divide fmax fmin fmod "
    "gcd greater greater_equal heaviside hypot isclose kron lcm left_shift "
    "less less_equal logaddexp logaddexp2 logical_and logical_or logical_xor "
    "maximum minimum multiply nextafter not_equal outer power remainder "
    "right_shift subtract true_divide"
)
_REDUCTIONS = words(
    "all amax amin any average count_nonzero max mean median min nanmax "
    "nanmean nanmin nanprod nansum prod ptp std sum var linalg.norm "
    "linalg.vector_norm"
)
_SCANS = words("argmax argmin argsort cumprod cumsum sort")
_JOINS = words("column_stack concatenate dstack hstack stack vstack")
_LIKE = words("ones_like zeros_like")
_SIZED = words("random.normal random.random random.standard_normal")
_PARTS = words("array_split hsplit vsplit dsplit")

#: For each op, several ways to call it.
CALLS: dict[str, tuple[Call, ...]] = {
    **dict.fromkeys(_UNARY, (call(X),)),
    **dict.fromkeys(_BINARY, (call(X, Y),)),
    **dict.fromkeys(_TRANSFORMS, (call(X),)),
    **dict.fromkeys(
        _REDUCTIONS,
        (call(X), call(X, axis=-1), call(X, axis=0, keepdims=True)),
    ),
    **dict.fromkeys(_SCANS, (call(X), call(X, axis=0))),
    **dict.fromkeys(_JOINS, (call((X, SAME)), call([X, X, SAME]))),
    **dict.fromkeys(_LIKE, (call(X), call(X, dtype="float32"))),
    **dict.fromkeys(_SIZED, (call(size=(2, 3)), call())),
    **dict.fromkeys(_PARTS, (call(X, 2), call(X, [1]))),
    "arange": (call(3), call(1, 7, 2), call(3.0), call(2, dtype="int8")),
    "astype": (call(X, "float32"), call(X, "int64"), call(X, "complex128")),
    "broadcast_to": (call(X, (2, 3)), call(X, (2, 2, 3)), call(X, (0, 3))),
    "clip": (call(X, 0, 1), call(X, -1.5, None), call(X, X, Y)),
    "cross": (call(X, SAME), call(X, ROW)),
    "cumulative_prod": (call(X), call(X, axis=-1), call(X, axis=0)),
    "cumulative_sum": (
        call(X),
        call(X, axis=0),
        call(X, axis=-1, dtype="float64"),
    ),
    "diff": (call(X), call(X, axis=0), call(X, n=2)),
    "dot": (call(X, SAME), call(X, ROW)),
    "einsum": (call("...i->...", X), call("...i,...i->...", X, ROW)),
    "expand_dims": (call(X, 0), call(X, -1), call(X, (0, 1))),
    "eye": (call(3), call(2, 3), call(3, dtype="int8")),
    "fft.fftfreq": (call(4), call(5, 0.5)),
    "fft.rfftfreq": (call(4), call(5, 0.5)),
    "flatten": (call(X), call(X, "F")),
    "flip": (call(X), call(X, 0), call(X, -1)),
    "full": (call((2, 3), -0.0), call((3,), 0.5), call((), 1)),
    "full_like": (call(X, 1), call(X, 0.5, dtype="float32")),
    "getitem": (
        call(X, 0),
        call(X, ...),
        call(X, [0, -1]),
        call(X, None),
        call(X, (X, None)),
    ),
    "identity": (call(3), call(2, dtype="complex64")),
    "indices": (call((2, 3)), call((2,), "float32")),
    "inner": (call(X, ROW), call(X, SAME)),
    "ldexp": (call(X, WHOLE), call(X, 2)),
    "linalg.cross": (call(X, SAME), call(X, ROW)),
    "linalg.matmul": (call(X, SAME), call(X, ROW)),
    "linalg.matrix_norm": (call(X), call(X, ord=1), call(X, keepdims=True)),
    "linalg.matrix_power": (call(X, 2), call(X, 0), call(X, -1)),
    "linalg.outer": (call(X, SAME), call(X, ROW)),
    "linalg.solve": (call(X, SAME), call(X, ROW)),
    "linspace": (call(0, 1, 5), call(X, 1, 3)),
    "matmul": (call(X, SAME), call(X, ROW)),
    "meshgrid": (call(X, Y), call(X, ROW, indexing="ij")),
    "moveaxis": (call(X, 0, -1), call(X, -1, 0)),
    "ones": (call((2, 3)), call(3, dtype="int8")),
    "pad": (call(X, 1), call(X, (0, 2), "edge")),
    "random.rand": (call(2, 3), call()),
    "random.randint": (call(0, 5, (2, 3)), call(5, size=3)),
    "random.randn": (call(2, 3), call()),
    "random.uniform": (call(0.0, 2.0, (2, 3)), call(size=3)),
    "repeat": (call(X, 2), call(X, 2, axis=0), call(X, [1], axis=-1)),
    "reshape": (call(X, -1), call(X, (-1,), order="F"), call(X, (1, -1))),
    "roll": (call(X, 1), call(X, -1, 0), call(X, 1, axis=-1)),
    "rollaxis": (call(X, 0), call(X, -1)),
    "rot90": (call(X), call(X, 2), call(X, 3)),
    "scipy.linalg.solve_triangular": (call(X, SAME), call(X, X, lower=True)),
    "searchsorted": (call(X, 0.5), call(X, ROW), call(X, Y, side="right")),
    "split": (call(X, 1), call(X, [1], -1), call(X, 3)),
    "squeeze": (call(X), call(X, axis=0), call(X, axis=-1)),
    "swapaxes": (call(X, 0, -1), call(X, 0, 1)),
    "take": (call(X, 0), call(X, [0, -1], axis=0), call(X, WHOLE, None)),
    "take_along_axis": (call(X, WHOLE, -1), call(X, WHOLE, None)),
    "tensordot": (call(X, ROW, ([-1], [-1])), call(X, X, 0)),
    "tile": (call(X, 2), call(X, (2, 1))),
    "transpose": (call(X), call(X, (1, 0)), call(X, (1, 0, 2))),
    "tri": (call(3, 3, 0), call(3, 2, 1, dtype="int8")),
    "unstack": (call(X), call(X, axis=-1)),
    "vdot": (call(X, SAME), call(X, X)),
    "vecdot": (call(X, SAME), call(X, ROW)),
    "where": (call(X, X, Y), call(Y, X, SAME)),
    "zeros": (call((2, 3)), call((0,), dtype="complex64")),
}  # fmt: skip
#: How those are written that no function of NumPy's stands for.
_FORMS: dict[str, tuple[str, Any]] = {
    "flatten": ("method", "flatten"),
    "getitem": ("operator", operator.getitem),
}
#: What `empty` returns depends on what lay in memory before; the others are
#: for passes to make.
NOT_DRAWN = (
    "empty",
    "empty_like",
    "filed",
    "mapped",
    "spill",
    "to_file",
    "unspill",
)
#: Refused for arrays whose shape isn't known: how much they return is.
_NEED_SHAPE = ("einsum", "linspace", "unstack")
_NAMES = tuple(CALLS)


def any_call(made: "Decoder", fields: "Fields") -> None:
    """One of all ops, in one of the ways to call it."""
    name = fields.pick(_NAMES)
    args, kwargs = fields.pick(CALLS[name])
    patterns = made.drawn.patterns
    if "linalg." in name:  # of most matrices there is no Cholesky factor
        patterns += ("definite",) * len(patterns)
    x = operand(made, fields, patterns)
    if "axis" in kwargs and not np.ndim(made.value(x)):
        return  # NumPy has axes of 0-d arrays here and there
    if "linalg." in name and not is_finite(made.value(x)):
        return
    if name == "getitem" and np.asarray(made.value(x)).dtype == bool:
        args = args if type(args[1]) is not tuple else (X, None)  # no masks
    given = with_operands(args, x, made, fields)
    if name in _NEED_SHAPE and not made.unknown.isdisjoint(refs_in(given)):
        return
    made.add(step_of(name, given, kwargs))


def step_of(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Step:
    """The call of an op by its name."""
    form, target = _FORMS.get(name, ("do", name))
    return Step("call", form, target, args, kwargs)


def operand(
    made: "Decoder", fields: "Fields", patterns: tuple[str, ...]
) -> Ref:
    """A value, or a new input of any dtype and form, or a view of one."""
    if fields.take(3) != 2 or len(made.inputs) == MOST_INPUTS:
        x = made.find(fields)
        assert x is not None
        return x
    dtype, layout = fields.pick(DTYPES), fields.pick(LAYOUTS)
    shape = fields.pick((*made.drawn.shapes, ()))
    made.input(make_array(dtype, shape, layout, fields.pick(patterns)))
    if fields.take(4) == 3:
        made.emit("view", "operator", operator.getitem, made.last, ...)
    return made.last


def with_operands(
    args: tuple[Any, ...], x: Ref, made: "Decoder", fields: "Fields"
) -> tuple[Any, ...]:
    """Arguments with values where operands stand; ``x`` is the first."""
    return tuple([_operand(a, x, made, fields) for a in args])


def _operand(a: Any, x: Ref, made: "Decoder", fields: "Fields") -> Any:
    """An argument with values where operands stand."""
    if type(a) in (tuple, list):
        return type(a)([_operand(v, x, made, fields) for v in a])
    if type(a) is not str or a not in _OPERANDS:
        return a
    if a == X:
        return x
    if a == DTYPE:
        return np.asarray(made.value(x)).dtype.name
    shape = np.shape(made.value(x))
    if a == SHAPE:
        return shape
    if a == Y:
        return made.find(fields, lambda v: broadcast(shape, np.shape(v)))
    if a == SAME:
        return made.find(fields, lambda v: np.shape(v) == shape)
    if a == ROW:
        return made.find(fields, lambda v: np.shape(v)[-1:] == shape[-1:])
    found = made.find(fields, lambda v: np.asarray(v).dtype.kind in "iu")
    return x if found is None else found
