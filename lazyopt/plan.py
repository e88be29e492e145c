"""The plan of a graph: registers, steps over them, and when values die."""

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import numpy as np

from lazyopt.backends import on_backend
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.kernels import Form, Kernel, own_kernel
from lazyopt.keys import Identity, value_key
from lazyopt.numpy_kernels import numpy_kernel
from lazyopt.ops import CONSTANT, INPUT, ITEM
from lazyopt.ops.in_place import writer
from lazyopt.tracing import gc_paused

__all__ = ["Plan", "Step", "is_subclass", "plan_of"]


class Step(NamedTuple):
    """One call: what to call, and the registers it reads, fills, frees."""

    function: Callable[..., Any]
    ins: tuple[int, ...]
    out: int
    #: For several results, ``(register, which)`` pairs; else None.
    outs: tuple[tuple[int, int], ...] | None
    dead: tuple[int, ...]
    node: Node

    def results(self) -> tuple[int, ...]:
        """The registers that it fills."""
        if self.outs is None:
            return (self.out,)
        return tuple(place for place, _ in self.outs)


class Plan:
    """Steps of a graph over numbered registers. Made once, never changed.

    There are as many registers as values are alive at once: a result takes
    the place of one that died.

    Parameters
    ----------
    graph : Graph
    plain : bool, optional
        Whether inputs are arrays of the library's own type, and not of a
        subclass. Then calls run as the plainest callables that compute them.

    Attributes
    ----------
    registers : list
        None for each value alive at once, then constants and static
        arguments, from the last to the first.
    fixed : int
        How many of the registers hold such: they are never written. They go
        by negative numbers, from -1 for the first.
    inputs, outputs : tuple of int
        Registers of what comes in and goes out.
    steps : list of Step
        Several results go each to a register of their own, so that one that
        is never used does not live on with the others.
    forms : list of Form or None
        How each step's call is written as Python, where it isn't as a call
        of its function.
    """

    def __init__(self, graph: Graph, plain: bool = True) -> None:
        self.backend = graph.backend
        builder = _Builder(graph, plain)
        self.steps = [builder.step(node) for node in builder.calls]
        self.forms = builder.forms
        self.fixed = len(builder.fixed)
        self.registers = [*[None] * builder.width, *builder.fixed[::-1]]
        self.inputs = builder.inputs
        self.outputs = builder.outputs


class _Builder:
    """Gives values their registers, as the steps come."""

    def __init__(self, graph: Graph, plain: bool) -> None:
        self.backend = graph.backend
        self.fixed: list[Any] = []
        self.width = 0
        self.forms: list[Form | None] = []
        self.calls = [
            n for n in graph.nodes if n.op not in (INPUT, CONSTANT, ITEM)
        ]
        self._keys: dict[Hashable, int] = {}
        self._spare: list[int] = []
        self._place: dict[Node, int] = {}
        self._items = _items_of(graph)
        self._last: dict[Node, Node | None] = {}
        for node in self.calls:
            for operand in node.operands:
                self._last[operand] = node
        self._last.update(dict.fromkeys(graph.outputs))
        for node in graph.nodes:
            if node.op is CONSTANT:
                value = on_backend(node.args[0], self.backend)
                self._place[node] = self._constant(value, Identity(value))
        plain = plain and self.backend == "numpy"
        self._plain = plain and not any(map(is_subclass, self.fixed))
        self.inputs = tuple([self._new_register(n) for n in graph.inputs])
        self._graph_outputs = graph.outputs
        self._donors = graph.donors

    @property
    def outputs(self) -> tuple[int, ...]:
        """Where the outputs are, once all steps have their registers."""
        return tuple([self._place[n] for n in self._graph_outputs])

    def _constant(self, value: Any, key: Hashable) -> int:
        place = self._keys.get(key)
        if place is None:
            self.fixed.append(value)
            place = self._keys[key] = -len(self.fixed)
        return place

    def _new_register(self, node: Node) -> int:
        if self._spare:
            place = self._spare.pop()
        else:
            place = self.width
            self.width += 1
        self._place[node] = place
        return place

    def _kernel(self, node: Node) -> Kernel:
        if node in self._donors:
            args = (*node.args, self._donors[node])
            return Kernel(writer(node.op), args)
        if self._plain:
            return numpy_kernel(node)
        return own_kernel(node, node.op.implementation(self.backend))

    def step(self, node: Node) -> Step:
        """The step of a call."""
        function, args, form = self._kernel(node)
        self.forms.append(form)
        place = self._place
        ins = tuple(
            [
                place[a]
                if type(a) is Node
                else self._constant(a, value_key(a, Identity))
                for a in args
            ]
        )
        last = self._last
        dying = [
            place[n]
            for n in node.operands
            if last[n] is node and place[n] >= 0
        ]
        # A result may take the place of an operand that dies there: it is
        # written after the call has let go of its arguments. One that is
        # written into an operand takes that operand's.
        donor = self._donors.get(node)
        if donor is not None and place[donor] in dying:
            dying.sort(key=place[donor].__eq__)
        self._spare += dying
        if not node.op.multi:
            out = self._new_register(node)
            outs = None
            written = [out]
            unused = [] if node in last else [out]
        else:
            used = [i for i in self._items.get(node, ()) if i in last]
            outs = tuple([(self._new_register(i), i.args[1]) for i in used])
            written = [place for place, _ in outs]
            out = written[0] if written else 0
            unused = []
        self._spare += unused
        dead = [place for place in dying if place not in written] + unused
        return Step(function, ins, out, outs, tuple(dead), node)


def _items_of(graph: Graph) -> dict[Node, list[Node]]:
    items: dict[Node, list[Node]] = {}
    for node in graph.nodes:
        if node.op is ITEM:
            items.setdefault(node.args[0], []).append(node)
    return items


def is_subclass(value: Any) -> bool:
    """Whether an array may have methods of its own."""
    return isinstance(value, np.ndarray) and type(value) is not np.ndarray


def plan_of(graph: Graph, plain: bool = True) -> Plan:
    """The plan of a graph, made once; see `Plan`."""
    key = "plan" if plain else "plan of subclasses"
    plan: Plan | None = graph._cache.get(key)
    if plan is None:
        with gc_paused():
            plan = graph._cache[key] = Plan(graph, plain)
    return plan
