"""Static values, trees and specs as JSON, bit for bit, and back.

What JSON has itself stands as it is: ``None``, booleans, whole numbers,
strings. All else is an object with one key that says what it is.
"""

import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from lazyopt.errors import GraphError
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT, ITEM
from lazyopt.specs import ArraySpec
from lazyopt.tree import Tree

__all__ = [
    "FORMAT",
    "STRUCTURAL",
    "VERSION",
    "decode",
    "decode_spec",
    "decode_tree",
    "encode",
    "encode_spec",
    "encode_tree",
    "no_node",
]

FORMAT = "lazyopt graph"
VERSION = 2
#: Ops that are part of what a graph is; they are in no registry.
STRUCTURAL = {op.name: op for op in (INPUT, CONSTANT, ITEM)}

#: How deep values and trees may be nested.
MAX_DEPTH = 64
#: How many parts a nested value may have.
MAX_PARTS = 1 << 20
_PLAIN = (type(None), bool, str)
_TYPES: dict[str, type] = {
    t.__name__: t for t in (bool, int, float, complex)
} | {
    np.dtype(c).type.__name__: np.dtype(c).type
    for c in "?bBhHiIlLefdFD"
}  # fmt: skip


def encode(x: Any, number: Callable[[Node], int]) -> Any:
    """A value as JSON.

    Parameters
    ----------
    x : object
        Nested static values, and nodes.
    number : callable
        Gives the number of a node.

    Raises
    ------
    GraphError
        For a value that no file can hold, such as a function.
    """
    kind = type(x)
    if kind in _PLAIN:
        return x
    if kind is int:
        return x if -(1 << 63) <= x < 1 << 63 else {"int": hex(x)}
    if kind is Node:
        return {"node": number(x)}
    if kind is float:
        return {"float": struct.pack("<d", x).hex()}
    if kind is complex:
        return {"complex": struct.pack("<dd", x.real, x.imag).hex()}
    if kind is tuple or kind is list:
        return {kind.__name__: [encode(v, number) for v in x]}
    if kind is dict:
        pairs = [[encode(k, number), encode(v, number)] for k, v in x.items()]
        return {"dict": pairs}
    if kind is slice or kind is range:
        parts = (x.start, x.stop, x.step)
        return {kind.__name__: [encode(v, number) for v in parts]}
    if x is Ellipsis:
        return {"ellipsis": 0}
    if isinstance(x, np.dtype) and x.kind in "biufc":
        return {"dtype": x.str}
    if (kind is type and x.__name__ in _TYPES) or x in _TYPES.values():
        return {"type": x.__name__}
    if isinstance(x, np.generic) and x.dtype.kind in "biufc":
        return {"scalar": [x.dtype.str, x.tobytes().hex()]}
    raise GraphError(
        f"a file can't hold {x!r}, a {kind.__name__}; only numbers, strings, "
        "dtypes, slices, and tuples, lists and dicts of them"
    )


def decode(x: Any, node: Callable[[int], Node], depth: int = 0) -> Any:
    """The value that JSON stands for.

    Raises
    ------
    GraphError
        If it is nothing that `encode` writes.
    """
    kind = type(x)
    if kind in _PLAIN or kind is int:
        return x
    if depth > MAX_DEPTH:
        raise GraphError(f"values nested deeper than {MAX_DEPTH}")
    if kind is not dict or len(x) != 1:
        raise GraphError(f"{str(x)[:60]} is no encoded value")
    ((name, given),) = x.items()
    if name == "node":
        return node(_index(given))
    read = _READERS.get(name)
    if read is None:
        raise GraphError(f"{str(name)[:60]!r} is no kind of value")
    if name in _NESTED:
        parts = [decode(v, node, depth + 1) for v in _list(given)]
        return read(parts)
    if name == "dict":
        found = {}
        for pair in _list(given):
            k, v = _list(pair, 2)
            found[decode(k, node, depth + 1)] = decode(v, node, depth + 1)
        return found
    return read(given)


def _list(x: Any, length: int | None = None) -> list[Any]:
    if type(x) is not list or len(x) > MAX_PARTS:
        raise GraphError(f"{str(x)[:60]} is no list of parts")
    if length is not None and len(x) != length:
        raise GraphError(f"{str(x)[:60]} should have {length} parts")
    return x


def _index(x: Any) -> int:
    if type(x) is not int or x < 0:
        raise GraphError(f"{str(x)[:60]} is no number of a node")
    return x


def _complex(given: str) -> complex:
    return complex(*struct.unpack("<dd", bytes.fromhex(given)))


def _dtype(given: Any) -> np.dtype:
    dtype = np.dtype(str(given)[:16])
    if dtype.kind not in "biufc":
        raise GraphError(f"{dtype} is no dtype of numbers")
    return dtype


def _scalar(given: Any) -> Any:
    dtype, data = _list(given, 2)
    return np.frombuffer(bytes.fromhex(data), _dtype(dtype), count=1)[0]


_NESTED: dict[str, Callable[[Any], Any]] = {
    "tuple": tuple,
    "list": list,
    "slice": lambda parts: slice(*_list(parts, 3)),
    "range": lambda parts: range(*_list(parts, 3)),
}
_READERS: dict[str, Callable[[Any], Any]] = {
    **_NESTED,
    "dict": dict,
    "int": lambda given: int(given[:4096], 16),
    "float": lambda given: struct.unpack("<d", bytes.fromhex(given))[0],
    "complex": _complex,
    "ellipsis": lambda _: Ellipsis,
    "dtype": _dtype,
    "type": lambda given: _TYPES[given],
    "scalar": _scalar,
}


# ------------------------------------------------------------------- trees

_CONTAINERS: dict[str, type] = {"tuple": tuple, "list": list, "dict": dict}


def encode_tree(tree: Tree) -> Any:
    """A pytree's structure as JSON.

    Raises
    ------
    GraphError
        For a container of a class of its own, which no file can bring along.
    """
    if tree.is_leaf:
        return "*"
    if tree.is_static:
        return {"static": encode(tree.value, no_node)}
    assert tree.type is not None
    name = tree.type.__name__
    if _CONTAINERS.get(name) is not tree.type:
        raise GraphError(
            f"a file can't hold the structure {tree!r}: {name} is a class of "
            "its own; take and return tuples, lists and dicts"
        )
    keys = [encode(k, no_node) for k in tree.keys]
    return {name: [encode_tree(c) for c in tree.children], "keys": keys}


def no_node(node: Any) -> Any:
    """Stands where a value may hold no node."""
    raise GraphError("no node can stand here")


def decode_tree(x: Any, depth: int = 0) -> Tree:
    """The structure that JSON stands for.

    Raises
    ------
    GraphError
        If it is nothing that `encode_tree` writes.
    """
    if x == "*":
        return Tree()
    if type(x) is not dict or not x or depth > MAX_DEPTH:
        raise GraphError(f"{str(x)[:60]} is no structure")
    name = next(iter(x))
    if name == "static":
        return Tree(Tree, value=decode(x[name], no_node))
    kind = _CONTAINERS[name]
    children = tuple(decode_tree(c, depth + 1) for c in _list(x[name]))
    keys = tuple(decode(k, no_node) for k in _list(x["keys"]))
    if len(keys) != (len(children) if kind is dict else 0):
        raise GraphError(f"a {name} of {len(children)} with {len(keys)} keys")
    return Tree(kind, keys, children)


# ------------------------------------------------------------------- specs


def encode_spec(spec: ArraySpec) -> list[Any]:
    """A spec as JSON."""
    shape = None if spec.shape is None else list(spec.shape)
    strides = None if spec.strides is None else list(spec.strides)
    return [shape, spec.dtype, spec.kind, strides]


def decode_spec(x: Any) -> ArraySpec:
    """The spec that JSON stands for.

    Raises
    ------
    GraphError
        If it is none.
    """
    shape, dtype, kind, strides = _list(x, 4)
    for numbers in (shape, strides):
        if numbers is not None and not all(
            type(v) is int and abs(v) < 1 << 62 for v in _list(numbers)
        ):
            raise GraphError(f"{str(x)[:60]} is no spec")
    if dtype is not None and dtype != "bfloat16":
        _dtype(dtype)
    return ArraySpec(shape, dtype, kind=kind, strides=strides)
