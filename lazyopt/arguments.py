"""Nested arguments rebuilt around the values of a call's operands."""

from collections.abc import Callable
from copy import copy
from operator import itemgetter
from typing import Any

from lazyopt.ir import Node, nodes_in

__all__ = ["nested_call"]


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
