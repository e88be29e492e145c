"""A graph that was saved and loaded is the same graph."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, note

import lazyopt as lo
from lazyopt.ops.core import infer_opaque
from lazyopt.testing.decoder import decode
from lazyopt.testing.equivalence import check_equivalent
from lazyopt.testing.programs import Program
from lazyopt.testing.strategies import CODES


@given(CODES)
def test_loaded_graphs_are_the_same(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.lazyopt"
        for graph in (program.trace(), lo.optimize(program.trace())):
            if not can_be_saved(program, graph):
                with pytest.raises(lo.GraphError):
                    graph.save(path)
                continue
            graph.save(path)
            again = lo.load(path)
            assert str(again) == str(graph)
            assert [n.specs for n in again] == [n.specs for n in graph]
            assert [n.op for n in again] == [n.op for n in graph]
            assert again.memory.peak_bytes == graph.memory.peak_bytes
            check_equivalent(program, graph, again)


def can_be_saved(program: Program, graph: lo.Graph) -> bool:
    """Whether it calls registered ops only, and returns plain containers."""
    returned = type(program.structure([None] * len(program.outputs)))
    plain = returned in (tuple, list, dict, type(None))
    return plain and not any(n.op.infer is infer_opaque for n in graph)
