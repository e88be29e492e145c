"""Strength reduction: small whole powers as products."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT
from lazyopt.ordering import peak_bytes
from lazyopt.passes.matching import forms, kind_of, made, same
from lazyopt.records import note_remark, note_rewrite
from lazyopt.reusing import reusing
from lazyopt.rewrite import replace_nodes

__all__ = ["Powers"]

#: Power that NumPy takes by one product itself.
SQUARE = 2
_NUMBERS = (int, float, np.integer, np.floating)


@dataclass(frozen=True)
class Powers:
    """Write ``x ** 3`` as ``x * x * x`` (strength reduction).

    NumPy calls the C library's ``pow`` for powers above two of floats, which
    takes many times as long as the few products that a small whole power is,
    above all for negative numbers: squares of squares, times ``x`` where the
    exponent's next binary digit is one. Each product is rounded, which in a
    power of n adds up to n - 1 roundings instead of one: last bits change, by
    at most n units in the last place. It needs ``fast_math=True``.

    It belongs before ``fuse`` and ``reuse``, which keep what is in between
    from being whole or write over it. Powers stay where the peak would rise
    all the same. NumPy only: compilers behind other libraries do this.

    Parameters
    ----------
    most : int
        The largest exponent. Above, ``pow`` may be no slower.

    Notes
    -----
    Exponentiation by squaring is algorithm A of D. E. Knuth, The Art of
    Computer Programming, vol. 2, section 4.6.3; that roundings of products
    add up so is lemma 3.1 of N. J. Higham, Accuracy and Stability of
    Numerical Algorithms, 2002.
    """

    most: int = 8
    name: ClassVar[str] = "powers"
    exact: ClassVar[bool] = False
    never_grows: ClassVar[tuple[str, ...]] = ()

    def __call__(self, graph: Graph) -> Graph:
        """Return the graph in products, or itself if it has no such power."""
        if graph.backend != "numpy" or "power" not in graph.counts:
            return graph
        limit = peak_bytes(reusing(graph))
        alive = _alive_afterwards(graph)
        for may_be in (lambda x: True, lambda x: x in alive):
            result, written = self._in_products(graph, may_be)
            if peak_bytes(reusing(result)) <= limit:
                for _ in range(written):
                    note_rewrite("power as products")
                return result
        note_remark("products need an array more, which would raise the peak")
        return graph

    def _in_products(
        self, graph: Graph, may_be: Callable[[Node], bool]
    ) -> tuple[Graph, int]:
        """The graph with powers of what may be, and how many they are."""
        ops = set(forms("power"))
        written = 0

        def rule(node: Node) -> Node | None:
            nonlocal written
            if node.op not in ops:
                return None
            found = power(node)
            if found is None or found[1] > self.most or not may_be(found[0]):
                return None
            written += 1
            return products(node, *found)

        return replace_nodes(graph, rule), written


def power(node: Node) -> tuple[Node, int] | None:
    """What is raised to which power, if it can be written as products."""
    if len(node.args) != 2 or node._kwargs or kind_of(node) != "f":
        return None
    x, exponent = node.args
    if type(x) is not Node or not isinstance(exponent, _NUMBERS):
        return None
    if not exponent > SQUARE or exponent != exponent // 1:
        return None
    if node.specs[0].kind != "array" or same(node, x) is None:
        return None
    return x, int(exponent)


def products(node: Node, x: Node, exponent: int) -> Node:
    """A power by the binary digits of its exponent, from the second on.

    Nothing but ``x`` and what there is so far is needed at any time.
    """
    result = x
    for digit in bin(exponent)[3:]:
        result = made(node, "square", result)
        if digit == "1":
            result = made(node, "multiply", result, x)
    return result


def _alive_afterwards(graph: Graph) -> set[Node]:
    """Nodes that more than one call uses, and what the caller holds.

    `numpy.power` of any other could be written into it; products can't.
    """
    returned = Counter(graph.outputs)
    return {
        n
        for n in graph.nodes
        if n.op is INPUT
        or n.op is CONSTANT
        or len(graph.users(n)) + returned[n] > 1
    }
