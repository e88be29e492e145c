"""What a node runs as: a plain callable, and how Python writes its call.

An op names a function as people call it: by keywords, on nested lists,
through wrappers that look for other libraries' arrays. A kernel is the same
function in the plainest form, chosen once, when the plan is made.
"""

import functools
from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple

from lazyopt.arguments import nested_call
from lazyopt.ir import Node, is_nested, nodes_in

__all__ = ["Form", "Kernel", "is_array", "own_kernel"]


class Form(NamedTuple):
    """A call as a Python expression.

    Attributes
    ----------
    text : str
        With ``{0}``, ``{1}`` for the kernel's arguments and ``{p[0]}`` for
        its parts. No text of the user's is ever in it.
    parts : tuple of callable
    """

    text: str
    parts: tuple[Callable[..., Any], ...] = ()


class Kernel(NamedTuple):
    """A function of positional arguments, and these.

    Attributes
    ----------
    function : callable
    args : tuple
        Nodes and static values, none of them nested.
    form : Form, optional
        How the call is written where that is cheaper than a call of
        ``function``; it computes the same.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    form: Form | None = None


SYMBOLS = {
    "add": "+",
    "bitwise_and": "&",
    "bitwise_or": "|",
    "bitwise_xor": "^",
    "equal": "==",
    "floor_divide": "//",
    "greater": ">",
    "greater_equal": ">=",
    "left_shift": "<<",
    "less": "<",
    "less_equal": "<=",
    "matmul": "@",
    "multiply": "*",
    "not_equal": "!=",
    "power": "**",
    "remainder": "%",
    "right_shift": ">>",
    "subtract": "-",
    "true_divide": "/",
}


def own_kernel(node: Node, function: Callable[..., Any]) -> Kernel:
    """The kernel of a call as it stands, on any library.

    Parameters
    ----------
    node : Node
    function : callable
        What computes its op.
    """
    op = node.op
    if is_flat(node):
        form = None
        if node._kwargs:
            function = functools.partial(function, **node._kwargs)
        elif op.function is function and len(node.args) == 2:
            form = _operator_form(op.name)
        return Kernel(function, node.args, form)
    call = nested_call(function, node)
    found = None if nodes_in((), node._kwargs) else _nested_form(node)
    if found is None:
        return Kernel(call, node.operands)
    text, statics = found
    if node._kwargs:
        function = functools.partial(function, **node._kwargs)
    return Kernel(
        _of_first(call, len(node.operands)),
        (*node.operands, *statics),
        Form(f"{{p[0]}}({text})", (function,)),
    )


@functools.cache
def _operator_form(name: str) -> Form | None:
    if name == "getitem":
        return Form("{0}[{1}]")
    return Form(f"{{0}} {SYMBOLS[name]} {{1}}") if name in SYMBOLS else None


def is_array(x: Any) -> bool:
    """Whether a node's result is an array."""
    return type(x) is Node and len(x.specs) == 1 and x.specs[0].kind == "array"


def is_flat(node: Node) -> bool:
    """Whether nodes stand as positional arguments only, none nested."""
    if is_nested(node.args, node._kwargs):
        return False
    if node.op.effect == "pure":
        return True
    # An unknown function may change the lists it gets, so it gets new ones.
    return not any(
        isinstance(a, tuple | list | dict)
        for a in (*node.args, *node._kwargs.values())
    )


def _of_first(call: Callable[..., Any], count: int) -> Callable[..., Any]:
    """A function that leaves out what its form takes besides operands."""
    if count == 1:
        return lambda *values: call(values[0])
    first = itemgetter(*range(count)) if count else lambda values: ()
    return lambda *values: call(*first(values))


def _nested_form(node: Node) -> tuple[str, list[Any]] | None:
    """Arguments as text with places for operands, then for static values.

    None if they hold anything but tuples and lists around these, or an
    unknown function could change a static value that stays.
    """
    if not node.op.is_pure and node._kwargs:
        return None
    places = {n: i for i, n in enumerate(node.operands)}
    statics: list[Any] = []
    parts = [_written(a, places, statics, node.op.is_pure) for a in node.args]
    if any(part is None for part in parts):
        return None
    return ", ".join(map(str, parts)), statics


def _written(
    x: Any, places: dict[Node, int], statics: list[Any], pure: bool
) -> str | None:
    if type(x) is Node:
        return f"{{{places[x]}}}"
    nested = isinstance(x, tuple | list | dict | slice)
    if nested and (not pure or nodes_in((x,))):
        if type(x) not in (tuple, list) or not x:
            return None
        parts = [_written(v, places, statics, pure) for v in x]
        if any(part is None for part in parts):
            return None
        inner = ", ".join(map(str, parts))
        return f"[{inner}]" if type(x) is list else f"({inner},)"
    statics.append(x)
    return f"{{{len(places) + len(statics) - 1}}}"
