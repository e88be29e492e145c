"""A call's arguments by name, and what rules on them return."""

from collections.abc import Iterable
from typing import Any

from lazyopt.ir import Node, nodes_in
from lazyopt.ops.families import shape_of

__all__ = ["Demands", "agreed", "arguments_of", "dims"]

#: For each operand, the axis to slice it along; None to take it whole.
Demands = dict[Node, int | None]


def arguments_of(node: Node) -> dict[str, Any]:
    """Arguments of a call by their names, defaults filled in."""
    bound = node.op.signature.bind(*node.args, **node._kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


def dims(node: Node) -> tuple[int, ...]:
    """Shape of a node that has one result."""
    return shape_of(node.specs[0])


def agreed(
    node: Node, wanted: Iterable[tuple[Any, int | None]]
) -> Demands | None:
    """What is wanted of each operand, if it is one thing.

    Parameters
    ----------
    node : Node
    wanted : iterable
        Pairs of an argument and its axis; numbers may be among them.

    Returns
    -------
    dict or None
        None if an operand is wanted in two ways, or isn't mentioned.
    """
    found: Demands = {}
    for x, axis in wanted:
        if type(x) is not Node:
            if axis is not None or nodes_in((x,)):
                return None
        elif found.setdefault(x, axis) != axis:
            return None
    return found if len(found) == len(node.operands) else None
