"""fold: exact, within its budget, and it never raises."""

from hypothesis import given, note
from hypothesis import strategies as st

from lazyopt.graph import Graph
from lazyopt.ops import CONSTANT, INPUT
from lazyopt.passes import Fold, Prune
from lazyopt.testing.decoder import decode
from lazyopt.testing.promises import check_promises, effects_of
from lazyopt.testing.strategies import CODES

BUDGETS = (1 << 20, 0, 8, 64, 200, 1000)


@given(CODES, st.sampled_from(BUDGETS))
def test_fold_keeps_its_promises(codes: list[int], budget: int) -> None:
    program = decode(codes)
    note(program)
    graph = program.trace()
    after = check_promises(Fold(budget), program, graph, reordered=False)
    if budget == BUDGETS[0]:  # else the next one may hold more
        assert Fold(budget)(after) is after
    check_folding(graph, after, budget)


def check_folding(graph: Graph, after: Graph, budget: int) -> None:
    """Constants take the places of pure calls of constants, and no others."""
    assert effects_of(after) == effects_of(graph)
    assert len(after) <= len(graph)
    before = set(graph.nodes)
    depends = set(graph.inputs)
    for node in graph.nodes:
        if not node.op.is_pure or not depends.isdisjoint(node.operands):
            depends.add(node)
    kept = {
        (n.op, n.source, n.specs) for n in after.nodes if n.op is not CONSTANT
    }
    for node in depends:
        assert node.op is INPUT or (node.op, node.source, node.specs) in kept
    for node in after.nodes:
        if node.op is CONSTANT and node not in before:
            value = node.value
            assert not hasattr(value, "flags") or not value.flags.writeable
    growth = Prune()(after).memory.resident_bytes - graph.memory.resident_bytes
    assert growth <= budget, f"constants grow by {growth} bytes"
