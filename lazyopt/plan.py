"""The plan of a graph: registers, steps over them, and when values die."""

import functools
from collections.abc import Callable
from copy import copy
from operator import itemgetter
from typing import Any, NamedTuple

import autoray
import numpy as np

from lazyopt.graph import Graph
from lazyopt.ir import Node, nodes_in
from lazyopt.ops import CONSTANT, INPUT, ITEM

__all__ = ["Plan", "Step", "plan_of"]


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

    Attributes
    ----------
    registers : list
        Constants and static arguments in their places, None elsewhere.
    inputs, outputs : tuple of int
        Registers of what comes in and goes out.
    steps : list of Step
        Several results go each to a register of their own, so that one that
        is never used does not live on with the others.
    """

    def __init__(self, graph: Graph) -> None:
        self.backend = graph.backend
        self.registers: list[Any] = []
        self._place: dict[Node, int] = {}
        items = _items_of(graph)
        steps: list[Step] = []
        for node in graph.nodes:
            if node.op is CONSTANT:
                value = on_backend(node.args[0], self.backend)
                self._place[node] = self._register(value)
            elif node.op is INPUT:
                self._place[node] = self._register()
            elif node.op is not ITEM:
                steps.append(self._step(node, items.get(node, ())))
        self.inputs = tuple(self._place[n] for n in graph.inputs)
        self.outputs = tuple(self._place[n] for n in graph.outputs)
        self.steps = self._with_deaths(steps)

    def _register(self, value: Any = None) -> int:
        self.registers.append(value)
        return len(self.registers) - 1

    def _step(self, node: Node, items: Any) -> Step:
        function = node.op.implementation(self.backend)
        place = self._place
        if _is_flat(node):
            if node._kwargs:
                function = functools.partial(function, **node._kwargs)
            ins = tuple(
                [
                    place[a] if type(a) is Node else self._register(a)
                    for a in node.args
                ]
            )
        else:
            function = nested_call(function, node)
            ins = tuple([place[n] for n in node.operands])
        outs = None
        if node.op.multi:
            for item in items:
                place[item] = self._register()
            outs = tuple((place[i], i.args[1]) for i in items)
        out = place[node] = self._register()
        return Step(function, ins, out, outs, (), node)

    def _with_deaths(self, steps: list[Step]) -> list[Step]:
        """Each step with the registers that no later one reads."""
        # Constants and static arguments stay where they are.
        mortal = bytearray(len(self.registers))
        for place in self.inputs:
            mortal[place] = 1
        for step in steps:
            for place in step.results():
                mortal[place] = 1
        for place in self.outputs:
            mortal[place] = 0
        done = []
        for step in reversed(steps):
            dead = []
            for place in (*step.ins, *step.results()):
                if mortal[place]:
                    mortal[place] = 0
                    dead.append(place)
            done.append(step._replace(dead=tuple(dead)))
        return done[::-1]


def _items_of(graph: Graph) -> dict[Node, list[Node]]:
    items: dict[Node, list[Node]] = {}
    for node in graph.nodes:
        if node.op is ITEM:
            items.setdefault(node.args[0], []).append(node)
    return items


def _is_flat(node: Node) -> bool:
    """Whether nodes stand as positional arguments only, none nested."""
    direct = {a for a in node.args if type(a) is Node}
    if len(direct) != len(node.operands):
        return False
    if node.op.effect == "pure":
        return True
    # An unknown function may change the lists it gets, so it gets new ones.
    return not any(
        isinstance(a, tuple | list | dict)
        for a in (*node.args, *node._kwargs.values())
    )


def nested_call(
    function: Callable[..., Any], node: Node
) -> Callable[..., Any]:
    """A function of the operands that rebuilds nested arguments."""
    places = {n: i for i, n in enumerate(node.operands)}
    args = [_builder(a, places) for a in node.args]
    kwargs = {k: _builder(v, places) for k, v in node._kwargs.items()}

    def call(*values: Any) -> Any:
        return function(
            *[build(values) for build in args],
            **{k: build(values) for k, build in kwargs.items()},
        )

    return call


def _builder(x: Any, places: dict[Node, int]) -> Callable[[Any], Any]:
    """A function that makes an argument of the operands' values."""
    if type(x) is Node:
        return itemgetter(places[x])
    if isinstance(x, dict):
        pairs = [(k, _builder(v, places)) for k, v in x.items()]

        def rebuilt(values: Any) -> Any:
            made = copy(x)
            made.update((k, b(values)) for k, b in pairs)
            return made

        return rebuilt
    if type(x) is slice and nodes_in((x,)):
        parts = [_builder(v, places) for v in (x.start, x.stop, x.step)]
        return lambda values: slice(*[b(values) for b in parts])
    if isinstance(x, tuple | list):
        if len(x) > 1 and all(type(v) is Node for v in x) and type(x) is tuple:
            return itemgetter(*[places[v] for v in x])
        parts = [_builder(v, places) for v in x]
        if hasattr(x, "_fields"):
            return lambda values: type(x)(*[b(values) for b in parts])
        return lambda values: type(x)([b(values) for b in parts])
    return lambda values: x


def on_backend(value: Any, backend: str) -> Any:
    """A constant as an array of the library that the graph runs on."""
    if backend != "numpy" and isinstance(value, np.ndarray):
        return autoray.do("asarray", value, like=backend)
    return value


def plan_of(graph: Graph) -> Plan:
    """The plan of a graph, made once."""
    plan: Plan | None = graph._cache.get("plan")
    if plan is None:
        plan = graph._cache["plan"] = Plan(graph)
    return plan
