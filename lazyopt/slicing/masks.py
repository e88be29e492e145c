"""Diagonals and triangles, written so that they can be made in parts.

Each part of ``eye(n)`` is another one, so it has no rule: it tells rows and
columns apart by where they are. Written out, where they are is an operand:
``(arange(n)[:, None] == arange(n)).astype(float)``, to the same bits; and
``tril`` chooses by such a mask, as it does in NumPy.
"""

from collections.abc import Callable

from lazyopt.build import make_node
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.rewrite import replace_nodes
from lazyopt.slicing.arguments import arguments_of, dims

__all__ = ["written_out"]

#: Smaller ones are left: they are in nobody's way.
LEAST = 1 << 14


def written_out(graph: Graph) -> Graph:
    """A graph whose large masks are comparisons of rows and columns.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    Graph
        The same object if there are none. Else its peak may be higher, until
        what it makes of them is made in parts.
    """

    def rule(node: Node) -> Node | None:
        write = _RULES.get(node.op.name)
        if write is None or node.specs[0].nbytes < LEAST:
            return None
        made = write(node)
        return made if made.specs == node.specs else None

    return replace_nodes(graph, rule)


def _told(name: str, height: int, width: int, k: int) -> Node:
    """A comparison of where rows are, ``k`` further on, with columns."""
    rows = make_node("arange", (k, k + height))
    columns = make_node("arange", (width,))
    upright = make_node("getitem", (rows, (slice(None), None)))
    return make_node(name, (upright, columns))


def _made(node: Node) -> Node:
    """``eye``, ``identity`` or ``tri``."""
    height, width = dims(node)
    name = "greater_equal" if node.op.name == "tri" else "equal"
    told = _told(name, height, width, arguments_of(node).get("k", 0))
    return make_node("astype", (told, node.specs[0].dtype), source=node.source)


def _chosen(node: Node) -> Node:
    """``tril`` or ``triu``: zero on one side."""
    given = arguments_of(node)
    x, k, lower = given["m"], given["k"], node.op.name == "tril"
    height, width = dims(node)[-2:]
    told = _told("greater_equal", height, width, k if lower else k - 1)
    zero = make_node("zeros", ((1,),), {"dtype": node.specs[0].dtype})
    sides = (x, zero) if lower else (zero, x)
    return make_node("where", (told, *sides), source=node.source)


_RULES: dict[str, Callable[[Node], Node]] = {
    "eye": _made,
    "identity": _made,
    "tri": _made,
    "tril": _chosen,
    "triu": _chosen,
}
