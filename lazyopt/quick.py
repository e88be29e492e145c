"""Taking in and handing out at the cost of a look at each array.

What a call is given is matched against what the graph was made for, to say
where it differs. Most calls don't: for these, what is to be checked is laid
out once, and whatever isn't plainly right is left to the thorough way.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from lazyopt.graph import Graph
from lazyopt.keys import value_key
from lazyopt.specs import ArraySpec, contiguous_strides, itemsize
from lazyopt.tree import Tree

__all__ = ["quick_inputs", "quick_outputs"]

Take = Callable[[tuple[Any, ...], dict[str, Any]], list[Any] | None]
#: Adds the leaves of a value to a list, if it has the structure expected.
Collect = Callable[[Any, list[Any]], bool]


def quick_inputs(graph: Graph) -> Take:
    """A function that takes a call's arrays out of its arguments.

    Returns
    -------
    callable
        From ``args`` and ``kwargs`` to the list of inputs, all of them arrays
        of type `numpy.ndarray` that `layouts.suited` would have nothing
        against; or None where others are to decide.
    """
    if graph.backend != "numpy" or not all(
        map(_is_plain, [n.spec for n in graph.inputs])
    ):
        return lambda args, kwargs: None
    expected_args, expected_kwargs = graph.in_tree.children
    of_args = _collector(expected_args)
    keys = expected_kwargs.keys
    of_kwargs = _collector(expected_kwargs)
    specs = [(n.spec.shape, np.dtype(n.spec.dtype)) for n in graph.inputs]
    others = graph.bound is not None or bool(graph.donated)
    strides = _strides(graph)

    def take(
        args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> list[Any] | None:
        found: list[Any] = []
        if others or not of_args(args, found):
            return None
        if (keys or kwargs) and not of_kwargs(kwargs, found):
            return None
        for x, (shape, dtype) in zip(found, specs, strict=True):
            if (
                type(x) is not np.ndarray
                or x.dtype is not dtype
                or x.shape != shape
            ):
                return None
        for x, expected in zip(found, strides, strict=False):
            if x.strides != expected or not x.flags.aligned:
                return None
        return found

    return take


def _strides(graph: Graph) -> list[tuple[int, ...]]:
    """What the inputs' strides are to be, if anything depends on them.

    Axes of one element have strides, too, which specs leave out: with others
    than are usual there, an array is looked at more closely.
    """
    if not graph.donors and not any(n.op.region for n in graph.nodes):
        return []
    found = []
    for spec in [n.spec for n in graph.inputs]:
        assert spec.shape is not None and spec.dtype is not None
        assert spec.strides is not None
        usual = spec.strides
        if spec.layout in ("C", "F"):
            item = itemsize(spec.dtype)
            usual = contiguous_strides(spec.shape, item, spec.layout)
        found.append(usual)
    return found


def _is_plain(spec: ArraySpec) -> bool:
    known = spec.shape is not None and spec.strides is not None
    named = spec.dtype not in (None, "bfloat16")
    return spec.kind == "array" and known and named


def _collector(tree: Tree) -> Collect:
    if tree.is_leaf:
        return _collect_leaf
    if tree.is_static:
        return _same_as(tree.value)
    assert tree.type is not None
    if issubclass(tree.type, dict):
        return _of_dict(tree)
    n = len(tree.children)
    if all(child.is_leaf for child in tree.children):

        def of_leaves(value: Any, found: list[Any]) -> bool:
            if type(value) not in (tuple, list) or len(value) != n:
                return False
            found += value
            return True

        return of_leaves
    parts = [_collector(child) for child in tree.children]

    def of_parts(value: Any, found: list[Any]) -> bool:
        if type(value) not in (tuple, list) or len(value) != n:
            return False
        return all(f(x, found) for f, x in zip(parts, value, strict=True))

    return of_parts


def _collect_leaf(value: Any, found: list[Any]) -> bool:
    found.append(value)
    return True


def _same_as(static: Any) -> Collect:
    key = value_key(static)

    def same(value: Any, found: list[Any]) -> bool:
        return value is static or value_key(value) == key

    return same


def _of_dict(tree: Tree) -> Collect:
    keys = tree.keys
    parts = [_collector(child) for child in tree.children]

    def of_dict(value: Any, found: list[Any]) -> bool:
        if type(value) is not dict or len(value) != len(keys):
            return False
        try:
            values = [value[key] for key in keys]
        except KeyError:
            return False
        return all(f(x, found) for f, x in zip(parts, values, strict=True))

    return of_dict


def quick_outputs(graph: Graph) -> Callable[[Iterable[Any]], Any]:
    """A function that gives results the structure of the graph's outputs."""
    tree = graph.out_tree
    if tree.is_leaf:
        return next_of
    if tree.type in (tuple, list) and all(c.is_leaf for c in tree.children):
        made: Callable[[Iterable[Any]], Any] = tree.type
        return made
    return lambda results: tree.unflatten(iter(results))


def next_of(results: Iterable[Any]) -> Any:
    """The only one of them."""
    (result,) = results
    return result
