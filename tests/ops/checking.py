"""Compare what an op infers with what NumPy returns, call by call."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from lazyopt.ops import Op
from lazyopt.ops.model import tree_specs
from lazyopt.specs import UNKNOWN, ArraySpec, spec_of

from .operands import Call, Maker, variants
from .patterns import Pattern

__all__ = ["calls_of", "compare_specs", "count_calls", "outcome", "to_specs"]

#: What depends on values is seen only when an op runs, and inference may
#: give a spec all the same: op name -> errors of that sort, and why.
VALUE_ERRORS: dict[str, tuple[type[Exception], ...]] = {
    # Singular, or not positive definite.
    "linalg.cholesky": (np.linalg.LinAlgError,),
    "linalg.inv": (np.linalg.LinAlgError,),
    "linalg.matrix_power": (np.linalg.LinAlgError,),
    "linalg.solve": (np.linalg.LinAlgError,),
    "scipy.linalg.solve_triangular": (np.linalg.LinAlgError,),
    # Negative whole powers of whole numbers.
    "power": (ValueError,),
    "average": (ZeroDivisionError,),
    # How many there are is a matter of values, so nothing is known at all.
    "arange": (TypeError,),
    # Places out of bounds.
    "getitem": (IndexError,),
    "take": (IndexError,),
    "take_along_axis": (IndexError,),
}

#: Ops whose shape depends on the values of an array given here: for these,
#: that nothing is known is the right answer.
UNKNOWN_WITH_ARRAYS = {"arange", "fft.fftfreq", "fft.rfftfreq"}

#: Ops whose dtype depends on values where the operand isn't complex.
UNKNOWN_DTYPE = {"linalg.eig", "linalg.eigvals"}


def calls_of(patterns: Sequence[Pattern]) -> Iterator[Call]:
    """All calls of these patterns, for all their variants."""
    for pattern in patterns:
        probe = Maker((("float64", "C"),))
        pattern(probe)
        # A call without arrays still may ask for the variant's dtype.
        for variant in variants(len(probe.made)):
            yield pattern(Maker(variant))


def count_calls(patterns: Sequence[Pattern]) -> int:
    """Number of the calls that `calls_of` gives."""
    return sum(1 for _ in calls_of(patterns))


def to_specs(x: Any, scalars: bool) -> Any:
    """Specs in place of arrays, in nested sequences too.

    NumPy scalars stay as they are, or with ``scalars`` become specs as well:
    a graph holds either, constants or what it computes.
    """
    if isinstance(x, np.ndarray) or (scalars and isinstance(x, np.generic)):
        return spec_of(x)
    if type(x) in (tuple, list):
        return type(x)([to_specs(v, scalars) for v in x])
    return x


def has_scalar(x: Any) -> bool:
    """Whether NumPy scalars are among the arguments."""
    if type(x) in (tuple, list):
        return any(map(has_scalar, x))
    return isinstance(x, np.generic)


def outcome(fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Result of a call, or the exception it raised."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return fn(*args, **kwargs)
    except Exception as error:
        return error


def _differences(spec: ArraySpec, value: Any, no_dtype: bool) -> Iterator[str]:
    true = spec_of(value)
    assert true is not UNKNOWN, f"not an array or a number: {value!r}"
    assert true.shape is not None and true.strides is not None
    if spec.shape != true.shape:
        yield f"shape {spec.shape}, NumPy's is {true.shape}"
        return
    if no_dtype and spec.dtype is None:
        return
    if spec.dtype != true.dtype:
        yield f"dtype {spec.dtype}, NumPy's is {true.dtype}"
    if spec.kind != true.kind:
        yield f"kind {spec.kind}, NumPy's is {true.kind}"
    if not true.size:
        return
    if spec.strides is None:
        yield "no strides"
        return
    axes = zip(true.shape, spec.strides, true.strides, strict=True)
    if any(a != b for d, a, b in axes if d > 1):
        yield f"strides {spec.strides}, NumPy's are {true.strides}"


def compare_specs(op: Op, call: Call) -> str:
    """What is wrong with the specs inferred for one call; "" for nothing."""
    args, kwargs = call
    expected = outcome(op.implementation("numpy"), args, kwargs)
    for scalars in (False, True) if has_scalar(args) else (False,):
        specs = to_specs(args, scalars)
        options = {k: to_specs(v, scalars) for k, v in kwargs.items()}
        inferred = outcome(op.infer, specs, options)
        if op.name in UNKNOWN_WITH_ARRAYS and inferred == (UNKNOWN,):
            assert tree_specs(specs)
            continue
        problem = _compare(op, inferred, expected)
        if problem:
            return problem
    return ""


def _compare(op: Op, inferred: Any, expected: Any) -> str:
    if isinstance(inferred, Exception):
        if type(inferred) is type(expected):
            return ""
        return f"inference raised {inferred!r}, NumPy: {expected!r:.200}"
    if isinstance(expected, Exception):
        if isinstance(expected, VALUE_ERRORS.get(op.name, ())):
            return ""
        return f"no error, NumPy raised {expected!r}"
    results = expected if op.multi else (expected,)
    if len(results) != len(inferred):
        return f"{len(inferred)} specs, NumPy gives {len(results)} results"
    if op.multi and type(op.container(list(results))) is not type(expected):
        return f"the container is not NumPy's {type(expected).__name__}"
    return "; ".join(
        f"result {i}: {problem}"
        for i, (spec, value) in enumerate(zip(inferred, results, strict=True))
        for problem in _differences(spec, value, op.name in UNKNOWN_DTYPE)
    )


def describe(call: Call) -> str:
    """A call as text, arrays by their specs and strides."""

    def one(x: Any) -> str:
        if isinstance(x, np.ndarray):
            return f"{x.dtype}{list(x.shape)}/{x.strides}"
        if type(x) in (list, tuple):
            return f"[{', '.join(map(one, x))}]"
        return f"{x!r}"

    args, kwargs = call
    parts = [*map(one, args), *(f"{k}={one(v)}" for k, v in kwargs.items())]
    return f"({', '.join(parts)})"


def report(problems: list[tuple[Call, str]], total: int) -> str:
    """The first few problems, and how many there are."""
    kinds = Counter(text for _, text in problems)
    lines = [f"{len(problems)} of {total} calls, {len(kinds)} kinds:"]
    seen: set[str] = set()
    for call, text in problems:
        if text not in seen and len(seen) < 8:
            seen.add(text)
            lines.append(f"  {describe(call)}: {text}")
    return "\n".join(lines)
