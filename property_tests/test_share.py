"""share: exact, pure calls only, and nothing new aliases."""

from hypothesis import given, note

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import INPUT
from lazyopt.passes import Share
from lazyopt.testing.decoder import decode
from lazyopt.testing.promises import check_promises, effects_of
from lazyopt.testing.strategies import CODES


@given(CODES)
def test_share_keeps_its_promises(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    graph = program.trace()
    after = check_promises(Share(), program, graph, reordered=False)
    assert Share()(after) is after
    check_sharing(graph, after)


def check_sharing(graph: Graph, after: Graph) -> None:
    """Only pure calls are gone, each the twin of one that stays."""
    assert effects_of(after) == effects_of(graph)
    assert len(after) <= len(graph)
    kept = {node.op for node in after.nodes}
    assert {node.op for node in graph.nodes} == kept
    inputs = [n for n in after.nodes if n.op is INPUT]
    assert inputs == list(graph.inputs)
    assert after.memory.resident_bytes <= graph.memory.resident_bytes
    # What stays is in the order it was in.
    numbers = [graph.number(n) for n in after.nodes if n in set(graph.nodes)]
    assert numbers == sorted(numbers)


@given(CODES)
def test_exact_duplicates_are_merged(codes: list[int]) -> None:
    """Where nobody could see it, no elementwise call is made twice."""
    program = decode(codes)
    note(program)
    graph = program.trace()
    seen_by_others = program.has_effects or any(
        n.op.contraction for n in graph.nodes
    )
    merged = Share()(graph.replace(outputs=()))
    calls = [
        (n.op, n.args)
        for n in merged.nodes
        if n.op.is_pure and n.op.elementwise and not n.kwargs and plain(n)
    ]
    assert seen_by_others or len(set(calls)) == len(calls)


def plain(node: Node) -> bool:
    """Whether a call has nodes for arguments and nothing else."""
    return all(isinstance(a, Node) for a in node.args)
