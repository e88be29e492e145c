"""What a traced function sees in place of arrays."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import autoray
import numpy as np

from lazyopt.augmented import AUGMENTED, augmented
from lazyopt.backends import BACKEND
from lazyopt.errors import TraceError
from lazyopt.ir import Node
from lazyopt.ops import OPERATOR_FORMS, get_op, opaque
from lazyopt.ops.indexing import compress_index
from lazyopt.refusals import (
    CHOICE,
    concrete,
    unhashable,
    value_dependent,
    without_values,
    writes,
)
from lazyopt.specs import ArraySpec
from lazyopt.ufuncs import meant_by

if TYPE_CHECKING:
    from lazyopt.recorder import Recorder

__all__ = ["Tracer", "is_array", "tracers_in"]


def is_array(x: Any) -> bool:
    """Whether it is an array of some library, not a NumPy scalar or spec."""
    return (
        hasattr(x, "shape")
        and hasattr(x, "dtype")
        and not isinstance(x, np.generic | ArraySpec | Tracer | type)
    )


def _operator(name: str, reflected: bool = False) -> Callable[..., Any]:
    op = OPERATOR_FORMS[name]

    def method(self: Any, *others: Any) -> Any:
        args = (*others, self) if reflected else (self, *others)
        return self._recorder.record(op, args, {})

    return method


def _named(name: str) -> Callable[..., Any]:
    """A method that is NumPy's function of the same name."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return self._recorder.record(get_op(name), (self, *args), kwargs)

    return method


def _refused(
    what: str, instead: str = CHOICE, error: Any = value_dependent
) -> Callable[..., NoReturn]:
    def method(self: Any, *_: Any, **__: Any) -> NoReturn:
        raise error(what, instead)

    return method


def _spread(values: tuple[Any, ...]) -> Any:
    """``f(2, 3)`` and ``f((2, 3))`` are one call for array methods."""
    if len(values) == 1 and not isinstance(values[0], int | np.integer):
        return values[0]
    return values


def _conj(x: Any) -> Any:
    return x.conj()


_NO_AXES = (
    ": it has no axes, only a value, which isn't known while tracing. If "
    "another library asks, record the call of its function as a whole: "
    "lazyopt.call(function, x)."
)


def _writing(name: str) -> Callable[..., NoReturn]:
    def method(self: Any, *_: Any, **__: Any) -> NoReturn:
        raise writes(
            f"x.{name}(...)", "Use the function that returns a new one."
        )

    return method


_set = object.__setattr__


class Tracer:
    """Stands for an array while a program is traced.

    It has the array's shape and dtype, and everything done to it is recorded.
    ``x += y`` rebinds the name ``x``; writing into it is refused.
    """

    __slots__ = ("_node", "_recorder")

    _node: Node
    _recorder: "Recorder"

    def __init__(self, node: Node, recorder: "Recorder") -> None:
        _set(self, "_node", node)
        _set(self, "_recorder", recorder)

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the axes."""
        spec = self._node.spec
        if spec.shape is None:
            name = self._node.op.name
            raise TraceError(
                f"the shape of what {name} returns isn't known before it "
                "runs, since it is not a registered op; give it with "
                f"lazyopt.register_op({name}, infer=...)"
            )
        return spec.shape

    @property
    def dtype(self) -> Any:
        """NumPy dtype."""
        name = self._node.spec.dtype
        if name is None:
            raise value_dependent(f"the dtype of {self!r}")
        return np.dtype(name)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape, dtype=int))

    @property
    def nbytes(self) -> int:
        """Bytes of the elements."""
        return self.size * int(self.dtype.itemsize)

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return int(self.dtype.itemsize)

    @property
    def T(self) -> Any:
        """The array with its axes reversed."""
        return self.transpose()

    def __getitem__(self, key: Any) -> Any:
        key = compress_index(key)
        for k in tracers_in(key):
            if k._node.spec.dtype == "bool":
                raise value_dependent(
                    "the shape of x[mask]",
                    "Use where(mask, x, other), which has the shape of x.",
                )
        return self._recorder.record(get_op("getitem"), (self, key), {})

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        raise writes(
            "x[...] = y",
            "Build the result with where(...), stack(...) or "
            "concatenate(...).",
        )

    def __delitem__(self, key: Any) -> NoReturn:
        raise writes("del x[...]", "Use delete(...), or what is left of x.")

    def __setattr__(self, name: str, value: Any) -> None:
        raise writes(
            f"x.{name} = ...",
            "Use the function that returns a new one, such as reshape(...), "
            "astype(...) or real + 1j * imag.",
        )

    def __getattr__(self, name: str) -> NoReturn:
        raise without_values(name)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of unsized object" + _NO_AXES)
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise TypeError("iteration over a 0-d array" + _NO_AXES)
        return (self[i] for i in range(self.shape[0]))

    def reshape(self, *shape: Any, **kwargs: Any) -> Any:
        """The array with other axes, of the same number of elements."""
        args = (self, _spread(shape))
        return self._recorder.record(get_op("reshape"), args, kwargs)

    def transpose(self, *axes: Any) -> Any:
        """The array with its axes permuted; reversed by default."""
        args = (self, _spread(axes)) if axes else (self,)
        return self._recorder.record(get_op("transpose"), args, {})

    def copy(self, order: str = "C") -> Any:
        """A copy, in C order by default as for NumPy's method."""
        if self._node.spec.kind == "scalar":
            return self  # it can't be written, and stays a scalar
        return self._recorder.record(get_op("copy"), (self,), {"order": order})

    def __copy__(self) -> Any:
        return self.copy("K")

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy("K")

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise without_values("__reduce_ex__")

    def __array_namespace__(self, **_: Any) -> Any:
        return np  # as for NumPy's arrays; its functions are recorded

    def conj(self) -> Any:
        """The complex conjugate; a real array itself, as for NumPy."""
        dtype = self._node.spec.dtype
        if dtype is None:
            # Real or not, only the method itself tells.
            return self._recorder.record(opaque(_conj), (self,), {})
        if not dtype.startswith("complex"):
            return self
        return self._recorder.record(get_op("conjugate"), (self,), {})

    conjugate = conj

    def clip(self, min: Any = None, max: Any = None) -> Any:
        """Values limited to an interval."""
        return self._recorder.record(get_op("clip"), (self, min, max), {})

    def __array_ufunc__(
        self, ufunc: Any, method: str, *args: Any, **kwargs: Any
    ) -> Any:
        """NumPy's ufuncs called on tracers are recorded as well."""
        op, args = meant_by(ufunc, method, args, kwargs)
        return self._recorder.record(op, args, kwargs)

    def __array_function__(
        self, func: Any, types: Any, args: Any, kwargs: Any
    ) -> Any:
        """NumPy's functions called on tracers are recorded as well."""
        return self._recorder.record_numpy(func, args, kwargs)

    def __repr__(self) -> str:
        return f"<Tracer {self._node.specs[0]} of {self._node.op.name}>"

    def __hash__(self) -> int:
        # Tensors of torch are keys, by their identity.
        if BACKEND.get() == "torch":
            return id(self)
        raise unhashable(self._node.spec.kind)

    def __divmod__(self, other: Any) -> Any:
        return self._recorder.record(get_op("divmod"), (self, other), {})

    def __rdivmod__(self, other: Any) -> Any:
        return self._recorder.record(get_op("divmod"), (other, self), {})

    def __format__(self, form: str) -> str:
        if form:
            raise value_dependent(
                f"a number as text, as in f'{{x:{form}}}'",
                "Print what the graph returns.",
            )
        return repr(self)

    __bool__ = _refused("bool(x), as in 'if x > 0'")
    __int__ = __float__ = __complex__ = __round__ = __trunc__ = _refused(
        "a Python number, as in float(x) or math.sqrt(x)",
        "Keep it an array: use astype(...), round(...) and NumPy's functions "
        "of that name; or pass the number as a static argument.",
        concrete,
    )
    __index__ = _refused(
        "a Python index, as in range(x) or a_list[x]",
        "Pass a number of steps or a size as a static argument; to take from "
        "an array at a traced place, use take(...).",
    )
    __array__ = _refused(
        "a concrete array, as in np.asarray(x)",
        "Use stack(...) in place of array([...]), do('asarray', x) in place "
        "of np.asarray(x), NumPy's or autoray's functions in place of "
        "others', or record the call of another function as a whole: "
        "lazyopt.call(function, x).",
        concrete,
    )
    __contains__ = _refused(
        "'value in x'", "Use any(x == value), which is an array."
    )
    item = tolist = _refused(
        "a Python number, as of x.item() or x.tolist()",
        "Return the array, and call this on what the graph returns.",
    )
    nonzero = _refused(
        "the shape of x.nonzero()",
        "Use where(condition, x, other), which has the shape of x.",
    )


def tracers_in(x: Any) -> list[Tracer]:
    """All tracers in nested tuples, lists and dicts."""
    if isinstance(x, Tracer):
        return [x]
    if isinstance(x, dict):
        x = list(x.values())
    if isinstance(x, tuple | list):
        return [t for v in x for t in tracers_in(v)]
    return []


_OPERATORS = {
    "add": ("__add__", "__radd__"),
    "subtract": ("__sub__", "__rsub__"),
    "multiply": ("__mul__", "__rmul__"),
    "true_divide": ("__truediv__", "__rtruediv__"),
    "floor_divide": ("__floordiv__", "__rfloordiv__"),
    "remainder": ("__mod__", "__rmod__"),
    "power": ("__pow__", "__rpow__"),
    "matmul": ("__matmul__", "__rmatmul__"),
    "bitwise_and": ("__and__", "__rand__"),
    "bitwise_or": ("__or__", "__ror__"),
    "bitwise_xor": ("__xor__", "__rxor__"),
    "left_shift": ("__lshift__", "__rlshift__"),
    "right_shift": ("__rshift__", "__rrshift__"),
    "equal": ("__eq__", None),
    "not_equal": ("__ne__", None),
    "less": ("__lt__", None),
    "less_equal": ("__le__", None),
    "greater": ("__gt__", None),
    "greater_equal": ("__ge__", None),
    "negative": ("__neg__", None),
    "positive": ("__pos__", None),
    "absolute": ("__abs__", None),
    "invert": ("__invert__", None),
}
for _name, (_plain, _reflected) in _OPERATORS.items():
    setattr(Tracer, _plain, _operator(_name))
    if _reflected is not None:
        setattr(Tracer, _reflected, _operator(_name, reflected=True))
    if _name in AUGMENTED:
        setattr(Tracer, f"__i{_plain[2:]}", augmented(_name))

_METHODS = (
    "all",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "astype",
    "cumprod",
    "cumsum",
    "diagonal",
    "dot",
    "flatten",
    "max",
    "mean",
    "min",
    "prod",
    "ravel",
    "repeat",
    "round",
    "searchsorted",
    "squeeze",
    "std",
    "sum",
    "swapaxes",
    "take",
    "trace",
    "var",
)
for _name in _METHODS:
    setattr(Tracer, _name, _named(_name))
for _name in ("fill", "itemset", "partition", "put", "resize", "sort"):
    setattr(Tracer, _name, _writing(_name))
for _name in ("real", "imag"):
    setattr(Tracer, _name, property(_named(_name)))
Tracer.mT = property(_named("matrix_transpose"))  # type: ignore[attr-defined]

autoray.register_backend(Tracer, "lazyopt")
autoray.autoray.register_module_alias("lazyopt", "lazyopt.namespace")
