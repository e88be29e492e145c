"""Steps of a random program, and the machine that performs them."""

import functools
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import autoray
import numpy as np

import lazyopt as lo
from lazyopt.tracer import tracers_in

__all__ = ["ARRAYS", "CREATED", "NESTED", "Machine", "Ref", "Step", "refs_in"]


class Ref:
    """Stands for the value of a register among a step's arguments.

    Parameters
    ----------
    place : int
        Number of the register.
    """

    __slots__ = ("place",)

    def __init__(self, place: int) -> None:
        self.place = place

    def __repr__(self) -> str:
        return f"r{self.place}"


#: Arguments that hold others.
NESTED = frozenset({tuple, list})
#: NumPy's values.
ARRAYS = (np.ndarray, np.generic)


def refs_in(args: Iterable[Any]) -> list[int]:
    """Registers that nested arguments name."""
    found: list[int] = []
    for a in args:
        kind = type(a)
        if kind is Ref:
            found.append(a.place)
        elif kind in NESTED:
            found += refs_in(a)
    return found


#: Which autoray gives the dtype of what they shall be like.
CREATED = frozenset({"eye", "full", "identity", "ones", "zeros"})


#: Operators as they are written: a tracer sees a call of `operator.mul` as one
#: of `numpy.multiply`, where a scalar of NumPy's comes first.
WRITTEN: dict[Callable[..., Any], Callable[..., Any]] = {
    operator.add: lambda x, y: x + y,
    operator.and_: lambda x, y: x & y,
    operator.eq: lambda x, y: x == y,
    operator.floordiv: lambda x, y: x // y,
    operator.ge: lambda x, y: x >= y,
    operator.gt: lambda x, y: x > y,
    operator.le: lambda x, y: x <= y,
    operator.lshift: lambda x, y: x << y,
    operator.lt: lambda x, y: x < y,
    operator.mod: lambda x, y: x % y,
    operator.mul: lambda x, y: x * y,
    operator.ne: lambda x, y: x != y,
    operator.or_: lambda x, y: x | y,
    operator.pow: lambda x, y: x**y,
    operator.rshift: lambda x, y: x >> y,
    operator.sub: lambda x, y: x - y,
    operator.truediv: lambda x, y: x / y,
    operator.xor: lambda x, y: x ^ y,
}


@functools.cache
def numpy_function(name: str) -> Callable[..., Any]:
    """What ``do`` calls for NumPy, looked up once."""
    found: Callable[..., Any] = autoray.get_lib_fn("numpy", name)
    return found


_NONE: Mapping[str, Any] = {}


@dataclass(slots=True, eq=False)
class Step:
    """One call of a program. It is never changed once it is performed.

    Attributes
    ----------
    kind : str
        What kind of instruction it came from.
    form : {"input", "value", "do", "operator", "method", "get", "call"}
        How it is written: ``do(target, ...)``, ``target(...)`` with one of
        Python's operators, ``x.target(...)``, ``x.target``, or the call of a
        function that `lazyopt.call` takes.
    target : object
    args : tuple
    kwargs : mapping
    count : int or None
        Number of results, for a call that returns several.
    refs : list of int
        Registers that it reads.
    """

    kind: str
    form: str
    target: Any
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=lambda: _NONE)
    count: int | None = None
    refs: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.refs = refs_in(self.args)
        if self.kwargs:
            self.refs += refs_in(self.kwargs.values())

    def __repr__(self) -> str:
        if self.form in ("input", "value"):
            x = self.target
            layout = f", strides={x.strides}" if np.ndim(x) else ""
            with np.printoptions(threshold=8, edgeitems=1):
                return f"{self.form} {x!r}{layout}"
        name = getattr(self.target, "__name__", self.target)
        given = [repr(a) for a in self.args]
        given += [f"{k}={v!r}" for k, v in self.kwargs.items()]
        return f"{self.form} {name}({', '.join(given)})"


class Machine:
    """Performs steps on whatever the inputs are.

    Parameters
    ----------
    inputs : iterable
        Arrays, or what stands for them.
    """

    def __init__(self, inputs: Iterable[Any]) -> None:
        self.inputs = iter(inputs)
        self.registers: list[Any] = []

    def filled(self, x: Any) -> Any:
        """Nested arguments with values in place of references."""
        kind = type(x)
        if kind is Ref:
            return self.registers[x.place]
        if kind in NESTED:
            return kind([self.filled(v) for v in x])
        return x

    def evaluate(self, step: Step) -> Any:
        """The result of a step, or the error it raises.

        A call through ``do`` is sent to the library of the first input.
        """
        form, target = step.form, step.target
        if form == "input":
            return next(self.inputs)
        if form == "value":
            return target
        values, filled = self.registers, self.filled
        args = [
            values[a.place] if type(a) is Ref else filled(a) for a in step.args
        ]
        kwargs = step.kwargs
        if kwargs:
            kwargs = {k: filled(v) for k, v in kwargs.items()}
        if form == "do":
            like = values[0]
            if isinstance(like, ARRAYS) and target not in CREATED:
                return numpy_function(target)(*args, **kwargs)
            return autoray.do(target, *args, like=like, **kwargs)
        if form == "method":
            return getattr(args[0], target)(*args[1:], **kwargs)
        if form == "get":
            return getattr(args[0], target)
        if form == "call" and tracers_in(args):
            return lo.call(target, *args, **kwargs)
        if form == "operator":
            return WRITTEN.get(target, target)(*args)
        return target(*args, **kwargs)

    def store(self, step: Step, result: Any) -> None:
        """Put what a step gave into registers, each part its own."""
        if step.count is None:
            self.registers.append(result)
        else:
            parts = list(result)
            assert len(parts) == step.count, (step, len(parts))
            self.registers.extend(parts)

    def perform(self, step: Step) -> None:
        """Evaluate and store."""
        self.store(step, self.evaluate(step))
