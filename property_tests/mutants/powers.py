"""`powers` that multiplies too often, or what it shouldn't."""

from typing import Any
from unittest.mock import patch

import numpy as np

from lazyopt.ir import Node
from lazyopt.passes import Powers
from lazyopt.passes import powers as passing

from .spoiling import Pass, Spoiled

__all__ = ["MUTANTS"]

_power, _products = passing.power, passing.products


def one_more(node: Node, x: Node, exponent: int) -> Node:
    """As many products as the exponent says, and not one less."""
    return _products(node, x, exponent + 1)


def squared_last(node: Node, x: Node, exponent: int) -> Node:
    """The digits are read from the wrong end."""
    turned = int(bin(exponent)[:1:-1], 2)
    return _products(node, x, turned) if turned > 1 else x


def to_the_next(node: Node) -> Any:
    """``x ** 2.5`` is near to ``x ** 2``."""
    if len(node.args) == 2 and isinstance(node.args[1], float):
        whole = float(np.ceil(node.args[1]))
        return _power(node.replace(args=(node.args[0], whole)))
    return _power(node)


def spoiled(name: str, new: Any) -> Pass:
    """A powers with another function under a name."""
    return Spoiled(Powers(), patch.object(passing, name, new), never_grows=())


MUTANTS: dict[str, Pass] = {
    "a product too many": spoiled("products", one_more),
    "digits in the wrong order": spoiled("products", squared_last),
    "exponents that aren't whole": spoiled("power", to_the_next),
}
