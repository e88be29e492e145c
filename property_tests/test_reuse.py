"""reuse: exact, donated inputs too, and no order needs less than it says."""

import itertools
from collections.abc import Iterator
from typing import Any

from hypothesis import given, note

import lazyopt as lo
from lazyopt.ordering import peak_bytes, problem_of
from lazyopt.passes import Reuse
from lazyopt.passes.reorder import scheduled
from lazyopt.reusing import Values, donors_bound, donors_in_order
from lazyopt.testing.decoder import decode
from lazyopt.testing.instructions import KNOWN
from lazyopt.testing.operands import LARGE
from lazyopt.testing.promises import check_promises
from lazyopt.testing.strategies import CODES
from lazyopt.testing.trials import graph_of

from .test_memory import can_be_copied, check_peak

#: All orders of so many are tried.
MOST_STEPS = 5


@given(CODES)
def test_reuse_keeps_its_promises(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    graph = graph_of(program)
    after = check_promises(Reuse(), program, graph)
    assert Reuse()(after) is after
    bound = after.memory.lower_bound_bytes
    assert bound <= after.memory.peak_bytes <= graph.memory.peak_bytes


@given(CODES)
def test_predicted_peaks_are_those_measured(codes: list[int]) -> None:
    program = decode(codes, LARGE, KNOWN)
    note(program)
    graph = program.trace()
    check_peak(program, Reuse()(graph))
    chosen = [i for i, x in enumerate(program.inputs) if can_be_copied(x)]
    if chosen:
        given_away = graph.donate(*chosen[::2])
        check_peak(program, lo.optimize(given_away, passes=["reuse"]))


@given(CODES)
def test_no_order_with_donors_has_a_peak_below_the_bound(
    codes: list[int],
) -> None:
    graph = decode(codes[:6], LARGE).trace()
    problem, steps, _ = problem_of(graph)
    if len(steps) > MOST_STEPS:
        return
    best = min(
        peak_bytes(with_donors(graph.replace(nodes=scheduled(graph, order))))
        for order in orders(steps, problem.after)
    )
    note(graph)
    values = Values(graph)
    certain = values.certain()
    loose = graph.replace(donors=certain)
    bound, _ = donors_bound(loose, values, certain)
    assert bound <= best
    found = Reuse()(graph)
    if found.donors:
        assert found.memory.lower_bound_bytes <= best
    assert found.memory.peak_bytes >= best


def with_donors(graph: lo.Graph) -> lo.Graph:
    """The graph in its order, with all donors."""
    return graph.replace(donors=donors_in_order(graph))


def orders(
    steps: list[Any], after: tuple[tuple[int, ...], ...]
) -> Iterator[list[Any]]:
    """All orders in which steps can run."""
    for order in itertools.permutations(range(len(steps))):
        place = {step: i for i, step in enumerate(order)}
        if all(
            place[other] < place[step]
            for step, earlier in enumerate(after)
            for other in earlier
        ):
            yield [steps[i] for i in order]
