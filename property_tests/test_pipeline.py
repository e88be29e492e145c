"""Passes together: in any order they keep every bit, and the peak."""

from hypothesis import given, note
from hypothesis import strategies as st

import lazyopt as lo
from lazyopt.testing.decoder import decode
from lazyopt.testing.equivalence import check_equivalent
from lazyopt.testing.promises import effects_of
from lazyopt.testing.strategies import CODES

NAMES = st.sampled_from(["fold", "share", "prune", "reorder"])


@given(CODES)
def test_optimize_keeps_its_promises(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    graph = program.trace()
    text = str(graph)
    better = lo.optimize(graph)
    assert better.memory.peak_bytes <= graph.memory.peak_bytes
    assert effects_of(better) == effects_of(graph)
    assert {"fold", "share", "prune"} <= {r.name for r in better.history}
    assert str(graph) == text, "the graph given was changed"
    assert str(lo.optimize(program.trace())) == str(better)
    check_equivalent(program, graph, better, reordered=True)


@given(CODES, st.lists(NAMES, max_size=6))
def test_passes_in_any_order_are_exact(
    codes: list[int], names: list[str]
) -> None:
    program = decode(codes)
    note(program)
    graph = program.trace()
    better = lo.optimize(graph, names)
    assert better.memory.peak_bytes <= graph.memory.peak_bytes
    assert len(better) <= len(graph)
    check_equivalent(program, graph, better, reordered=True)
