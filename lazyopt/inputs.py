"""What is given at a call, held against what the graph was made for."""

from collections.abc import Iterator
from typing import Any

import autoray
import numpy as np

from lazyopt.errors import InputError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.specs import ArraySpec, spec_of

__all__ = ["copy_alike", "named_inputs", "own_values", "take_inputs"]


def take_inputs(
    graph: Graph, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> list[Any]:
    """The arrays given at a call, in the order of the graph's inputs.

    Raises
    ------
    InputError
        If they are not such as the graph was made for.
    """
    if graph.bound is not None and not args and not kwargs:
        return list(graph.bound)
    values = []
    specs = iter([n.spec for n in graph.inputs])
    for path, value in _matched(graph, args, kwargs):
        spec = next(specs)
        if not _fits(value, spec, graph.backend):
            raise _misfit(path, value, spec, graph.backend)
        values.append(value)
    return values


def _matched(
    graph: Graph, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Iterator[tuple[str, Any]]:
    """Each input's path and value, one by one: many paths take memory."""
    expected_args, expected_kwargs = graph.in_tree.children
    n = len(expected_args.children)
    args, kwargs = _in_form(graph.parameters, n, args, kwargs)
    if len(args) != n:
        raise InputError(
            f"the graph takes {n} positional argument{'s' * (n != 1)}, as "
            f"when it was made, but got {len(args)}. Its inputs are: "
            + _describe(graph)
        )
    for i, (child, value) in enumerate(
        zip(expected_args.children, args, strict=True)
    ):
        yield from child.match(value, _path(graph, i))
    unknown = set(kwargs) - set(expected_kwargs.keys)
    if unknown:
        raise InputError(_unknown(graph, sorted(unknown)))
    for key, child in zip(
        expected_kwargs.keys, expected_kwargs.children, strict=True
    ):
        if key in kwargs:
            yield from child.match(kwargs[key], key)
        elif child.has_leaves():
            raise InputError(
                f"argument {key!r} is missing. The graph's inputs are: "
                + _describe(graph)
            )


def _path(graph: Graph, i: int) -> str:
    """What an argument given by position is called, as its inputs are."""
    return graph.parameters[i] if i < len(graph.parameters) else f"arg{i}"


def _unknown(graph: Graph, names: list[str]) -> str:
    """Why arguments given by keyword aren't taken."""
    known = [name for name in names if name in graph.parameters]
    if known:
        return (
            f"{', '.join(known)} was not given when the graph was made, so "
            "its default is part of the graph. Give it to lazyopt.trace."
        )
    return (
        f"unknown keyword arguments {names}; the graph takes "
        f"{list(graph.in_tree.children[1].keys)}. Its inputs are: "
        + _describe(graph)
    )


def _in_form(
    names: tuple[str, ...],
    n: int,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The same call with ``n`` arguments by position, if names allow it."""
    if len(args) > n:
        extra = names[n : len(args)]
        if len(extra) == len(args) - n and kwargs.keys().isdisjoint(extra):
            named = dict(zip(extra, args[n:], strict=True))
            return args[:n], {**named, **kwargs}
    missing = names[len(args) : n]
    found = [kwargs[name] for name in missing if name in kwargs]
    if found and len(args) + len(found) == n:
        rest = {k: v for k, v in kwargs.items() if k not in missing}
        return (*args, *found), rest
    return args, kwargs


def _describe(graph: Graph) -> str:
    shown = [f"{n.args[0]}: {n.spec}" for n in graph.inputs[:8]]
    more = len(graph.inputs) - len(shown)
    return ", ".join(shown) + f" and {more} more" * bool(more)


def _fits(value: Any, spec: ArraySpec, backend: str) -> bool:
    if type(value) is np.ndarray:
        return (
            backend == "numpy"
            and value.shape == spec.shape
            and (value.dtype == spec.dtype or value.dtype.name == spec.dtype)
            and spec.kind == "array"
        )
    if not hasattr(value, "shape") or not hasattr(value, "dtype"):
        return False
    if autoray.infer_backend(value) != backend:
        return False
    given = spec_of(value)
    return (
        given.shape == spec.shape
        and spec.dtype in (None, given.dtype)
        and given.kind == spec.kind
    )


def _misfit(
    path: str, value: Any, spec: ArraySpec, backend: str
) -> InputError:
    should = f"input {path} should be {spec}, but is"
    if isinstance(value, ArraySpec):
        return InputError(
            f"{should} an ArraySpec. Those are for lazyopt.trace; give an "
            "array."
        )
    if not hasattr(value, "shape") or not hasattr(value, "dtype"):
        kind = f"a {type(value).__name__}"
        if backend != "numpy":
            return InputError(f"{should} {kind}. Give an array of {backend}.")
        make = f"numpy.asarray(..., {spec.dtype!r})"
        if spec.kind == "scalar":
            make = f"numpy.{spec.dtype}(...)"
        return InputError(f"{should} {kind}. Convert it with {make}.")
    theirs = autoray.infer_backend(value)
    if theirs == "autoray.lazy":
        return InputError(
            f"{should} a LazyArray. Compute it first, or bring the whole "
            "lazy program in with lazyopt.from_lazy."
        )
    if theirs not in (backend, "builtins"):
        return InputError(
            f"input {path} is an array of {theirs}, but the graph runs on "
            f"{backend}. Give all arrays of {backend}, or use "
            f"graph.on({theirs!r})."
        )
    given = spec_of(value)
    shown = given if given.shape is not None else f"of dtype {value.dtype}"
    return InputError(
        f"{should} {shown}. A graph is for the shapes and dtypes it was made "
        "with: convert the array, or make a graph for it."
    )


def own_values(graph: Graph, values: list[Any]) -> list[Any]:
    """Inputs for one run: copies of those that it may write to, or frees."""
    writes = any(n.op.effect in ("writes", "opaque") for n in graph.nodes)
    return [
        copy_alike(value)
        if isinstance(value, np.ndarray) and (writes or node in graph.donated)
        else value
        for node, value in zip(graph.inputs, values, strict=True)
    ]


def copy_alike(x: np.ndarray) -> np.ndarray:
    """A copy of the same strides, also negative, if it lies densely."""
    turn = tuple([slice(None, None, -1 if s < 0 else 1) for s in x.strides])
    return x[turn].copy("K")[turn]


def named_inputs(graph: Graph, chosen: tuple[Any, ...]) -> frozenset[Node]:
    """Inputs given by place, name or node; all of them for none given.

    Raises
    ------
    InputError
        If there is no such input.
    """
    by_name = {n.args[0]: n for n in graph.inputs}
    found = set()
    for one in chosen or graph.inputs:
        if isinstance(one, int) and -len(graph.inputs) <= one < len(
            graph.inputs
        ):
            found.add(graph.inputs[one])
        elif isinstance(one, Node) and one in graph.inputs:
            found.add(one)
        elif isinstance(one, str) and one in by_name:
            found.add(by_name[one])
        else:
            raise InputError(
                f"{one!r} is no input of this graph. They are: "
                + _describe(graph)
            )
    return frozenset(found)
