"""The page on coverage: every function has a line, and none is made up."""

import pytest

from benchmarks.coverage import (
    PAGE,
    WHY,
    autoray_names,
    page,
    standard,
    status,
)
from lazyopt.ops import find_op

STANDARD = [name for group in standard().values() for name in group]


def test_the_standards_functions_are_all_there() -> None:
    # Without constants and attributes; some stand in two groups there.
    assert len(STANDARD) == len(set(STANDARD)) == 170


@pytest.mark.parametrize("name", [*STANDARD, *autoray_names()])
def test_each_is_an_op_or_it_is_said_why_not(name: str) -> None:
    assert status(name)
    assert (find_op(name) is None) or name not in WHY


def test_reasons_are_for_names_that_are_asked_for() -> None:
    assert set(WHY) <= {*STANDARD, *autoray_names()}


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run python -m benchmarks coverage"
