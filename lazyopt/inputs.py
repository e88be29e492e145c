"""What is given at a call, held against what the graph was made for."""

from typing import Any

import autoray
import numpy as np

from lazyopt.errors import InputError
from lazyopt.graph import Graph
from lazyopt.specs import ArraySpec, spec_of

__all__ = ["take_inputs"]


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
) -> list[tuple[str, Any]]:
    expected_args, expected_kwargs = graph.in_tree.children
    n = len(expected_args.children)
    args, kwargs = _in_form(graph.parameters, n, args, kwargs)
    if len(args) != n:
        raise InputError(
            f"the graph takes {n} positional argument{'s' * (n != 1)}, as "
            f"when it was made, but got {len(args)}. Its inputs are: "
            + _describe(graph)
        )
    found: list[tuple[str, Any]] = []
    for i, (child, value) in enumerate(
        zip(expected_args.children, args, strict=True)
    ):
        found += child.match(value, f"argument {i}")
    unknown = set(kwargs) - set(expected_kwargs.keys)
    if unknown:
        raise InputError(
            f"unknown keyword arguments {sorted(unknown)}; the graph takes "
            f"{list(expected_kwargs.keys)}"
        )
    for key, child in zip(
        expected_kwargs.keys, expected_kwargs.children, strict=True
    ):
        if key in kwargs:
            found += child.match(kwargs[key], f"argument {key!r}")
        elif child.has_leaves():
            raise InputError(
                f"argument {key!r} is missing. The graph's inputs are: "
                + _describe(graph)
            )
    return found


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
    if not hasattr(value, "shape") or not hasattr(value, "dtype"):
        given = f"a {type(value).__name__}"
        return InputError(f"{path} should be {spec}, but is {given}")
    theirs = autoray.infer_backend(value)
    if theirs not in (backend, "builtins"):
        return InputError(
            f"{path} is an array of {theirs}, but the graph runs on "
            f"{backend}. Give all arrays of {backend}, or use "
            f"graph.on({theirs!r})."
        )
    return InputError(
        f"{path} should be {spec}, but is {spec_of(value)}. A graph is for "
        "the shapes and dtypes it was made with: convert the array, or make "
        "a graph for it."
    )
