"""What ops say of views: whether a result shares memory with an operand."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from lazyopt.ops import OPERATOR_FORMS, Op, get_op

from .cases import CASES, OPERATOR_CASES
from .checking import calls_of, outcome, report, to_specs
from .operands import Call
from .patterns import Pattern


def arrays_in(x: Any) -> Iterator[np.ndarray]:
    if isinstance(x, np.ndarray):
        yield x
    elif type(x) in (tuple, list):
        for v in x:
            yield from arrays_in(v)


def results_of(op: Op, value: Any) -> list[np.ndarray]:
    values = value if op.multi else (value,)
    return [v for v in values if isinstance(v, np.ndarray) and v.size]


def claims_view(op: Op, call: Call) -> int | None:
    """Position of the operand that the results view, by what the op says."""
    args, kwargs = call
    places = [i for i in op.views if isinstance(args[i], np.ndarray)]
    if not places:
        return None
    place = places[0]
    if op.copies is None:
        return place
    options = {k: to_specs(v, True) for k, v in kwargs.items()}
    copies = op.copies(*to_specs(args, True), **options)
    return None if copies else place


def compare_sharing(op: Op, call: Call) -> str:
    args, kwargs = call
    value = outcome(op.implementation("numpy"), args, kwargs)
    if isinstance(value, Exception):
        return ""
    viewed = claims_view(op, call)
    for result in results_of(op, value):
        for i, arg in enumerate([*args, *kwargs.values()]):
            # Operands share no memory with each other, so bounds will do.
            shared = any(
                np.may_share_memory(result, a) for a in arrays_in(arg)
            )
            if shared and i != viewed:
                return f"a view of operand {i}, said to be none"
            if i == viewed and not shared:
                return f"no view of operand {i}, said to be one"
    return ""


def check(op: Op, patterns: list[Pattern]) -> None:
    total, problems = 0, []
    for call in calls_of(patterns):
        total += 1
        problem = compare_sharing(op, call)
        if problem:
            problems.append((call, problem))
    assert not problems, report(problems, total)


@pytest.mark.parametrize("name", sorted(CASES))
def test_results_share_memory_only_where_said(name: str) -> None:
    check(get_op(name), CASES[name])


@pytest.mark.parametrize("name", sorted(OPERATOR_CASES))
def test_operators_give_new_arrays(name: str) -> None:
    op = OPERATOR_FORMS[name]
    assert not op.views
    check(op, OPERATOR_CASES[name])


def test_a_computed_whole_number_as_index_gives_a_view() -> None:
    op = get_op("getitem")
    x, i = np.ones((3, 4)), np.int64(1)
    specs = to_specs((x, i), True)
    assert specs[1].kind == "scalar"
    assert not op.copies(*specs)  # type: ignore[misc]
    assert np.shares_memory(x[i], x)


def test_an_index_array_of_no_axes_gives_a_copy() -> None:
    op = get_op("getitem")
    x, i = np.ones((3, 4)), np.array(1)
    assert op.copies(*to_specs((x, i), True))  # type: ignore[misc]
    assert not np.shares_memory(x[i], x)
