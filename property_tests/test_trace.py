"""A graph computes what the program does, and its specs are true."""

from typing import Any

from hypothesis import given, note

from lazyopt.arguments import nested_call
from lazyopt.graph import Graph
from lazyopt.ops import CONSTANT, INPUT, ITEM
from lazyopt.specs import ArraySpec, spec_of
from lazyopt.testing.decoder import decode
from lazyopt.testing.effects import LOG
from lazyopt.testing.equivalence import check_equivalent
from lazyopt.testing.programs import Program
from lazyopt.testing.strategies import CODES
from lazyopt.verify import verify_structure


@given(CODES)
def test_a_graph_computes_what_the_program_does(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    graph = program.trace()
    note(graph)
    verify_structure(graph, frozenset())
    check_equivalent(program, program, graph)
    check_specs(program, graph)


def check_specs(program: Program, graph: Graph) -> None:
    """Run node by node, and hold each result against its spec."""
    inputs = dict(zip(graph.inputs, program.inputs, strict=True))
    values: dict[Any, Any] = {}
    with program.state():
        for node in graph.nodes:
            if node.op is INPUT:
                results = [inputs[node]]
            elif node.op is CONSTANT:
                results = [node.args[0]]
            elif node.op is ITEM:
                results = [values[node.args[0]][node.args[1]]]
            else:
                call = nested_call(node.op.implementation("numpy"), node)
                try:
                    found = call(*[values[n] for n in node.operands])
                except Exception:
                    assert program.fails
                    break
                values[node] = found
                results = list(found) if node.op.multi else [found]
            values.setdefault(node, results[0])
            assert len(results) == len(node.specs)
            for value, said in zip(results, node.specs, strict=True):
                assert agree(said, value), (
                    f"{node!r}, said to give {said!r}, gave {spec_of(value)!r}"
                )
    LOG.clear()


def agree(said: ArraySpec, value: Any) -> bool:
    """Whether a value is as its spec says, as far as that says anything."""
    true = spec_of(value)
    if said.shape is None:
        return True
    if said.shape != true.shape:
        return False
    if said.dtype is None:
        return True
    if (said.dtype, said.kind) != (true.dtype, true.kind):
        return False
    if said.strides is None or 0 in (true.shape or ()):
        return True
    assert said.shape is not None and true.strides is not None
    return all(
        d == 1 or s == t
        for d, s, t in zip(said.shape, said.strides, true.strides, strict=True)
    )
