"""Passes to check: some wrong in one small thing, some right."""

import operator
from typing import Any

import numpy as np

import lazyopt as lo
from lazyopt.build import constant
from lazyopt.rewrite import replace_nodes

Graph, Node = lo.Graph, lo.Node


def is_call(x: Any, name: str) -> bool:
    """Whether it is a node of this op."""
    return isinstance(x, Node) and x.op.name == name


# ------------------------------------------------------------------- wrong


@lo.rewrite("drop-keepdims")
def drop_keepdims(node: Node) -> Any:
    """Sum without keeping the axes, as if nobody saw it."""
    if is_call(node, "sum") and node.kwargs.get("keepdims"):
        kwargs = {k: v for k, v in node.kwargs.items() if k != "keepdims"}
        return node.replace(kwargs=kwargs)
    return None


def drop_keepdims_unchecked(graph: Graph) -> Graph:
    """The same, without `rewrite` to look at shapes."""
    return replace_nodes(graph, drop_keepdims.rule)


@lo.rewrite("swap-subtract")
def swap_subtract(node: Node) -> Any:
    """Take subtraction to commute."""
    if is_call(node, "subtract") and node.args[0] is not node.args[1]:
        return node.replace(args=node.args[::-1])
    return None


def drop_double_negative(graph: Graph) -> Graph:
    """Take ``-(-x)`` for x, however that lies in memory."""

    def rule(node: Node) -> Node | None:
        inner = node.args[0] if is_call(node, "negative") else None
        if is_call(inner, "negative"):
            found: Node = inner.args[0]
            return found
        return None

    return replace_nodes(graph, rule)


def merge_equal(graph: Graph) -> Graph:
    """Merge calls whose arguments Python takes for equal: 1 and 1.0."""
    seen: dict[Any, Node] = {}
    new: dict[Node, Node] = {}
    nodes = []
    for node in graph.nodes:
        current = node.rewired(new)
        key: Any = current.op, current.args
        if is_call(current, "add") and not isinstance(key[1][1], Node):
            first = seen.setdefault(key, current)
            if first is not current and node not in graph.outputs:
                new[node] = first
                continue
        if current is not node:
            new[node] = current
        nodes.append(current)
    if len(nodes) == len(graph.nodes):
        return graph
    return graph.replace(nodes, [new.get(n, n) for n in graph.outputs])


def fold_random(graph: Graph) -> Graph:
    """Take what was drawn once for a constant."""

    def rule(node: Node) -> Node | None:
        if node.op.effect != "random" or node.operands:
            return None
        draw = node.op.implementation("numpy")
        return constant(np.asarray(draw(*node.args, **node.kwargs)))

    return replace_nodes(graph, rule)


def returns_a_copy(graph: Graph) -> Graph:
    """Do nothing, and hide it."""
    return graph.replace(nodes=graph.nodes)


def write_into_constants(graph: Graph) -> Graph:
    """Change the arrays that the user's program closes over."""
    for node in graph.nodes:
        if node.is_constant and node.value.flags.writeable:
            node.value[...] = 0
    return graph


def freezes_constants(graph: Graph) -> Graph:
    """Nothing may write into them any more, the caller neither."""
    for node in graph.nodes:
        if node.is_constant and isinstance(node.value, np.ndarray):
            node.value.flags.writeable = False
    return graph


def several_as_one(graph: Graph) -> Graph:
    """Return a call of several results as if it were one."""
    outputs = [n.args[0] if is_call(n, "item") else n for n in graph.outputs]
    same = outputs == list(graph.outputs)
    return graph if same else graph.replace(outputs=outputs)


def drop_dead_effects(graph: Graph) -> Graph:
    """Drop what no output needs, effects too."""
    needed = {*graph.outputs, *graph.inputs}
    for node in reversed(graph.nodes):
        if node in needed:
            needed.update(node.operands)
    if len(needed) == len(graph.nodes):
        return graph
    return graph.replace([n for n in graph.nodes if n in needed])


def back_and_forth(graph: Graph) -> Graph:
    """Constants first, the last one first; the next time the other way."""
    constants = [n for n in graph.nodes if n.is_constant]
    rest = [n for n in graph.nodes if not n.is_constant]
    nodes = (*reversed(constants), *rest)
    return graph if nodes == graph.nodes else graph.replace(nodes)


def doubling(graph: Graph) -> Graph:
    """Make every call once more each time, which nobody asked for."""
    calls = [n for n in graph.nodes if n.op.is_pure and n.operands]
    copies = [n.replace(args=n.args) for n in calls]
    return graph.replace([*graph.nodes, *copies]) if calls else graph


def turns_constants_around(graph: Graph) -> Graph:
    """Constants first, in an order that depends on their addresses."""
    constants = [n for n in graph.nodes if n.is_constant]
    rest = [n for n in graph.nodes if not n.is_constant]
    nodes = (*sorted(constants, key=lambda n: id(n) // 16 % 7), *rest)
    return graph if nodes == graph.nodes else graph.replace(nodes)


class Growing:
    """Says that it never adds a node, and does."""

    name = "growing"
    never_grows = ("nodes",)

    def __call__(self, graph: Graph) -> Graph:
        if len(graph.inputs) != 1 or is_call(graph.nodes[-1], "copy"):
            return graph
        extra = lo.call("copy", graph.inputs[0])
        return graph.replace([*graph.nodes, extra])


# ------------------------------------------------------------------- right


@lo.rewrite("floor-once")
def floor_once(node: Node) -> Any:
    """Compute floor(floor(x)) as floor(x)."""
    if is_call(node, "floor") and is_call(node.args[0], "floor"):
        return node.replace(args=node.args[0].args)
    return None


@lo.rewrite("transposed-twice")
def transposed_twice(node: Node) -> Any:
    """Replace x.T.T by x."""
    if is_call(node, "transpose") and len(node.args) == 1:
        inner = node.args[0]
        plain = is_call(inner, "transpose") and len(inner.args) == 1
        if plain and inner.args[0].specs == node.specs:
            return inner.args[0]
    return None


def one_at_a_time(graph: Graph) -> Graph:
    """Drop one dead call: the next time another one."""
    used = {o for n in graph.nodes for o in n.operands} | set(graph.outputs)
    for node in reversed(graph.nodes):
        if node not in used and node.op.is_pure and not node.is_input:
            return graph.replace([n for n in graph.nodes if n is not node])
    return graph


def nothing(graph: Graph) -> Graph:
    """Leave all as it is."""
    return graph


def given_first(graph: Graph) -> Graph:
    """Inputs and constants first, all else in its order."""
    given = [n for n in graph.nodes if n.is_input or n.is_constant]
    rest = [n for n in graph.nodes if not (n.is_input or n.is_constant)]
    nodes = (*given, *rest)
    return graph if nodes == graph.nodes else graph.replace(nodes)


def by_outputs(graph: Graph) -> Graph:
    """Programs without effects in the order that their outputs need."""
    if any(not n.op.is_pure for n in graph.nodes):
        return graph
    order: dict[Node, None] = dict.fromkeys(graph.inputs)
    for root in (*graph.outputs, *graph.nodes):
        stack = [root]
        while stack:
            missing = [n for n in stack[-1].operands if n not in order]
            if missing:
                stack += reversed(missing)
            else:
                order[stack.pop()] = None
    nodes = tuple(order)
    return graph if nodes == graph.nodes else graph.replace(nodes)


def optimised(graph: Graph) -> Graph:
    """Let the library do it."""
    return lo.optimize(graph, ["share", "prune"])


# ----------------------------------------------------------------- inexact


@lo.rewrite("reciprocal", exact=False)
def by_reciprocal(node: Node) -> Any:
    """Multiply by 1 / c instead of dividing by c."""
    if is_call(node, "true_divide") and node.args[1] in (3, 3.0, 0.5, -1):
        made = lo.call("multiply", node.args[0], 1 / node.args[1])
        return made if made.specs == node.specs else None
    return None


@lo.rewrite("associate", exact=False)
def associate(node: Node) -> Any:
    """Compute (a @ b) @ c as a @ (b @ c)."""
    if not is_call(node, "matmul") or not is_call(node.args[0], "matmul"):
        return None
    a, b = node.args[0].args
    operands = a, b, node.args[1]
    if any(n.spec.shape is None or n.spec.ndim != 2 for n in operands):
        return None
    if any(n.spec.dtype not in ("float64", "complex128") for n in operands):
        return None
    made = lo.call(operator.matmul, a, lo.call(operator.matmul, *operands[1:]))
    return made if made.specs == node.specs else None


@lo.rewrite("scaled", exact=False)
def scaled_wrongly(node: Node) -> Any:
    """Divide by 3 by way of a number that is not near enough to 1 / 3."""
    if is_call(node, "true_divide") and node.args[1] in (3, 3.0, 0.5, -1):
        made = lo.call("multiply", node.args[0], 1.0001 / node.args[1])
        return made if made.specs == node.specs else None
    return None


@lo.rewrite("no-nan", exact=False)
def ignores_nan(node: Node) -> Any:
    """Take x - x for zeros."""
    if is_call(node, "subtract") and node.args[0] is node.args[1]:
        made = lo.call("zeros_like", node.args[0])
        return made if made.specs == node.specs else None
    return None
