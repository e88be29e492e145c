"""From packed integers to a program; every list of integers is one."""

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import lazyopt as lo
from lazyopt.testing.effects import LOG, is_unknown
from lazyopt.testing.instructions import INSTRUCTIONS, Instruction, read_input
from lazyopt.testing.operands import MOST_INPUTS, SMALL, Drawn
from lazyopt.testing.outcomes import Outcome
from lazyopt.testing.programs import (
    MISSING,
    STRUCTURES,
    Program,
    Structure,
    prepared,
    settle,
    sinks,
)
from lazyopt.testing.steps import ARRAYS, Machine, Ref, Step

__all__ = ["Decoder", "Fields", "decode", "decoded"]

#: How many times the elements of its largest input a value may have.
GROWTH = 7
#: Elements of all operands, multiplied, and once more of the largest, of which
#: no result is out of memory.
SURE = 1 << 24


class Fields:
    """Digits of a packed integer, the first ones first; then zeros."""

    __slots__ = ("rest",)

    def __init__(self, code: int) -> None:
        self.rest = code

    def take(self, base: int) -> int:
        """The next digit, below ``base``."""
        self.rest, digit = divmod(self.rest, base)
        return digit

    def pick(self, choices: Sequence[Any]) -> Any:
        """One of several."""
        self.rest, digit = divmod(self.rest, len(choices))
        return choices[digit]


class Decoder:
    """A program under way: its steps, and the values they have given.

    Attributes
    ----------
    drawn : Drawn
        What may be drawn for what is not computed.
    values : list
        What the registers hold.
    traced : list of bool
        For each register, whether a tracer stands there when traced: not so
        for constants.
    unknown : set of int
        Registers whose spec isn't known before the program runs.
    """

    def __init__(
        self, drawn: Drawn, divide: str = "ignore", donates: bool = False
    ) -> None:
        self.drawn = drawn
        self.divide = divide
        self.donates = donates
        self.largest = GROWTH * max(map(math.prod, drawn.shapes))
        self.inputs: list[Any] = []
        self.steps: list[Step] = []
        self.machine = Machine(())
        self.values = self.machine.registers
        self.traced: list[bool] = []
        self.unknown: set[int] = set()
        self.returned: list[int] = []
        self.structure: Structure = STRUCTURES[0]
        self.error: Exception | None = None
        self.log: list[Any] = []

    # ------------------------------------------------------------ operands

    def find(
        self, fields: Fields, fits: Callable[[Any], Any] | None = None
    ) -> Ref | None:
        """A register so far back, or the next one before it that fits."""
        values = self.values
        n = len(values)
        start = fields.take(8)
        for back in range(start, start + n):
            value = values[-1 - back % n]
            if value is not MISSING and (fits is None or fits(value)):
                return Ref(n - 1 - back % n)
        return None

    def value(self, ref: Ref) -> Any:
        """What a register holds."""
        return self.values[ref.place]

    def is_traced(self, ref: Ref) -> bool:
        """Whether a tracer stands there when the program is traced."""
        return self.traced[ref.place]

    @property
    def last(self) -> Ref:
        """The newest register."""
        return Ref(len(self.values) - 1)

    # --------------------------------------------------------------- steps

    def input(self, value: Any) -> None:
        """Add an input."""
        self.inputs.append(value)
        self._keep(Step("input", "input", value), value, True)

    def begin(self, value: Any, constant: bool) -> Ref | None:
        """Add an array as a constant, or as an input if there is room."""
        if constant:
            self.add(Step("constant", "value", value))
        elif len(self.inputs) < MOST_INPUTS:
            self.input(value)
        else:
            return None
        return self.last

    def emit(
        self, kind: str, form: str, target: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Add a step, unless it can't be evaluated; say whether it was."""
        return self.add(Step(kind, form, target, args, kwargs))

    def add(self, step: Step) -> bool:
        """Add a step as it stands, likewise."""
        if not self._can_run(step) or self._outgrows(step):
            return False
        seen = len(LOG)
        added = self._added(step)
        if not added:
            del LOG[seen:]  # of what isn't in the program
        return added

    def _added(self, step: Step) -> bool:
        try:
            result = self.machine.evaluate(step)
        except Exception:
            return False
        if type(result) in _NUMBERS and _is_pythons(step):
            return False
        return self._keep(step, result, step.form != "value")

    def _can_run(self, step: Step) -> bool:
        """Whether its operands are there, and it is recorded when traced.

        NumPy would just run a call of constants; one through ``do`` goes
        where the first input is, but for a cast, which is a method.
        """
        values, form = self.values, step.form
        traced = form == "value" or (form == "do" and step.target != "astype")
        for place in step.refs:
            if values[place] is MISSING:
                return False
            traced = traced or self.traced[place]
        return traced

    def _outgrows(self, step: Step) -> bool:
        """Whether a result would be larger than a value may be.

        Such as the product of all pairs of elements, or a matrix of a
        diagonal. It is found out without computing it, which might take more
        memory than there is.
        """
        values, most, all_pairs = self.values, 1, 1
        for place in step.refs:
            size = getattr(values[place], "size", 1)  # Python's numbers
            all_pairs *= size
            most = max(most, size)
        if all_pairs * most <= SURE:
            return False
        machine = Machine(())
        machine.registers[:] = self.values

        def call(given: dict[int, Any]) -> Any:
            for place, value in given.items():
                machine.registers[place] = value
            return machine.evaluate(step)

        try:
            graph = lo.trace(call, {p: self.values[p] for p in step.refs})
        except Exception:
            return False  # and so does the call itself
        return any(
            spec.shape is not None and spec.size > self.largest
            for node in graph.outputs
            for spec in node.specs
        )

    def _keep(self, step: Step, result: Any, traced: bool) -> bool:
        first = len(self.values)
        if isinstance(result, _SEVERAL):
            for x in result:
                if not _is_value(x, self.largest):
                    return False
            step.count = len(result)
            self.values += result
            self.traced += [traced] * len(result)
        else:
            if not _is_value(result, self.largest):
                return False
            step.count = None
            self.values.append(result)
            self.traced.append(traced)
        if is_unknown(step) or not self.unknown.isdisjoint(step.refs):
            self.unknown.update(range(first, len(self.values)))
        self.steps.append(step)
        return True

    def add_error(self, step: Step, read: bool) -> None:
        """Add a step that raises, if the program has none yet.

        Its result, or what another call makes of it, is returned.
        """
        if self.error is not None or not self._can_run(step):
            return
        try:
            self.machine.evaluate(step)
        except (ArithmeticError, np.linalg.LinAlgError) as error:
            self.error = error.with_traceback(None)
            self.log = list(LOG)
            self._add_missing(step)
            if read:
                self._add_missing(
                    Step("error", "operator", operator.neg, (self.last,))
                )
            self.returned.append(self.last.place)
        except TypeError:  # no operands for this
            return

    def _add_missing(self, step: Step) -> None:
        self.steps.append(step)
        self.values.append(MISSING)
        self.traced.append(True)

    # -------------------------------------------------------------- finish

    def finish(self) -> Program:
        """The program."""
        outputs = self.returned
        if len(outputs) == (self.error is not None):  # none was asked for
            outputs = sinks(self.steps, len(self.values))
        if self.error is not None:
            eager = Outcome(self.error, [], self.log)
        else:
            eager = Outcome(None, [self.values[i] for i in outputs], list(LOG))
        return Program(
            tuple(self.inputs),
            self.steps,
            outputs,
            self.structure,
            self.divide,
            self.donates,
            eager,
            self.values,
            self.unknown,
        )


_NUMBERS = frozenset({bool, int, float, complex})
_SEVERAL = (tuple, list)


def _is_pythons(step: Step) -> bool:
    """Whether Python alone says what an operator gives.

    ``1j == x`` asks the tracer, which takes it for ``x == 1j``, and NumPy's
    floats are Python's too; powers of Python's numbers have a type that
    depends on their values.
    """
    return step.form == "operator" and (
        step.target is operator.pow or type(step.args[0]) is complex
    )


def _is_value(x: Any, largest: int) -> bool:
    """Whether it can be an operand: a number, or a small array of them."""
    if isinstance(x, ARRAYS):
        return x.size <= largest and x.dtype.kind in "biufc"
    return type(x) in (bool, float, complex) or (
        type(x) is int and abs(x) < 1 << 62
    )


def decode(
    codes: Sequence[int],
    drawn: Drawn = SMALL,
    instructions: Sequence[Instruction] = INSTRUCTIONS,
) -> Program:
    """The program that a list of integers stands for.

    Parameters
    ----------
    codes : sequence of int
        The first is for the first input, each other an instruction; 0 is
        none.
    drawn : Drawn, optional
        What inputs and constants may be.
    instructions : sequence of callable, optional
        Each as often as it stands there.
    """
    with prepared():
        return decoded(codes, drawn, instructions)


def decoded(
    codes: Sequence[int],
    drawn: Drawn = SMALL,
    instructions: Sequence[Instruction] = INSTRUCTIONS,
) -> Program:
    """The same, inside of `prepared`."""
    first = Fields(codes[0] if codes else 0)
    raising = drawn.raising and first.take(64) % drawn.raising == 1
    divide = "raise" if raising else "ignore"
    made = Decoder(drawn, divide, first.take(8) == 1)
    settle(divide)
    LOG.clear()
    made.input(read_input(made, first))
    count = len(instructions)
    for code in codes[1:]:
        if code:
            fields = Fields(code)
            instructions[fields.take(count)](made, fields)
    program = made.finish()
    LOG.clear()
    return program
