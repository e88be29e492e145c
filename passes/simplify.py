"""Simplification: what a call returns unchanged takes the call's place."""

from dataclasses import dataclass
from typing import ClassVar

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT, ITEM
from lazyopt.ordering import plain_storages_of
from lazyopt.passes.simplify_rules import is_dense, rules_of
from lazyopt.records import note_rewrite
from lazyopt.storages import (
    is_unknown,
    shown_by,
    shown_operand,
    viewed_operand,
)

__all__ = ["Simplify"]


@dataclass(frozen=True)
class Simplify:
    """Leave out calls that return their operand (algebraic identities).

    Only such as hold for every bit, of NaN and -0.0 too, in every layout
    that the inputs may come in: ``conj`` of reals, casts to the same dtype,
    ``x * 1``, ``--x``, axes moved twice, slices of everything and the like.
    Where a copy is left out, it is one of a new array that nobody else sees:
    no output becomes another, no two operands of a contraction become one,
    and what an unknown call may write into is left alone.

    Graphs for other libraries than NumPy are left alone.
    """

    name: ClassVar[str] = "simplify"
    exact: ClassVar[bool] = True
    never_grows: ClassVar[tuple[str, ...]] = ("nodes", "peak")

    def __call__(self, graph: Graph) -> Graph:
        """Return the graph without them, or itself if there are none."""
        if graph.backend != "numpy" or not any(map(_matches, graph.nodes)):
            return graph  # with nobody asked who sees what
        guard = _Guard(graph)
        new: dict[Node, Node] = {}
        schedule: list[Node] = []
        for node in graph.nodes:
            current = node.rewired(new) if new else node
            result = _simpler(current, node, guard) or current
            if result is not node:
                new[node] = result
            if guard.place(result, node):
                schedule.append(result)
        if not new:
            return graph
        outputs = [new.get(n, n) for n in graph.outputs]
        return graph.replace(nodes=schedule, outputs=outputs)


def _matches(node: Node) -> bool:
    """Whether some rule says what a call may be replaced by."""
    return any(rule.make(node) is not None for rule in rules_of(node.op))


def _simpler(current: Node, node: Node, guard: "_Guard") -> Node | None:
    """What takes the place of a call, if anything may."""
    for rule in rules_of(current.op):
        found = rule.make(current)
        if found is not None and guard.allows(current, node, found):
            note_rewrite(rule.name)
            return found
    return None


class _Guard:
    """Which replacements nobody sees.

    Storages are those of the graph given. One whose copy is left out joins
    that of the operand: ``root`` leads from the one to the other.
    """

    def __init__(self, graph: Graph) -> None:
        storages = plain_storages_of(graph)
        self.reach = storages.reach
        self.root: dict[int, int] = {}
        #: Storages that outputs lie in, by their roots.
        self.returned = {s for n in graph.outputs for s in self.reach[n]}
        #: Those that may be written, or come from nobody knows where.
        self.watched: set[int] = set()
        #: For a storage, those that it meets in some contraction.
        self.partners: dict[int, list[int]] = {}
        self.uses = dict.fromkeys(graph.nodes, 0)
        for node in graph.nodes:
            for operand in node.operands:
                self.uses[operand] += 1
            if is_unknown(node):
                for n in (node, *node.operands):
                    self.watched.update(self.reach[n])
            elif node.op.contraction:
                self._note_contraction(node)
        for node in graph.outputs:
            self.uses[node] += 1
        #: Nodes whose very array may be returned.
        self.shown = shown_by(graph, _returned)
        #: For what is in the new graph, whose very array it may be.
        self.itself: dict[Node | None, Node] = {}
        #: What the caller may hold already: it can't be returned as another.
        self.taken: set[Node] = set()
        #: For what is in the new graph, where it lies.
        self.lies: dict[Node, tuple[int, ...]] = {}

    def _note_contraction(self, node: Node) -> None:
        met = {s: None for n in node.operands for s in self.reach[n]}
        for s in met:
            for t in met:
                if t != s:
                    self.partners.setdefault(s, []).append(t)

    def find(self, s: int) -> int:
        """The storage that this one is part of by now."""
        path = []
        while s in self.root:
            path.append(s)
            s = self.root[s]
        for t in path:
            self.root[t] = s
        return s

    def allows(self, current: Node, node: Node, found: Node) -> bool:
        """Whether ``found`` may take the place of ``node``.

        ``current`` is that node on its new operands.
        """
        own = self.reach[node]
        if not self.watched.isdisjoint(own):
            return False
        if found not in self.lies:
            # Another view, instead of a view of a view.
            return viewed_operand(found) is not None
        if node in self.shown and self.itself[found] in self.taken:
            return False
        if viewed_operand(node) is not None:
            return True
        return self._may_join(current, node, found)

    def _may_join(self, current: Node, node: Node, found: Node) -> bool:
        """Whether a copy may be left out; its storage joins the other."""
        own, theirs = self.reach[node], self.lies[found]
        if len(own) != 1 or len(theirs) != 1 or not is_dense(found):
            return False
        s, t = own[0], self.find(theirs[0])
        if t in self.watched or (s in self.returned and t in self.returned):
            return False
        if any(self.find(p) == t for p in self.partners.get(s, ())):
            return False
        # What is in between dies there, or both would live on.
        if found not in current.operands and any(
            self.uses[n] > 1 for n in current.operands
        ):
            return False
        self.root[s] = t
        if s in self.returned:
            self.returned.add(t)
        return True

    def place(self, result: Node, node: Node) -> bool:
        """Note what stands for a node; whether it is new in the schedule."""
        if result not in self.itself:
            base = _returned(result)
            self.itself[result] = self.itself.get(base, result)
        if node in self.shown or node.op in (INPUT, CONSTANT):
            self.taken.add(self.itself[result])
        if result in self.lies:
            self.uses[result] += self.uses[node] - 1
            return False
        self.uses[result] = self.uses[node]
        self.lies[result] = self.reach[node]
        return True


def _returned(node: Node) -> Node | None:
    """The operand that a call may return itself, however that may lie.

    So may a function whose result is a view of all of its operand, and one
    that copies only what lies otherwise.
    """
    base = shown_operand(node)
    if base is None or node.op is ITEM:
        return base
    given = base.specs[0]
    alike = any(
        (s.shape, s.dtype, s.kind) == (given.shape, given.dtype, given.kind)
        for s in node.specs
    )
    return base if alike else None
