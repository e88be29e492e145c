"""From packed integers to a program; every list of integers is one."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .effects import LOG
from .instructions import INSTRUCTIONS, read_input
from .programs import (
    STRUCTURES,
    Machine,
    Program,
    Ref,
    Step,
    refs_in,
    sinks,
)

__all__ = ["Decoder", "Fields", "decode"]

#: Most elements that a value of a program has.
LARGEST = 600
#: Stands for the result of a step that raises.
MISSING: Any = object()


class Fields:
    """Digits of a packed integer, the first ones first; then zeros."""

    def __init__(self, code: int) -> None:
        self.rest = code

    def take(self, base: int) -> int:
        """The next digit, below ``base``."""
        self.rest, digit = divmod(self.rest, base)
        return digit

    def pick(self, choices: Sequence[Any]) -> Any:
        """One of several."""
        return choices[self.take(len(choices))]


class Decoder:
    """A program under way: its steps, and the values they have given.

    Attributes
    ----------
    traced : list of bool
        For each register, whether a tracer stands there when traced: not so
        for constants.
    """

    def __init__(self) -> None:
        self.inputs: list[Any] = []
        self.steps: list[Step] = []
        self.machine = Machine(())
        self.traced: list[bool] = []
        self.returned: list[int] = []
        self.structure: Callable[[list[Any]], Any] = STRUCTURES[0]
        self.fails: int | None = None
        self.divide = "ignore"

    @property
    def values(self) -> list[Any]:
        """What the registers hold."""
        return self.machine.registers

    # ------------------------------------------------------------ operands

    def find(
        self, fields: Fields, fits: Callable[[Any], Any] = lambda x: True
    ) -> Ref | None:
        """A register so far back, or the next one before it that fits."""
        n = len(self.values)
        start = fields.take(8)
        for back in range(n):
            place = n - 1 - (start + back) % n
            value = self.values[place]
            if value is not MISSING and fits(value):
                return Ref(place)
        return None

    def value(self, ref: Ref) -> Any:
        """What a register holds."""
        return self.values[ref.place]

    def is_traced(self, ref: Ref) -> bool:
        """Whether a tracer stands there when the program is traced."""
        return self.traced[ref.place]

    # --------------------------------------------------------------- steps

    def input(self, value: Any) -> None:
        """Add an input."""
        self.inputs.append(value)
        self._keep(Step("input", "input", value), value, True)

    def emit(
        self, kind: str, form: str, target: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Add a step, unless it can't be evaluated; say whether it was.

        A call through ``do`` is sent to the backend of the inputs.
        """
        if form == "do":
            kwargs["like"] = Ref(0)
        return self.add(Step(kind, form, target, args, kwargs))

    def add(self, step: Step) -> bool:
        """Add a step as it stands, likewise."""
        used = refs_in((step.args, step.kwargs))
        if any(self.values[r] is MISSING for r in used):
            return False
        traced = any(self.traced[r] for r in used)
        if not traced and step.form != "value":
            return False  # NumPy would just run it, while tracing
        try:
            result = self.machine.evaluate(step)
        except Exception:
            return False
        return self._keep(step, result, traced)

    def _keep(self, step: Step, result: Any, traced: bool) -> bool:
        several = isinstance(result, tuple | list)
        parts = list(result) if several else [result]
        if not all(map(_is_value, parts)):
            return False
        count = len(parts) if several else None
        step = Step(
            step.kind, step.form, step.target, step.args, step.kwargs, count
        )
        self.steps.append(step)
        self.machine.store(step, result)
        self.traced += [traced] * len(parts)
        return True

    def add_error(self, step: Step, divide: str) -> None:
        """Add a step that raises, if the program has none yet.

        Where division by zero is to be an error, nothing before may divide
        by zero.
        """
        if self.fails is not None:
            return
        used = refs_in((step.args, step.kwargs))
        if not any(self.traced[r] for r in used):
            return
        if divide == "raise" and not self._can_raise():
            return
        try:
            self.machine.evaluate(step)
        except (ArithmeticError, np.linalg.LinAlgError):
            self.fails, self.divide = len(self.values), divide
            self.steps.append(step)
            self.values.append(MISSING)
            self.traced.append(True)
            return
        except TypeError:  # no operands for this
            pass
        np.seterr(divide="ignore")

    def _can_raise(self) -> bool:
        """Let division by zero raise from now on, if it hasn't happened."""
        again, state = Machine(self.inputs), np.random.get_state()
        np.random.seed(7)
        np.seterr(divide="raise")
        try:
            for old in self.steps:
                again.perform(old)
        except ArithmeticError:
            np.seterr(divide="ignore")
            return False
        finally:
            np.random.set_state(state)
        return True

    # -------------------------------------------------------------- finish

    def finish(self) -> Program:
        """The program."""
        count = len(self.values)
        outputs = [r for r in self.returned if r < count]
        if not outputs:
            outputs = list(sinks(self.steps, count))
        if self.fails is not None and self.fails not in outputs:
            outputs.append(self.fails)
        return Program(
            tuple(self.inputs),
            tuple(self.steps),
            tuple(outputs),
            self.structure,
            self.fails is not None,
            self.divide,
        )


def _is_value(x: Any) -> bool:
    """Whether it can be an operand: a number, or a small array of them."""
    if isinstance(x, np.ndarray | np.generic):
        return x.dtype.kind in "biufc" and x.size <= LARGEST
    return type(x) in (bool, float, complex) or (
        type(x) is int and abs(x) < 1 << 62
    )


def decode(codes: Sequence[int]) -> Program:
    """The program that a list of integers stands for."""
    made = Decoder()
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        np.random.seed(7)
        first = Fields(codes[0] if codes else 0)
        first.take(64)
        made.input(read_input(first))
        for code in codes[1:]:
            if code:
                fields = Fields(code)
                INSTRUCTIONS[fields.take(len(INSTRUCTIONS))](made, fields)
    LOG.clear()
    return made.finish()
