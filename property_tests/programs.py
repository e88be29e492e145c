"""Random array programs: packed integers, decoded without ever failing.

A program is a list of integers, an instruction each. Operands are given by
how far back they lie, so that any instruction can be deleted, and one that
can't be evaluated is skipped. The result is run by one interpreter: eagerly
on NumPy, on tracers, or on autoray's LazyArrays.
"""

import warnings
from collections import Counter, namedtuple
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import autoray
import numpy as np
from hypothesis import strategies as st

import lazyopt as lo
from lazyopt.tracer import tracers_in

__all__ = [
    "CODES",
    "Machine",
    "Program",
    "Ref",
    "Step",
    "random_codes",
]

#: The range in which Hypothesis draws integers evenly.
CODE = 1 << 24
#: 0 is no instruction at all, so the shortest lists can stay this long.
CODES = st.lists(st.integers(0, CODE - 1), min_size=14, max_size=34)


def random_codes(rng: np.random.RandomState) -> list[int]:
    """What Hypothesis would draw, by a plain generator."""
    return rng.randint(0, CODE, rng.randint(14, 35)).tolist()


@dataclass(frozen=True)
class Ref:
    """Stands for the value of a register among a step's arguments."""

    place: int

    def __repr__(self) -> str:
        return f"r{self.place}"


@dataclass(frozen=True)
class Step:
    """One instruction, decoded.

    Attributes
    ----------
    kind : str
        What kind of instruction it came from.
    form : {"input", "value", "do", "operator", "method", "get", "call"}
        How it is written: ``do(target, ...)``, ``target(...)`` with one of
        Python's operators, ``x.target(...)``, ``x.target``, or the call of a
        function that nobody registered.
    target : object
    args : tuple
    kwargs : dict
    count : int or None
        Number of results, for a call that returns several.
    """

    kind: str
    form: str
    target: Any
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    count: int | None = None

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


def refs_in(x: Any) -> list[int]:
    """Registers that nested arguments name."""
    if isinstance(x, Ref):
        return [x.place]
    if isinstance(x, dict):
        x = list(x.values())
    if isinstance(x, tuple | list):
        return [r for v in x for r in refs_in(v)]
    return []


class Machine:
    """Runs steps on whatever the inputs are.

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
        if isinstance(x, Ref):
            return self.registers[x.place]
        if type(x) in (tuple, list):
            return type(x)([self.filled(v) for v in x])
        return x

    def evaluate(self, step: Step) -> Any:
        """The result of a step, or the error it raises."""
        if step.form == "input":
            return next(self.inputs)
        if step.form == "value":
            return step.target
        args = [self.filled(a) for a in step.args]
        kwargs = {k: self.filled(v) for k, v in step.kwargs.items()}
        if step.form == "do":
            return autoray.do(step.target, *args, **kwargs)
        if step.form == "method":
            return getattr(args[0], step.target)(*args[1:], **kwargs)
        if step.form == "get":
            return getattr(args[0], step.target)
        if step.form == "call" and tracers_in(args):
            return lo.call(step.target, *args, **kwargs)
        return step.target(*args, **kwargs)

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


Pair = namedtuple("Pair", ["first", "second"])


def _single(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else tuple(values)


def _nested(values: list[Any]) -> Any:
    half = len(values) // 2
    return {
        "head": list(values[:half]),
        "tail": (tuple(values[half:]), None),
        "n": len(values),
    }


def _pair(values: list[Any]) -> Any:
    return Pair(values[0], [tuple(values[1:])])


STRUCTURES: tuple[Callable[[list[Any]], Any], ...] = (
    tuple,
    _single,
    list,
    _nested,
    _pair,
)


@dataclass(frozen=True)
class Program:
    """Steps, what is returned, and what it takes to run it.

    Attributes
    ----------
    inputs : tuple of arrays
    steps : tuple of Step
    outputs : tuple of int
        Registers that are returned.
    structure : callable
        Makes the pytree that is returned of the outputs.
    fails : bool
        Whether one of its steps raises an error, on purpose.
    divide : str
        What happens on a division by zero, as for `numpy.errstate`.
    """

    inputs: tuple[Any, ...]
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    structure: Callable[[list[Any]], Any]
    fails: bool
    divide: Any

    @property
    def args(self) -> tuple[Any, ...]:
        """What the program is called with: inputs, the last ones nested."""
        given = self.inputs
        if len(given) < 3:
            return given
        return (*given[:2], {"rest": list(given[2:])})

    def __call__(self, *args: Any) -> Any:
        """Run it on arrays, or on what stands for them."""
        inputs = list(args)
        if inputs and isinstance(inputs[-1], dict):
            inputs += inputs.pop()["rest"]
        machine = Machine(inputs)
        for step in self.steps:
            machine.perform(step)
        return self.structure([machine.registers[i] for i in self.outputs])

    def trace(self) -> lo.Graph:
        """The program as a graph."""
        with np.errstate(all="ignore"):
            return lo.trace(self, *self.args)

    def state(self) -> "prepared":
        """The context in which all runs of it are the same."""
        return prepared(self.divide)

    @property
    def kinds(self) -> Counter[str]:
        """How often each kind of instruction is in it."""
        return Counter(step.kind for step in self.steps)

    @property
    def has_effects(self) -> bool:
        """Whether running it does more than return something."""
        return any(s.form == "call" or s.kind == "random" for s in self.steps)

    @property
    def constants(self) -> list[np.ndarray]:
        """Arrays that it closes over."""
        return [
            s.target
            for s in self.steps
            if s.form == "value" and isinstance(s.target, np.ndarray)
        ]

    def __repr__(self) -> str:
        lines, n = ["Program:"], 0
        for step in self.steps:
            count = step.count or (1 if step.count is None else 0)
            names = ", ".join(f"r{n + i}" for i in range(count)) or "_"
            lines.append(f"  {names} = {step!r}")
            n += count
        names = ", ".join(f"r{i}" for i in self.outputs)
        made = self.structure.__name__
        lines.append(f"  return {made}({names})  # divide={self.divide!r}")
        return "\n".join(lines)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


class prepared:
    """Context with random state and floating point errors as agreed.

    Python's warnings are errors: what warns is not part of any program.
    """

    def __init__(self, divide: Any) -> None:
        self.errstate = np.errstate(all="ignore")
        self.divide = divide
        self.warnings = warnings.catch_warnings()

    def __enter__(self) -> None:
        self.errstate.__enter__()
        np.seterr(divide=self.divide)
        self.warnings.__enter__()
        warnings.simplefilter("error")
        np.random.seed(7)

    def __exit__(self, *error: Any) -> None:
        self.warnings.__exit__(*error)
        self.errstate.__exit__(*error)


def sinks(steps: Sequence[Step], count: int) -> tuple[int, ...]:
    """Registers that no step reads."""
    read: set[int] = set()
    for step in steps:
        named = {k: v for k, v in step.kwargs.items() if k != "like"}
        read.update(refs_in((step.args, named)))
    return tuple(i for i in range(count) if i not in read)
