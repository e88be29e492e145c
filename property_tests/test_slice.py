"""slice: exact in parts, its peak as it says, whatever the limit."""

from hypothesis import given, note
from hypothesis import strategies as st

from lazyopt.ordering import peak_bytes
from lazyopt.passes import Slice
from lazyopt.testing.decoder import decode
from lazyopt.testing.instructions import KNOWN
from lazyopt.testing.operands import LARGE, SMALL
from lazyopt.testing.programs import prepared
from lazyopt.testing.promises import check_promises, check_trial, effects_of
from lazyopt.testing.strategies import CODES
from lazyopt.testing.trials import Trial, graph_of

from .test_memory import check_peak

#: Limits between nothing and the peak, as eighths of it.
SHARES = st.integers(0, 8)


@given(CODES, SHARES, st.booleans())
def test_slice_keeps_its_promises(
    codes: list[int], share: int, large: bool
) -> None:
    program = decode(codes, LARGE if large else SMALL)
    note(program)
    graph = graph_of(program)
    limit = peak_bytes(graph) * share // 8
    after = check_promises(Slice(limit), program, graph)
    assert effects_of(after) == effects_of(graph)
    if peak_bytes(graph) <= limit:
        assert after is graph
    if after is not graph:
        assert peak_bytes(after) < peak_bytes(graph)


@given(CODES, SHARES)
def test_its_peaks_are_those_measured(codes: list[int], share: int) -> None:
    program = decode(codes, LARGE, KNOWN)
    note(program)
    graph = program.trace()
    after = Slice(peak_bytes(graph) * share // 8)(graph)
    if after is not graph:
        check_peak(program, after)


@given(CODES)
def test_what_changes_last_bits_changes_no_more(codes: list[int]) -> None:
    program = decode(codes, LARGE)
    note(program)
    with prepared():
        trial = Trial.of_program(program, graph_of(program))
        check_trial(Slice(exact=False), trial, exact=False)
