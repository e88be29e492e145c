"""What every pass is held to, and what only some are."""

from collections.abc import Callable
from typing import Any

import lazyopt as lo
from lazyopt.graph import Graph
from lazyopt.verify import verify_structure

from .equivalence import assert_equivalent
from .programs import Program

__all__ = ["check_pass", "effects_of", "listing"]

Pass = Callable[[Graph], Graph]


def listing(graph: Graph) -> str:
    """A graph as text: all calls in their order, and the outputs."""
    return str(graph)


def effects_of(graph: Graph) -> list[Any]:
    """Calls with an effect, in order: what is called, and where."""
    return [
        (n.op, n.source, len(n.operands))
        for n in graph.nodes
        if not n.op.is_pure
    ]


def check_pass(
    item: Pass,
    program: Program,
    graph: Graph,
    *,
    reorders: bool = False,
    settles: bool = True,
) -> Graph:
    """Apply a pass to the graph of a program, and check what all promise.

    The result is well formed and can't be told apart from the graph; a
    second application changes nothing and says so by returning the same
    object; the same graph gives the same result; the graph given is left as
    it was.

    Parameters
    ----------
    item : callable
    program : Program
    graph : Graph
        Of the program.
    reorders : bool
        Whether it may change the order of calls.
    settles : bool
        Whether a second application must change nothing.

    Returns
    -------
    Graph
        What the pass made.
    """
    text = listing(graph)
    nodes, outputs = graph.nodes, graph.outputs
    after = item(graph)
    verify_structure(after, frozenset())
    assert after.inputs == graph.inputs
    assert (graph.nodes, graph.outputs) == (nodes, outputs)
    assert listing(graph) == text, "the graph given was changed"
    unchanged = after.nodes == nodes and after.outputs == outputs
    assert (after is graph) == unchanged
    again = item(after)
    assert not settles or again is after, (
        "a second application changes something"
    )
    fresh = lo.Graph(
        graph.nodes,
        graph.inputs,
        graph.outputs,
        graph.in_tree,
        graph.out_tree,
    )
    assert listing(item(fresh)) == listing(after), "not deterministic"
    if after is not graph:
        assert_equivalent(program, graph, after, reorders)
    return after
