"""`slice` that cuts what belongs together, or puts it where it isn't ready."""

from typing import Any
from unittest.mock import patch

from lazyopt.ir import Node
from lazyopt.passes import Slice
from lazyopt.slicing import rules
from lazyopt.slicing.growth import Group

from .spoiling import Pass, Spoiled

__all__ = ["MUTANTS"]


def along_any_axis(*names: str) -> Pass:
    """Calls are taken to go along no axis at all."""

    def rule(node: Node, axis: int) -> Any:
        return dict.fromkeys(node.operands, axis)

    return Spoiled(
        Slice(), patch.dict(rules._RULES, dict.fromkeys(names, rule))
    )


def knowing_less(owner: Any, name: str, answer: Any) -> Pass:
    """One of the questions that are asked has but one answer."""
    return Spoiled(Slice(), patch.object(owner, name, lambda *args: answer))


def without_outputs(group: Group) -> list[Node]:
    """What is returned, and not read outside, is no result."""
    users = group.graph.users
    return [
        n
        for n in group.calls()
        if not n.op.multi and any(u not in group.axes for u in users(n))
    ]


MUTANTS: dict[str, Pass] = {
    "sums go on from part to part": along_any_axis("cumsum", "cumprod"),
    "parts are sorted": along_any_axis("sort", "argsort"),
    "rows of products": Spoiled(Slice(exact=False), exact=True),
    "calls in between are left": knowing_less(Group, "_gaps", []),
    "outputs are forgotten": Spoiled(
        Slice(), patch.object(Group, "results", without_outputs)
    ),
}
