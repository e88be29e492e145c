"""Scans, differences and sorts, along axes of every form."""

from typing import Any

import numpy as np
import pytest

from lazyopt.ops.scans import SCANS
from lazyopt.workspace.scans import RULES

from .checking import array, check_all
from .operands import DTYPES, one_array, reduced_calls


def test_every_scan_has_a_rule() -> None:
    assert set(RULES) == {*SCANS, "diff"}


@pytest.mark.parametrize("name", ["cumulative_sum", "cumulative_prod"])
def test_cumulative(name: str) -> None:
    calls = reduced_calls(60, several=False, include_initial=[False, True])
    typed = reduced_calls(30, several=False, dtype=DTYPES)
    check_all(name, [(a, k) for a, k in [*calls, *typed] if fits(a, k)])


def fits(args: Any, kwargs: Any) -> bool:
    """Whether it is said which of several axes to go along."""
    return kwargs["axis"] is not None or args[0].ndim == 1


def test_differences_with_ends() -> None:
    calls = []
    for x, n, dtype in one_array(40, (1, 2, 3), DTYPES):
        end = array((3, *x.shape[1:]), dtype)
        calls.append(((x, n, 0), {"prepend": end}))
        calls.append(((x, n), {"prepend": 0, "append": np.float32(1.5)}))
    check_all("diff", calls)
