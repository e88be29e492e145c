"""Passes from functions on one node."""

from collections.abc import Callable
from typing import Any

from lazyopt.errors import PassError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.records import note_rewrite, note_skip

__all__ = ["RewritePass", "replace_nodes", "rewrite"]


class RewritePass:
    """A pass that offers each node to a function, operands first.

    Made by `rewrite`.

    Parameters
    ----------
    name : str
    rule : callable
        From a node to the node that takes its place, or to None.
    exact : bool
        Whether it claims to keep every bit.
    """

    def __init__(
        self, name: str, rule: Callable[[Node], Any], exact: bool = True
    ) -> None:
        self.name = name
        self.rule = rule
        self.exact = exact
        self.__doc__ = rule.__doc__

    def __call__(self, graph: Graph) -> Graph:
        """Apply the rule to every node once."""
        return replace_nodes(graph, self._apply)

    def _apply(self, node: Node) -> Node | None:
        result = self._asked(node)
        if result is None or result is node:
            return None
        if type(result) is not Node:
            raise PassError(
                f"the rule {self.name!r} returned {result!r} for {node!r}; "
                "it should return a node, or None to leave it"
            )
        wanted, got = node.specs, result.specs
        if any(s.shape is None or s.dtype is None for s in wanted):
            # Equal specs prove something only where something is known.
            note_skip(node, "what it returns isn't known before it runs")
            return None
        if wanted != got:
            raise PassError(
                f"the rule {self.name!r} replaced {node!r} by {result!r}, "
                f"which returns {_specs(got)} and not {_specs(wanted)}. "
                "Shape, dtype, layout and kind must be the same, since later "
                "bits depend on them; return None for such nodes."
            )
        note_rewrite(self.name)
        return result

    def _asked(self, node: Node) -> Any:
        try:
            return self.rule(node)
        except PassError:
            raise
        except Exception as error:
            where = f" at {node.source}" if node.source else ""
            raise PassError(
                f"the rule {self.name!r} failed on {node!r}{where} with "
                f"{type(error).__name__}: {error}. It is called on every "
                "node: return None for those it isn't for."
            ) from error

    def __repr__(self) -> str:
        return f"rewrite({self.name!r})"


def _specs(specs: Any) -> str:
    return " and ".join(map(repr, specs))


def rewrite(name: str, *, exact: bool = True) -> Any:
    """Turn a function on one node into a pass.

    Parameters
    ----------
    name : str
        The pass's name, in records and errors.
    exact : bool, optional
        Whether it keeps every bit; if not, it needs ``fast_math=True``.

    Returns
    -------
    decorator
        Of a function that returns the node to put in place of the one it is
        given, or None to leave it. Nodes are made by `lazyopt.call` and
        `Node.replace`. It sees operands that are rewritten already. Calls
        whose dtype or shape isn't known before they run are left alone.

    Examples
    --------
    >>> @rewrite("double-negative")
    ... def double_negative(node):
    ...     if node.op.name == "negative":
    ...         ...
    """

    def decorate(rule: Callable[[Node], Any]) -> RewritePass:
        return RewritePass(name, rule, exact)

    return decorate


def replace_nodes(graph: Graph, rule: Callable[[Node], Node | None]) -> Graph:
    """Rebuild a graph with nodes replaced, operands first.

    A replacement takes the place of what it replaces, and the nodes it needs
    that are not in the graph yet stand just before it.

    Parameters
    ----------
    rule : callable
        Called once for each node, on rewritten operands; None leaves it.

    Returns
    -------
    Graph
        The same object if nothing changed.
    """
    new: dict[Node, Node] = {}
    placed: set[Node] = set()
    schedule: list[Node] = []
    changed = False
    for node in graph.nodes:
        current = node.rewired(new) if new else node
        result = rule(current)
        if result is None:
            result = current
        else:
            changed = True
        if result is not node:
            new[node] = result
        if placed.issuperset(result.operands):
            if result not in placed:
                placed.add(result)
                schedule.append(result)
            continue
        for fresh in _unplaced(result, placed):
            placed.add(fresh)
            schedule.append(fresh)
    if not changed:
        return graph
    outputs = [new.get(n, n) for n in graph.outputs]
    return graph.replace(nodes=schedule, outputs=outputs)


def _unplaced(node: Node, placed: set[Node]) -> list[Node]:
    """A node and what it needs that has no place yet, operands first."""
    if node in placed:
        return []
    order: dict[Node, None] = {}
    stack = [node]
    while stack:
        top = stack[-1]
        missing = [
            n for n in top.operands if n not in placed and n not in order
        ]
        if missing:
            stack.extend(reversed(missing))
        else:
            order[stack.pop()] = None
    return list(order)
