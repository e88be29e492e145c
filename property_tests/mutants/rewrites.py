"""Rewrites that people take for right: each is a bug that some library had."""

from collections.abc import Callable
from typing import Any, TypeGuard

import numpy as np

import lazyopt as lo
from lazyopt.build import make_node
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT
from lazyopt.rewrite import replace_nodes

from .spoiling import Pass, Rewriting

__all__ = ["MUTANTS"]


def is_call(x: Any, *names: str) -> TypeGuard[Node]:
    """Whether it is a node of one of these ops."""
    return isinstance(x, Node) and x.op.name in names


def fitting(node: Node, found: Node | None) -> Node | None:
    """What was found, if it looks like the node: a careful author asks."""
    return found if found is not None and found.specs == node.specs else None


def cancelling(outer: str, inner: str) -> Callable[[Node], Node | None]:
    """One function undoes the other."""

    def rule(node: Node) -> Node | None:
        x = node.args[0] if is_call(node, outer) else None
        if not is_call(x, inner) or not isinstance(x.args[0], Node):
            return None
        return fitting(node, x.args[0])

    return rule


def root_of_square(node: Node) -> Node | None:
    """``sqrt(x ** 2)`` is ``abs(x)``."""
    x = node.args[0] if is_call(node, "sqrt") else None
    if is_call(x, "square") or (is_call(x, "power") and x.args[1] == 2):
        return fitting(node, lo.call("absolute", x.args[0]))
    return None


def times_zero(node: Node) -> Node | None:
    """``x * 0`` is 0."""
    if is_call(node, "multiply") and node.args[1] in (0, 0.0):
        x = node.args[0]
        return fitting(node, lo.call("zeros_like", x))
    return None


def minus_itself(node: Node) -> Node | None:
    """``x - x`` is 0."""
    if is_call(node, "subtract") and node.args[0] is node.args[1]:
        return fitting(node, lo.call("zeros_like", node.args[0]))
    return None


def plus_zero(node: Node) -> Node | None:
    """``x + 0`` is ``x``, of floats too."""
    if is_call(node, "add") and node.args[1] in (0, 0.0):
        return fitting(node, node.args[0])
    return None


def together(name: str, add: Callable[[Any, Any], Any]) -> Pass:
    """``(x + a) + b`` is ``x + (a + b)``."""

    def rule(node: Node) -> Node | None:
        inner = node.args[0] if is_call(node, name) else None
        if not is_call(inner, name):
            return None
        a, b = inner.args[1], node.args[1]
        if type(a) is not float or type(b) is not float:
            return None
        found = lo.call(node.op, inner.args[0], add(a, b))
        return fitting(node, found)

    return Rewriting(rule)


def by_reciprocal(node: Node) -> Node | None:
    """``x / c`` is ``x * (1 / c)``."""
    if not is_call(node, "true_divide") or type(node.args[1]) not in (
        int,
        float,
    ):
        return None
    if not node.args[1] or not isinstance(node.args[0], Node):
        return None
    return fitting(node, lo.call("multiply", node.args[0], 1 / node.args[1]))


def product_of_transposes(node: Node) -> Node | None:
    """``(a @ b).T`` is ``b.T @ a.T``."""
    if not is_call(node, "transpose") or len(node.args) > 1:
        return None
    x = node.args[0]
    if not is_call(x, "matmul") or len(x.specs[0].shape or ()) != 2:
        return None
    a, b = [lo.call("transpose", n) for n in x.args]
    return make_node("matmul", (b, a))


def reshaped_at_once(node: Node) -> Node | None:
    """``reshape`` of ``reshape`` is the outer one."""
    if not is_call(node, "reshape") or not is_call(node.args[0], "reshape"):
        return None
    inner = node.args[0]
    return fitting(node, node.replace((inner.args[0], *node.args[1:])))


def without_keepdims(node: Node) -> Node | None:
    """Axes that are kept are never seen."""
    if is_call(node, "sum") and node.kwargs.get("keepdims"):
        kwargs = {k: v for k, v in node.kwargs.items() if k != "keepdims"}
        return node.replace(kwargs=kwargs)
    return None


def swapped(name: str) -> Pass:
    """The operands change places."""

    def rule(node: Node) -> Node | None:
        if not is_call(node, name) or node.args[0] is node.args[1]:
            return None
        return fitting(node, node.replace(node.args[::-1]))

    def once(graph: Graph) -> Graph:
        if "swapped" in graph._cache:
            return graph
        after = replace_nodes(graph, rule)
        after._cache["swapped"] = True
        return after

    return once


def as_sqrt(node: Node) -> Node | None:
    """``x ** 3`` is ``x * x * x``."""
    if is_call(node, "power") and node.args[1] in (3, 3.0):
        x = node.args[0]
        square = lo.call("multiply", x, x)
        return fitting(node, lo.call("multiply", square, x))
    return None


# ------------------------------------------------------------ whole graphs


def drawn_again(graph: Graph) -> Graph:
    """A draw that is used twice is drawn twice, to keep nothing."""
    for node in graph.nodes:
        users = list(graph.users(node))
        if node.op.effect == "random" and len(users) > 1:
            again = Node(node.op, node.args, node.kwargs, node.specs)
            nodes, new = [], {}
            for n in graph.nodes:
                if n is users[-1]:
                    nodes.append(again)
                    new[n] = n.rewired({node: again})
                nodes.append(new.get(n) or n.rewired(new))
                new[n] = nodes[-1]
            return graph.replace(nodes, [new[n] for n in graph.outputs])
    return graph


def at_its_user(move: Callable[[Node], bool]) -> Pass:
    """Calls are made just before what reads them first, to hold less."""

    def sink(graph: Graph) -> Graph:
        nodes = list(graph.nodes)
        for node in reversed(graph.nodes):
            users = [nodes.index(n) for n in graph.users(node)]
            if move(node) and users:
                nodes.remove(node)
                nodes.insert(min(users) - 1, node)
        return graph if nodes == list(graph.nodes) else graph.replace(nodes)

    return sink


def fused_away(graph: Graph) -> Graph:
    """Outputs that something reads are taken for parts of what reads them."""
    inner = [n for n in graph.outputs if n.op.elementwise and graph.users(n)]
    if not inner:
        return graph
    last = [next(iter(graph.users(n))) for n in inner]
    new = dict(zip(inner, last, strict=True))
    return graph.replace(outputs=[new.get(n, n) for n in graph.outputs])


def behind_its_user(graph: Graph) -> Graph:
    """A group of calls stands where its first one stood."""
    for i, node in enumerate(graph.nodes):
        users = list(graph.users(node))
        if len(users) == 1 and node.op.elementwise and users[0].op.elementwise:
            nodes = [n for n in graph.nodes if n is not users[0]]
            nodes.insert(i + 1, users[0])
            if nodes != list(graph.nodes):
                return graph.replace(nodes)
    return graph


def missing(graph: Graph) -> Graph:
    """A node is dropped that another pass has come to need."""
    for node in graph.nodes:
        if len(graph.users(node)) == 1 and node.op is CONSTANT:
            return graph.replace([n for n in graph.nodes if n is not node])
    return graph


def undoing(graph: Graph) -> Graph:
    """One rule moves a minus inside, another moves it outside."""

    def rule(node: Node) -> Node | None:
        if is_call(node, "negative") and is_call(node.args[0], "positive"):
            (x,) = node.args[0].args
            return make_node("positive", (make_node("negative", (x,)),))
        if is_call(node, "positive") and is_call(node.args[0], "negative"):
            (x,) = node.args[0].args
            return make_node("negative", (make_node("positive", (x,)),))
        return None

    return replace_nodes(graph, rule)


class Growing:
    """Says that it adds no node, and adds one."""

    name = "growing"
    never_grows = ("nodes",)

    def __call__(self, graph: Graph) -> Graph:
        last = graph.nodes[-1]
        if not graph.inputs or is_call(last, "isnan"):
            return graph
        return graph.replace([*graph.nodes, lo.call("isnan", graph.inputs[0])])


def written_over(graph: Graph) -> Graph:
    """Work in the arrays that the user's program closes over."""
    for node in graph.nodes:
        if node.op is CONSTANT and np.asarray(node.value).flags.writeable:
            node.value[...] = 0
    return graph


def returned_inputs(graph: Graph) -> Graph:
    """A copy of an input is that input."""

    def rule(node: Node) -> Node | None:
        alone = is_call(node, "copy") and len(node.args) == 1
        x = node.args[0] if alone else None
        return fitting(node, x) if is_call(x, INPUT.name) else None

    return replace_nodes(graph, rule)


MUTANTS: dict[str, Pass] = {
    "log(exp(x)) is x": Rewriting(cancelling("log", "exp")),
    "exp(log(x)) is x": Rewriting(cancelling("exp", "log")),
    "-(-x) is x": Rewriting(cancelling("negative", "negative")),
    "conj(conj(x)) is x": Rewriting(cancelling("conjugate", "conjugate")),
    "sqrt(x ** 2) is abs(x)": Rewriting(root_of_square),
    "x * 0 is 0": Rewriting(times_zero),
    "x - x is 0": Rewriting(minus_itself),
    "x + 0 is x": Rewriting(plus_zero),
    "(x + a) + b is x + (a + b)": together("add", lambda a, b: a + b),
    "(x * a) * b is x * (a * b)": together("multiply", lambda a, b: a * b),
    "x / c is x * (1 / c)": Rewriting(by_reciprocal),
    "x ** 3 is x * x * x": Rewriting(as_sqrt),
    "(a @ b).T is b.T @ a.T": Rewriting(product_of_transposes),
    "reshape of reshape is one": Rewriting(reshaped_at_once),
    "keepdims is nothing": Rewriting(without_keepdims),
    "subtraction commutes": swapped("subtract"),
    "matmul commutes": swapped("matmul"),
    "a draw is drawn again": drawn_again,
    "draws are made when needed": at_its_user(
        lambda n: n.op.effect == "random"
    ),
    "writes are made when needed": at_its_user(
        lambda n: n.op.effect in ("writes", "opaque")
    ),
    "reads are made when needed": at_its_user(
        lambda n: n.op.is_pure and n.op not in (INPUT, CONSTANT)
    ),
    "an output is fused away": fused_away,
    "a group stands where it began": behind_its_user,
    "a node is missing": missing,
    "two rules undo each other": undoing,
    "says that it doesn't grow": Growing(),
    "constants are written over": written_over,
    "a copy of an input is the input": returned_inputs,
}
