"""The generator makes the programs that the other tests count on."""

import operator
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, note

from lazyopt.ops import CONSTANT
from lazyopt.testing.building import built
from lazyopt.testing.decoder import Decoder, decode
from lazyopt.testing.effects import bits
from lazyopt.testing.instructions import INSTRUCTIONS, KINDS
from lazyopt.testing.operands import DTYPES, SMALL
from lazyopt.testing.programs import STRUCTURES, Program, random_codes
from lazyopt.testing.steps import Ref
from lazyopt.testing.strategies import CODES

from .test_lazy import lazy_outputs
from .test_prune import reachable

MANY = 600


@pytest.fixture(scope="module")
def programs() -> list[Program]:
    rng = np.random.RandomState(0)
    return [decode(random_codes(rng)) for _ in range(MANY)]


def test_all_kinds_of_instructions_occur(programs: list[Program]) -> None:
    kinds: Counter[str] = Counter()
    for program in programs:
        kinds.update(set(program.kinds))
    assert set(kinds) == set(KINDS)
    assert min(kinds.values()) > MANY // 50, kinds
    for kind in ("dup", "near-dup", "identity", "contraction"):
        assert kinds[kind] > MANY // 3, kinds


def test_programs_are_neither_trivial_nor_large(
    programs: list[Program],
) -> None:
    lengths = [len(p.steps) for p in programs]
    assert 8 < np.median(lengths) < 40


def test_all_dtypes_and_layouts_occur(programs: list[Program]) -> None:
    arrays = [
        x
        for p in programs
        for x in (*p.inputs, *p.constants)
        if isinstance(x, np.ndarray)
    ]
    # Constants may also be of the dtype of what they are computed with.
    assert {x.dtype.name for x in arrays} >= set(DTYPES)
    assert {x.ndim for x in arrays} == {0, 1, 2, 3}
    assert any(0 in x.shape for x in arrays)
    assert any(x.ndim > 1 and x.flags.fnc for x in arrays)
    assert any(0 in x.strides for x in arrays)
    assert any(min(x.strides, default=0) < 0 for x in arrays)
    assert any(not x.flags.writeable for x in arrays)
    assert any(np.isnan(x).any() for x in arrays if x.dtype.kind in "fc")
    assert any(isinstance(x, np.generic) for p in programs for x in p.inputs)


def test_all_kinds_of_outputs_occur(programs: list[Program]) -> None:
    assert {p.structure for p in programs} == set(STRUCTURES)
    assert any(len(set(p.outputs)) < len(p.outputs) for p in programs)
    graphs = [p.trace() for p in programs]
    assert any(n.is_input for g in graphs for n in g.outputs)
    assert any(n.op is CONSTANT for g in graphs for n in g.outputs)
    assert any(
        n in set(g.outputs)
        for g in graphs
        for o in g.outputs
        for n in o.operands
    )
    dead = sum(len(reachable(g)) < len(g) for g in graphs)
    assert dead > MANY // 5


def test_some_programs_fail_and_most_do_not(programs: list[Program]) -> None:
    failing = sum(p.fails for p in programs)
    assert MANY // 20 < failing < MANY // 2
    assert any(p.divide == "raise" for p in programs)


def test_lazy_programs_are_not_empty(programs: list[Program]) -> None:
    assert sum(bool(lazy_outputs(p)) for p in programs) > MANY // 2


def test_constants_may_be_one_array_or_views_of_one(
    programs: list[Program],
) -> None:
    assert any(
        len({id(x) for x in p.constants}) < len(p.constants) for p in programs
    )
    assert any(x.base is not None for p in programs for x in p.constants)


@given(CODES)
def test_any_deletion_is_a_program(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    for i in range(0, len(codes), 3):
        decode(codes[:i] + codes[i + 1 :])
    again = decode(codes)
    assert str(again) == str(program)
    assert list(map(bits, again.inputs)) == list(map(bits, program.inputs))


@given(CODES)
def test_graphs_made_of_steps_are_those_that_tracing_gives(
    codes: list[int],
) -> None:
    program = decode(codes)
    note(program)
    made, traced = built(program), program.trace()
    assert str(made) == str(traced)
    assert [n.op for n in made] == [n.op for n in traced]
    assert [n.specs for n in made] == [n.specs for n in traced]
    assert made.in_tree == traced.in_tree
    assert made.out_tree == traced.out_tree


def test_what_python_answers_itself_is_not_drawn() -> None:
    """``1j == x`` is no call of x's, if x is a float of Python's too."""
    made = Decoder(SMALL)
    made.input(np.float64(1))
    assert not made.emit("scalar", "operator", operator.eq, 1j, Ref(0))
    assert made.emit("scalar", "operator", operator.eq, Ref(0), 1j)


def test_no_integers_are_a_program_too() -> None:
    assert decode([]).inputs
    assert decode([0] * 5).outputs
    assert len(INSTRUCTIONS) < 1 << 8
