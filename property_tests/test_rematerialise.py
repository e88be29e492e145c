"""rematerialise: the same bits at any limit, and never a higher peak."""

from collections import Counter

from hypothesis import given, note
from hypothesis import strategies as st

import lazyopt as lo
from lazyopt.ordering import peak_bytes
from lazyopt.passes import Rematerialise
from lazyopt.recompute.calls import calls_of
from lazyopt.recompute.rebuild import rebuilt
from lazyopt.recompute.runs import Versions, pruned
from lazyopt.recompute.tighten import tightened
from lazyopt.recompute.walk import SCORES, walk
from lazyopt.reusing import donors_in_order
from lazyopt.testing.decoder import decode
from lazyopt.testing.promises import check_promises, effects_of
from lazyopt.testing.strategies import CODES
from lazyopt.testing.trials import graph_of

PARTS = st.floats(0, 1)


@given(CODES, PARTS)
def test_rematerialise_keeps_its_promises(
    codes: list[int], part: float
) -> None:
    program = decode(codes)
    note(program)
    graph = graph_of(program)
    limit = int(peak_bytes(graph) * part)
    after = check_promises(Rematerialise(limit), program, graph)
    check_repetition(graph, after, limit)


def check_repetition(graph: lo.Graph, after: lo.Graph, limit: int) -> None:
    """The same calls, some of the pure ones more often."""
    assert effects_of(after) == effects_of(graph)
    before, now = Counter(graph.counts), Counter(after.counts)
    views = {n.op.name for n in graph if n.op.views}
    items = {"item"}
    assert not (before - now).keys() - views - items
    repeated = (now - before).keys()
    pure = {n.op.name for n in graph if n.op.is_pure}
    assert repeated <= pure
    assert peak_bytes(after) <= peak_bytes(graph)
    if peak_bytes(graph) <= limit:
        assert after is graph


@given(CODES, PARTS, st.sampled_from(sorted(SCORES)), st.booleans())
def test_what_a_sequence_is_said_to_hold_it_holds(
    codes: list[int], part: float, score: str, in_place: bool
) -> None:
    program = decode(codes)
    note(program)
    graph = graph_of(program)
    calls = calls_of(graph, in_place)
    limit = int(peak_bytes(graph) * part)
    sequence = walk(calls, limit, score)
    assert sequence is not None  # these are few calls
    sequence = pruned(calls, sequence)
    said = Versions(calls, sequence).peak()
    shorter = tightened(calls, sequence, limit)
    assert Versions(calls, shorter).peak() <= max(said, limit)
    made = rebuilt(graph, calls, shorter)
    if in_place:
        made = made.replace(donors=donors_in_order(made))
    assert peak_bytes(made) <= Versions(calls, shorter).peak()
