"""Wrong passes made of right ones, by switching one of their guards off."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import Op
from lazyopt.passes.matching import Rule
from lazyopt.rewrite import replace_nodes

__all__ = [
    "Make",
    "Pass",
    "Rewriting",
    "Spoiled",
    "after_init",
    "table_of",
    "with_rule",
]

Pass = Callable[[Graph], Graph]
Make = Callable[[Node], Node | None]


@dataclass(frozen=True)
class Spoiled:
    """A pass that runs with some names of its modules replaced.

    Parameters
    ----------
    base : pass
    *changes : context manager
        Such as `unittest.mock.patch.object` makes, which can be entered again
        and again.
    never_grows : tuple of str, optional
        What it claims to keep small; by default what the right one claims.
    exact : bool, optional
        Whether it claims to keep every bit; likewise.
    """

    base: Any
    changes: tuple[AbstractContextManager[Any], ...]
    never_grows: tuple[str, ...]
    exact: bool

    def __init__(
        self,
        base: Any,
        *changes: AbstractContextManager[Any],
        never_grows: tuple[str, ...] | None = None,
        exact: bool | None = None,
    ) -> None:
        claims = base.never_grows if never_grows is None else never_grows
        exact = base.exact if exact is None else exact
        object.__setattr__(self, "base", base)
        object.__setattr__(self, "changes", changes)
        object.__setattr__(self, "never_grows", claims)
        object.__setattr__(self, "exact", exact)

    @property
    def name(self) -> str:
        """The right pass's name."""
        name: str = self.base.name
        return name

    def __call__(self, graph: Graph) -> Graph:
        with ExitStack() as stack:
            for change in self.changes:
                stack.enter_context(change)
            after: Graph = self.base(graph)
            return after


@dataclass(frozen=True)
class Rewriting:
    """A rule on single nodes as a pass; nothing looks at what it returns.

    Parameters
    ----------
    rule : callable
        From a node to what takes its place, or None.
    """

    rule: Make

    def __call__(self, graph: Graph) -> Graph:
        return replace_nodes(graph, self.rule)


def after_init(base: type, change: Callable[[Any], object]) -> type:
    """A class whose objects are changed as soon as they are made."""

    class Changed(base):  # type: ignore[misc]
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            change(self)

    return Changed


def with_rule(
    rules: tuple[Rule, ...], name: str, spoil: Callable[[Make], Make]
) -> tuple[Rule, ...]:
    """Rules, with the one of this name replaced by what is made of it.

    Raises
    ------
    KeyError
        If none goes by the name.
    """
    if all(rule.name != name for rule in rules):
        raise KeyError(name)
    return tuple(
        rule._replace(make=spoil(rule.make)) if rule.name == name else rule
        for rule in rules
    )


def table_of(
    rules: tuple[Rule, ...], forms: Callable[[str], list[Op]]
) -> dict[Op, list[Rule]]:
    """Which rules are offered the calls of which op."""
    table: dict[Op, list[Rule]] = {}
    for rule in rules:
        for name in rule.ops:
            for op in forms(name):
                table.setdefault(op, []).append(rule)
    return table
