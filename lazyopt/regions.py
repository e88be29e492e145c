"""Calls that hold a small graph: fused groups, loops over slices.

A region is an op like any other to all that only reads graphs: it takes
operands, returns results, and is pure. Its body says what it computes; its
kind says how. Only NumPy has kinds of its own: on other libraries, and for
autoray, a region is its body's calls.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

from lazyopt.build import input_node
from lazyopt.errors import GraphError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import INPUT, ITEM, Op
from lazyopt.specs import ArraySpec
from lazyopt.tree import flatten

__all__ = ["KINDS", "Region", "Runner", "cut_out", "inlined", "region"]


class Runner(Protocol):
    """Runs a region's body in its kind's own way.

    It is called with the operands' values, and returns the only result, or a
    tuple of them.
    """

    #: Bytes that a call holds while it runs, results aside.
    workspace_bytes: int
    #: Floating point operations of a call.
    flops: int

    def __call__(self, *values: Any) -> Any:
        """Compute the results."""


class Region(NamedTuple):
    """What makes an op a region.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    body : Graph
        Of pure calls. Its inputs stand for the operands, in order.
    options : dict
        Static values that the kind's runner takes.
    runner : Runner
    """

    kind: str
    body: Graph
    options: dict[str, Any]
    runner: Runner


def _fused() -> Callable[..., Runner]:
    from lazyopt.fused import Fused

    return Fused


def _sliced() -> Callable[..., Runner]:
    from lazyopt.sliced import Sliced

    return Sliced


#: What makes the runner of each kind from a body and options.
KINDS: dict[str, Callable[[], Callable[..., Runner]]] = {
    "fused": _fused,
    "sliced": _sliced,
}


def region(kind: str, body: Graph, **options: Any) -> Op:
    """The op of a region.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    body : Graph
        On NumPy, of pure calls; each of its results in memory of its own.
    **options
        Static values, such as a file can hold.

    Raises
    ------
    GraphError
        If there is no such kind, or a call in the body has an effect.
    """
    if kind not in KINDS:
        raise GraphError(f"{kind!r} is no kind of region: {list(KINDS)}")
    impure = next((n for n in body.nodes if not n.op.is_pure), None)
    if impure is not None or body.backend != "numpy":
        what = f"calls {impure!r}" if impure else f"is on {body.backend}"
        raise GraphError(f"a region holds pure calls on NumPy; this {what}")
    runner = KINDS[kind]()(body, **options)
    expected = [n.spec for n in body.inputs]

    def infer(*specs: ArraySpec) -> tuple[ArraySpec, ...]:
        if list(specs) != expected:
            raise GraphError(
                f"a {kind} region is for operands {expected}, not "
                f"{list(specs)}; make it anew for others"
            )
        return tuple(n.spec for n in body.outputs)

    def workspace(*specs: Any) -> int:
        return runner.workspace_bytes

    return Op(
        kind,
        infer,
        function=runner,
        multi=len(body.outputs) > 1,
        workspace=workspace,
        region=Region(kind, body, options, runner),
    )


def cut_out(
    nodes: Iterable[Node], results: Iterable[Node]
) -> tuple[Graph, tuple[Node, ...]]:
    """A group of nodes as a body, and what it takes from outside.

    Parameters
    ----------
    nodes : iterable of Node
        In the order they run; no inputs or constants.
    results : iterable of Node
        Those that are used outside of the group.

    Returns
    -------
    body : Graph
        Its constants are inputs, too: they stay with the graph around it.
    operands : tuple of Node
        What its inputs stand for, in order.
    """
    new: dict[Node, Node] = {}
    taken: list[Node] = []
    group = list(nodes)
    inside = set(group)
    for node in group:
        for operand in node.operands:
            if operand not in inside and operand not in new:
                new[operand] = input_node(f"x{len(taken)}", operand.spec)
                taken.append(operand)
        new[node] = node.rewired(new)
    inputs = [new[n] for n in taken]
    outputs = [new[n] for n in results]
    given = tuple(inputs)
    _, in_tree = flatten((given, {}), _is_node)
    _, out_tree = flatten(tuple(outputs), _is_node)
    body = Graph(
        [*inputs, *[new[n] for n in group]],
        inputs,
        outputs,
        in_tree,
        out_tree,
    )
    return body, tuple(taken)


def _is_node(x: Any) -> bool:
    return type(x) is Node


def inlined(graph: Graph) -> Graph:
    """The graph with the calls of bodies in place of regions.

    Returns
    -------
    Graph
        The same object if there are no regions.
    """
    while any(n.op.region for n in graph.nodes):
        graph = _inlined_once(graph)
    return graph


def _inlined_once(graph: Graph) -> Graph:
    new: dict[Node, Node] = {}
    several: dict[Node, list[Node]] = {}
    schedule: list[Node] = []
    for node in graph.nodes:
        if node.op is ITEM and node.args[0] in several:
            new[node] = several[node.args[0]][node.args[1]]
            continue
        if node.op.region is None:
            new[node] = node.rewired(new)
            schedule.append(new[node])
            continue
        calls, results = _calls(node, new)
        schedule += calls
        if node.op.multi:
            several[node] = results
        else:
            new[node] = results[0]
    return graph.replace(schedule, [new[n] for n in graph.outputs])


def _calls(node: Node, new: dict[Node, Node]) -> tuple[list[Node], list[Node]]:
    """A region's calls on its operands, and those that are its results."""
    assert node.op.region is not None
    body = node.op.region.body
    inside = dict(zip(body.inputs, [new[a] for a in node.args], strict=True))
    calls = []
    for one in body.nodes:
        if one.op is not INPUT:
            # Every use of a body is of other nodes, though it has no operand.
            inside[one] = _renewed(one, inside)
            calls.append(inside[one])
    return calls, [inside[n] for n in body.outputs]


def _renewed(node: Node, new: dict[Node, Node]) -> Node:
    made = node.rewired(new)
    if made is not node:
        return made
    return Node(
        node.op, node.args, node._kwargs, node.specs, node.source, True
    )
