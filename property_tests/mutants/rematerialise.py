"""`rematerialise` that runs again what it mustn't."""

from typing import Any
from unittest.mock import patch

from lazyopt.graph import Graph
from lazyopt.passes import Rematerialise
from lazyopt.recompute import calls, rebuild
from lazyopt.recompute.rebuild import _Builder

from .spoiling import Pass, Spoiled

__all__ = ["MUTANTS"]


def seeing(module: Any, name: str, other: Any, **claims: Any) -> Pass:
    """The pass with one of its functions replaced."""
    change = patch.object(module, name, other)
    return Spoiled(Rematerialise(), change, **claims)


def nothing_is_barred(graph: Graph, nodes: Any, *rest: Any) -> list[bool]:
    """Calls with effects run as often as others."""
    return [False] * len(nodes)


def nothing_is_written(*given: Any) -> set[int]:
    """Unknown calls are taken to leave their operands alone."""
    return set()


class RunsTwice(_Builder):
    """A call runs once more than it has to."""

    def result(self, sequence: Any) -> Graph:
        return super().result([*sequence, *sequence[-1:]])


def always_new(graph: Graph) -> Graph:
    """Nothing changed, and yet another graph."""
    after = Rematerialise()(graph)
    return graph.replace(list(graph.nodes)) if after is graph else after


MUTANTS: dict[str, Pass] = {
    "effects happen again": seeing(calls, "_barred", nothing_is_barred),
    "what is written meanwhile is read again": seeing(
        calls, "_written", nothing_is_written
    ),
    "the last call runs twice": seeing(rebuild, "_Builder", RunsTwice),
    "nothing changed, and yet another graph": always_new,
}
