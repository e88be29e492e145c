"""fuse: exact in blocks, on threads, whatever is fused with what."""

from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from lazyopt.errors import VerificationError
from lazyopt.graph import Graph
from lazyopt.ops import INPUT
from lazyopt.passes import Fuse
from lazyopt.testing import check_pass
from lazyopt.testing.decoder import decode
from lazyopt.testing.operands import SMALL
from lazyopt.testing.promises import check_promises, effects_of
from lazyopt.testing.strategies import CODES
from lazyopt.testing.trials import graph_of

#: A block, some over, one over; rows and columns.
SHAPES = (
    (81,),
    (9, 15),
    (70,),
    (),
    (5, 30),
    (12, 12),
    (1,),
    (0,),
    (3, 70),
    (130, 1),
    (2, 9, 9),
    (129,),
)
DRAWN = SMALL._replace(shapes=SHAPES)

#: Most programs that it may take to catch one that is wrong.
MOST = 2_000


class All(Fuse):
    """Every group, even where blocks take more than they save."""

    never_grows = ()

    def _within_peak(self, graph: Graph, groups: Any, ops: Any) -> Any:
        groups = [g for g in groups if self._is_used(graph, g)]
        return self._fused(graph, groups, ops)[0], groups

    def _is_used(self, graph: Graph, group: Any) -> bool:
        outside = {*graph.outputs}.union(
            *[n.operands for n in graph if n not in group]
        )
        return not outside.isdisjoint(group)


@given(CODES, st.integers(1, 3))
def test_fuse_keeps_its_promises(codes: list[int], threads: int) -> None:
    program = decode(codes, DRAWN)
    note(program)
    graph = graph_of(program)
    after = check_promises(All(0, 64, threads), program, graph)
    assert effects_of(after) == effects_of(graph)
    assert [n for n in after if n.op is INPUT] == list(graph.inputs)


@given(CODES)
def test_fuse_never_raises_the_peak(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    check_promises(Fuse(0, 64, 1), program, graph_of(program))


def every_seventh(
    shape: tuple[int, ...], each: int, block: Any
) -> list[tuple[int, int]]:
    return [(i, min(i + 7, shape[0])) for i in range(0, shape[0], 7)]


MUTANTS: dict[str, tuple[str, Any]] = {
    "any block will do": ("lazyopt.block_program._cut", every_seventh),
    "errors are not told": ("lazyopt.fused.tell", lambda *a: None),
    "groups may wait for each other": (
        "lazyopt.passes.fuse_groups._levels",
        lambda graph, keys, before: dict.fromkeys(graph.nodes, 0),
    ),
    "what is still read is written over": (
        "lazyopt.block_slots.Slots.holds",
        lambda self, place: True,
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_what_is_wrong_is_caught(name: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lazyopt.testing.sources.SMALL", DRAWN)
        patch.setattr(*MUTANTS[name])
        with pytest.raises(VerificationError):
            check_pass(All(0, 64, 1), MOST)
