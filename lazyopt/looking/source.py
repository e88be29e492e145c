"""A graph as the text of a Python function, to read or to run.

Nothing that a user supplied is ever pasted into the code, whole numbers
aside: functions, constants and static arguments go by names of our own. What
stands in comments can't end them.
"""

import re
from keyword import iskeyword
from pathlib import PurePath
from typing import Any

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT, ITEM
from lazyopt.render import call_text

__all__ = ["source_text"]

#: Whole numbers up to this are written as they stand.
LARGEST = 1 << 64


def source_text(graph: Graph, names: dict[str, Any]) -> str:
    """The schedule as a Python function: see `Graph.source`."""
    writer = _Writer(graph, names)
    return "\n".join(writer.lines()) + "\n"


class _Writer:
    """Writes a graph's calls, and gives names to what they refer to."""

    def __init__(self, graph: Graph, names: dict[str, Any]) -> None:
        self.graph = graph
        self.names = names
        self.functions: dict[Any, str] = {}
        self.last: dict[Node, Node] = {}
        for node in graph.nodes:
            for operand in node.operands:
                self.last[operand] = node

    def lines(self) -> list[str]:
        graph = self.graph
        inputs = ", ".join(map(self.name, graph.inputs))
        made = [f"def program({inputs}):"]
        kept = set(graph.outputs)
        for node in graph.nodes:
            if node.op is CONSTANT:
                self.names[self.name(node)] = node.args[0]
                continue
            if node.op is INPUT:
                continue
            made.append(f"    {self.name(node)} = {self.call(node)}")
            made[-1] += f"  # {self.comment(node)}"
            dead = [
                self.name(n)
                for n in (*node.operands, node)
                if self.last.get(n, n) is node
                if n not in kept and n.op is not CONSTANT
            ]
            if dead:
                made.append(f"    del {', '.join(dead)}")
        results = "".join(f"{self.name(n)}, " for n in graph.outputs)
        return [*made, f"    return ({results.rstrip()})"]

    def name(self, node: Node) -> str:
        """A constant's, an input's or a result's name."""
        kind = {CONSTANT: "c", INPUT: "x"}.get(node.op, "v")
        return f"{kind}{self.graph.number(node)}"

    def call(self, node: Node) -> str:
        """The right-hand side."""
        if node.op is ITEM:
            return f"{self.name(node.args[0])}[{node.args[1]:d}]"
        parts = [self.argument(a) for a in node.args]
        for key, value in node.kwargs.items():
            if not key.isascii() or not key.isidentifier() or iskeyword(key):
                parts.append(f"**{self.argument({key: value})}")
            else:
                parts.append(f"{key}={self.argument(value)}")
        return f"{self.function(node)}({', '.join(parts)})"

    def function(self, node: Node) -> str:
        """The name of the function that a node calls."""
        function = node.op.implementation(self.graph.backend)
        name = self.functions.get(id(function))
        if name is None:
            plain = re.sub(r"\W", "_", node.op.name, flags=re.ASCII)
            name = f"f{len(self.functions)}_{plain}"
            self.functions[id(function)] = name
            self.names[name] = function
        return name

    def argument(self, x: Any) -> str:
        """An argument: nodes by name, containers as written, or by table."""
        if type(x) is Node:
            return self.name(x)
        if x is None or type(x) is bool:
            return str(x)
        if type(x) is int and abs(x) < LARGEST:
            return str(x)
        if isinstance(x, tuple | list | dict):
            return self.container(x)
        if type(x) is slice:
            parts = [self.argument(v) for v in (x.start, x.stop, x.step)]
            return f"slice({', '.join(parts)})"
        return self.held(x)

    def container(self, x: Any) -> str:
        """A container, made anew of its parts, as a graph's run does."""
        if isinstance(x, dict):
            pairs = [
                f"{self.argument(k)}: {self.argument(v)}" for k, v in x.items()
            ]
            text = "{" + ", ".join(pairs) + "}"
        else:
            parts = "".join([f"{self.argument(v)}, " for v in x])[:-1]
            text = f"[{parts}]" if isinstance(x, list) else f"({parts})"
        if type(x) in (tuple, list, dict):
            return text
        star = "*" * hasattr(x, "_fields")  # a named tuple
        return f"{self.held(type(x))}({star}{text})"

    def held(self, x: Any) -> str:
        """A name for a value."""
        name = f"s{len(self.names)}"
        self.names[name] = x
        return name

    def comment(self, node: Node) -> str:
        """What a call is, what it returns, and where it was traced."""
        where = f"  {PurePath(node.source).name}" if node.source else ""
        number = self.graph.number
        text = call_text(node, lambda n: f"%{number(n)}") + where
        return "".join(c if c.isprintable() else "?" for c in text)
