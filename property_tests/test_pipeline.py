"""Passes together: in any order they keep every bit, and the peak."""

from hypothesis import given, note
from hypothesis import strategies as st

import lazyopt as lo

from .checks import effects_of, listing
from .decoder import decode
from .equivalence import assert_equivalent
from .programs import CODES

NAMES = st.sampled_from(["fold", "share", "prune", "reorder"])


@given(CODES)
def test_optimize_keeps_its_promises(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    graph = program.trace()
    text = listing(graph)
    better = lo.optimize(graph)
    assert better.memory.peak_bytes <= graph.memory.peak_bytes
    assert len(better) <= len(graph)
    assert effects_of(better) == effects_of(graph)
    assert [r.name for r in better.history][:4] == [
        "fold",
        "share",
        "prune",
        "reorder",
    ]
    assert listing(graph) == text, "the graph given was changed"
    assert listing(lo.optimize(program.trace())) == listing(better)
    assert_equivalent(program, graph, better, reordered=True)


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
    assert_equivalent(program, graph, better, reordered=True)
