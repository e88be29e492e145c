"""powers: the same up to rounding, and no further than it says."""

import numpy as np
from hypothesis import given, note
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import lazyopt as lo
from lazyopt.passes import Powers
from lazyopt.testing.decoder import decode
from lazyopt.testing.operands import TAME
from lazyopt.testing.programs import prepared
from lazyopt.testing.promises import check_trial
from lazyopt.testing.strategies import codes_for
from lazyopt.testing.trials import Trial

FLOATS = st.sampled_from(["float16", "float32", "float64"])


@given(codes_for("powers"))
def test_powers_keeps_its_promises(codes: list[int]) -> None:
    program = decode(codes, TAME)
    note(program)
    with prepared():
        check_trial(Powers(), Trial.of_program(program), exact=False)


@given(FLOATS.flatmap(lambda t: npst.arrays(t, 16)), st.integers(3, 16))
def test_a_power_of_n_is_within_n_units(x: np.ndarray, n: int) -> None:
    """Of any number: subnormal, infinite, or none at all."""
    graph = lo.trace(lambda x: x**n, x)
    after = Powers(n)(graph)
    assert "power" not in after.counts
    with np.errstate(all="ignore"):
        expected, found = x**n, after(x)
    assert found.dtype == expected.dtype
    assert (np.isnan(found) == np.isnan(expected)).all()
    real = ~np.isnan(expected)
    assert (np.signbit(found) == np.signbit(expected))[real].all()
    assert steps_between(found[real], expected[real]).max(initial=0) <= n


def steps_between(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How many floats lie between those of one sign."""
    whole = f"i{x.itemsize}"
    return np.abs(np.abs(x).view(whole) - np.abs(y).view(whole))
