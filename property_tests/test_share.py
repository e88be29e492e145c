"""share: exact, pure calls only, and nothing new aliases."""

from hypothesis import given, note

from lazyopt.graph import Graph
from lazyopt.ops import CONSTANT, INPUT
from lazyopt.passes import Prune, Share

from .checks import check_pass, effects_of
from .decoder import decode
from .programs import CODES


@given(CODES)
def test_share_keeps_its_promises(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    graph = program.trace()
    after = check_pass(Share(), program, graph)
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
    """Nothing of a program that is there twice needs to be computed twice.

    Outputs aside, a copy of the whole program appended to itself costs
    nothing: the tracer makes the same inputs and constants again.
    """
    program = decode(codes)
    note(program)
    graph = program.trace()
    constants = [n for n in graph.nodes if n.op is CONSTANT]
    merged = Share()(graph.replace(outputs=()))
    keys = {
        (id(n.op), n.args, tuple(n.kwargs))
        for n in merged.nodes
        if n.op.is_pure and n.op.elementwise and all_plain(n)
    }
    calls = [
        n
        for n in merged.nodes
        if n.op.is_pure and n.op.elementwise and all_plain(n)
    ]
    assert len(constants) >= sum(n.op is CONSTANT for n in merged.nodes)
    if not program.has_effects and not any(
        n.op.contraction for n in graph.nodes
    ):
        assert len(keys) == len(calls)
    pruned = Prune()(merged)
    assert not any(n.op.is_pure and n.op is not INPUT for n in pruned) or (
        program.has_effects
    )


def all_plain(node: object) -> bool:
    """Whether a call has nodes for arguments and nothing else."""
    args = node.args  # type: ignore[attr-defined]
    return all(type(a).__name__ == "Node" for a in args)
