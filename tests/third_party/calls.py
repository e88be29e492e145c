"""Calls of every registered op on another library's arrays."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import autoray
import numpy as np
from autoray import do

import lazyopt as lo
from lazyopt.ops import OPERATOR_FORMS, Op, get_op
from lazyopt.recorder import record_call

from ..ops.cases import CASES, OPERATOR_CASES
from ..ops.checking import has_scalar
from ..ops.operands import Call, Maker
from ..ops.patterns import Pattern

__all__ = ["DTYPES", "every_op", "on_numpy", "refused_dtypes", "theirs"]

_PLAIN = ("float64", "float32", "complex128", "complex64", "int64", "bool")
#: By library. Without being told otherwise, jax has no double precision.
DTYPES = {
    "numpy": _PLAIN,
    "torch": _PLAIN,
    "dask": _PLAIN,
    "cupy": _PLAIN,
    "jax": ("float32", "complex64", "int32", "bool"),
}
#: Calls that are tried of an op.
TRIED = 12
#: How many that a library takes are enough; jax compiles each one.
ENOUGH = {"jax": 1}


class Outcome(NamedTuple):
    """What became of one call.

    Attributes
    ----------
    refused : Exception or None
        What the library's own call raised.
    wrong : str
        How the graph's result differs from it; empty if it doesn't.
    """

    refused: Exception | None
    wrong: str


def theirs(x: np.ndarray, backend: str, place: Any = None) -> Any:
    """A library's array of the same values, on a device if one is named."""
    if backend == "numpy":
        return x.copy()
    made = do("asarray", x.copy(), like=backend)
    return made if place is None else made.to(place)


def arrays_of(x: Any) -> list[np.ndarray]:
    """The arrays in nested arguments."""
    if isinstance(x, np.ndarray):
        return [x]
    if isinstance(x, dict):
        x = list(x.values())
    return (
        [a for v in x for a in arrays_of(v)]
        if isinstance(x, list | tuple)
        else []
    )


def with_arrays(x: Any, arrays: Iterator[Any]) -> Any:
    """Nested arguments with these arrays in the places of others."""
    if isinstance(x, np.ndarray):
        return next(arrays)
    if type(x) in (tuple, list):
        return type(x)([with_arrays(v, arrays) for v in x])
    if isinstance(x, dict):
        return {k: with_arrays(v, arrays) for k, v in x.items()}
    return x


def on_numpy(x: Any) -> Any:
    """A result as an array of NumPy's."""
    if hasattr(x, "resolve_conj"):  # torch conjugates when it has to
        x = x.resolve_conj().resolve_neg()
    return autoray.to_numpy(x)


def outcome(op: Op, call: Call, backend: str, place: Any = None) -> Outcome:
    """Call an op by the library itself, and by graphs for it."""
    given = [theirs(a, backend, place) for a in arrays_of(call)]

    def program(*arrays: Any) -> Any:
        args, kwargs = with_arrays(call, iter(arrays))
        return record_call(op, args, kwargs)

    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            args, kwargs = with_arrays(call, iter(given))
            made = op.implementation(backend)(*args, **kwargs)
            expected = list(made) if op.multi else [made]
            plain = [on_numpy(x) for x in expected]
        except Exception as error:
            return Outcome(error, "")
        graphs: list[tuple[str, Callable[[], lo.Graph]]] = []
        if given:
            graphs.append(("traced", lambda: lo.trace(program, *given)))
        if not numpy_refuses(op, call):
            there = lambda: lo.trace(program, *arrays_of(call)).on(backend)  # noqa: E731
            graphs.append(("moved", there))
        for how, make in graphs:
            try:
                graph = make()
                found = graph(*given)
            except Exception as error:
                return Outcome(None, f"{how}: raised {error!r:.300}")
            found = list(found) if op.multi else [found]
            for wrong in differences(op, graph, found, expected, plain):
                return Outcome(None, f"{how}: {wrong}")
    return Outcome(None, "")


def numpy_refuses(op: Op, call: Call) -> bool:
    """Whether it is no call of NumPy's at all."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            op.implementation("numpy")(*call[0], **call[1])
        except Exception:
            return True
    return False


def differences(
    op: Op, graph: lo.Graph, found: Any, expected: Any, plain: Any
) -> Iterator[str]:
    """How results, and their specs, differ from the library's own."""
    if len(found) != len(expected):
        yield f"{len(found)} results, not {len(expected)}"
        return
    specs = [n.spec for n in graph.outputs]
    for spec, mine, own, value in zip(
        specs, found, expected, plain, strict=True
    ):
        if not hasattr(own, "shape"):
            continue
        shape, dtype = tuple(autoray.shape(own)), autoray.get_dtype_name(own)
        if tuple(autoray.shape(mine)) != shape:
            yield f"shape {tuple(autoray.shape(mine))}, not {shape}"
        elif autoray.get_dtype_name(mine) != dtype:
            yield f"dtype {autoray.get_dtype_name(mine)}, not {dtype}"
        elif spec.shape is not None and spec.shape != np.shape(value):
            yield f"spec of shape {spec.shape}, not {np.shape(value)}"
        elif spec.dtype not in (None, dtype):
            yield f"spec of dtype {spec.dtype}, not {dtype}"
        elif op.is_pure and not np.array_equal(
            on_numpy(mine), value, equal_nan=value.dtype.kind in "fc"
        ):
            yield "other values"


def outcomes(
    op: Op,
    patterns: list[Pattern],
    backend: str,
    dtype: str,
    place: Any = None,
) -> Iterator[Outcome]:
    """Outcomes of the first calls, until the library has taken some."""
    tried = taken = 0
    for pattern in patterns:
        call = pattern(Maker(((dtype, "C"),)))
        if has_scalar(list(call[0])) or numpy_refuses(op, call):
            continue
        result = outcome(op, call, backend, place)
        yield result
        tried += 1
        taken += result.refused is None
        if taken == ENOUGH.get(backend, 3) or tried == TRIED:
            return


def refused_dtypes(
    op: Op, patterns: list[Pattern], backend: str, place: Any = None
) -> list[str]:
    """Dtypes of which a library takes none of an op's calls.

    Raises
    ------
    AssertionError
        If a graph gives something else than the library does.
    """
    refused = []
    for dtype in DTYPES[backend]:
        found = list(outcomes(op, patterns, backend, dtype, place))
        for one in found:
            assert not one.wrong, f"{op.name} of {dtype}, {one.wrong}"
        if found and all(one.refused for one in found):
            refused.append(dtype)
    return refused


def every_op() -> Iterator[tuple[str, Op, list[Pattern]]]:
    """All ops by the names they go by in tables, with their calls."""
    for name in sorted(CASES):
        yield name, get_op(name), CASES[name]
    for name in sorted(OPERATOR_CASES):
        yield f"operator {name}", OPERATOR_FORMS[name], OPERATOR_CASES[name]
