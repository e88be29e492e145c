"""A graph in other forms: networkx, LazyArrays, and a flat one to pickle."""

from typing import Any

import networkx
import numpy as np
from autoray import lazy
from numpy.lib.array_utils import byte_bounds

from lazyopt.aliasing import groups_in_memory
from lazyopt.dense import is_backwards
from lazyopt.errors import GraphError
from lazyopt.graph import Graph
from lazyopt.ir import Node, substitute
from lazyopt.ops import CONSTANT, INPUT
from lazyopt.tree import map_parts

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
    from lazyopt.regions import inlined

    graph = inlined(graph)
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
    """An array in flat form: a place in memory that others may be in, too.

    Later bits depend on strides, and on which arrays are one: neither would
    outlive NumPy's own way to pickle.
    """

    __slots__ = ("array", "data", "low")

    def __init__(self, array: np.ndarray, data: np.ndarray, low: int) -> None:
        self.array = array
        self.data = data
        self.low = low
        # An element that several places share is written as often.
        np.ndarray(array.shape, array.dtype, *self.place())[...] = array

    def place(self) -> tuple[np.ndarray, int, tuple[int, ...]]:
        """Memory, place in it, and strides."""
        start = self.array.__array_interface__["data"][0] - self.low
        return self.data, start, self.array.strides

    def __reduce__(self) -> Any:
        a = self.array
        return _from_memory, (
            a.shape,
            a.dtype,
            *self.place(),
            a.flags.writeable,
        )


def _from_memory(
    shape: Any,
    dtype: Any,
    data: np.ndarray,
    place: int,
    strides: Any,
    writeable: bool,
) -> np.ndarray:
    made = np.ndarray(shape, dtype, data, place, strides)
    made.flags.writeable = writeable
    return made


def _flat_values(values: list[Any]) -> list[Any]:
    """Constants as they are pickled, those that share memory with it."""
    flat = list(values)
    for group in groups_in_memory(values):
        arrays = [values[i] for i in group]
        if len(group) == 1 and _pickles_well(arrays[0]):
            continue
        bounds = [byte_bounds(a) for a in arrays]
        low = min(start for start, _ in bounds)
        data = np.zeros(max(end for _, end in bounds) - low, np.uint8)
        for i, array in zip(group, arrays, strict=True):
            flat[i] = _Memory(array, data, low)
    return flat


def _pickles_well(x: Any) -> bool:
    if type(x) is not np.ndarray or not x.size or x.dtype.hasobject:
        return True
    dense = x.flags.c_contiguous or x.flags.f_contiguous
    return bool(dense and x.flags.writeable) and not is_backwards(x)


def flat_state(graph: Graph) -> tuple[Any, ...]:
    """All there is to a graph, with numbers in place of nested nodes."""
    number = {n: _Ref(i) for i, n in enumerate(graph.nodes)}
    constants = [n for n in graph.nodes if n.op is CONSTANT]
    values = [*(n.args[0] for n in constants), *(graph.bound or ())]
    flat = _flat_values(values)
    held = dict(zip(constants, flat, strict=False))
    bound = None if graph.bound is None else tuple(flat[len(constants) :])
    rows = [
        (
            n.op,
            (held[n],)
            if n in held
            else tuple(substitute(a, number) for a in n.args),
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
        bound,
        graph.parameters,
        [number[n].number for n in graph.inputs if n in graph.donated],
        [
            (number[n].number, number[x].number)
            for n, x in graph.donors.items()
        ],
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
    donated: list[int],
    donors: list[tuple[int, int]],
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
        donated=frozenset(nodes[i] for i in donated),
        donors={nodes[i]: nodes[j] for i, j in donors},
    )


def _restored(x: Any, nodes: list[Node]) -> Any:
    if type(x) is _Ref:
        return nodes[x.number]
    if type(x) is slice:
        bounds = (x.start, x.stop, x.step)
        return slice(*[_restored(v, nodes) for v in bounds])
    return map_parts(lambda v: _restored(v, nodes), x)
