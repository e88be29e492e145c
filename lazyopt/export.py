"""A graph in other forms: networkx, LazyArrays, and a flat one to pickle."""

from copy import copy
from typing import Any

import networkx
import numpy as np
from autoray import lazy
from numpy.lib.array_utils import byte_bounds

from lazyopt.errors import GraphError
from lazyopt.graph import Graph
from lazyopt.ir import Node, substitute
from lazyopt.ops import CONSTANT, INPUT

__all__ = ["flat_state", "from_flat_state", "to_lazy", "to_networkx"]


def to_networkx(graph: Graph) -> networkx.DiGraph:
    """Nodes by their number in the schedule, edges from operand to user.

    Returns
    -------
    networkx.DiGraph
        Nodes have the attributes ``node``, ``op`` (its name), ``label`` and
        ``nbytes``; ``output`` says whether the graph returns them.
    """
    from lazyopt.render import call_text

    made = networkx.DiGraph()
    outputs = set(graph.outputs)
    for i, node in enumerate(graph.nodes):
        made.add_node(
            i,
            node=node,
            op=node.op.name,
            label=call_text(node),
            nbytes=sum(s.nbytes for s in node.specs),
            output=node in outputs,
        )
        made.add_edges_from((graph.number(o), i) for o in node.operands)
    return made


def to_lazy(graph: Graph, arrays: tuple[Any, ...] = ()) -> Any:
    """The program as autoray LazyArrays.

    Parameters
    ----------
    graph : Graph
    arrays : tuple
        Data for the inputs, in order; without any, they become Variables.

    Returns
    -------
    pytree of LazyArray
        In the structure of the graph's outputs.
    """
    if arrays and len(arrays) != len(graph.inputs):
        raise GraphError(
            f"{len(graph.inputs)} inputs, but {len(arrays)} arrays for them"
        )
    new: dict[Node, Any] = {}
    for i, node in enumerate(graph.inputs):
        new[node] = (
            lazy.array(arrays[i])
            if arrays
            else lazy.Variable(node.spec.shape, backend=graph.backend)
        )
    for node in graph.nodes:
        if node.op is CONSTANT:
            new[node] = lazy.array(node.args[0])
        elif node.op is not INPUT:
            new[node] = _lazy_call(graph, node, new)
    return graph.out_tree.unflatten(iter([new[n] for n in graph.outputs]))


def _lazy_call(graph: Graph, node: Node, new: dict[Node, Any]) -> Any:
    shape = (len(node.specs),) if node.op.multi else node.specs[0].shape
    return lazy.LazyArray(
        backend=graph.backend,
        fn=node.op.implementation(graph.backend),
        args=tuple(substitute(a, new) for a in node.args),
        kwargs={k: substitute(v, new) for k, v in node.kwargs.items()},
        shape=() if shape is None else shape,
        deps=tuple(new[o] for o in node.operands),
    )


class _Ref:
    """Stands for a node in flat form: its number."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> Any:
        return _Ref, (self.number,)


class _Memory:
    """An array in flat form, strides and all: later bits depend on them."""

    __slots__ = ("array",)

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __reduce__(self) -> Any:
        a = self.array
        low, high = byte_bounds(a)
        data = np.zeros(high - low, np.uint8)
        place = a.__array_interface__["data"][0] - low
        # An element that several places share is written as often.
        np.ndarray(a.shape, a.dtype, data, place, a.strides)[...] = a
        parts = data, a.shape, a.dtype, place, a.strides, a.flags.writeable
        return _from_memory, parts


def _from_memory(
    data: np.ndarray,
    shape: Any,
    dtype: Any,
    place: int,
    strides: Any,
    writeable: bool,
) -> np.ndarray:
    made = np.ndarray(shape, dtype, data, place, strides)
    made.flags.writeable = writeable
    return made


def _flat_value(x: Any) -> Any:
    """A constant as it is pickled: NumPy itself would change its strides."""
    if type(x) is not np.ndarray or not x.size or x.dtype.hasobject:
        return x
    dense = x.flags.c_contiguous or x.flags.f_contiguous
    return x if dense and x.flags.writeable else _Memory(x)


def flat_state(graph: Graph) -> tuple[Any, ...]:
    """All there is to a graph, with numbers in place of nested nodes."""
    number = {n: _Ref(i) for i, n in enumerate(graph.nodes)}
    rows = [
        (
            n.op,
            tuple(_flat_value(substitute(a, number)) for a in n.args),
            {k: substitute(v, number) for k, v in n.kwargs.items()},
            n.specs,
            n.source,
        )
        for n in graph.nodes
    ]
    return (
        rows,
        [number[n].number for n in graph.inputs],
        [number[n].number for n in graph.outputs],
        graph.in_tree,
        graph.out_tree,
        graph.backend,
        graph.bound and tuple(map(_flat_value, graph.bound)),
        graph.parameters,
    )


def from_flat_state(
    rows: list[Any],
    inputs: list[int],
    outputs: list[int],
    in_tree: Any,
    out_tree: Any,
    backend: str,
    bound: Any,
    parameters: tuple[str, ...],
) -> Graph:
    """The graph of a flat form; its history is not part of it."""
    nodes: list[Node] = []
    for op, args, kwargs, specs, source in rows:
        args = tuple(_restored(a, nodes) for a in args)
        kwargs = {k: _restored(v, nodes) for k, v in kwargs.items()}
        nodes.append(Node(op, args, kwargs, specs, source))
    return Graph(
        nodes,
        [nodes[i] for i in inputs],
        [nodes[i] for i in outputs],
        in_tree,
        out_tree,
        backend=backend,
        bound=bound,
        parameters=parameters,
    )


def _restored(x: Any, nodes: list[Node]) -> Any:
    if type(x) is _Ref:
        return nodes[x.number]
    if type(x) is slice:
        bounds = (x.start, x.stop, x.step)
        return slice(*[_restored(v, nodes) for v in bounds])
    if isinstance(x, dict):
        made = copy(x)
        made.update((k, _restored(v, nodes)) for k, v in x.items())
        return made
    if isinstance(x, tuple | list):
        parts = [_restored(v, nodes) for v in x]
        make: Any = type(x)
        return make(*parts) if hasattr(x, "_fields") else make(parts)
    return x
