"""Making nodes: arrays lifted to constants, specs inferred and cached."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import numpy as np

from lazyopt.backends import BACKEND, infer_on
from lazyopt.errors import GraphError
from lazyopt.ir import Node
from lazyopt.keys import Identity, value_key
from lazyopt.ops import CONSTANT, INPUT, ITEM, Op, get_op, opaque
from lazyopt.ops.core import infer_opaque
from lazyopt.specs import ArraySpec, spec_of
from lazyopt.tree import map_parts

__all__ = [
    "as_op",
    "call",
    "call_key",
    "constant",
    "infer",
    "input_node",
    "item",
    "make_node",
    "to_specs",
]


def as_op(op: Op | str | Callable[..., Any]) -> Op:
    """An op given as such, by name, or as a function.

    A function that is nobody's registered op is opaque.
    """
    from lazyopt.ops import recognise

    if isinstance(op, Op):
        return op
    if isinstance(op, str):
        return get_op(op)
    if callable(op):
        return recognise(op, "numpy") or opaque(op)
    raise GraphError(f"{op!r} is no op, name of an op, or function")


def call(op: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Call an op on nodes, or on what a traced function sees.

    Parameters
    ----------
    op : str, Op or callable
        The name of a registered op, or any function, which is opaque if it
        isn't registered: it runs exactly as often and in the same order as
        called.
    *args, **kwargs
        Nodes, arrays and static values, nested as the function takes them.

    Returns
    -------
    Node
        Specs inferred. Inside `lazyopt.trace`, what stands for the result
        there.
    """
    from lazyopt.recorder import record_call
    from lazyopt.tracer import tracers_in

    if tracers_in((args, kwargs)):
        return record_call(as_op(op), args, kwargs)
    return make_node(op, args, kwargs)


def make_node(
    op: Any,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any] | None = None,
    source: str | None = None,
) -> Node:
    """Make a node, with arrays lifted and specs inferred.

    Raises
    ------
    The error that NumPy raises for such operands, if it can be told without
    their values.
    """
    op = as_op(op)
    args = tuple(lift(a) for a in args)
    kwargs = {k: lift(v) for k, v in kwargs.items()} if kwargs else {}
    if op is ITEM:
        return item(args[0], args[1])
    specs = infer(op, args, kwargs)
    return Node(op, args, kwargs, specs, source, True)


def lift(x: Any) -> Any:
    """Arrays in nested arguments as constant nodes."""
    if type(x) is Node or type(x) in _PLAIN:
        return x
    if isinstance(x, tuple | list | dict):
        return map_parts(lift, x)
    if isinstance(x, np.ndarray):
        return constant(x)
    if not isinstance(x, np.generic | type) and hasattr(x, "shape"):
        return constant(x)
    return x


_PLAIN = frozenset({int, float, complex, bool, str, slice, type(None)})


def constant(value: Any) -> Node:
    """A node that holds a value, which is referenced and not copied."""
    return Node(CONSTANT, (value,), None, (spec_of(value),))


def input_node(name: str, spec: ArraySpec) -> Node:
    """A node for an array that is given at the call."""
    return Node(INPUT, (name,), None, (spec,))


def item(node: Node, index: int) -> Node:
    """One of the results of a node that has several."""
    count = len(node.specs)
    if not -count <= index < count:
        raise IndexError(
            f"{node.op.name} has {count} results, there is no result {index}"
        )
    index %= count
    return Node(ITEM, (node, index), None, (node.specs[index],), node.source)


# -------------------------------------------------------------- inference

_CACHE: OrderedDict[Hashable, tuple[ArraySpec, ...]] = OrderedDict()
_CACHE_SIZE = 1 << 15


def _spec_leaf(x: Any) -> Hashable:
    return x.specs if type(x) is Node else Identity(x)


def _node_leaf(x: Any) -> Hashable:
    return x if type(x) is Node else Identity(x)


def call_key(
    op: Op,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    leaf: Callable[[Any], Hashable] = _node_leaf,
) -> Hashable:
    """Full structural key of a call; positional and keyword forms agree.

    Parameters
    ----------
    leaf : callable
        Key of a node; by default the node itself.
    """
    if kwargs:
        args, kwargs = op.bind(args, dict(kwargs))
    parts: list[Hashable] = [op]
    for a in args:
        kind = type(a)
        if kind is Node:
            parts.append(leaf(a))
        else:
            parts.append(value_key(a, leaf))
    if kwargs:
        parts += [(k, value_key(v, leaf)) for k, v in kwargs.items()]
    return tuple(parts)


def infer(
    op: Op, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[ArraySpec, ...]:
    """Specs of a call's results, remembered by op and operands' specs.

    By NumPy's rules, unless inside `lazyopt.backends.inferring_on`.
    """
    if op.infer is infer_opaque:
        return op.infer()
    key = call_key(op, args, kwargs, _spec_leaf)
    backend = BACKEND.get()
    if backend != "numpy":
        key = (backend, key)
    specs = _CACHE.get(key)
    if specs is None:
        operands = [to_specs(a) for a in args]
        named = {k: to_specs(v) for k, v in kwargs.items()}
        if backend == "numpy":
            specs = op.infer(*operands, **named)
        else:
            specs = infer_on(backend, op, operands, named)
        _CACHE[key] = specs
        if len(_CACHE) > _CACHE_SIZE:
            _forget()
    return specs


def _forget() -> None:
    """Drop the oldest entry; another thread may have been quicker."""
    try:
        _CACHE.popitem(last=False)
    except KeyError:
        return


def to_specs(x: Any) -> Any:
    """Nested arguments with the specs of nodes in place of nodes."""
    if type(x) is Node:
        return x.spec
    return map_parts(to_specs, x)
