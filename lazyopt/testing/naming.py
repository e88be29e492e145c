"""Which ops and numbers a pass names: what its code looks for."""

import functools
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.keys import value_key
from lazyopt.ops import Op, find_op

__all__ = ["Named", "named_by"]

#: Of so many objects it is asked what they name.
MOST = 20_000
#: Methods that people write whose names begin with two underscores.
_WRITTEN = ("__call__", "__init__", "__post_init__")
_NUMBERS = (bool, int, float, complex, np.number, np.bool)
_CONTAINERS = (tuple, list, set, frozenset)
_OPAQUE = (types.ModuleType, np.ndarray, Graph, Node)


class Named(NamedTuple):
    """What is named, each once.

    Attributes
    ----------
    ops : tuple of str
        Names of ops, sorted.
    numbers : tuple
        In the order found.
    words : frozenset of str
        All strings, keywords of calls among them.
    title : str
        The name of the pass itself, if it has one.
    """

    ops: tuple[str, ...]
    numbers: tuple[Any, ...] = ()
    words: frozenset[str] = frozenset()
    title: str = ""


def named_by(item: Any) -> Named:
    """The ops and the numbers that stand in a pass's code and options.

    In its own functions, those of its package that they call by a global
    name, its methods, its fields, and the passes that it is made of. An op
    that stands there itself counts as its name.

    Parameters
    ----------
    item : pass or callable
    """
    words: set[str] = set()
    numbers: dict[Any, Any] = {}
    seen: dict[int, Any] = {}  # keeps them, so that ids stay theirs
    stack = [item]
    while stack and len(seen) < MOST:
        x = stack.pop()
        if isinstance(x, str | Op):
            words.add(x if isinstance(x, str) else x.name)
        elif isinstance(x, _NUMBERS):
            numbers.setdefault(value_key(x), x)
        elif id(x) not in seen and not isinstance(x, _OPAQUE):
            seen[id(x)] = x
            stack += reversed(list(_inside(x)))
    ops = {op.name for op in map(find_op, words) if op is not None}
    title = getattr(item, "name", "")
    return Named(
        tuple(sorted(ops)),
        tuple(numbers.values()),
        frozenset(words),
        title if isinstance(title, str) else "",
    )


def _inside(x: Any) -> Iterator[Any]:
    """What is to be looked at in an object."""
    if isinstance(x, _CONTAINERS):
        yield from x
    elif isinstance(x, Mapping):
        yield from x
        yield from x.values()
    elif isinstance(x, types.CodeType):
        yield from x.co_consts
    elif isinstance(x, types.MethodType):
        yield from (x.__func__, x.__self__)
    elif isinstance(x, types.FunctionType):
        if _is_theirs(x.__module__):
            yield from _inside_function(x)
    elif isinstance(x, type):
        if _is_theirs(x.__module__):
            yield from _inside_class(x)
    elif isinstance(x, functools.partial):
        yield from (x.func, x.args, x.keywords)
    else:
        yield from getattr(x, "__dict__", {}).values()
        for name in _slots_of(type(x)):
            yield getattr(x, name, None)
        yield type(x)


def _inside_class(x: type) -> Iterator[Any]:
    """What stands in a class, but for what Python or a decorator put there."""
    for name, value in vars(x).items():
        if not name.startswith("__") or name in _WRITTEN:
            yield value


def _slots_of(kind: type) -> Iterator[str]:
    """Names of the fields that objects have besides their `__dict__`."""
    for base in kind.__mro__:
        if _is_theirs(base.__module__):
            slots = vars(base).get("__slots__", ())
            yield from (slots,) if isinstance(slots, str) else slots


def _inside_function(x: types.FunctionType) -> Iterator[Any]:
    yield x.__code__
    yield x.__defaults__
    for cell in x.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    own = _package(x.__module__)
    for name in _globals_of(x.__code__):
        found = x.__globals__.get(name)
        home = _package(getattr(found, "__module__", None))
        if home in ("", own) or isinstance(found, Op):
            yield found


def _package(module: Any) -> str:
    """The first part of a module's name; nothing for code that `exec` ran."""
    return module.partition(".")[0] if isinstance(module, str) else ""


def _globals_of(code: types.CodeType) -> Iterator[str]:
    """Names that a function and those defined in it look up."""
    stack = [code]
    while stack:
        top = stack.pop()
        yield from top.co_names
        stack += [c for c in top.co_consts if isinstance(c, types.CodeType)]


def _is_theirs(module: str | None) -> bool:
    """Whether it is code of a pass, and not of what passes are made with."""
    parts = (module or "").split(".")
    if parts[0] == "lazyopt":
        return parts[1:2] == ["passes"]
    return parts[0] not in (*sys.stdlib_module_names, "numpy", "autoray")
