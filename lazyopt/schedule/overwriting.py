"""A bound for orders in which results may overwrite what dies."""

import dataclasses
from collections.abc import Mapping, Sequence

from lazyopt.schedule.bounds import (
    EXACT_STEPS,
    forced_live,
    forced_needs,
    least_at_hand,
)
from lazyopt.schedule.problem import Problem
from lazyopt.schedule.tables import Tables


def overwriting_bound(
    problem: Problem, candidates: Sequence[tuple[int, ...]]
) -> int:
    """Return a lower bound on the peak of every order and choice.

    A step saves its result's bytes where it overwrites a value that it is
    the last to read. Of all readers of a value at most one does.

    Parameters
    ----------
    problem
        Without these savings.
    candidates
        For each step the values that it could overwrite, by any numbers.

    Returns
    -------
    int
        Bytes.
    """
    bound = forced_live(_relaxed(problem, candidates))
    if len(candidates) > EXACT_STEPS:
        return bound
    needs = forced_needs(Tables(problem)).tolist()
    rivals: dict[int, list[int]] = {}
    for step, could in enumerate(candidates):
        if len(could) == 1:
            rivals.setdefault(could[0], []).append(needs[step])
    # All but one of them have nothing to overwrite.
    return max(
        [bound, *(sorted(r)[-2] for r in rivals.values() if len(r) > 1)]
    )


def overwriting_floor(
    problem: Problem, candidates: Sequence[tuple[int, ...]]
) -> int:
    """Return a bound as `overwriting_bound` does, of single steps alone.

    It looks at what each step reads and allocates, so that it is found in
    linear time.
    """
    return least_at_hand(Tables(_relaxed(problem, candidates)))


def _relaxed(
    problem: Problem, candidates: Sequence[tuple[int, ...]]
) -> Problem:
    """The problem with the savings of every step that has a candidate."""
    saved = [
        own - sum([problem.sizes[s] for s in made]) if could else own
        for own, made, could in zip(
            problem.workspace, problem.produces, candidates, strict=True
        )
    ]
    return dataclasses.replace(problem, workspace=tuple(saved))


def that_may_be_last(
    problem: Problem,
    candidates: Sequence[tuple[int, ...]],
    readers: Mapping[int, Sequence[int]],
) -> list[tuple[int, ...]]:
    """Return candidates without those that are read later in any order.

    Parameters
    ----------
    problem
        What must come before what. Above `EXACT_STEPS`, it isn't looked at.
    candidates
        For each step the values that it could overwrite, by any numbers.
    readers
        For each of these values the steps that read it.
    """
    if len(candidates) > EXACT_STEPS:
        return list(candidates)
    before: list[int] = []
    for step, earlier in enumerate(problem.after):
        found = 1 << step
        for other in earlier:
            found |= before[other]
        before.append(found)
    return [
        tuple(
            [
                value
                for value in could
                if not any(
                    before[other] >> step & 1
                    for other in readers[value]
                    if other != step
                )
            ]
        )
        for step, could in enumerate(candidates)
    ]
