"""`fold` with one of its guards switched off."""

import functools
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import numpy as np

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT, ITEM
from lazyopt.ordering import storages_of
from lazyopt.passes import Fold, fold
from lazyopt.passes.fold import (
    _Chosen,
    _constant_call,
    _frozen,
    _keepable,
    _value,
)
from lazyopt.specs import ArraySpec

from .spoiling import Pass, Spoiled

__all__ = ["MUTANTS"]


def folding(name: str, other: Any) -> Pass:
    """The pass with one of its functions replaced."""
    return Spoiled(Fold(), patch.object(fold, name, other))


# ------------------------------------------------------------ what is folded


def also(effect: str) -> Callable[[Node, Any], bool]:
    """Calls with this effect are folded too, if they read no input."""

    def constant_call(node: Node, inside: Any) -> bool:
        if node.op.effect != effect or node.op in (INPUT, CONSTANT):
            return _constant_call(node, inside)
        return all(n.op is CONSTANT or n in inside for n in node.operands)

    return constant_call


def constants_again(node: Node, inside: Any) -> bool:
    """A constant is a call of no operands, and folded too."""
    return node.op is CONSTANT or _constant_call(node, inside)


class Careless(_Chosen):
    """Takes all constant calls but those that it is told of."""

    def __init__(
        self,
        graph: Graph,
        *,
        effects: tuple[str, ...] = ("random", "writes", "opaque"),
        outputs: bool = True,
    ) -> None:
        self.graph = graph
        self.nodes: set[Node] = set()
        self.storages = storages_of(graph)
        of = self.storages.reach
        callers = [n for n in graph.nodes if n.op.effect in effects]
        seen = {s for n in callers for o in n.operands for s in of[o]}
        if outputs:
            seen.update(s for n in graph.outputs for s in of[n])
        for node in graph.nodes:
            known = all(s.shape is not None for s in node.specs)
            unseen = seen.isdisjoint(of[node])
            if known and unseen and fold._constant_call(node, self.nodes):
                self.nodes.add(node)


def careless(**told: Any) -> Pass:
    """The pass, choosing so."""
    return folding("_Chosen", functools.partial(Careless, **told))


def choosing(**methods: Any) -> Pass:
    """The pass, with some of the ways in which it chooses replaced."""
    return folding("_Chosen", type("Changed", (_Chosen,), methods))


# ------------------------------------------------------------- what is kept


def with_gaps(node: Node) -> bool:
    """A copy can stand for a view with gaps."""
    return not node.op.multi or _keepable(node)


def several_as_one(node: Node) -> bool:
    """A call with several results is kept as the sequence that it returns."""
    return node.op.multi or _keepable(node)


def in_c_order(value: Any, theirs: set[int]) -> Any:
    """Kept as a copy in C order."""
    if not isinstance(value, np.ndarray):
        return value
    return _frozen(np.array(value, order="C", copy=True), theirs)


def as_scalars(value: Any, theirs: set[int]) -> Any:
    """Arrays of no axes kept as NumPy's scalars."""
    value = _frozen(value, theirs)
    is_0d = isinstance(value, np.ndarray) and not value.ndim
    return value[()] if is_0d else value


def as_arrays(value: Any, theirs: set[int]) -> Any:
    """NumPy's scalars kept as arrays of no axes."""
    return _frozen(np.asarray(value), theirs)


def in_float32(value: Any, theirs: set[int]) -> Any:
    """Kept in single precision where nothing is lost."""
    value = _frozen(value, theirs)
    if isinstance(value, np.ndarray) and value.dtype == "float64":
        small = value.astype("float32")
        return small if (small == value).all() else value
    return value


def with_positive_zeros(value: Any, theirs: set[int]) -> Any:
    """Kept as printed, without the sign of zero."""
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return _frozen(value, theirs)
    return _frozen(np.add(value, 0.0, dtype=value.dtype), theirs)


def unbroadcast(value: Any, theirs: set[int]) -> Any:
    """Arrays of one number kept as that number."""
    value = _frozen(value, theirs)
    if isinstance(value, np.ndarray) and value.size > 1:
        flat = value.ravel()
        same = flat.tobytes() == flat[:1].tobytes() * flat.size
        return value[(slice(0, 1),) * value.ndim].copy() if same else value
    return value


def as_it_is(value: Any, theirs: set[int]) -> Any:
    """Kept without a copy, and frozen as it is."""
    if isinstance(value, np.ndarray) and value.flags.writeable:
        value.flags.writeable = False
    return value


# ------------------------------------------------------------ how it is run


def without_warnings(node: Node, values: dict[Node, Any], backend: str) -> Any:
    """What warns or raises under the caller's settings is folded."""
    quiet = np.errstate(all="ignore")
    with patch.object(np, "errstate", lambda **_: quiet):
        return _value(node, values, backend)


def first_result(node: Node, values: dict[Node, Any], backend: str) -> Any:
    """One of several results is the first."""
    if node.op is ITEM:
        return values[node.args[0]][0]
    return _value(node, values, backend)


def errors_too(node: Node, values: dict[Node, Any], backend: str) -> Any:
    """What raises is folded to NaN."""
    try:
        return _value(node, values, backend)
    except Exception:
        spec: ArraySpec = node.specs[0]
        return np.full(spec.shape or (), np.nan).astype(spec.dtype)


MUTANTS: dict[str, Pass] = {
    "random draws are folded": folding("_constant_call", also("random")),
    "calls that write are folded": Spoiled(
        Fold(),
        patch.object(fold, "_constant_call", also("writes")),
        patch.object(
            fold, "_Chosen", functools.partial(Careless, effects=("opaque",))
        ),
    ),
    "constants are folded": folding("_constant_call", constants_again),
    "what is returned is folded": careless(outputs=False),
    "what is written into is folded": careless(effects=()),
    "a view is folded to a copy": folding("_keepable", with_gaps),
    "several results are one": folding("_keepable", several_as_one),
    "views that meet are folded": choosing(_views_that_meet=lambda self: []),
    "the layout is lost": folding("_frozen", in_c_order),
    "arrays become scalars": folding("_frozen", as_scalars),
    "scalars become arrays": folding("_frozen", as_arrays),
    "folded in a narrower type": folding("_frozen", in_float32),
    "the sign of zero is lost": folding("_frozen", with_positive_zeros),
    "the shape is lost": folding("_frozen", unbroadcast),
    "the user's array is frozen": folding("_frozen", as_it_is),
    "warnings are lost": folding("_value", without_warnings),
    "the first of several results": folding("_value", first_result),
    "errors become NaN": folding("_value", errors_too),
}
