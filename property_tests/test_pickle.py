"""A graph that was pickled is the same graph."""

import pickle

from hypothesis import given, note

import lazyopt as lo
from lazyopt.testing.decoder import decode
from lazyopt.testing.equivalence import check_equivalent
from lazyopt.testing.strategies import CODES


@given(CODES)
def test_pickled_graphs_are_the_same(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    for graph in (program.trace(), lo.optimize(program.trace())):
        again = pickle.loads(pickle.dumps(graph))
        assert again is not graph
        assert str(again) == str(graph)
        assert [n.specs for n in again] == [n.specs for n in graph]
        assert [n.source for n in again] == [n.source for n in graph]
        assert again.memory.peak_bytes == graph.memory.peak_bytes
        check_equivalent(program, graph, again)
