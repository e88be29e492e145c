"""The workspace of a call, by its op's rule."""

import functools
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from lazyopt.build import call_key, to_specs
from lazyopt.ir import Node
from lazyopt.keys import Identity
from lazyopt.ops import CONSTANT, OPERATOR_FORMS, Op, find_op
from lazyopt.storages import allocated, viewed_operand
from lazyopt.workspace import (
    contractions,
    creation,
    einsum,
    elementwise,
    fourier,
    indexing,
    linalg,
    padding,
    reductions,
    scans,
    structure,
    triangular,
)

__all__ = ["has_rule", "workspace_bytes"]

Rule = Callable[..., int]

_FAMILIES = (
    contractions,
    creation,
    einsum,
    elementwise,
    fourier,
    indexing,
    linalg,
    padding,
    reductions,
    scans,
    structure,
    triangular,
)
#: NumPy copies operands of these that it may not write to, though it never
#: does.
_WANT_WRITEABLE = ("argmax", "argmin", "repeat")
_CACHE: dict[Hashable, int] = {}
_CACHE_SIZE = 1 << 15


@functools.cache
def _by_name() -> dict[str, Rule]:
    """The rules of all families, by the names of their ops."""
    return {k: v for family in _FAMILIES for k, v in family.RULES.items()}


@functools.cache
def rule_of(op: Op) -> Rule | None:
    """What tells the workspace of an op's calls; None if nothing does."""
    if op.workspace is not None:
        return op.workspace
    if op is OPERATOR_FORMS.get(op.name):
        return elementwise.OPERATORS.get(op.name) or _by_name().get(op.name)
    return _by_name().get(op.name) if op is find_op(op.name) else None


@functools.cache
def _needs_some(op: Op) -> bool:
    """Whether any of the op's calls may need workspace."""
    rule = rule_of(op)
    return rule is not None and rule is not structure.nothing


def has_rule(op: Op) -> bool:
    """Whether anything tells the op's workspace."""
    return rule_of(op) is not None


def workspace_bytes(node: Node) -> int:
    """Bytes that a call holds while it runs on NumPy, results aside.

    Parameters
    ----------
    node : Node
        Any call. What can't be known (operands of unknown size) counts as
        nothing.

    Returns
    -------
    int
    """
    op = node.op
    if not _needs_some(op):
        return 0
    key = call_key(op, node.args, node._kwargs, _spec_key)
    if op.name in _WANT_WRITEABLE and _is_frozen(node.operands):
        return max(_ask(rule_of(op), node), node.operands[0].spec.nbytes)
    known = _CACHE.get(key)
    if known is None:
        known = _ask(rule_of(op), node)
        if op.allocates is not None:  # what is kept is no workspace
            kept = sum(allocated(node)) - sum(s.nbytes for s in node.specs)
            known = max(known - kept, 0)
        if len(_CACHE) > _CACHE_SIZE:
            _CACHE.clear()
        _CACHE[key] = known
    return known


def _is_frozen(operands: Sequence[Node]) -> bool:
    """Whether the first is a constant that can't be written to, or a view."""
    node: Node | None = operands[0] if operands else None
    while node is not None and node.op is not CONSTANT:
        node = viewed_operand(node)
    flags = None if node is None else getattr(node.args[0], "flags", None)
    return flags is not None and not flags.writeable


def _ask(rule: Any, node: Node) -> int:
    operands = [s for n in node.operands for s in n.specs]
    if any(s.strides is None for s in (*operands, *node.specs)):
        return 0
    args, kwargs = node.op.bind(node.args, node._kwargs)
    try:
        return int(
            rule(
                node.specs,
                *map(to_specs, args),
                **{k: to_specs(v) for k, v in kwargs.items()},
            )
        )
    except TypeError:
        if node.op.workspace is not None:
            raise
        # Other libraries take dtypes that NumPy refuses.
        return 0


def _spec_key(x: Any) -> Hashable:
    return x.specs if type(x) is Node else Identity(x)
