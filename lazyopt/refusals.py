"""What a traced program can't do, with the line that does it."""

import difflib
import dis
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

import numpy as np

from lazyopt.errors import TraceError
from lazyopt.ops.core import NAMES

__all__ = [
    "MissingAttribute",
    "Unhashable",
    "UnknownFunction",
    "concrete",
    "explained",
    "foreign",
    "is_own",
    "ufunc_method",
    "unhashable",
    "unknown_function",
    "value_dependent",
    "without_values",
    "writes",
]

_OUR_OWN = {
    "lazyopt.augmented",
    "lazyopt.build",
    "lazyopt.composed",
    "lazyopt.namespace",
    "lazyopt.recorder",
    "lazyopt.refusals",
    "lazyopt.register",
    "lazyopt.tracer",
    "lazyopt.tracing",
    "lazyopt.ufuncs",
}
_LIBRARIES = frozenset(
    {"autoray", "numpy", "quimb", "cotengra", "scipy", "numba"}
    | {"dask", "jax", "torch"}
)
#: Python's own modules; by file, since a user's may have the same names.
_PYTHON = os.path.dirname(os.__file__) + os.sep

CHOICE = (
    "Use where(...) for a choice between values, or pass what decides as a "
    "static argument."
)

#: Attributes of arrays that have no meaning without values or memory. Not
#: "_numba_type_": only Numba asks for that, and then swallows this error.
_OF_ARRAYS = frozenset(
    [*dir(np.ndarray), "__dlpack__", "__array_interface__", "__buffer__"]
)


_UFUNC_METHODS = {
    ("add", "reduce"): "sum",
    ("multiply", "reduce"): "prod",
    ("maximum", "reduce"): "max",
    ("minimum", "reduce"): "min",
    ("logical_and", "reduce"): "all",
    ("logical_or", "reduce"): "any",
    ("add", "accumulate"): "cumsum",
    ("multiply", "accumulate"): "cumprod",
}

#: Of a type that isn't fit for something; not a tracer shown by the program.
_NAMES_TRACER = re.compile(r"(?<!<)\bTracer\b").search


class MissingAttribute(TraceError, AttributeError):
    """Arrays have it, and what stands for them hasn't.

    An `AttributeError` too, since libraries ask with ``hasattr``.
    """


class UnknownFunction(TraceError, ImportError):
    """No function has this name; an `ImportError`, as autoray's is."""


class Unhashable(TraceError, TypeError):
    """A key, or one of a set; a `TypeError`, as NumPy's is for arrays."""


def is_own(frame: FrameType) -> bool:
    """Whether it is a call within this or another library, not the user's."""
    where = frame.f_globals.get("__name__", "")
    if where in _OUR_OWN or where.partition(".")[0] in _LIBRARIES:
        return True
    file = frame.f_code.co_filename
    return file.startswith(_PYTHON) and "site-packages" not in file


def value_dependent(what: str, instead: str = CHOICE) -> TraceError:
    """The error of a program that needs values while it is traced."""
    return TraceError(
        f"{what}{_here()} would depend on values, which aren't known while "
        "tracing: the graph must be the same for all of them. " + instead
    )


def concrete(what: str, instead: str) -> TraceError:
    """The error of a traced value that a concrete one is made of."""
    if _stores_item():
        return writes(
            "a[...] = x, where x is traced and a isn't,",
            "Collect the parts in a list and return stack(...) or "
            "concatenate(...) of them, or use where(...).",
        )
    return value_dependent(what, instead)


def writes(what: str, instead: str) -> TraceError:
    """The error of a program that writes into an array."""
    return TraceError(
        f"{what}{_here()} writes into an array; a graph's values can't be "
        "changed. " + instead
    )


def ufunc_method(ufunc: str, method: str) -> TraceError:
    """The error of a ufunc's method, with the function that does the same."""
    known = _UFUNC_METHODS.get((ufunc, method))
    if method == "outer":
        instead = "axes of length one, as in x[:, None] + y"
    elif known is not None:
        instead = f"numpy.{known}"
    else:
        instead = f"lazyopt.call(numpy.{ufunc}.{method}, x)"
    return TraceError(
        f"numpy.{ufunc}.{method}{_here()} can't be traced; use {instead}"
    )


def without_values(name: str) -> AttributeError | TraceError:
    """The error of an attribute that a tracer hasn't."""
    if name == "_numba_type_":
        return value_dependent(
            "a function compiled by Numba",
            "Record it as one call, lazyopt.call(function, x), or tell more "
            "of it with lazyopt.register_op.",
        )
    if name in _OF_ARRAYS:
        return MissingAttribute(
            f"x.{name}{_here()} needs an array with values in memory, and "
            "while a program is traced there is none: x has a shape, a dtype "
            "and the methods that make new arrays. Use a function of autoray "
            "or NumPy, or do this to the arrays that the graph returns."
        )
    return AttributeError(
        f"'Tracer' object has no attribute {name!r}{_here()}: it stands for "
        "an array while a program is traced, and NumPy's arrays have none "
        "either"
    )


def unhashable(kind: str) -> Unhashable:
    """The error of a traced array as a key, or in a set.

    NumPy's arrays are no keys either, and its scalars are by their values.
    """
    if kind == "array":
        return Unhashable(f"unhashable type: 'numpy.ndarray'{_here()}")
    return Unhashable(
        f"hash(x), as of a key or what is in a set{_here()}, would depend on "
        "values, which aren't known while tracing: the graph must be the "
        f"same for all of them. {CHOICE}"
    )


def foreign(theirs: str, ours: str) -> TraceError:
    """The error of another library's array in a program for this one's."""
    return TraceError(
        f"an array of {theirs} meets a program that is traced for {ours}"
        f"{_here()}. Convert it to {ours} before, for example with "
        f"autoray.do('asarray', a, like={ours!r}), or trace with arrays of "
        f"{theirs}."
    )


def unknown_function(name: str) -> UnknownFunction:
    """The error of a name that no function has, with those alike."""
    names = [*NAMES, *(n for n in dir(np) if n[0] != "_")]
    head = name.rpartition(".")[0]
    if module := getattr(np, head, None):
        names += [f"{head}.{n}" for n in dir(module) if n[0] != "_"]
    close = difflib.get_close_matches(name, sorted(set(names)), 3, 0.75)
    # A right name in the wrong module is as close.
    last = name.rpartition(".")[2]
    close += sorted({n for n in names if n.rpartition(".")[2] == last})[:3]
    meant = " or ".join(map(repr, dict.fromkeys(close)))
    return UnknownFunction(
        f"neither autoray's NumPy nor lazyopt knows a function {name!r}"
        f"{_here()}. "
        + (f"Did you mean {meant}? " if meant else "")
        + "Functions of your own are made known by lazyopt.register_op."
    )


@contextmanager
def explained() -> Iterator[None]:
    """Within it, errors that are about tracing come out as `TraceError`.

    Libraries catch what a tracer raises, and raise something else instead.
    """
    try:
        yield
    except TraceError:
        raise
    except Exception as error:
        cause = _cause(error)
        if cause is not None:
            raise TraceError(str(cause)) from error
        if isinstance(error, TypeError) and _NAMES_TRACER(str(error)):
            raise TraceError(
                f"{type(error).__name__}{_at(error)}: {error} (a Tracer "
                "stands for an array while a program is traced; it has no "
                "values). Use a function of autoray or NumPy, or record the "
                "call of another as a whole: lazyopt.call(function, x)."
            ) from error
        if _wanted_values(error):
            error.add_note(
                f"raised{_at(error)} while lazyopt traced it, with stand-ins "
                "that have no values in place of arrays. If it runs eagerly, "
                "record this call as a whole: lazyopt.call(function, x)."
            )
        raise


def _cause(error: BaseException) -> TraceError | None:
    """The refusal that an error was raised for."""
    seen = []
    found: BaseException | None = error
    while found is not None and found not in seen:
        if isinstance(found, TraceError):
            # A name that nobody knows fails eagerly as well.
            return None if isinstance(found, UnknownFunction) else found
        seen.append(found)
        found = found.__cause__ or found.__context__
    return None


def _wanted_values(error: Exception) -> bool:
    """Whether a function of Python's or of another library raised it."""
    tb = error.__traceback__
    while tb is not None and tb.tb_next is not None:
        tb = tb.tb_next
    if tb is None:
        return False
    frame = tb.tb_frame
    if is_own(frame):
        module = frame.f_globals.get("__name__", "")
        return module.partition(".")[0] not in ("lazyopt", "autoray")
    # Not by a "raise" of the program's own: called, and not written there.
    return _instruction(frame, tb.tb_lasti).startswith("CALL")


def _instruction(frame: FrameType, place: int) -> str:
    return dis.opname[frame.f_code.co_code[place]]


def _stores_item() -> bool:
    """Whether the user's line is an assignment to an item of an array."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module not in _OUR_OWN:
            return _instruction(frame, frame.f_lasti) == "STORE_SUBSCR"
        frame = frame.f_back
    return False


def _here() -> str:
    calls = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        calls.append((frame, frame.f_lineno))
        if not is_own(frame):
            break
        frame = frame.f_back
    return _place(calls)


def _at(error: BaseException) -> str:
    calls = []
    tb = error.__traceback__
    while tb is not None:
        calls.append((tb.tb_frame, tb.tb_lineno))
        tb = tb.tb_next
    return _place(reversed(calls))


def _place(calls: Iterable[tuple[FrameType, int]]) -> str:
    """The user's line, and the library's function that it calls."""
    inside = ""
    for frame, line in calls:
        code = frame.f_code
        module = frame.f_globals.get("__name__", "")
        if not is_own(frame):
            return f" ({code.co_filename}:{line}{inside})"
        if module.partition(".")[0] not in ("lazyopt", "autoray"):
            inside = f", in {module}.{code.co_qualname}"
    return ""
