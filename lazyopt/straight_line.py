"""A plan as one Python function, with a line a step.

The text holds names of our own making and nothing else: functions, constants
and static arguments come in through the function's globals.
"""

from collections.abc import Callable
from types import CodeType
from typing import Any, NamedTuple

from lazyopt.ir import Node
from lazyopt.plan import Plan, Step

__all__ = ["Program", "straight_line"]

_SYMBOLS = {
    "add": "+",
    "bitwise_and": "&",
    "bitwise_or": "|",
    "bitwise_xor": "^",
    "equal": "==",
    "floor_divide": "//",
    "greater": ">",
    "greater_equal": ">=",
    "left_shift": "<<",
    "less": "<",
    "less_equal": "<=",
    "matmul": "@",
    "multiply": "*",
    "not_equal": "!=",
    "power": "**",
    "remainder": "%",
    "right_shift": ">>",
    "subtract": "-",
    "true_divide": "/",
}


class Program(NamedTuple):
    """Compiled text of a plan.

    ``function`` takes a list of inputs, which it empties, and returns a tuple
    of outputs; ``nodes`` says what each line of it computes.
    """

    function: Callable[[list[Any]], tuple[Any, ...]]
    code: CodeType
    nodes: dict[int, Node]


def straight_line(plan: Plan) -> Program:
    """Write and compile a plan."""
    writer = _Writer(plan)
    for step in plan.steps:
        writer.add(step)
    return writer.finish()


class _Writer:
    """Writes a line a step. Dead values lend their names to new ones.

    A local name costs the compiler more than a line does, so names are few:
    a result takes the name of an operand that dies there, which frees that
    operand at the same time.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.names: dict[int, str] = {}
        self.spare: list[str] = []
        self.count = 0
        self.globals: dict[str, Any] = {"__builtins__": {}}
        self.nodes: dict[int, Node] = {}
        self.lines = ["def program(inputs):"]
        if plan.inputs:
            taken = [self.new_value(place) for place in plan.inputs]
            self.lines.append(f" {', '.join(taken)}, = inputs")
            self.lines.append(" inputs.clear()")

    def new_value(self, place: int, spare: list[str] | None = None) -> str:
        """A name for a new value, an old one if there is one to spare."""
        if spare:
            name = spare.pop()
        elif self.spare:
            name = self.spare.pop()
        else:
            self.count += 1
            name = f"r{self.count}"
        self.names[place] = name
        return name

    def name(self, place: int) -> str:
        """The name of a value, or of what stays in its register."""
        if place not in self.names:
            name = self.names[place] = f"c{place}"
            self.globals[name] = self.plan.registers[place]
        return self.names[place]

    def add(self, step: Step) -> None:
        call = self.call(step)
        dying = [self.names.pop(p) for p in step.dead if p in self.names]
        if step.outs is None:
            target = self.new_value(step.out, dying)
            self.line(f" {target} = {call}", step.node)
        else:
            self.line(f" several = {call}", step.node)
            for place, which in step.outs:
                target = self.new_value(place, dying)
                self.line(f" {target} = several[{int(which)}]", step.node)
            self.line(" several = None", step.node)
        unused = [p for p in step.results() if p in step.dead]
        dying += [self.names.pop(p) for p in unused]
        if dying:
            self.line(f" {' = '.join(dying)} = None", step.node)
            self.spare += dying

    def call(self, step: Step) -> str:
        """The step's right-hand side."""
        ins = [self.name(place) for place in step.ins]
        op = step.node.op
        if op.function is step.function:
            if op.name in _SYMBOLS and len(ins) == 2:
                return f"{ins[0]} {_SYMBOLS[op.name]} {ins[1]}"
            if op.name == "getitem" and len(ins) == 2:
                return f"{ins[0]}[{ins[1]}]"
        name = f"f{step.out}"
        self.globals[name] = step.function
        return f"{name}({', '.join(ins)})"

    def line(self, text: str, node: Node) -> None:
        self.lines.append(text)
        self.nodes[len(self.lines)] = node

    def finish(self) -> Program:
        outputs = "".join(f"{self.name(p)}, " for p in self.plan.outputs)
        self.lines.append(f" return ({outputs})")
        code = compile("\n".join(self.lines), "<lazyopt program>", "exec")
        exec(code, self.globals)
        function = self.globals.pop("program")
        return Program(function, function.__code__, self.nodes)
