"""lower: exact, and no call with an effect or array of its own is lost."""

from hypothesis import given, note

from lazyopt.passes import Lower
from lazyopt.testing.decoder import decode
from lazyopt.testing.promises import check_promises, effects_of
from lazyopt.testing.strategies import CODES


@given(CODES)
def test_lower_keeps_its_promises(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    graph = program.trace()
    after = check_promises(Lower(), program, graph, reordered=False)
    assert effects_of(after) == effects_of(graph)
    assert after.inputs == graph.inputs
    assert Lower()(after) is after
