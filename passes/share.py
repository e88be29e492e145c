"""Common subexpression elimination: compute equal calls once."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar

from lazyopt.build import call_key
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.keys import Identity, value_key
from lazyopt.ops import CONSTANT, INPUT
from lazyopt.ordering import plain_storages_of
from lazyopt.storages import shown_by, shown_operand

__all__ = ["Share"]


@dataclass(frozen=True)
class Share:
    """Merge calls that are the same (common subexpression elimination).

    Two calls are the same if they are pure and have equal full keys: op,
    operands, and the types and bits of all static arguments. Positional and
    keyword forms agree. Constants merge by their bits.

    It never makes two outputs one array, nor two operands of one
    contraction: NumPy takes another path for ``a @ a.T``, and the bits
    change. What a call with unknown effects reads is left alone, since it
    may be written.

    Parameters
    ----------
    max_bytes : int, optional
        Leave larger results apart. A merged value lives longer, which can
        raise the peak: `lazyopt.optimize` lowers this where it does.
    """

    max_bytes: int | None = None

    name: ClassVar[str] = "share"
    exact: ClassVar[bool] = True
    never_grows: ClassVar[tuple[str, ...]] = ("nodes",)

    def __call__(self, graph: Graph) -> Graph:
        """Return the graph with equal calls merged."""
        done = ("share", self.max_bytes)
        if done in graph._cache:  # and nothing has changed since
            return graph
        guard = _Guard(graph)
        table: dict[Hashable, tuple[Node, Node]] = {}
        new: dict[Node, Node] = {}
        schedule = []
        for node in graph.nodes:
            current = node.rewired(new) if new else node
            key = None if guard.is_fixed(node) else _key(current)
            if key is None:
                schedule.append(current)
            else:
                if writes := guard.writes_before(node):
                    key = key, writes
                first, origin = table.setdefault(key, (current, node))
                mergeable = first is not current and self._small(current)
                if mergeable and guard.allows(node, origin):
                    new[node] = first
                    continue
                schedule.append(current)
            if current is not node:
                new[node] = current
            guard.passed(node)
        if len(schedule) < len(graph.nodes):
            outputs = [new.get(n, n) for n in graph.outputs]
            graph = graph.replace(nodes=schedule, outputs=outputs)
        graph._cache[done] = True
        return graph

    def _small(self, node: Node) -> bool:
        if self.max_bytes is None:
            return True
        return sum(s.nbytes for s in node.specs) <= self.max_bytes


def _key(node: Node) -> Hashable:
    """What equal calls have in common, or None if it has no equal."""
    if node.op is INPUT or not node.op.is_pure:
        return None
    if node.op is CONSTANT:
        value = node.args[0]
        key = value_key(value)
        # An array of another library is only equal to itself.
        return (CONSTANT, Identity(value) if key is value else key)
    return call_key(node.op, node.args, node._kwargs)


class _Guard:
    """Which merges would be seen by somebody.

    Storages are followed through the merges: those of the nodes kept so far
    stand for all that were merged into them.
    """

    def __init__(self, graph: Graph) -> None:
        storages = plain_storages_of(graph)
        self.of = storages.reach
        self.outputs = set(graph.outputs)
        self.output_storages = {s for n in self.outputs for s in self.of[n]}
        self.written = {
            s
            for n in graph.nodes
            if n.op.effect in ("opaque", "writes")
            for operand in n.operands
            for s in self.of[operand]
        }
        self.returned = self.written | self.output_storages
        # For a storage, those that meet it in some contraction.
        self.partners: dict[int, list[int]] = {}
        for node in graph.nodes:
            if node.op.contraction:
                self._note_contraction(node)
        #: For a storage, those that merged into it, with itself.
        self.merged: dict[int, set[int]] = {}
        #: Nodes that outputs may be, or be views of.
        self.shown = shown_by(graph, shown_operand)
        #: Those, and what stands for one of them now.
        self.stands = set(self.shown)
        #: How often what lies in a storage may have been written so far.
        self.writes: dict[int, int] = {}

    def _note_contraction(self, node: Node) -> None:
        met = [s for operand in node.operands for s in self.of[operand]]
        partners = self.partners
        for s in met:
            for t in met:
                if t != s:
                    partners.setdefault(s, []).append(t)

    def is_fixed(self, node: Node) -> bool:
        """Whether its memory may be written by somebody we don't know.

        By an unregistered call, or, for a constant that is returned, by the
        caller, whose array it is.
        """
        watched = self.returned if node.op is CONSTANT else self.written
        return bool(watched) and not watched.isdisjoint(self.of[node])

    def passed(self, node: Node) -> None:
        """Note that the calls from here on come after this one."""
        if node.op.effect in ("opaque", "writes"):
            for operand in node.operands:
                for s in self.of[operand]:
                    self.writes[s] = self.writes.get(s, 0) + 1

    def writes_before(self, node: Node) -> tuple[tuple[int, int], ...]:
        """How often what it reads may have been written, where it was."""
        if not self.writes:
            return ()
        read = [s for operand in node.operands for s in self.of[operand]]
        return tuple(
            (i, self.writes[s]) for i, s in enumerate(read) if s in self.writes
        )

    def allows(self, node: Node, first: Node) -> bool:
        """Whether ``node`` may be merged into ``first``; if so, note it.

        Both as they are in the graph given.
        """
        if node in self.shown and first in self.stands:
            return False
        own = self.of[first]
        theirs: set[int] = set(own).union(
            *[self.merged[s] for s in own if s in self.merged]
        )
        new = [s for s in self.of[node] if s not in theirs]
        for s in new:
            if s in self.output_storages and not (
                self.output_storages.isdisjoint(theirs)
            ):
                return False
            if not theirs.isdisjoint(self.partners.get(s, ())):
                return False
        for s in own if new else ():
            self.merged.setdefault(s, {s}).update(new)
        if node in self.shown:
            self.stands.add(first)
        return True
