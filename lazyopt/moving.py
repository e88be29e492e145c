"""A program for one library's arrays, made one for another's."""

import difflib
from importlib.util import find_spec
from typing import Any

from lazyopt.backends import inferring_on, on_backend, spec_on
from lazyopt.build import infer
from lazyopt.errors import InputError
from lazyopt.graph import Graph
from lazyopt.ir import Node, substitute
from lazyopt.ops import CONSTANT, INPUT, ITEM, Op, get_op
from lazyopt.regions import inlined
from lazyopt.specs import ArraySpec

__all__ = ["moved"]

#: Libraries that needn't be here for a graph to be planned for them.
LIBRARIES = ("cupy", "dask", "jax", "mlx", "numpy", "tensorflow", "torch")


def moved(graph: Graph, backend: str) -> Graph:
    """The same program for another library, all specs inferred again.

    Parameters
    ----------
    graph : Graph
    backend : str
        Autoray's name of the library.

    Returns
    -------
    Graph
        Without the values its inputs were bound to, which are of the old
        library.

    Raises
    ------
    InputError
        If there is no such library.
    """
    _check_library(backend)
    graph = inlined(graph)
    new: dict[Node, Node] = {}
    with inferring_on(backend):
        for node in graph.nodes:
            new[node] = _moved(node, new, backend)
    return Graph(
        new.values(),
        [new[n] for n in graph.inputs],
        [new[n] for n in graph.outputs],
        graph.in_tree,
        graph.out_tree,
        backend=backend,
        history=graph.history,
        parameters=graph.parameters,
        donated=frozenset(new[n] for n in graph.donated),
    )


def _check_library(backend: str) -> None:
    root = backend.partition(".")[0]
    if root in LIBRARIES or (root.isidentifier() and find_spec(root)):
        return
    near = difflib.get_close_matches(backend, LIBRARIES, n=1)
    raise InputError(
        f"no library {backend!r} is installed"
        + (f"; did you mean {near[0]!r}? " if near else ". ")
        + "A library goes by the name that autoray.infer_backend gives its "
        "arrays."
    )


def _portable(node: Node, args: tuple[Any, ...]) -> tuple[Op, Any]:
    """``tensordot`` for ``dot`` of matrices, which is for vectors elsewhere.

    ``dot`` may stand for it: dtypes are to be as of the program's own call.
    """
    if node.op is not get_op("dot"):
        return node.op, args
    shapes = [a.spec.shape for a in node.args if type(a) is Node]
    axes = sorted(len(s) for s in shapes if s is not None)
    if axes not in ([1, 2], [2, 2]) or len(args) != 2:
        return node.op, args
    return get_op("tensordot"), (*args, 1)


def _moved(node: Node, new: dict[Node, Node], backend: str) -> Node:
    if node.op is INPUT:
        return Node(INPUT, node.args, None, (spec_on(backend, node.spec),))
    if node.op is CONSTANT:
        value = on_backend(node.args[0], backend)
        return Node(CONSTANT, (value,), None, (spec_on(backend, value),))
    args = tuple([substitute(a, new) for a in node.args])
    kwargs = {k: substitute(v, new) for k, v in node._kwargs.items()}
    if node.op is ITEM:
        specs: tuple[ArraySpec, ...] = (args[0].specs[args[1]],)
    else:
        op, args = _portable(node, args)
        specs = infer(op, args, kwargs)
        if len(specs) != len(node.specs):
            specs = node.specs
        return Node(op, args, kwargs, specs, node.source, True)
    return Node(node.op, args, kwargs, specs, node.source, True)
