"""Inferred specs are what NumPy returns, op by op."""

import pytest

from lazyopt.ops import BUILT_IN, OPERATOR_FORMS, Op, get_op

from .cases import CASES, OPERATOR_CASES
from .checking import calls_of, compare_specs, report
from .patterns import Pattern


def check(op: Op, patterns: list[Pattern]) -> None:
    total, problems = 0, []
    for call in calls_of(patterns):
        total += 1
        problem = compare_specs(op, call)
        if problem:
            problems.append((call, problem))
    assert not problems, report(problems, total)


@pytest.mark.parametrize("name", sorted(CASES))
def test_specs_are_what_numpy_returns(name: str) -> None:
    check(get_op(name), CASES[name])


@pytest.mark.parametrize("name", sorted(OPERATOR_CASES))
def test_operator_specs_are_what_python_returns(name: str) -> None:
    check(OPERATOR_FORMS[name], OPERATOR_CASES[name])


def test_every_op_is_checked() -> None:
    assert set(CASES) == {op.name for op in BUILT_IN}
    assert set(OPERATOR_CASES) == set(OPERATOR_FORMS)
