"""`lower` with a condition of a rule switched off."""

import functools
from typing import Any
from unittest.mock import patch

from lazyopt.build import make_node
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import Op, get_op
from lazyopt.passes import Lower, lower, lower_rules
from lazyopt.passes.lower_rules import RULES, paired, shape_of
from lazyopt.passes.matching import Rule, forms, made

from .spoiling import Make, Pass, Spoiled, table_of, with_rule

__all__ = ["MUTANTS"]


#: So that rules are seen at work, wherever they let a peak rise.
ANY_PEAK = patch.object(lower, "peak_bytes", lambda graph: 0)


def rules_by(rules: tuple[Rule, ...]) -> Pass:
    """The pass with other rules."""

    @functools.cache
    def table() -> dict[Op, list[Rule]]:
        return table_of(rules, forms)

    change = patch.object(lower_rules, "_table", table)
    return Spoiled(Lower(), change, ANY_PEAK, never_grows=())


def instead(name: str, make: Make) -> Pass:
    """The pass with another rule in the place of one."""
    return rules_by(with_rule(RULES, name, lambda right: make))


def seeing(name: str, **names: Any) -> Pass:
    """The pass with one rule that takes some helper for another one."""

    def spoil(right: Make) -> Make:
        def wrong(node: Node) -> Node | None:
            with patch.multiple(lower_rules, **names):
                return right(node)

        return wrong

    return rules_by(with_rule(RULES, name, spoil))


def unchecked(name: str, make: Make) -> Pass:
    """Another rule, and nobody looks at what it returns."""

    def lowered(node: Node) -> tuple[str, Node] | None:
        found = make(node) if node.op.name == name else None
        return None if found is None else ("", found)

    change = patch.object(lower, "lowered", lowered)
    return Spoiled(Lower(), change, ANY_PEAK, never_grows=())


# ---------------------------------------------------------------- products


def scalar(node: Node) -> Node | None:
    """A product of vectors is a scalar, as ``dot`` returns it."""
    if len(shape_of(node.args[0]) or ()) != 1 or node.specs[0].shape != ():
        return None
    return made(node, "dot", *node.args[:2])


def straight(node: Node) -> Node | None:
    """``tensordot`` of matrices is ``dot``, over whichever axes."""
    shapes = [shape_of(x) for x in node.args[:2]]
    if any(s is None or len(s) != 2 for s in shapes):
        return None
    try:
        return made(node, "dot", *node.args[:2])
    except ValueError:
        return None


def by_einsum(node: Node) -> Node | None:
    """A product of matrices adds up in any order."""
    shapes = [shape_of(x) for x in node.args[:2]]
    if any(s is None or len(s) != 2 for s in shapes):
        return None
    op = get_op("einsum")
    return make_node(op, ("ij,jk->ik", *node.args[:2]))


def in_order(axes: Any, n: int, m: int) -> Any:
    """Axes are summed over in ascending order, on both sides."""
    pair = paired(axes, n, m)
    return pair and (tuple(sorted(pair[0])), tuple(sorted(pair[1])))


def last_and_first(axes: Any, n: int, m: int) -> Any:
    """Axes are the last ones of one and the first ones of the other."""
    pair = paired(axes, n, m)
    count = 0 if pair is None else len(pair[0])
    return pair and (tuple(range(n - count, n)), tuple(range(count)))


def unmoved(
    node: Node, x: Node, axes: tuple[int, ...], shape: tuple[int, int]
) -> Node:
    """Operands become matrices as they lie."""
    return lower_rules.reshaped(node, x, shape)


# -------------------------------------------------------------------- axes


def by_index(node: Node) -> Node | None:
    """New axes are new axes, whatever their strides."""
    x, axis = node.args[:2]
    shape = shape_of(x)
    if shape is None or type(axis) is not int:
        return None
    before = axis % (len(shape) + 1)
    return made(node, "getitem", x, (*[slice(None)] * before, None))


def any_element(node: Node) -> Node | None:
    """``take`` along an axis takes a row."""
    shape = shape_of(node.args[0])
    index = node.args[1] if len(node.args) > 1 else None
    if not shape or type(index) is not int or not -1 <= index < shape[0]:
        return None
    return made(node, "getitem", node.args[0], index)


def along_the_first(node: Node) -> Node | None:
    """Stacks of matrices go along the first axis."""
    parts = node.args[0]
    if any(len(shape_of(x) or ()) < 1 for x in parts):
        return None
    return made(node, "concatenate", parts, 0)


def always_new(graph: Graph) -> Graph:
    """Return another graph even if nothing was made cheaper."""
    after = Lower()(graph)
    return graph.replace(nodes=graph.nodes) if after is graph else after


MUTANTS: dict[str, Pass] = {
    "a product of vectors is a scalar": unchecked("tensordot", scalar),
    "tensordot is dot": instead("tensordot as dot", straight),
    "matmul is einsum": unchecked("matmul", by_einsum),
    "summed axes in order": seeing("tensordot as dot", paired=in_order),
    "summed axes where they stand": seeing(
        "tensordot as dot", paired=last_and_first
    ),
    "axes are not moved": seeing("tensordot as dot", matrix=unmoved),
    "expand_dims is an index": instead("expand_dims as reshape", by_index),
    "take of rows": unchecked("take", any_element),
    "stacks along the first axis": unchecked("hstack", along_the_first),
}
