"""`reuse` that writes into what is still needed, or isn't its own."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from lazyopt import reusing
from lazyopt.ir import Node
from lazyopt.ops.in_place import in_place
from lazyopt.passes import Reuse, reuse
from lazyopt.reusing import Values

from .spoiling import Pass, Spoiled, after_init

__all__ = ["MUTANTS"]

EFFORT = "fast"


def knowing(change: Callable[[Any], object]) -> Pass:
    """The pass, with less known of a graph's values."""
    values = after_init(Values, change)
    return Spoiled(Reuse(EFFORT), patch.object(reuse, "Values", values))


def seeing(name: str, other: Any) -> Pass:
    """The pass with one of its functions replaced."""
    return Spoiled(Reuse(EFFORT), patch.object(reusing, name, other))


def fitting_by(fitting: Callable[[Any, Node], list[Node]]) -> Pass:
    """The pass with another idea of what can be written into."""
    values = type("Changed", (Values,), {"fitting": fitting})
    return Spoiled(Reuse(EFFORT), patch.object(reuse, "Values", values))


def donating(donors: Callable[[Values], dict[Node, Node]]) -> Pass:
    """The pass with another choice of donors."""
    return Spoiled(Reuse(EFFORT), patch.object(Values, "in_order", donors))


def any_reader(values: Values) -> dict[Node, Node]:
    """What others read later is written over."""
    return {node: xs[0] for node, xs in values.candidates.items()}


def any_operand(values: Values, node: Node) -> list[Node]:
    """Operands of any shape, dtype and layout are written into."""
    right = Values.fitting(values, node)
    if right or in_place(node.op) is None or len(node.operands) != 2:
        return right
    return [x for x in node.operands if x.spec.kind == "array"][:1]


MUTANTS: dict[str, Pass] = {
    "outputs and inputs are written over": knowing(lambda v: v.barred.clear()),
    "what is read later is written over": donating(any_reader),
    "read-only views are written into": seeing(
        "is_writeable", lambda node: True
    ),
    "what unknown calls saw is written over": seeing(
        "is_known", lambda op: True
    ),
    "operands of any shape are written into": fitting_by(any_operand),
}
