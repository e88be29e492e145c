"""Graphs from files, which may come from anyone.

Nothing in a file is executed, and nothing is unpickled: ops are looked up by
name among those registered, and all specs are inferred again.
"""

import json
import os
import struct
import tokenize
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.lib import format as npy

from lazyopt.backends import inferring_on
from lazyopt.encoding import (
    FORMAT,
    STRUCTURAL,
    VERSION,
    decode,
    decode_spec,
    decode_tree,
    no_node,
)
from lazyopt.errors import GraphError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT, ITEM, OPERATOR_FORMS, Op, get_op
from lazyopt.regions import region
from lazyopt.reusing import check_donors
from lazyopt.sizes import parse_bytes
from lazyopt.specs import spec_of
from lazyopt.tracing import gc_paused

__all__ = ["load"]

#: How deep graphs may be nested in calls of graphs.
MAX_REGIONS = 8
#: Libraries a file may name: autoray imports the one that it is told.
BACKENDS = ("numpy", "torch", "jax", "dask", "cupy", "tensorflow", "autograd")
_DAMAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RecursionError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


def load(
    path: str | os.PathLike[str],
    *,
    max_bytes: int | str = "16 GiB",
    max_nodes: int = 10_000_000,
) -> Graph:
    """Read a graph from a file written by `Graph.save`.

    Parameters
    ----------
    path : path
    max_bytes : int or str, optional
        Most that the file may take in memory.
    max_nodes : int, optional
        Most nodes that it may hold.

    Returns
    -------
    Graph

    Raises
    ------
    GraphError
        If it is no such file, damaged, too large, or names an op that isn't
        registered.
    OSError
        If it can't be opened.
    """
    with open(path, "rb") as file:
        return _read(file, os.fspath(path), parse_bytes(max_bytes), max_nodes)


def _read(file: Any, path: str, max_bytes: int, max_nodes: int) -> Graph:
    try:
        with zipfile.ZipFile(file) as archive, gc_paused():
            _check_size(archive, max_bytes)
            program = json.loads(archive.read("graph.json"))
            _check_format(program, max_nodes)
            blobs = _Blobs(archive)
            with inferring_on(program["backend"]):
                return _graph(program, blobs)
    except GraphError as error:
        raise GraphError(f"{path!r} can't be loaded: {error}") from error
    except _DAMAGE as error:
        raise GraphError(
            f"{path!r} is no file of a graph, or damaged "
            f"({type(error).__name__}: {str(error)[:200]})"
        ) from error


def _check_size(archive: zipfile.ZipFile, limit: int) -> None:
    if any(i.compress_type != zipfile.ZIP_STORED for i in archive.infolist()):
        # What is small in the file could be large in memory.
        raise GraphError("it is compressed, and no file of ours is")
    total = sum(info.file_size for info in archive.infolist())
    if total > limit:
        raise GraphError(
            f"it takes {total:,} bytes, above max_bytes={limit:,}"
        )


def _check_format(program: Any, max_nodes: int) -> None:
    if not isinstance(program, dict) or program.get("format") != FORMAT:
        raise GraphError("it holds no graph")
    if program["version"] != VERSION:
        raise GraphError(
            f"it is of version {program['version']!r} of the format; this "
            f"library reads version {VERSION}"
        )
    if program["backend"] not in BACKENDS:
        raise GraphError(f"it is for the library {program['backend']!r}")
    nodes = _count_nodes(program)
    if nodes > max_nodes:
        raise GraphError(
            f"it has {nodes:,} nodes, above max_nodes={max_nodes:,}"
        )


def _count_nodes(program: Any) -> int:
    """Nodes of a graph, those of the graphs in it among them."""
    found = 0
    stack = [program]
    while stack:
        rows = stack.pop()["nodes"]
        found += len(rows)
        stack += [row[1]["body"] for row in rows if type(row[1]) is dict]
    return found


class _Blobs:
    """The memory in an archive, each piece read once."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.read: dict[int, np.ndarray] = {}
        #: How many graphs there are around the one being read.
        self.depth = 0

    def value(self, x: Any) -> Any:
        """A constant: a place in memory, or a scalar."""
        if not isinstance(x, dict) or "memory" not in x:
            return decode(x, no_node)
        which = int(x["memory"])
        if which not in self.read:
            with self.archive.open(f"memory/{which}.npy") as file:
                blob = npy.read_array(file, allow_pickle=False)
            if blob.dtype != np.uint8 or blob.ndim != 1:
                raise GraphError("its memory is no bytes")
            self.read[which] = blob
        dtype = np.dtype(x["dtype"])
        if dtype.kind not in "biufc":
            raise GraphError(f"a constant is of {dtype}")
        made = np.ndarray(
            x["shape"], dtype, self.read[which], x["start"], x["strides"]
        )
        made.flags.writeable = bool(x["writeable"])
        return made


def _graph(program: dict[str, Any], blobs: _Blobs) -> Graph:
    from lazyopt.verify import verify_structure

    specs = [decode_spec(s) for s in program["specs"]]
    nodes: list[Node] = []
    for row in program["nodes"]:
        nodes.append(_node(row, nodes, specs, blobs))
    bound = program["bound"]
    graph = Graph(
        nodes,
        [nodes[i] for i in program["inputs"]],
        [nodes[i] for i in program["outputs"]],
        decode_tree(program["in_tree"]),
        decode_tree(program["out_tree"]),
        backend=program["backend"],
        bound=None if bound is None else tuple(map(blobs.value, bound)),
        parameters=tuple(map(str, program["parameters"])),
        donated=frozenset(nodes[i] for i in program["donated"]),
        donors={nodes[i]: nodes[j] for i, j in program["donors"]},
    )
    _check_leaves(graph)
    verify_structure(graph, frozenset())
    check_donors(graph)
    return graph


def _check_leaves(graph: Graph) -> None:
    """Raise unless trees have a leaf for each input and output."""
    for tree, nodes in (
        (graph.in_tree, graph.inputs),
        (graph.out_tree, graph.outputs),
    ):
        leaves = 0
        stack = [tree]
        while stack:
            one = stack.pop()
            leaves += one.is_leaf
            stack += one.children
        if leaves != len(nodes):
            raise GraphError(f"{leaves} leaves for {len(nodes)} nodes")
    if len(graph.in_tree.children) != 2:
        raise GraphError("its inputs are no arguments")
    if graph.bound is not None and len(graph.bound) != len(graph.inputs):
        raise GraphError("its inputs are bound to another number of values")


def _node(
    row: Any, nodes: list[Node], specs: list[Any], blobs: _Blobs
) -> Node:
    name, form, args, kwargs, which, source = row
    op = _op(name, form, blobs)
    own = tuple([specs[i] for i in which])
    if op is CONSTANT:
        value = blobs.value(args)
        return Node(CONSTANT, (value,), None, (spec_of(value),))
    given = tuple([decode(a, nodes.__getitem__) for a in args])
    named = {str(k): decode(v, nodes.__getitem__) for k, v in kwargs.items()}
    if named.get("out") is not None:
        raise GraphError(f"{name} writes")
    if op is ITEM and not (
        len(given) == 2
        and isinstance(given[0], Node)
        and type(given[1]) is int
        and 0 <= given[1] < len(given[0].specs)
    ):
        raise GraphError("an item of no result")
    if op is INPUT and not (len(given) == 1 and isinstance(given[0], str)):
        raise GraphError("an input without a name")
    return Node(op, given, named, own, None if source is None else str(source))


def _op(name: str, form: Any, blobs: _Blobs) -> Op:
    if isinstance(form, dict):
        return _region(name, form, blobs)
    if form == "structural":
        return STRUCTURAL[name]
    return OPERATOR_FORMS[name] if form == "operator" else get_op(name)


def _region(kind: str, form: dict[str, Any], blobs: _Blobs) -> Op:
    """The op of a call that holds a graph."""
    if blobs.depth >= MAX_REGIONS:
        raise GraphError(f"regions nested deeper than {MAX_REGIONS}")
    blobs.depth += 1
    body = _graph(form["body"], blobs)
    blobs.depth -= 1
    options = decode(form["options"], no_node)
    return region(kind, body, **options)
