"""From a function to a graph, by running it on tracers."""

import gc
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import autoray
import numpy as np

from lazyopt.backends import inferring_on, spec_on
from lazyopt.build import input_node
from lazyopt.contrib import register_present
from lazyopt.errors import InputError, TraceError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.recorder import Recorder, recording
from lazyopt.refusals import explained
from lazyopt.specs import ArraySpec, spec_of
from lazyopt.tracer import Tracer, is_array
from lazyopt.tree import Tree, flatten

__all__ = ["gc_paused", "input_names", "is_input_leaf", "trace"]


@contextmanager
def gc_paused() -> Iterator[None]:
    """Build many objects without the collector looking at each again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def is_input_leaf(x: Any) -> bool:
    """What becomes an input: arrays, NumPy scalars, specs."""
    return isinstance(x, ArraySpec | np.generic) or is_array(x)


def trace(
    fn: Callable[..., Any],
    /,
    *args: Any,
    assume_pure: bool = False,
    **kwargs: Any,
) -> Graph:
    """Record a program as a graph, by running it once without data.

    Parameters
    ----------
    fn : callable
        Written with `autoray.do`, Python's operators, or NumPy.
    *args, **kwargs
        What it is called with. Arrays, and `ArraySpec` in place of arrays,
        become inputs, in any pytree; the rest is static and part of the
        graph.
    assume_pure : bool, optional
        Whether calls of functions that aren't registered ops have no effect
        besides their result, and may be merged, dropped and moved.

    Returns
    -------
    Graph
        It is called as ``fn`` is. Arrays that ``fn`` closes over are
        referenced, not copied: don't write into them later.

    Raises
    ------
    TraceError
        Where the program needs values (``if x > 0``), or writes, or ``fn``
        is no function; with the line, and what to do instead.
    InputError
        If the arrays are of several libraries.
    """
    if not callable(fn):
        raise TraceError(
            f"trace takes a function and what to call it with, not {fn!r}"
        )
    register_present()
    values, in_tree = flatten((args, kwargs), is_input_leaf)
    backend = common_backend(values)
    parameters = parameters_of(fn)
    names = input_names(parameters, in_tree)
    recorder = Recorder(assume_pure)
    inputs = []
    for name, value in zip(names, values, strict=True):
        spec = value if isinstance(value, ArraySpec) else spec_of(value)
        spec = spec_on(backend, spec)
        if spec.shape is None:
            raise InputError(
                f"{name} is an array of {value.dtype}, which no graph takes; "
                "give it as part of the program, or convert it to numbers"
            )
        inputs.append(recorder.add(input_node(name, spec)))
    tracers = iter([Tracer(node, recorder) for node in inputs])
    traced_args, traced_kwargs = in_tree.unflatten(tracers)
    with gc_paused(), recording(recorder), inferring_on(backend):
        with explained():
            result = fn(*traced_args, **traced_kwargs)
        outputs, out_tree = _outputs(recorder, result)
    return Graph(
        recorder.nodes,
        inputs,
        outputs,
        in_tree,
        out_tree,
        backend=backend,
        parameters=parameters,
    )


def _outputs(recorder: Recorder, result: Any) -> tuple[list[Node], Tree]:
    leaves, tree = flatten(
        result, lambda x: isinstance(x, Tracer) or is_array(x)
    )
    return [recorder.unwrap(leaf) for leaf in leaves], tree


def common_backend(values: list[Any]) -> str:
    """The one library whose arrays these are; NumPy if there are none.

    Raises
    ------
    InputError
        If there are several.
    """
    names = {
        autoray.infer_backend(v): None
        for v in values
        if not isinstance(v, ArraySpec)
    }
    names.pop("builtins", None)
    if len(names) > 1:
        raise InputError(
            f"arrays of several libraries: {', '.join(names)}. Convert them "
            "to one, for example with autoray.do('asarray', x, like=...)."
        )
    return next(iter(names), "numpy")


def parameters_of(fn: Callable[..., Any]) -> tuple[str, ...]:
    """Names of a function's positional parameters, if it tells them."""
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):
        return ()
    positional = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    )
    return tuple(p.name for p in parameters if p.kind in positional)


def input_names(positional: tuple[str, ...], in_tree: Tree) -> list[str]:
    """A readable name for each input: the parameter's, with its place."""
    args, kwargs = in_tree.children
    names: list[str] = []
    for i, child in enumerate(args.children):
        name = positional[i] if i < len(positional) else f"arg{i}"
        names += _leaf_names(child, name)
    for key, child in zip(kwargs.keys, kwargs.children, strict=True):
        names += _leaf_names(child, key)
    return names


def _leaf_names(tree: Tree, name: str) -> Iterator[str]:
    if tree.is_leaf:
        yield name
    labels = tree.keys or range(len(tree.children))
    for label, child in zip(labels, tree.children, strict=False):
        yield from _leaf_names(child, f"{name}[{label!r}]")
