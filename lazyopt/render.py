"""Graphs as text: numbered listings and trees."""

from collections.abc import Sequence
from typing import Any

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT

__all__ = ["call_text", "graph_text", "listed", "tree_text"]

#: Lines that a listing has before and after the part left out.
HEAD, TAIL = 40, 15


def listed(texts: Sequence[str], most: int = 8) -> str:
    """The first of them, and how many more there are."""
    shown = list(texts[:most])
    if len(texts) > most:
        shown.append(f"... {len(texts) - most:,} more")
    return ", ".join(shown)


def argument_text(x: Any, names: Any) -> str:
    """An argument as it would be written, with names for nodes."""
    if type(x) is Node:
        return str(names(x))
    if type(x) is slice:
        parts = [
            "" if v is None else argument_text(v, names)
            for v in (x.start, x.stop, x.step)
        ]
        return ":".join(parts if parts[2] else parts[:2])
    if x is Ellipsis:
        return "..."
    if isinstance(x, tuple | list):
        body = listed([argument_text(v, names) for v in x])
        if isinstance(x, list):
            return f"[{body}]"
        return f"({body},)" if len(x) == 1 else f"({body})"
    if isinstance(x, dict):
        parts = [f"{k!r}: {argument_text(v, names)}" for k, v in x.items()]
        return "{" + ", ".join(parts) + "}"
    text = repr(x)
    return text if len(text) <= 60 else f"<{type(x).__name__}>"


def call_text(node: Node, names: Any = None) -> str:
    """A node as a call and what it returns, in a line."""
    names = names or (lambda n: f"<{n.op.name}>")
    specs = listed([str(s) for s in node.specs])
    if node.op is INPUT:
        return f"input {node.args[0]} : {specs}"
    if node.op is CONSTANT:
        value = node.args[0]
        small = getattr(value, "size", 1) == 1
        shown = f" {value}" if small else ""
        return f"constant{shown} : {specs}"
    parts = [argument_text(a, names) for a in node.args]
    parts += [f"{k}={argument_text(v, names)}" for k, v in node.kwargs.items()]
    mark = "" if node.op.is_pure else f" !{node.op.effect}"
    return f"{node.op.name}({', '.join(parts)}) : {specs}{mark}"


def graph_text(graph: Graph) -> str:
    """The schedule, numbered, with a part left out if it is long."""
    number = graph.number

    def name(node: Node) -> str:
        return f"%{number(node)}"

    n = len(graph.nodes)
    shown = range(n)
    lines = [repr(graph)[1:-1]]
    if n > HEAD + TAIL + 1:
        lines += [_line(graph, i, name) for i in shown[:HEAD]]
        lines.append(f"  ... {n - HEAD - TAIL:,} more ...")
        shown = shown[-TAIL:]
    lines += [_line(graph, i, name) for i in shown]
    outputs = [name(o) for o in graph.outputs]
    lines.append(f"return {listed(outputs, 12)}")
    return "\n".join(lines)


def _line(graph: Graph, i: int, name: Any) -> str:
    return f"  %{i} = {call_text(graph.nodes[i], name)}"


def tree_text(graph: Graph, max_lines: int | None) -> str:
    """The graph from its outputs down; a node met again is referred to."""
    limit = float("inf") if max_lines is None else max_lines
    lines: list[str] = []
    seen: dict[Node, int] = {}
    stack: list[tuple[Node, str, str]] = [
        (o, "", "") for o in reversed(graph.outputs)
    ]
    while stack:
        if len(lines) >= limit:
            lines.append(f"     ... {len(stack):,} branches more")
            break
        node, bend, indent = stack.pop()
        what = f"%{graph.number(node)} {call_text(node, lambda n: '#')}"
        if node in seen and node.operands:
            what = f"... (%{graph.number(node)}, see line {seen[node]})"
        lines.append(f"{len(lines):>4} {bend}{what}")
        if node in seen:
            continue
        seen[node] = len(lines) - 1
        last = len(node.operands) - 1
        for i in range(last, -1, -1):
            turn, go_on = ("╰─", "  ") if i == last else ("├─", "│ ")
            stack.append((node.operands[i], indent + turn, indent + go_on))
    return "\n".join(lines)
