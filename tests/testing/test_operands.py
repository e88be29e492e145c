"""Arrays that random programs are given."""

import numpy as np
import pytest

from lazyopt.testing.operands import make_array


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint8", "uint64"])
def test_extreme_integers_are_the_ends_of_their_range(dtype: str) -> None:
    """2**64 - 1 among them, which is no number of float64."""
    info = np.iinfo(dtype)
    made = make_array(dtype, (7,), "C", "extreme")
    assert made.dtype == dtype
    assert made[::2].tolist() == [info.max, 0, info.min, info.max]
