"""spill: exact through files, its peak as it says, whatever the limit."""

from hypothesis import example, given, note
from hypothesis import strategies as st

from lazyopt.ordering import peak_bytes
from lazyopt.passes import Spill
from lazyopt.records import recording
from lazyopt.testing.decoder import decode
from lazyopt.testing.instructions import KNOWN
from lazyopt.testing.operands import LARGE
from lazyopt.testing.promises import check_promises, effects_of
from lazyopt.testing.strategies import CODES
from lazyopt.testing.trials import graph_of

from .test_memory import check_peak

#: Limits between nothing and the peak, as eighths of it.
SHARES = st.integers(0, 8)


@given(CODES, SHARES, st.booleans())
def test_spill_keeps_its_promises(
    codes: list[int], share: int, maps: bool
) -> None:
    program = decode(codes)
    note(program)
    graph = graph_of(program)
    limit = peak_bytes(graph) * share // 8
    with recording() as notes:
        item = Spill(limit, maps=maps)
        after = check_promises(item, program, graph)
    assert effects_of(after) == effects_of(graph)
    if peak_bytes(graph) <= limit:
        assert after is graph
    elif not notes.skips:
        # Whoever says that nothing is in the way gets there.
        assert peak_bytes(after) <= limit


@given(CODES, SHARES)
def test_maps_never_keep_it_higher(codes: list[int], share: int) -> None:
    program = decode(codes)
    note(program)
    graph = graph_of(program)
    limit = peak_bytes(graph) * share // 8
    read, mapped = Spill(limit)(graph), Spill(limit, maps=True)(graph)
    assert peak_bytes(mapped) <= max(peak_bytes(read), limit)


#: A thousand views that are returned, and arrays that are spilled.
MANY_VIEWS = [7168, *[0] * 9, 413, 96084, 1042516, 1042516]


@example(MANY_VIEWS, 0, False)
@given(CODES, SHARES, st.booleans())
def test_its_peaks_are_those_measured(
    codes: list[int], share: int, maps: bool
) -> None:
    program = decode(codes, LARGE, KNOWN)
    note(program)
    graph = program.trace()
    limit = peak_bytes(graph) * share // 8
    after = Spill(limit, maps=maps)(graph)
    if after is not graph:
        check_peak(program, after)
