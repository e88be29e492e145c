"""simplify: exact, and only calls that do nothing are gone."""

from hypothesis import given, note

from lazyopt.graph import Graph
from lazyopt.ops import INPUT
from lazyopt.passes import Simplify
from lazyopt.testing.decoder import decode
from lazyopt.testing.promises import check_promises, effects_of
from lazyopt.testing.strategies import CODES


@given(CODES)
def test_simplify_keeps_its_promises(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    graph = program.trace()
    after = check_promises(Simplify(), program, graph, reordered=False)
    check_simplification(graph, after)


def check_simplification(graph: Graph, after: Graph) -> None:
    """Calls go, and come only as views of what views were of."""
    assert effects_of(after) == effects_of(graph)
    inputs = [n for n in after.nodes if n.op is INPUT]
    assert inputs == list(graph.inputs)
    before = graph.counts
    for name, count in after.counts.items():
        made = name in ("transpose", "reshape")
        assert made or count <= before[name]
    assert after.memory.resident_bytes == graph.memory.resident_bytes
