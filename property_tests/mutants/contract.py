"""`contract` that takes in what others need, or sums what is to be kept."""

from typing import Any
from unittest.mock import patch

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import get_op
from lazyopt.passes import Contract
from lazyopt.passes import contract as passing
from lazyopt.passes import contract_terms as terms
from lazyopt.passes import contract_writing as writing

from .spoiling import Pass, Spoiled

__all__ = ["MUTANTS"]

_grown, _tensordot = terms._grown, writing._tensordot


def without_outputs(graph: Graph, root: Node, outputs: set[Node]) -> Any:
    """What is returned is like any other result on the way."""
    return _grown(graph, root, set())


def summing_batches(
    a: Node, left: Any, b: Node, right: Any, wanted: set[int]
) -> Any:
    """Axes of both operands are summed over, also those of the result."""
    return _tensordot(a, left, b, right, wanted - (set(left) & set(right)))


def unmoved(node: Node, args: tuple[Any, ...]) -> Any:
    """A transpose leaves axes where they are."""
    axes = list(range(args[0].spec.ndim))
    return [(args[0], axes)], axes


def spoiled(owner: Any, name: str, new: Any) -> Pass:
    """A contract with another function under a name."""
    return Spoiled(Contract(), patch.object(owner, name, new))


MUTANTS: dict[str, Pass] = {
    "what others read is inside": spoiled(
        terms, "_is_read_once", lambda graph, node: True
    ),
    "what is returned is inside": spoiled(terms, "_grown", without_outputs),
    "batches are summed": spoiled(writing, "_tensordot", summing_batches),
    "transposes do nothing": Spoiled(
        Contract(), patch.dict(terms._rules(), {get_op("transpose"): unmoved})
    ),
    "the peak may rise": spoiled(passing, "peak_bytes", lambda graph: 0),
}
