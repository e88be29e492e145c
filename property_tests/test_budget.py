"""Memory limits: kept as predicted, with the same bits, or refused."""

from hypothesis import given, note
from hypothesis import strategies as st

import lazyopt as lo
from lazyopt.ordering import peak_bytes
from lazyopt.testing.decoder import decode
from lazyopt.testing.equivalence import check_equivalent
from lazyopt.testing.instructions import KNOWN
from lazyopt.testing.operands import LARGE
from lazyopt.testing.promises import effects_of
from lazyopt.testing.strategies import CODES

from .test_memory import can_be_copied, check_peak

PARTS = st.floats(0, 1)


@given(CODES, PARTS)
def test_a_limit_is_kept_to_the_bit_or_refused(
    codes: list[int], part: float
) -> None:
    program = decode(codes)
    note(program)
    graph = program.trace()
    limit = int(peak_bytes(graph) * part)
    try:
        better = lo.optimize(graph, memory_limit=limit)
    except lo.PassError as error:
        assert graph.memory.unknown or "smallest limit" in str(error)
        return
    assert peak_bytes(better) <= limit
    assert effects_of(better) == effects_of(graph)
    check_equivalent(program, graph, better, reordered=True)


@given(CODES, PARTS)
def test_what_is_measured_is_what_is_predicted(
    codes: list[int], part: float
) -> None:
    program = decode(codes, LARGE, KNOWN)
    note(program)
    graph = program.trace()
    chosen = [i for i, x in enumerate(program.inputs) if can_be_copied(x)]
    if program.donates and chosen:
        graph = graph.donate(*chosen)
    limit = int(peak_bytes(graph) * part)
    for passes in (["rematerialise"], [lo.passes.Rematerialise(limit)]):
        check_peak(program, lo.optimize(graph, passes))
