"""`simplify` with a guard, or a condition of a rule, switched off."""

import functools
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import numpy as np

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import Op
from lazyopt.passes import Simplify, simplify, simplify_rules, simplify_views
from lazyopt.passes.matching import Rule, first, forms, same
from lazyopt.passes.simplify import _Guard
from lazyopt.passes.simplify_rules import RULES

from .spoiling import Make, Pass, Spoiled, after_init, table_of, with_rule

__all__ = ["MUTANTS"]


# ------------------------------------------------------------------ guards


def guarded_by(change: Callable[[Any], object]) -> Pass:
    """The pass with a guard that doesn't know something."""
    guard = after_init(_Guard, change)
    return Spoiled(Simplify(), patch.object(simplify, "_Guard", guard))


def guarded_with(**methods: Any) -> Pass:
    """The pass with a guard that does something else."""
    guard = type("Changed", (_Guard,), methods)
    return Spoiled(Simplify(), patch.object(simplify, "_Guard", guard))


def placed_unseen(guard: _Guard, result: Node, node: Node) -> bool:
    """What the caller holds is not noted."""
    new = _Guard.place(guard, result, node)
    guard.taken.clear()
    return new


def outputs_alone(graph: Graph, operand: Any) -> set[Node]:
    """What is viewed by an output is never returned itself."""
    return set(graph.outputs)


def kept_apart(guard: _Guard, s: int) -> int:
    """A storage that joined another is still taken for itself."""
    return s


def dies_at_once(guard: _Guard) -> None:
    """Nothing lives on for another reader."""
    guard.uses = dict.fromkeys(guard.uses, 0)


# ------------------------------------------------------------------- rules


def rules_by(rules: tuple[Rule, ...]) -> Pass:
    """The pass with other rules."""

    @functools.cache
    def table() -> dict[Op, list[Rule]]:
        return table_of(rules, forms)

    def rules_of(op: Op) -> list[Rule]:
        return table().get(op, [])

    return Spoiled(Simplify(), patch.object(simplify, "rules_of", rules_of))


def instead(name: str, make: Make) -> Pass:
    """The pass with another rule in the place of one."""
    return rules_by(with_rule(RULES, name, lambda right: make))


def seeing(name: str, module: Any, **names: Any) -> Pass:
    """The pass with one rule that takes some helper for another one."""

    def spoil(right: Make) -> Make:
        def make(node: Node) -> Node | None:
            with patch.multiple(module, **names):
                return right(node)

        return make

    return rules_by(with_rule(RULES, name, spoil))


def also_for(name: str, *ops: str) -> Pass:
    """The pass with one rule offered the calls of more ops."""
    rules = tuple(
        rule._replace(ops=(*rule.ops, *ops)) if rule.name == name else rule
        for rule in RULES
    )
    return rules_by(rules)


def operand(node: Node) -> Node | None:
    """The operand, whatever the call makes of it."""
    return first(node)


def any_shape(node: Node, x: Node | None) -> Node | None:
    """The operand, if it has the result's dtype."""
    alike = x is not None and x.specs[0].dtype == node.specs[0].dtype
    return x if alike else None


def any_dtype(node: Node, x: Node | None) -> Node | None:
    """The operand, if it has the result's shape."""
    alike = x is not None and x.specs[0].shape == node.specs[0].shape
    return x if alike else None


def any_layout(node: Node, x: Node | None) -> Node | None:
    """The operand, if it has the result's shape, dtype and kind."""
    found = any_dtype(node, any_shape(node, x))
    kind = found is not None and found.specs[0].kind == node.specs[0].kind
    return found if kind else None


def first_branch(node: Node) -> Node | None:
    """``where`` of branches that look the same as the first of them."""
    if len(node.args) != 3 or type(node.args[2]) is not Node:
        return None
    x, y = node.args[1:]
    alike = type(x) is Node and x.specs == y.specs
    return same(node, x) if alike else None


def any_sign(x: float, sign: float) -> float:
    """As if all numbers were positive."""
    return 1.0


def whole_reversed(node: Node) -> Node | None:
    """``x[::-1]`` takes all of it as well."""
    if len(node.args) != 2 or node.args[1] != slice(None, None, -1):
        return simplify_views.whole_slice(node)
    return any_layout(node, first(node))


def known(node: Node) -> str:
    """All numbers are floats."""
    return "f"


def not_complex(node: Node) -> str:
    """Complex numbers are as good as floats."""
    kind = np.dtype(node.specs[0].dtype or "bool").kind
    return "f" if kind == "c" else kind


MUTANTS: dict[str, Pass] = {
    "outputs may become one": guarded_by(lambda g: g.returned.clear()),
    "an output may be what the caller holds": guarded_with(
        place=placed_unseen
    ),
    "views of an output are no outputs": Spoiled(
        Simplify(), patch.object(simplify, "shown_by", outputs_alone)
    ),
    "operands of contractions may become one": guarded_by(
        lambda g: g.partners.clear()
    ),
    "nothing is ever written": guarded_by(lambda g: g.watched.clear()),
    "two copies left out are not one": guarded_with(find=kept_apart),
    "what is in between dies": guarded_by(dies_at_once),
    "views are as good as what is new": Spoiled(
        Simplify(), patch.object(simplify, "is_dense", lambda node: True)
    ),
    "conj of complex numbers": seeing(
        "conj of real", simplify_rules, kind_of=known
    ),
    "a cast to any dtype": seeing(
        "cast to the same dtype", simplify_rules, same=any_dtype
    ),
    "copy to another layout": seeing("copy", simplify_rules, same=any_layout),
    "where takes the first branch": instead(
        "where of equal branches", first_branch
    ),
    "promotion by a neutral number": seeing(
        "neutral number", simplify_rules, same=any_dtype
    ),
    "x * 1 of complex numbers": seeing(
        "neutral number", simplify_rules, kind_of=not_complex
    ),
    "x + 0.0": seeing(
        "neutral number",
        simplify_rules,
        math=type("math", (), {"copysign": any_sign}),
    ),
    "x * 1.0 of a signalling NaN": seeing(
        "neutral number", simplify_rules, is_quiet=lambda node: True
    ),
    "copies are quiet": seeing(
        "neutral number",
        simplify_rules,
        QUIET=(*simplify_rules.QUIET, "negative", "positive", "conjugate"),
    ),
    "1 / x": seeing(
        "neutral number",
        simplify_rules,
        _FLOAT={k: (v, True) for k, (v, _) in simplify_rules._FLOAT.items()},
        _WHOLE={k: (v, True) for k, (v, _) in simplify_rules._WHOLE.items()},
    ),
    "x * 0": seeing(
        "neutral number",
        simplify_rules,
        _WHOLE={**simplify_rules._WHOLE, "multiply": (0, True)},
    ),
    "a copy of what lies otherwise": Spoiled(
        seeing("done and undone", simplify_rules, same=any_layout),
        patch.object(simplify, "is_dense", lambda node: True),
    ),
    "1 / (1 / x)": also_for("done and undone", "reciprocal"),
    "square(square(x))": also_for("done twice", "square", "sqrt"),
    "real of complex numbers": seeing(
        "real of real", simplify_views, same=any_dtype
    ),
    "a scalar as an array": seeing(
        "array as an array", simplify_views, same=any_dtype
    ),
    "broadcast to another shape": seeing(
        "broadcast to the same shape", simplify_views, same=any_shape
    ),
    "x[::-1] is all of x": instead("slice of everything", whole_reversed),
    "reshape in another order": seeing(
        "reshape", simplify_views, _plain=lambda node: True
    ),
    "reshape leaves one element backwards": seeing(
        "reshape", simplify_views, _has_single=lambda node: False
    ),
    "broadcast_to leaves one element backwards": seeing(
        "broadcast to the same shape",
        simplify_views,
        _has_single=lambda node: False,
    ),
    "reshape of a copy": seeing(
        "reshape", simplify_views, _always_views=lambda *nodes: True
    ),
}
