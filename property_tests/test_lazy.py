"""Graphs of autoray's lazy programs, and back."""

from typing import Any

import autoray
from autoray import lazy
from autoray.lazy.core import LazyArray
from hypothesis import given, note

import lazyopt as lo
from lazyopt.testing.decoder import decode
from lazyopt.testing.effects import bits
from lazyopt.testing.programs import Program
from lazyopt.testing.steps import Machine
from lazyopt.testing.strategies import CODES

MISSING: Any = object()


@given(CODES)
def test_from_lazy_computes_what_compute_does(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    outputs = lazy_outputs(program)
    if outputs:
        with program.state():
            check_import(outputs)


def recorded(machine: Machine, step: Any) -> bool:
    """Perform a step, if autoray can record it and what it uses."""
    missing = any(machine.registers[r] is MISSING for r in step.refs)
    if missing or step.form == "call":
        return False
    if step.form == "do" and step.target == "array":  # of a LazyArray
        return False
    try:
        machine.perform(step)
    except Exception:
        return False
    return True


def lazy_outputs(program: Program) -> list[LazyArray]:
    """Run a program on LazyArrays, as far as autoray can record it."""
    machine = Machine(map(lazy.array, program.inputs))
    with program.state():
        for step in program.steps:
            if not recorded(machine, step):
                count = 1 if step.count is None else step.count
                machine.registers += [MISSING] * count
    found = [machine.registers[i] for i in program.outputs]
    return [x for x in found if isinstance(x, LazyArray)]


def check_import(outputs: list[LazyArray]) -> None:
    """Import, then let autoray compute: it takes its own graph apart."""
    found: Any
    try:
        found = lo.from_lazy(outputs)()
    except Exception as error:
        found = error
    try:
        expected = autoray.lazy.compute(outputs)
    except Exception as error:
        assert type(found) is type(error), (found, error)
        return
    if isinstance(found, Exception):
        raise found
    assert list(map(bits, found)) == list(map(bits, expected))


@given(CODES)
def test_to_lazy_and_back_is_the_same_program(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    graph = program.trace()
    if program.has_effects or program.fails or not graph.outputs:
        return
    with program.state():
        expected = [*map(bits, leaves(graph, graph(*program.args)))]
        made = leaves(graph, graph.to_lazy(*program.inputs))
        back = lo.from_lazy(made)
        assert [*map(bits, back())] == expected
        assert [*map(bits, autoray.lazy.compute(made))] == expected


def leaves(graph: lo.Graph, x: Any) -> list[Any]:
    """What stands for a graph's outputs in what it returned."""
    return [leaf for _, leaf in graph.out_tree.match(x, "")]
