"""reorder: a permutation, effects in order, the peak never higher."""

from hypothesis import given, note

from lazyopt.graph import Graph
from lazyopt.passes import Reorder
from lazyopt.testing.decoder import decode
from lazyopt.testing.promises import check_promises
from lazyopt.testing.strategies import CODES


@given(CODES)
def test_reorder_keeps_its_promises(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    graph = program.trace()
    after = check_promises(Reorder(), program, graph)
    assert Reorder()(after) is after
    check_reordering(graph, after)


def check_reordering(graph: Graph, after: Graph) -> None:
    """The same nodes, in an order that is no worse."""
    assert len(after.nodes) == len(graph.nodes)
    assert set(after.nodes) == set(graph.nodes)
    assert after.outputs == graph.outputs
    effects = [
        [n for n in g.nodes if n.op.effect != "pure"] for g in (graph, after)
    ]
    assert effects[0] == effects[1]
    assert after.memory.peak_bytes <= graph.memory.peak_bytes
    if after is not graph:
        assert after.memory.peak_bytes < graph.memory.peak_bytes
    assert after.memory.lower_bound_bytes >= graph.memory.lower_bound_bytes
    assert after.memory.lower_bound_bytes <= after.memory.peak_bytes
    assert after.memory.resident_bytes == graph.memory.resident_bytes
