"""A plan as Python functions, with a line a step.

A call whose result is read by the next one alone is written inside of it: a
value without a name takes no line to forget it, and Python compiles half the
text. The line breaks stay, so that an error's line tells the step.

The text holds names of our own making and nothing else: functions, constants
and static arguments come in through the functions' globals.

Python's compiler needs more than linear time and memory for one long
function, so a long program is written in parts. What one part leaves to the
next is handed on in a list, with a place for each register.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from lazyopt.ir import Node
from lazyopt.kernels import Form
from lazyopt.plan import Plan, Step
from lazyopt.tracing import gc_paused

__all__ = ["Program", "straight_line"]

#: Steps of one function.
PART = 2_000
#: Calls inside each other; Python takes some hundred.
DEEPEST = 8


class Program(NamedTuple):
    """Compiled text of a plan.

    Attributes
    ----------
    function : callable
        Takes a list of inputs, which it empties, and returns a tuple of
        outputs.
    lines : dict
        What each line computes, by the id of the code object that it is in:
        code objects are equal if they only look alike.
    """

    function: Callable[[list[Any]], tuple[Any, ...]]
    lines: dict[int, list[Node | None]]


def straight_line(plan: Plan) -> Program:
    """Write and compile a plan."""
    with gc_paused():
        return _compiled(plan)


def _compiled(plan: Plan) -> Program:
    names = _Names(plan)
    if len(plan.steps) > PART:
        return _in_parts(plan, names)
    text = _Text(names)
    if plan.inputs:
        text.add(f" {text.listed(plan.inputs)}= held")
        text.add(" held.clear()")
    text.add_steps(plan.steps, plan.forms)
    text.add(f" return ({text.listed(plan.outputs)})")
    function = text.compiled()
    return Program(function, {id(function.__code__): text.nodes})


def _in_parts(plan: Plan, names: "_Names") -> Program:
    """A program of functions that run one after the other."""
    functions: list[Callable[[list[Any]], None]] = []
    lines = {}
    live = {place for place in plan.outputs if place >= 0}
    starts = range(0, len(plan.steps), PART)
    for start in reversed(starts):
        steps = plan.steps[start : start + PART]
        used = _registers(steps)
        given = [place for place in used if place in live]
        for step in reversed(steps):
            live.difference_update(step.results())
            live.update([place for place in step.ins if place >= 0])
        text = _Text(names)
        text.add_taken([place for place in used if place in live])
        text.add_steps(steps, plan.forms[start : start + PART])
        text.add_given(given)
        functions.append(text.compiled())
        lines[id(functions[-1].__code__)] = text.nodes
    return Program(_one_by_one(plan, functions[::-1]), lines)


def _take(held: list[Any], places: Sequence[int]) -> list[Any]:
    """What is handed on in some places, which are empty then."""
    values = [held[place] for place in places]
    for place in places:
        held[place] = None
    return values


def _give(
    held: list[Any], places: Sequence[int], values: Sequence[Any]
) -> None:
    """Hand values on, each in its place."""
    for place, value in zip(places, values, strict=True):
        held[place] = value


def _registers(steps: Iterable[Step]) -> list[int]:
    """The registers that steps read or fill, in order."""
    places = {place for step in steps for place in step.ins}
    places.update([place for step in steps for place in step.results()])
    return sorted([place for place in places if place >= 0])


def _one_by_one(
    plan: Plan, functions: list[Callable[[list[Any]], None]]
) -> Callable[[list[Any]], tuple[Any, ...]]:
    empty, taken, outputs = plan.registers, plan.inputs, plan.outputs

    def program(inputs: list[Any]) -> tuple[Any, ...]:
        held = empty.copy()
        for place in reversed(taken):
            held[place] = inputs.pop()
        try:
            for function in functions:
                function(held)
            return tuple([held[place] for place in outputs])
        finally:
            # An error keeps this frame, which must not keep the arrays.
            held.clear()

    return program


class _Names:
    """What values and functions are called; each has one name throughout.

    So names are few: a local costs Python's compiler more than a line does.
    """

    def __init__(self, plan: Plan) -> None:
        # NumPy imports some of its parts when they are first needed, and
        # Python looks for the way to do so among the caller's builtins.
        self.globals: dict[str, Any] = {
            "__builtins__": {"__import__": __import__}
        }
        self._registers = plan.registers
        self._values: dict[int, str] = {}
        self._functions: dict[int, str] = {}

    def value(self, place: int) -> str:
        """The name of a register."""
        name = self._values.get(place)
        if name is None:
            name = f"r{place}" if place >= 0 else f"c{~place}"
            self._values[place] = name
            if place < 0:
                self.globals[name] = self._registers[place]
        return name

    def function(self, function: Callable[..., Any]) -> str:
        """The name of a function."""
        # The globals keep it alive, so that its id is its own.
        name = self._functions.get(id(function))
        if name is None:
            name = self._functions[id(function)] = f"f{len(self._functions)}"
            self.globals[name] = function
        return name

    def static(self, value: Any) -> str:
        """A name for a value that no other line has use for."""
        name = f"s{len(self.globals)}"
        self.globals[name] = value
        return name


class _Inner(NamedTuple):
    """A call that is written where its result is read.

    Attributes
    ----------
    place : int or None
        The register that the result would have had; none for no call.
    text : str
    nodes : list of Node
        What each of its lines computes.
    """

    place: int | None
    text: str
    nodes: list[Node]


_NOTHING = _Inner(None, "", [])


def _keeps_all(step: Step, dead: list[int], inner: int | None) -> bool:
    """Whether a call has one result, and frees nothing that has a name."""
    if step.outs is not None or dead:
        return False
    return step.out == inner or step.out not in step.ins


def _reads_alone(place: int, step: Step, form: Form | None) -> bool:
    """Whether a value is read by this call only, once, and not an operator.

    Operators write into arrays that nothing else refers to.
    """
    if step.ins.count(place) != 1:
        return False
    if place not in step.dead and place not in step.results():
        return False
    if form is None:
        return getattr(step.function, "__module__", "") != "_operator"
    here = f"{{{step.ins.index(place)}}}"
    return bool(form.parts) and form.text.count(here) == 1


class _Text:
    """The lines of one function, and the node that each is for."""

    def __init__(self, names: _Names) -> None:
        self.names = names
        self.lines = ["def part(held):"]
        self.nodes: list[Node | None] = [None]

    def add(self, text: str, nodes: Sequence[Node | None] = (None,)) -> None:
        """Write a line, or a few, for as many nodes."""
        self.lines.append(text)
        self.nodes += nodes

    def add_steps(
        self, steps: Sequence[Step], forms: Sequence[Form | None]
    ) -> None:
        """Write steps, each in a line."""
        inner = _NOTHING
        last = len(steps) - 1
        for i, (step, form) in enumerate(zip(steps, forms, strict=True)):
            call = self._call(step, form, inner)
            # What has no name need not be forgotten; but if nobody reads the
            # result, its name is to be, which may be the same.
            named = step.results()
            dead = [p for p in step.dead if p != inner.place or p in named]
            nodes = [step.node, *inner.nodes]
            if (
                i < last
                and len(nodes) < DEEPEST
                and _keeps_all(step, dead, inner.place)
                and _reads_alone(step.out, steps[i + 1], forms[i + 1])
            ):
                inner = _Inner(step.out, f"\n({call})", nodes)
            else:
                self._add_step(step, call, dead, nodes)
                inner = _NOTHING

    def _add_step(
        self, step: Step, call: str, dead: list[int], nodes: list[Node]
    ) -> None:
        value = self.names.value
        if step.outs is None:
            self.add(f" {value(step.out)} = {call}", nodes)
        elif step.outs:
            self.add(f" several = {call}", nodes)
            for place, which in step.outs:
                text = f" {value(place)} = several[{int(which)}]"
                self.add(text, [step.node])
            self.add(" several = None")
        else:
            self.add(f" {call}", nodes)
        if dead:
            self.add(f" {' = '.join(map(value, dead))} = None")

    def add_taken(self, places: list[int]) -> None:
        """Write that these registers get what was handed on."""
        if places:
            take, given = self.names.function(_take), self.names.static(places)
            self.add(f" {self.listed(places)}= {take}(held, {given})")

    def add_given(self, places: list[int]) -> None:
        """Write that what is in these registers is handed on."""
        if places:
            give, given = self.names.function(_give), self.names.static(places)
            self.add(f" {give}(held, {given}, ({self.listed(places)}))")

    def listed(self, places: Iterable[int]) -> str:
        """The names of registers, each with a comma after it."""
        return "".join([f"{self.names.value(place)}, " for place in places])

    def _call(self, step: Step, form: Form | None, inner: _Inner) -> str:
        """The step's right-hand side."""
        value = self.names.value
        ins = [inner.text if i == inner.place else value(i) for i in step.ins]
        if form is None:
            return f"{self.names.function(step.function)}({', '.join(ins)})"
        parts = [self.names.function(part) for part in form.parts]
        return form.text.format(*ins, p=parts)

    def compiled(self) -> Callable[[list[Any]], Any]:
        """The function."""
        self.add(" return")
        code = compile("\n".join(self.lines), "<lazyopt program>", "exec")
        exec(code, self.names.globals)
        function: Callable[[list[Any]], Any] = self.names.globals.pop("part")
        return function
