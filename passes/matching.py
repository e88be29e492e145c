"""What rules ask of the calls that they are offered, and how they answer."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from lazyopt.build import make_node
from lazyopt.ir import Node
from lazyopt.ops import OPERATOR_FORMS, Op, find_op, get_op

__all__ = [
    "Rule",
    "first",
    "forms",
    "is_own",
    "kind_of",
    "made",
    "rules_by_op",
    "same",
]


class Rule(NamedTuple):
    """A rule, with the ops whose calls it is offered."""

    name: str
    ops: tuple[str, ...]
    make: Callable[[Node], Node | None]


def first(node: Node) -> Node | None:
    """The first operand, however it is passed, if it is a node."""
    args, _ = node.op.bind(node.args, node._kwargs)
    return args[0] if args and type(args[0]) is Node else None


def kind_of(node: Node) -> str:
    """NumPy's letter for the family of the result's dtype."""
    dtype = node.specs[0].dtype
    return "" if dtype in (None, "bfloat16") else np.dtype(dtype).kind


def made(like: Node, name: str, *args: Any) -> Node:
    """A call for the same line of the user's program."""
    return make_node(get_op(name), args, source=like.source)


def same(node: Node, x: Node | None) -> Node | None:
    """The operand, if its spec is the result's, and all is known of it."""
    if x is None or x.specs != node.specs or len(node.specs) != 1:
        return None
    spec = node.specs[0]
    known = spec.shape is not None and spec.strides is not None
    return x if known and spec.dtype is not None else None


def is_own(op: Op) -> bool:
    """Whether it is registered under its name, or an operator's form.

    Anybody's function may be called like one of NumPy's.
    """
    return find_op(op.name) is op or OPERATOR_FORMS.get(op.name) is op


def forms(name: str) -> list[Op]:
    """The op of this name, and that of Python's operator if there is one."""
    form = OPERATOR_FORMS.get(name)
    return [get_op(name)] + ([] if form is None else [form])


def rules_by_op(rules: Iterable[Rule]) -> dict[Op, list[Rule]]:
    """The rules that are offered an op's calls, in the order given."""
    table: dict[Op, list[Rule]] = {}
    for rule in rules:
        for name in rule.ops:
            for op in forms(name):
                table.setdefault(op, []).append(rule)
    return table
