"""Inputs that lie in memory otherwise than a graph was made for.

Results written into operands, and regions, give the bits of the program's own
calls on operands of the strides that were traced. Other arrays are run by the
program's own calls, so that bits never depend on what was optimised.
"""

from typing import Any

import numpy as np

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT
from lazyopt.regions import inlined
from lazyopt.specs import make_spec
from lazyopt.storages import viewed_operand

__all__ = ["suited"]


def suited(graph: Graph, values: list[Any]) -> Graph:
    """The graph itself, or its plain calls, whichever these inputs allow.

    Parameters
    ----------
    graph : Graph
    values : list of arrays
        For its inputs, of their shapes and dtypes.
    """
    written = graph._cache.get("written")
    if written is None:
        written = graph._cache["written"] = _written_inputs(graph)
    if written is _PLAIN:
        return graph
    for node, value in zip(graph.inputs, values, strict=True):
        if not _lies_as_traced(node, value):
            return _plain(graph)
    for i in written:
        if not _may_be_written(graph, values, i):
            return _plain(graph)
    return graph


#: Stands for a graph that has nothing but plain calls.
_PLAIN: tuple[int, ...] = (-1,)


def _written_inputs(graph: Graph) -> tuple[int, ...]:
    """Places of donated inputs that calls write into."""
    if not graph.donors and not any(n.op.region for n in graph.nodes):
        return _PLAIN
    found = set()
    for x in graph.donors.values():
        node: Node | None = x
        while node is not None and node not in found:
            found.add(node)
            node = graph.donors.get(node) or viewed_operand(node)
    return tuple([i for i, n in enumerate(graph.inputs) if n in found])


def _plain(graph: Graph) -> Graph:
    """The same program with nothing written into, and no regions."""
    made: Graph | None = graph._cache.get("plain")
    if made is None:
        made = inlined(graph.replace(donors={}))
        graph._cache["plain"] = made
    return made


def _lies_as_traced(node: Node, value: Any) -> bool:
    if type(value) is not np.ndarray:
        return isinstance(value, np.generic)
    spec = node.spec
    if not value.dtype.isnative or not value.flags.aligned:
        return False
    if value.strides == spec.strides:
        return True
    given = make_spec(value.shape, value.dtype.name, "array", value.strides)
    return given.strides == spec.strides


def _may_be_written(graph: Graph, values: list[Any], i: int) -> bool:
    """Whether an array is nobody else's: not bound, frozen or seen twice."""
    x = values[i]
    if not x.flags.writeable:
        return False
    if graph.bound is not None and any(x is y for y in graph.bound):
        return False
    held = graph._cache.get("held")
    if held is None:
        held = [n.args[0] for n in graph.nodes if n.op is CONSTANT]
        graph._cache["held"] = held
    others = [y for j, y in enumerate(values) if j != i]
    return not any(
        isinstance(y, np.ndarray) and np.may_share_memory(x, y)
        for y in (*others, *held)
    )
