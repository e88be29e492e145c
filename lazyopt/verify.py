"""Is a graph well formed, and does it still compute what another does?"""

from typing import Any

import numpy as np

from lazyopt.build import infer
from lazyopt.errors import GraphError, VerificationError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT, ITEM
from lazyopt.specs import ArraySpec

__all__ = ["same_bits", "verify_equivalence", "verify_structure"]


def verify_structure(graph: Graph, known: frozenset[Node]) -> None:
    """Check that a graph is one: ordered, complete, its specs true.

    Parameters
    ----------
    graph : Graph
    known : frozenset of Node
        Nodes whose specs were checked before and need not be again.

    Raises
    ------
    GraphError
        Naming the node that is wrong, and what is wrong with it.
    """
    seen: set[Node] = set()
    add = seen.add
    for node in graph.nodes:
        if node in seen:
            raise GraphError(f"{node!r} stands in the schedule twice")
        for operand in node.operands:
            if operand not in seen:
                raise GraphError(_missing(graph, node, operand))
        add(node)
        if not node._inferred and node not in known:
            _check_specs(node)
    for kind, nodes in (("input", graph.inputs), ("output", graph.outputs)):
        for node in nodes:
            if node not in seen:
                raise GraphError(f"the {kind} {node!r} is not in the graph")
            if node.op.multi:
                raise GraphError(
                    f"the {kind} {node!r} is several results; return items "
                    "of it"
                )
    declared = set(graph.inputs)
    for node in graph.nodes:
        if node.op is INPUT and node not in declared:
            raise GraphError(f"{node!r} is no input of this graph")


def _missing(graph: Graph, node: Node, operand: Node) -> str:
    if operand in set(graph.nodes):
        return (
            f"{node!r} runs before its operand {operand!r}; put operands first"
        )
    return (
        f"{node!r} uses {operand!r}, which is not in the graph; add it to "
        "the nodes, before its user"
    )


def _check_specs(node: Node) -> None:
    op = node.op
    if op is INPUT or op is CONSTANT:
        return
    if op is ITEM:
        source, index = node.args
        if not source.op.multi:
            raise GraphError(
                f"{node!r} takes one of several results, but {source!r} "
                "returns a single one"
            )
        expected: tuple[ArraySpec, ...] = (source.specs[index],)
    else:
        expected = infer(op, node.args, node._kwargs)
    if len(node.specs) != len(expected):
        raise GraphError(
            f"{node!r} has {len(node.specs)} results, but {op.name} of its "
            f"operands has {len(expected)}"
        )
    for said, true in zip(node.specs, expected, strict=True):
        if true.shape is not None and said != true and true.dtype is not None:
            raise GraphError(
                f"{node!r} says it returns {said}, but {op.name} of its "
                f"operands returns {true}; make nodes with lazyopt.call or "
                "node.replace, which infer it"
            )


def same_bits(a: Any, b: Any) -> bool:
    """Whether two results can't be told apart.

    Same type, dtype, shape and bits, NaN and the sign of zero included.
    """
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | np.generic):
        alike = a.dtype == b.dtype and a.shape == b.shape
        return bool(alike and a.tobytes() == b.tobytes())
    from lazyopt.keys import value_key

    return value_key(a) == value_key(b)


def sample(spec: ArraySpec, rng: np.random.Generator) -> Any:
    """A random value of a spec: of moderate size, with its memory order."""
    if spec.shape is None or spec.dtype is None:
        raise GraphError(f"can't make an input for {spec}")
    values: Any = rng.normal(size=spec.shape)
    dtype = np.dtype(spec.dtype)
    if dtype.kind == "c":
        values = values + 1j * rng.normal(size=spec.shape)
    elif dtype.kind in "iu":
        values = rng.integers(0, 5, size=spec.shape)
    elif dtype.kind == "b":
        values = rng.integers(0, 2, size=spec.shape)
    if spec.kind == "scalar":
        return dtype.type(values)
    order: Any = "F" if spec.layout == "F" else "C"
    return np.asarray(values, dtype=dtype, order=order)


def verify_equivalence(before: Graph, after: Graph, what: str) -> None:
    """Run two graphs on the same random inputs and compare every bit.

    Raises
    ------
    VerificationError
        Where an output, or the error raised, is another.
    """
    rng = np.random.default_rng(0)
    values = [sample(n.spec, rng) for n in before.inputs]
    expected, found = _outcome(before, values), _outcome(after, values)
    if isinstance(expected, Exception) or isinstance(found, Exception):
        if type(expected) is not type(found):
            raise VerificationError(
                f"{what} changed the outcome from {_say(expected)} to "
                f"{_say(found)}"
            )
        return
    for i, (a, b) in enumerate(zip(expected, found, strict=True)):
        if not same_bits(a, b):
            raise VerificationError(
                f"{what} changed output {i}, computed by "
                f"{after.outputs[i]!r}, from {_say(a)} to {_say(b)}"
            )


def _outcome(graph: Graph, values: list[Any]) -> Any:
    from lazyopt.execute import run_values
    from lazyopt.inputs import own_values
    from lazyopt.plan import plan_of

    state = np.random.get_state()
    try:
        np.random.seed(0)
        return run_values(
            plan_of(graph.on("numpy")), own_values(graph, values)
        )
    except Exception as error:
        return error
    finally:
        np.random.set_state(state)


def _say(x: Any) -> str:
    if isinstance(x, Exception):
        return f"the error {x!r}"
    if isinstance(x, list):
        return f"{len(x)} results"
    if isinstance(x, np.ndarray):
        first = np.array2string(x.ravel()[:4], separator=", ")
        return f"{x.dtype}{list(x.shape)} {first}"
    return repr(x)
