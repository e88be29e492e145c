"""Whether ops of the user's own return what their rules say."""

from typing import Any

import numpy as np

from lazyopt.errors import VerificationError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import BUILT_IN, ITEM
from lazyopt.specs import ArraySpec, spec_of
from lazyopt.verify import sample

__all__ = ["verify_own_rules"]


def verify_own_rules(graph: Graph) -> None:
    """Run a graph and hold results of registered functions to their rules.

    It is run once on NumPy, on random inputs, if it has such functions.

    A wrong shape, dtype, layout or view makes wrong predictions, and wrong
    results where a pass relies on it. A call is only looked at where its
    operands are as inferred.

    Raises
    ------
    VerificationError
        Naming the function, what its rule says and what it returned.
    """
    from lazyopt.execute import run_values
    from lazyopt.inputs import own_values
    from lazyopt.plan import plan_of

    graph = graph.on("numpy")
    parts = [n for n in graph.nodes if _is_own(_caller(n)) and not n.op.multi]
    if not parts:
        return
    callers = dict.fromkeys([_caller(n) for n in parts])
    operands = [operand for n in callers for operand in n.operands]
    shown = list(dict.fromkeys([*operands, *parts]))
    plan = plan_of(graph.replace(outputs=shown))
    rng = np.random.default_rng(0)
    values = [sample(n.spec, rng) for n in graph.inputs]
    try:
        results = run_values(plan, own_values(graph, values))
    except Exception:
        return  # the program's own; passes are held to it
    found = dict(zip(shown, results, strict=True))
    for node in parts:
        _check(node, found)


def _caller(node: Node) -> Node:
    """The call that makes a value; of several results, the call itself."""
    return node.args[0] if node.op is ITEM else node


def _is_own(node: Node) -> bool:
    op = node.op
    return (
        op not in BUILT_IN
        and op.is_pure
        and op.function is not None
        and all(
            s.shape is not None and s.dtype is not None for s in node.specs
        )
    )


def _check(node: Node, found: dict[Node, Any]) -> None:
    call = _caller(node)
    for operand in call.operands:
        if not _agrees(operand.spec, found[operand]):
            return
    value = found[node]
    if not _agrees(node.spec, value):
        raise VerificationError(
            f"{call!r} returned {_said(value)}, but infer of "
            f"{call.op.name} says {_text(node.spec)}; mend infer=... of "
            "lazyopt.register_op"
        )
    for i, operand in enumerate(call.args):
        if (
            isinstance(operand, Node)
            and i not in call.op.views
            and np.shares_memory(value, found[operand])
        ):
            raise VerificationError(
                f"{call!r} returned a view of its argument {i}; give "
                f"views=({i},) to lazyopt.register_op, or return a copy"
            )


def _agrees(spec: ArraySpec, value: Any) -> bool:
    return spec.kind == "object" or spec == spec_of(value)


def _said(value: Any) -> str:
    if isinstance(value, np.ndarray | np.generic):
        return _text(spec_of(value))
    return f"a {type(value).__name__}"


def _text(spec: ArraySpec) -> str:
    """A spec, with its strides where its layout has no name."""
    strided = spec.layout == "strided"
    return f"{spec}" + f" strides={spec.strides}" * strided
