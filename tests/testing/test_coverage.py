"""What the fuzzer counts, and that every op can be drawn."""

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.testing.calls import CALLS, NOT_DRAWN
from lazyopt.testing.coverage import (
    Coverage,
    forms_of,
    is_listed,
    possible_cells,
)
from lazyopt.testing.decoder import decode
from lazyopt.testing.operands import DTYPES
from lazyopt.testing.programs import random_codes
from lazyopt.testing.trials import graph_of

from ..helpers import normal, own_ops


def test_every_op_has_a_way_to_be_called() -> None:
    assert own_ops() - set(NOT_DRAWN) == set(CALLS)


@pytest.fixture(scope="module")
def possible() -> set[tuple[str, str, str]]:
    return possible_cells()


def test_cells_are_possible_in_all_dtypes_and_forms(
    possible: set[tuple[str, str, str]],
) -> None:
    for dtype in DTYPES:
        for form in ("0-d", "zero-size", "broadcast", "view", "strided"):
            assert ("multiply", dtype, form) in possible
    assert ("bitwise_and", "float64", "0-d") not in possible
    assert ("linalg.cholesky", "float64", "strided") in possible


def test_nearly_all_that_is_drawn_is_known_to_be_possible(
    possible: set[tuple[str, str, str]],
) -> None:
    rng, coverage = np.random.RandomState(0), Coverage()
    for _ in range(300):
        coverage.note_graph(graph_of(decode(random_codes(rng))))
    known = set(filter(is_listed, coverage.cells))
    assert len(known) > 500
    assert len(known - possible) < 10


def test_forms() -> None:
    x = normal(4, 6)
    spread = np.broadcast_to(x[0], (4, 6))
    specs = {
        "0-d": lo.ArraySpec(()),
        "zero-size": lo.ArraySpec((0, 3)),
        "strided": lo.ArraySpec((4, 3), strides=x[:, ::2].strides),
        "broadcast": lo.ArraySpec((4, 6), strides=spread.strides),
    }
    for form, spec in specs.items():
        assert list(forms_of(spec, False)) == [form]
        assert list(forms_of(spec, True)) == [form, "view"]
    assert not list(forms_of(lo.ArraySpec((4, 6)), False))


def test_rules_and_reasons_are_counted() -> None:
    def program(x: np.ndarray) -> object:
        c = do("exp", normal(3), like=x)
        return do("real", x) * c, do("real", x) * c + c

    graph, coverage = lo.trace(program, normal(3)), Coverage()
    coverage.note_graph(graph)
    assert coverage.calls["real"] == 2
    for name in ("fold", "share", "simplify", "prune"):
        better = lo.optimize(graph, [name])
        coverage.note_pass(graph, better)
        graph = better
    assert coverage.rules["fold: call gone"] == 1
    assert coverage.rules["share: call gone"] == 2
    assert coverage.rules["simplify: real of real"] == 1
    other = Coverage()
    other.add(coverage)
    other.add(coverage)
    assert other.rules["share: call gone"] == 4
    assert "share: call gone" in other.text()
