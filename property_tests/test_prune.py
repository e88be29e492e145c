"""prune: exactly what no output needs is gone, and no effect."""

from hypothesis import given, note

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.passes import Prune
from lazyopt.testing.decoder import decode
from lazyopt.testing.promises import check_promises, effects_of
from lazyopt.testing.strategies import CODES


@given(CODES)
def test_prune_keeps_its_promises(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    graph = program.trace()
    after = check_promises(Prune(), program, graph, reordered=False)
    assert Prune()(after) is after
    check_pruning(graph, after)


def check_pruning(graph: Graph, after: Graph) -> None:
    """What stays is what can be reached from outputs and effects."""
    needed = reachable(graph)
    assert after.nodes == tuple(n for n in graph.nodes if n in needed)
    assert after.outputs == graph.outputs
    assert effects_of(after) == effects_of(graph)
    assert after.memory.peak_bytes <= graph.memory.peak_bytes


def reachable(graph: Graph) -> set[Node]:
    """Nodes that outputs, effects and the signature need, found downwards."""
    effects = [n for n in graph.nodes if n.op.effect != "pure"]
    stack = [*graph.outputs, *graph.inputs, *effects]
    found = set(stack)
    while stack:
        for operand in stack.pop().operands:
            if operand not in found:
                found.add(operand)
                stack.append(operand)
    return found
