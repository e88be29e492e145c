"""Trees of contractions as networks: arrays, and labels on their axes."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import Op
from lazyopt.passes.lower_rules import paired
from lazyopt.passes.matching import forms
from lazyopt.passes.simplify_views import permutation

__all__ = ["Network", "networks"]

Labels = tuple[int, ...]


@dataclass(frozen=True)
class Network:
    """A product of arrays, summed over the labels that aren't its output's.

    Attributes
    ----------
    root : Node
        Its result.
    calls : list of Node
        What computes it now.
    operands : list of Node
    terms : list of tuple of int
        For each operand, the labels of its axes.
    output : tuple of int
        Labels of the result's axes.
    """

    root: Node
    calls: list[Node]
    operands: list[Node]
    terms: list[Labels]
    output: Labels


def networks(graph: Graph) -> Iterator[Network]:
    """The networks of three operands and more in a graph, each the largest."""
    inside: set[Node] = set()
    outputs = set(graph.outputs)
    for node in reversed(graph.nodes):
        if node in inside or contraction(node) is None:
            continue
        network = _grown(graph, node, outputs)
        inside.update(network.calls)
        if len(network.operands) > 2:
            yield network


def _grown(graph: Graph, root: Node, outputs: set[Node]) -> Network:
    """The network of all that feeds a node and nothing else."""
    fresh = count()
    output = tuple([next(fresh) for _ in root.specs[0].shape or ()])
    network = Network(root, [], [], [], output)
    stack = [(root, output)]
    while stack:
        node, labels = stack.pop()
        parts = contraction(node)
        inner = node is root or (
            node not in outputs and _is_read_once(graph, node)
        )
        if parts is None or not inner:
            network.operands.append(node)
            network.terms.append(labels)
            continue
        network.calls.append(node)
        named: dict[Any, int] = dict(zip(parts[1], labels, strict=True))
        below = []
        for operand, axes in parts[0]:
            for axis in axes:
                if axis not in named:
                    named[axis] = next(fresh)
            below.append((operand, tuple([named[axis] for axis in axes])))
        stack += reversed(below)
    return replace(network, calls=network.calls[::-1])


def _is_read_once(graph: Graph, node: Node) -> bool:
    users = graph.users(node)
    return len(users) == 1 and sum(a is node for a in users[0].args) == 1


# ------------------------------------------------------------ what calls say

#: Operands with labels of their axes, and those of the result's.
Parts = tuple[list[tuple[Node, list[Any]]], list[Any]]

_INEXACT = {"float32", "float64", "complex64", "complex128"}


def contraction(node: Node) -> Parts | None:
    """A call's operands with labels of its own on their axes.

    None unless it is a contraction, or a transpose, of arrays of one dtype
    whose sums round.
    """
    rule = _rules().get(node.op)
    if rule is None or node.specs[0].dtype not in _INEXACT:
        return None
    of = [node.specs, *[n.specs for n in node.operands]]
    if any(len(s) != 1 or s[0].kind != "array" for s in of):
        return None
    if any(s[0].dtype != node.specs[0].dtype for s in of):
        return None
    if any(s[0].shape is None for s in of):
        return None
    args, kwargs = node.op.bind(node.args, node._kwargs)
    parts = None if kwargs else rule(node, args)
    return parts if parts is not None and _sizes_agree(parts) else None


def _sizes_agree(parts: Parts) -> bool:
    sizes: dict[Any, int] = {}
    for operand, labels in parts[0]:
        for label, size in zip(labels, operand.spec.shape or (), strict=True):
            if sizes.setdefault(label, size) != size:
                return False
    return True


def _einsum(node: Node, args: tuple[Any, ...]) -> Parts | None:
    equation, operands = args[0], args[1:]
    if type(equation) is not str or not all(type(x) is Node for x in operands):
        return None
    equation = equation.replace(" ", "")
    left, arrow, right = equation.partition("->")
    terms = left.split(",")
    if "." in equation or not arrow or len(terms) != len(operands):
        return None
    if len(set(right)) < len(right) or not set(right) <= set(left):
        return None
    pairs = [(x, list(t)) for x, t in zip(operands, terms, strict=True)]
    if any(len(t) != x.spec.ndim for x, t in pairs):
        return None
    return pairs, list(right)


def _tensordot(node: Node, args: tuple[Any, ...]) -> Parts | None:
    a, b = args[:2]
    if type(a) is not Node or type(b) is not Node:
        return None
    n, m = a.spec.ndim, b.spec.ndim
    axes = paired(args[2] if len(args) > 2 else 2, n, m)
    if axes is None:
        return None
    left: list[Any] = [("a", i) for i in range(n)]
    right: list[Any] = [("b", i) for i in range(m)]
    for i, j in zip(*axes, strict=True):
        right[j] = left[i]
    shared = {left[i] for i in axes[0]}
    out = [x for x in (*left, *right) if x not in shared]
    return [(a, left), (b, right)], out


def _product(node: Node, args: tuple[Any, ...]) -> Parts | None:
    """``dot`` and ``matmul`` of matrices, or a matrix and a vector."""
    if len(args) != 2 or not all(type(x) is Node for x in args):
        return None
    a, b = args
    if not {a.spec.ndim, b.spec.ndim} <= {1, 2}:
        return None
    left = ["i", "k"][-a.spec.ndim :]
    right = ["k", "j"][: b.spec.ndim]
    return [(a, left), (b, right)], left[:-1] + right[1:]


def _transpose(node: Node, args: tuple[Any, ...]) -> Parts | None:
    axes = permutation(node)
    if axes is None or type(args[0]) is not Node:
        return None
    return [(args[0], list(range(len(axes))))], list(axes)


_FORMS: dict[str, Callable[[Node, tuple[Any, ...]], Parts | None]] = {
    "dot": _product,
    "einsum": _einsum,
    "matmul": _product,
    "tensordot": _tensordot,
    "transpose": _transpose,
}


@functools.cache
def _rules() -> dict[Op, Callable[[Node, tuple[Any, ...]], Parts | None]]:
    return {op: rule for name, rule in _FORMS.items() for op in forms(name)}
