"""Floating point operations, counted from shapes."""

import math

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops.contractions import einsum_parts
from lazyopt.ops.families import shape_of

__all__ = ["graph_flops", "node_flops"]

#: Leading terms for square matrices of size n, in n**3.
_CUBIC = {
    "linalg.cholesky": 1 / 3,
    "linalg.det": 2 / 3,
    "linalg.eig": 25,
    "linalg.eigh": 9,
    "linalg.eigvals": 10,
    "linalg.eigvalsh": 4 / 3,
    "linalg.inv": 2,
    "linalg.slogdet": 2 / 3,
    "linalg.solve": 2 / 3,
}


def node_flops(node: Node) -> int:
    """Floating point operations of one call, by leading terms.

    Views and copies count nothing, elementwise ops one an element,
    reductions one an element read, contractions a multiply and an add for
    each product. Decompositions follow Golub & Van Loan, Matrix
    Computations. Calls of unknown functions count nothing.
    """
    op = node.op
    specs = [o.specs[0] for o in node.operands]
    if any(s.shape is None for s in (*specs, *node.specs)):
        return 0
    sizes = [s.size for s in specs]
    if op.elementwise:
        return node.specs[0].size
    if op.contraction:
        return 2 * _products(node)
    if op.name in _CUBIC or op.name in ("linalg.svd", "linalg.qr"):
        return _decomposition(node)
    if op.views or not op.is_pure or op.name in _MOVES or not sizes:
        return 0
    return max(*sizes, node.specs[0].size)


#: Fresh results that are only copied, not computed.
_MOVES = {
    "astype",
    "column_stack",
    "concatenate",
    "constant",
    "copy",
    "dstack",
    "flatten",
    "full_like",
    "hstack",
    "input",
    "item",
    "ones_like",
    "pad",
    "repeat",
    "roll",
    "stack",
    "take",
    "take_along_axis",
    "tile",
    "tril",
    "triu",
    "vstack",
    "zeros_like",
}


def _products(node: Node) -> int:
    """Multiplications of a contraction, done pairwise over all axes."""
    shapes = [shape_of(o.specs[0]) for o in node.operands]
    if node.op.name == "einsum":
        args = [a.spec if type(a) is Node else a for a in node.args]
        terms, _, arrays = einsum_parts(args)
        sizes: dict[str, int] = {}
        for term, array in zip(terms, arrays, strict=True):
            for letter, d in zip(term, shape_of(array), strict=True):
                sizes[letter] = max(sizes.get(letter, 1), d)
        return math.prod(sizes.values()) * max(len(arrays) - 1, 1)
    total = math.prod(math.prod(s) for s in shapes)
    if len(shapes) == 1:
        total **= 2
    out = max(node.specs[0].size, 1)
    if node.op.name == "matmul" and min(map(len, shapes)) > 0:
        return out * shapes[0][-1]
    return math.isqrt(total * out) if total else 0


def _decomposition(node: Node) -> int:
    *batch, m, n = shape_of(node.operands[0].specs[0])
    if node.op.name in _CUBIC:
        return int(math.prod(batch) * _CUBIC[node.op.name] * n**3)
    k = min(m, n)
    factor = 4 if node.op.name == "linalg.svd" else 2
    extra = 22 if node.op.name == "linalg.svd" else -2 / 3
    return int(math.prod(batch) * (factor * m * n * k + extra * k**3))


def graph_flops(graph: Graph) -> int:
    """Floating point operations of one run of a graph."""
    return sum(map(node_flops, graph.nodes))
