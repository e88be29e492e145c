"""Along which axes a call can be made in parts.

A rule says, for an axis of a call's result, which axes of its operands are to
be sliced, so that the call on the slices gives that slice of the result. Calls
without a rule are made whole.
"""

from collections.abc import Callable

from lazyopt.ir import Node
from lazyopt.ops import ITEM
from lazyopt.slicing import elementwise, lanes, products, structure, views
from lazyopt.slicing.arguments import Demands
from lazyopt.specs import ArraySpec

__all__ = ["demands", "partial_sum"]

Rule = Callable[[Node, int], Demands | None]

_RULES: dict[str, Rule] = {
    **dict.fromkeys(elementwise.LIKE, elementwise.like),
    **dict.fromkeys(views.VIEWS, views.view),
    **dict.fromkeys(lanes.REDUCTIONS, lanes.reduction),
    **dict.fromkeys(lanes.SCANS, lanes.scan),
    **dict.fromkeys(products.ON_BATCHES, products.on_batch),
    "concatenate": structure.concatenate,
    "full": structure.created,
    "linalg.solve": products.solve,
    "matmul": products.matmul,
    "ones": structure.created,
    "repeat": structure.repeat,
    "reshape": views.reshape,
    "stack": structure.stack,
    "take": structure.take,
    "tril": structure.triangle,
    "triu": structure.triangle,
    "zeros": structure.created,
}

_PRODUCTS = frozenset({"dot", "einsum", "inner", "matmul", "tensordot"})


def _known(spec: ArraySpec) -> bool:
    return (
        spec.kind == "array"
        and spec.strides is not None
        and spec.dtype is not None
    )


def demands(node: Node, axis: int, exact: bool = True) -> Demands | None:
    """How operands are sliced for a slice of a call's results.

    Parameters
    ----------
    node : Node
    axis : int
        Of the results, of each where there are several.
    exact : bool, optional
        Whether all bits must be those of the whole call.

    Returns
    -------
    dict or None
        For each operand its axis, or None to take it whole; None if the call
        can't be made in parts along that axis.
    """
    if not all(map(_known, node.specs)) or not node.op.is_pure:
        return None
    if any(axis >= len(s.shape or ()) for s in node.specs):
        return None
    if any(s.kind == "object" for o in node.operands for s in o.specs):
        return None
    if node.op is ITEM:
        return {node.args[0]: axis}
    rule = _RULES.get(node.op.name)
    if rule is None and node.op.elementwise:
        rule = elementwise.elementwise
    found = None if rule is None else rule(node, axis)
    if found is None and not exact and node.op.name in _PRODUCTS:
        found = products.free_axis(node, axis)
    return found


def partial_sum(
    node: Node, operand: Node, axis: int
) -> tuple[str, Demands] | None:
    """How a call over parts of an axis makes that over all of it.

    In other last bits: partial sums are added up.

    Returns
    -------
    str
        The ufunc that combines results over parts.
    demands : dict
        How operands are sliced.
    """
    if not node.op.is_pure or node.op.multi or node.specs[0].dtype is None:
        return None
    if node.op.name in _PRODUCTS:
        found = products.partial_product(node, operand, axis)
        return None if found is None else ("add", found)
    combined = lanes.partial_reduction(node, operand, axis)
    return None if combined is None else (combined, {operand: axis})
