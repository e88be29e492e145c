"""Constant folding: compute once what no input changes."""

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from lazyopt.arguments import nested_call
from lazyopt.backends import on_backend
from lazyopt.build import constant
from lazyopt.dense import is_backwards
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT, ITEM
from lazyopt.ordering import plain_storages_of
from lazyopt.records import note_skip
from lazyopt.sizes import parse_bytes
from lazyopt.specs import ArraySpec, itemsize, spec_of
from lazyopt.storages import Storages

__all__ = ["Fold"]


@dataclass(frozen=True)
class Fold:
    """Compute pure calls that depend on no input, and keep their results.

    What is kept has the layout that running it would give. Left in the
    graph, with the reason on record: what raises or warns (a division by
    zero is the caller's to handle), what the graph returns (the caller may
    write into it), and what would make the graph hold too much.

    Parameters
    ----------
    max_growth : int or str, optional
        Most that constants may grow by in all, in bytes or as ``"1 MiB"``.
    """

    max_growth: int | str = "1 MiB"

    name: ClassVar[str] = "fold"
    exact: ClassVar[bool] = True
    never_grows: ClassVar[tuple[str, ...]] = ("nodes",)

    def __call__(self, graph: Graph) -> Graph:
        """Return the graph with constants in place of such calls."""
        chosen = _Chosen(graph)
        if not chosen.nodes:
            return graph
        values: dict[Node, Any] | None = None
        while values is None:
            chosen.leave_unkeepable()
            chosen.leave_above(parse_bytes(self.max_growth))
            if not chosen.nodes:
                return graph
            values = chosen.evaluate()
        theirs = {id(n.args[0]) for n in graph.nodes if n.op is CONSTANT}
        kept = {n: _frozen(v, theirs) for n, v in values.items()}
        return _rebuilt(graph, chosen.nodes, kept)


class _Chosen:
    """The nodes to fold; what turns out not to be foldable leaves it.

    The *frontier* are those that a node which stays makes use of: they
    become constants, and the others vanish.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes: set[Node] = set()
        known = {n for n in graph.nodes if n.op is CONSTANT}
        for node in graph.nodes:
            # Quicker than asking `_constant_call` of every node.
            if not known.issuperset(node.operands):
                continue
            if not _constant_call(node, self.nodes):
                continue
            if not self._seen.isdisjoint(self.storages.reach[node]):
                note_skip(node, "somebody outside may write into its result")
            elif any(s.shape is None or s.dtype is None for s in node.specs):
                note_skip(node, "its size isn't known before it runs")
            else:
                self.nodes.add(node)
                known.add(node)

    # Most graphs have nothing to fold, and no need of these.
    @cached_property
    def storages(self) -> Storages:
        """Where results lie."""
        return plain_storages_of(self.graph)

    @cached_property
    def _seen(self) -> set[int]:
        """Storages that somebody outside may write into."""
        graph, of = self.graph, self.storages.reach
        seen = {
            s
            for n in graph.nodes
            if not n.op.is_pure
            for operand in n.operands
            for s in of[operand]
        }
        seen.update(s for n in graph.outputs for s in of[n])
        return seen

    def leave(self, gone: list[Node]) -> None:
        """Take nodes out, and with them what depends on them."""
        self.nodes.difference_update(gone)
        for node in self.graph.nodes:
            if node in self.nodes and not _constant_call(node, self.nodes):
                self.nodes.discard(node)

    def frontier(self) -> list[Node]:
        """Nodes inside that are used outside, in the order they run."""
        found: dict[Node, None] = {}
        for node in self.graph.nodes:
            if node not in self.nodes:
                for operand in node.operands:
                    if operand in self.nodes:
                        found[operand] = None
        return list(found)

    def leave_unkeepable(self) -> None:
        """Leave calls whose results no array of its own can stand for."""
        while True:
            gone = [n for n in self.frontier() if not _keepable(n)]
            why = "a copy of the view would have other strides"
            if not gone:
                gone = self._views_that_meet()
                why = "a contraction takes it and what it is a view of"
            if not gone:
                return
            for node in gone:
                note_skip(node, why)
            self.leave(gone)

    def _views_that_meet(self) -> list[Node]:
        """Views of what some contraction that stays takes twice.

        NumPy looks whether its operands are one array: as constants of their
        own they would not be.
        """
        of, producer = self.storages.reach, self.storages.producer
        twice: set[int] = set()
        for node in self.graph.nodes:
            if node.op.contraction and node not in self.nodes:
                met: set[int] = set()
                for operand in node.operands:
                    twice |= met.intersection(of[operand])
                    met.update(of[operand])
        found = []
        for node in self.graph.nodes if twice else ():
            made = node.args[0] if node.op is ITEM else node
            if node in self.nodes and any(
                s in twice and producer[s] is not made for s in of[node]
            ):
                found.append(node)
        return found

    def leave_above(self, budget: int) -> None:
        """Leave the largest results until constants grow no further."""
        while (excess := self.growth() - budget) > 0:
            frontier = self.frontier()
            frontier.sort(key=lambda n: n.specs[0].nbytes, reverse=True)
            gone: list[Node] = []
            while excess > 0 and frontier:
                gone.append(frontier.pop(0))
                excess -= gone[-1].specs[0].nbytes
                note_skip(gone[-1], f"it is above the budget of {budget:,} B")
            if not gone:
                break
            self.leave(gone)
            self.leave_unkeepable()

    def growth(self) -> int:
        """Bytes of constants after folding, less those before."""
        used = set(self.graph.outputs)
        for node in self.graph.nodes:
            if node not in self.nodes:
                used.update(node.operands)
        of, sizes = self.storages.of, self.storages.sizes
        stay: set[int] = set()
        gone: set[int] = set()
        for node in self.graph.nodes:
            if node.op is CONSTANT:
                (stay if node in used else gone).update(of[node])
        made = sum(n.specs[0].nbytes for n in self.frontier())
        # Memory goes with the last constant that lies in it.
        return made - sum(sizes[s] for s in gone - stay)

    def evaluate(self) -> dict[Node, Any] | None:
        """Results of the frontier; None if calls failed, which leave then."""
        uses = dict.fromkeys(self.nodes, 0)
        for node in self.nodes:
            for operand in node.operands:
                if operand in uses:
                    uses[operand] += 1
        for node in self.frontier():
            uses[node] += 1
        values: dict[Node, Any] = {}
        failed: list[Node] = []
        for node in self.graph.nodes:
            if not _constant_call(node, values) or node not in uses:
                continue
            try:
                values[node] = _value(node, values, self.graph.backend)
            except Exception as error:
                note_skip(node, f"it raises {error!r}")
                failed.append(node)
                continue
            for operand in node.operands:
                if operand in uses:
                    uses[operand] -= 1
                    if not uses[operand]:
                        values.pop(operand)
                        uses.pop(operand)
        if failed:
            # There is another frontier now.
            self.leave(failed)
            return None
        return {n: values[n] for n in self.frontier()}


def _constant_call(node: Node, inside: Any) -> bool:
    """Whether it is a pure call of constants, and of nodes inside, alone."""
    return (
        node.op.is_pure
        and node.op is not INPUT
        and node.op is not CONSTANT
        and all(n.op is CONSTANT or n in inside for n in node.operands)
    )


def _value(node: Node, values: dict[Node, Any], backend: str) -> Any:
    """Run one call; a warning counts as an error, for the caller to see."""
    if node.op is ITEM:
        value = values[node.args[0]][node.args[1]]
    else:
        value = _called(node, values, backend)
    if isinstance(value, np.ndarray) and is_backwards(value):
        raise ValueError("one element that lies backwards, as no copy does")
    return value


def _called(node: Node, values: dict[Node, Any], backend: str) -> Any:
    function = nested_call(node.op.implementation(backend), node)
    operands = [
        on_backend(n.args[0], backend) if n.op is CONSTANT else values[n]
        for n in node.operands
    ]
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        value = function(*operands)
    specs = map(spec_of, value if node.op.multi else [value])
    if backend == "numpy" and not all(map(_agree, specs, node.specs)):
        raise ValueError(f"a result that isn't {node.specs}")
    return value


def _agree(found: ArraySpec, said: ArraySpec) -> bool:
    """Whether a result is as inferred; axes of one element have no stride."""
    return (found.shape, found.dtype, found.kind) == (
        said.shape,
        said.dtype,
        said.kind,
    )


def _keepable(node: Node) -> bool:
    """Whether a copy has the same strides: one array, without gaps."""
    spec = node.specs[0]
    if node.op.multi or spec.shape is None or spec.strides is None:
        return False
    if spec.kind != "array" or 0 in spec.shape:
        return True
    step = itemsize(spec.dtype or "bool")
    for d, s in sorted(
        zip(spec.shape, spec.strides, strict=True), key=lambda pair: pair[1]
    ):
        if d > 1:
            if s != step:
                return False
            step *= d
    return True


def _frozen(value: Any, theirs: set[int]) -> Any:
    """The value with memory of its own, that nobody can write.

    Some functions return their operand, which may be the user's array.
    """
    if not isinstance(value, np.ndarray):
        return value
    if not value.flags.owndata or id(value) in theirs:
        value = value.copy(order="K")
    value.flags.writeable = False
    return value


def _rebuilt(graph: Graph, gone: set[Node], kept: dict[Node, Any]) -> Graph:
    """Constants in the places of the nodes whose values are kept."""
    new: dict[Node, Node] = {}
    schedule: list[Node] = []
    for node in graph.nodes:
        if node in kept:
            new[node] = constant(kept[node])
            schedule.append(new[node])
        elif node not in gone:
            current = node.rewired(new) if new else node
            if current is not node:
                new[node] = current
            schedule.append(current)
    if not gone:
        return graph
    outputs = [new.get(n, n) for n in graph.outputs]
    return graph.replace(nodes=schedule, outputs=outputs)
