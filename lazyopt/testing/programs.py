"""Random array programs: steps over registers, and what is returned.

A program is decoded from a list of integers, an instruction each. Operands
are given by how far back they lie, so that any instruction can be deleted,
and one that can't be evaluated is skipped. The result is run by one machine:
eagerly on NumPy, on tracers, or on autoray's LazyArrays.
"""

import functools
import warnings
from collections import Counter, namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import lazyopt as lo
from lazyopt.render import listed
from lazyopt.testing.outcomes import Outcome
from lazyopt.testing.steps import Machine, Step
from lazyopt.tree import Tree, flatten

__all__ = [
    "CODE",
    "MISSING",
    "SEED",
    "STRUCTURES",
    "Program",
    "Structure",
    "in_arguments",
    "out_tree",
    "prepared",
    "random_codes",
    "settle",
    "sinks",
]

#: Codes are below: the range in which Hypothesis draws integers evenly.
CODE = 1 << 24
#: Likewise for a plain generator, so that no instruction runs out of digits.
LONG_CODE = 1 << 48
#: Stands for the result of a step that raises.
MISSING: Any = object()
#: Of NumPy's generator, at the start of each run.
SEED = 7


def random_codes(
    rng: np.random.RandomState,
    least: int = 14,
    most: int = 34,
    below: int = LONG_CODE,
) -> list[int]:
    """Codes of a program, by a plain generator and not by Hypothesis.

    Parameters
    ----------
    rng : numpy.random.RandomState
    least, most : int
        Instructions, both included.
    below : int
        What codes are less than.
    """
    count = rng.randint(least, most + 1)
    codes: list[int] = rng.randint(0, below, count, np.int64).tolist()
    return codes


Structure = Callable[[list[Any]], Any]
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


STRUCTURES: tuple[Structure, ...] = (tuple, _single, list, _nested, _pair)


@functools.cache
def out_tree(structure: Structure, count: int) -> Tree:
    """The structure of what a program with so many outputs returns."""
    leaf = object()
    return flatten(structure([leaf] * count), lambda x: x is leaf)[1]


@dataclass(eq=False)
class Program:
    """Steps, what is returned, and what it takes to run it.

    Attributes
    ----------
    inputs : tuple of arrays
    steps : list of Step
    outputs : list of int
        Registers that are returned.
    structure : callable
        Makes the pytree that is returned of the outputs.
    divide : str
        What happens on a division by zero, as for `numpy.errstate`.
    donates : bool
        Whether its inputs are given away, for calls to write into.
    eager : Outcome
        What NumPy made of it while it was decoded.
    values : list
        What its registers held then.
    unknown : set of int
        Registers whose spec isn't known before it runs.
    """

    inputs: tuple[Any, ...]
    steps: list[Step]
    outputs: list[int]
    structure: Structure
    divide: str
    donates: bool
    eager: Outcome
    values: list[Any]
    unknown: set[int]

    @property
    def fails(self) -> bool:
        """Whether one of its steps raises an error, on purpose."""
        return self.eager.error is not None

    @property
    def args(self) -> tuple[Any, ...]:
        """What the program is called with: inputs, the last ones nested."""
        return in_arguments(self.inputs)

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
        """The program as a graph, by running it on tracers."""
        with np.errstate(all="ignore"):
            return lo.trace(self, *self.args)

    def state(self) -> "prepared":
        """The context in which all runs of it are the same."""
        return prepared(divide=self.divide)

    @property
    def kinds(self) -> Counter[str]:
        """How often each kind of instruction is in it."""
        return Counter(step.kind for step in self.steps)

    @property
    def draws(self) -> bool:
        """Whether it draws random numbers."""
        return any(_draws(s) for s in self.steps)

    @property
    def has_effects(self) -> bool:
        """Whether running it does more than return something."""
        return any(s.form == "call" or _draws(s) for s in self.steps)

    @property
    def constants(self) -> list[np.ndarray]:
        """Arrays that it closes over."""
        return [s.target for s in self.steps if s.form == "value"]

    def __repr__(self) -> str:
        lines, n = ["Program:"], 0
        for step in self.steps:
            count = step.count or (1 if step.count is None else 0)
            names = listed([f"r{n + i}" for i in range(count)]) or "_"
            lines.append(f"  {names} = {step!r}")
            n += count
        names = listed([f"r{i}" for i in self.outputs], 24)
        made = self.structure.__name__
        notes = f"divide={self.divide!r}" + ", donates" * self.donates
        lines.append(f"  return {made}({names})  # {notes}")
        return "\n".join(lines)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


def in_arguments(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Inputs as a program takes them: the third and the fourth nested."""
    if len(inputs) < 3:
        return inputs
    return (*inputs[:2], {"rest": list(inputs[2:])})


def _draws(step: Step) -> bool:
    return step.form == "do" and step.target.startswith("random.")


class prepared:
    """Context with random state and floating point errors as agreed.

    Python's warnings are errors: what warns is not part of any program.

    Parameters
    ----------
    **errors : str
        What `numpy.errstate` shall be, where it is not ``"ignore"``.
    """

    def __init__(self, **errors: Any) -> None:
        self.errors = {"all": "ignore", **errors}
        self.errstate = np.errstate()
        self.warnings = warnings.catch_warnings()

    def __enter__(self) -> None:
        self.errstate.__enter__()
        for name, action in self.errors.items():
            np.seterr(**{name: action})
        self.warnings.__enter__()
        warnings.simplefilter("error")
        np.random.seed(SEED)

    def __exit__(self, *error: Any) -> None:
        self.warnings.__exit__(*error)
        self.errstate.__exit__(*error)


def settle(divide: Any) -> None:
    """Be as at the start of a run, inside one `prepared` for many runs."""
    np.seterr(divide=divide)
    np.random.seed(SEED)


def sinks(steps: Sequence[Step], count: int) -> list[int]:
    """Registers that no step reads."""
    read: set[int] = set()
    for step in steps:
        read.update(step.refs)
    return [i for i in range(count) if i not in read]
