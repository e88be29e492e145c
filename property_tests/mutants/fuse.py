"""`fuse` that takes too much into a group, or forgets what it waits for."""

from typing import Any
from unittest.mock import patch

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.passes import Fuse, fuse, fuse_groups
from lazyopt.passes.fuse_groups import _levels

from .spoiling import Pass, Spoiled

__all__ = ["MUTANTS"]

#: So that the small arrays of programs are fused, in the smallest blocks.
SMALL = Fuse(least=2, block=64, threads=1)


def seeing(name: str, other: Any, module: Any = fuse_groups) -> Pass:
    """The pass with one of its functions replaced, wherever peaks rise."""
    return Spoiled(
        SMALL,
        patch.object(module, name, other),
        patch.object(fuse, "peak_bytes", lambda graph: 0),
        never_grows=(),
    )


def all_at_once(graph: Graph, keys: Any, before: Any) -> dict[Node, int]:
    """A path may leave a group and come back."""
    return dict.fromkeys(_levels(graph, keys, before), 0)


def outputs_inside(graph: Graph, groups: Any) -> list[list[Node]]:
    """Outputs of the graph are no results of a group."""
    found = []
    for group in groups:
        inside = set(group)
        used = [
            n
            for n in group
            if any(user not in inside for user in graph.users(n))
        ]
        found.append(used or [group[-1]])
    return found


def only_the_last(graph: Graph, groups: Any) -> list[list[Node]]:
    """A group has one result."""
    return [[group[-1]] for group in groups]


def of_one_shape(node: Node) -> bool:
    """Whatever has the shape of its first operand goes by blocks."""
    spec = node.specs[0]
    first = node.operands[:1]
    return (
        node.op.is_pure
        and not node.op.views
        and bool(first)
        and first[0].specs[0].shape == spec.shape
        and spec.kind == "array"
    )


MUTANTS: dict[str, Pass] = {
    "groups leave and come back": seeing("_levels", all_at_once),
    "outputs are inside of groups": seeing("results_of", outputs_inside, fuse),
    "a group has one result": seeing("results_of", only_the_last, fuse),
    "all that keeps its shape goes by blocks": seeing(
        "is_blockwise", of_one_shape
    ),
    "the peak may rise": Spoiled(
        SMALL, patch.object(fuse, "peak_bytes", lambda graph: 0)
    ),
}
