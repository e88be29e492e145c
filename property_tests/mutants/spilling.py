"""`spill` that gives back something else, or too late."""

from typing import Any
from unittest.mock import patch

from lazyopt.ir import Node
from lazyopt.passes import Spill, spill
from lazyopt.storages import Storages

from .spoiling import Pass, Spoiled

__all__ = ["MUTANTS"]

Rewriting: Any = spill._Rewriting


def spoiled(owner: Any, name: str, other: Any) -> Pass:
    """The pass with one of its functions replaced."""
    return Spoiled(Spill(), patch.object(owner, name, other))


def another_value(self: Any, s: int, handle: Node) -> None:
    """All values of a kind are read from where the first is."""
    right(self, s, handle)
    for other in self.handles.values():
        if other.specs == handle.specs:
            self.handles[s] = other
            return


right = Rewriting._add


def not_items(node: Node, storages: Storages) -> bool:
    """Of several results, each is the first."""
    held = storages.of[node]
    made = node.args[0] if node.op.name == "item" else node
    return storages.producer[held[0]] is made


def what_was(self: Any, node: Node) -> Node:
    """Views go on looking into what is gone."""
    found: Node = self.new.get(node, node)
    return found


def of_writers(graph: Any, storages: Any, resident: Any) -> Any:
    """What unknown functions may write into is spilled like all else."""
    pure = [n for n in graph.nodes if n.op.is_pure]
    return owners(graph.replace(pure, pure[-1:]), storages, resident)


owners = spill._owners


MUTANTS: dict[str, Pass] = {
    "one value is read for another": spoiled(Rewriting, "_add", another_value),
    "nothing is read back": spoiled(Rewriting, "_current", what_was),
    "one of several results is the first": spoiled(
        spill, "is_owner", not_items
    ),
    "what is written into is spilled": spoiled(spill, "_owners", of_writers),
}
