"""Graphs to files: JSON for the program, npy for its constants.

A file is a zip archive of ``graph.json`` and of ``memory/0.npy``, ... Arrays
that share memory are places in one piece of it, so that they do again.
"""

import json
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import autoray
import numpy as np
from numpy.lib import format as npy
from numpy.lib.array_utils import byte_bounds

from lazyopt.aliasing import groups_in_memory
from lazyopt.encoding import (
    FORMAT,
    STRUCTURAL,
    VERSION,
    encode,
    encode_spec,
    encode_tree,
    no_node,
)
from lazyopt.errors import GraphError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, OPERATOR_FORMS, get_op

__all__ = ["save"]


def save(graph: Graph, path: str | os.PathLike[str]) -> None:
    """Write a graph to a file; its history is not part of it.

    Parameters
    ----------
    graph : Graph
    path : path
        Overwritten if it is there, once all is written.

    Raises
    ------
    GraphError
        If it calls functions that nobody registered, or holds values that no
        file can hold.
    """
    values = [n.args[0] for n in graph.nodes if n.op is CONSTANT]
    blobs, arrays = _memory([*values, *(graph.bound or ())])
    text = json.dumps(_program(graph, arrays), separators=(",", ":"))
    target = Path(path)
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with zipfile.ZipFile(unfinished, "w") as archive:
            archive.writestr("graph.json", text)
            for i, blob in enumerate(blobs):
                name = f"memory/{i}.npy"
                with archive.open(name, "w", force_zip64=True) as file:
                    npy.write_array(file, blob, allow_pickle=False)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _program(graph: Graph, arrays: list[Any]) -> dict[str, Any]:
    specs: dict[Any, int] = {}
    held = iter(arrays)
    nodes = []
    for node in graph.nodes:
        which = [specs.setdefault(s, len(specs)) for s in node.specs]
        if node.op is CONSTANT:
            args: Any = next(held)
            kwargs: Any = {}
        else:
            args = [encode(a, graph.number) for a in node.args]
            kwargs = {
                k: encode(v, graph.number) for k, v in node.kwargs.items()
            }
        nodes.append([*_op_name(node), args, kwargs, which, node.source])
    return {
        "format": FORMAT,
        "version": VERSION,
        "backend": graph.backend,
        "specs": [encode_spec(s) for s in specs],
        "nodes": nodes,
        "inputs": [graph.number(n) for n in graph.inputs],
        "outputs": [graph.number(n) for n in graph.outputs],
        "donated": [
            graph.number(n) for n in graph.inputs if n in graph.donated
        ],
        "donors": [
            [graph.number(n), graph.number(x)] for n, x in graph.donors.items()
        ],
        "in_tree": encode_tree(graph.in_tree),
        "out_tree": encode_tree(graph.out_tree),
        "parameters": list(graph.parameters),
        "bound": None if graph.bound is None else list(held),
    }


def _op_name(node: Node) -> tuple[str, Any]:
    """An op's name, and which of the ops of that name it is."""
    op = node.op
    if op.region is not None:
        _, body, options, _ = op.region
        if any(n.op is CONSTANT for n in body.nodes):
            raise GraphError(f"{node!r} has constants in its body")
        return op.name, {
            "body": _program(body, []),
            "options": encode(options, no_node),
        }
    if op in STRUCTURAL.values():
        return op.name, "structural"
    if OPERATOR_FORMS.get(op.name) is op:
        return op.name, "operator"
    try:
        known = get_op(op.name) is op
    except GraphError:
        known = False
    if not known:
        raise GraphError(
            f"{node!r} calls a function that isn't registered, which no file "
            "can hold; register it with register_op(fn, infer=...) before "
            "tracing"
        )
    return op.name, "function"


def _memory(values: Sequence[Any]) -> tuple[list[np.ndarray], list[Any]]:
    """Memory to store, and each value as a place in it."""
    arrays = [
        x if isinstance(x, np.ndarray | np.generic) else autoray.to_numpy(x)
        if hasattr(x, "shape")
        else x
        for x in values
    ]  # fmt: skip
    blobs: list[np.ndarray] = []
    places: list[Any] = [None] * len(arrays)
    for group in groups_in_memory(arrays):
        members = [arrays[i] for i in group]
        if not isinstance(members[0], np.ndarray):
            places[group[0]] = encode(members[0], no_node)
            continue
        bounds = [byte_bounds(a) for a in members]
        low = min(start for start, _ in bounds)
        blob = np.zeros(max(end for _, end in bounds) - low, np.uint8)
        for i, array in zip(group, members, strict=True):
            if array.dtype.kind not in "biufc":
                raise GraphError(
                    f"a file can't hold an array of {array.dtype}"
                )
            start = array.__array_interface__["data"][0] - low
            np.ndarray(array.shape, array.dtype, blob, start, array.strides)[
                ...
            ] = array
            places[i] = {
                "memory": len(blobs),
                "start": start if array.size else 0,
                "shape": list(array.shape),
                "strides": list(array.strides),
                "dtype": array.dtype.str,
                "writeable": bool(array.flags.writeable),
            }
        blobs.append(blob)
    return blobs, places
