"""What the rules of simplify take for granted of NumPy's results."""

from typing import Any

import numpy as np
import pytest

from lazyopt.ops import get_op
from lazyopt.passes.simplify_rules import FRESH, QUIET

from .identities import LAYOUTS, alike, array

#: Several operands of a contraction or a binary operation.
TWO = {"add", "divide", "dot", "matmul", "multiply", "subtract", "tensordot"}
TWO |= {"true_divide", "maximum", "minimum"}


def call(name: str, x: Any) -> Any:
    """A call of an op on arrays like this one."""
    if name == "where":
        return np.where(x == x, x, x)
    function = get_op(name).implementation("numpy")
    if name == "tensordot":
        return function(x, x.T, 1) if x.ndim == 2 else function(x, x, 1)
    if name in ("dot", "matmul"):
        return function(x, x.T)
    return function(x, x) if name in TWO else function(x)


@pytest.mark.parametrize("name", QUIET)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_arithmetic_returns_no_signalling_nan(name: str, dtype: str) -> None:
    bits = {"float16": 10, "float32": 23, "float64": 52}[dtype]
    for layout in LAYOUTS:
        for shape in ((1,), (3,), (150,), (13, 12), (1, 1)):
            with np.errstate(all="ignore"):
                y = np.asarray(call(name, array(dtype, shape, layout)))
            whole = y.view(f"uint{8 * y.itemsize}")
            loud = np.isnan(y) & ((whole >> (bits - 1)) & 1 == 0)
            assert not loud.any()


@pytest.mark.parametrize("name", FRESH)
@pytest.mark.parametrize("dtype", ["float32", "complex128"])
def test_a_copy_of_a_new_result_has_its_strides(name: str, dtype: str) -> None:
    tried = 0
    for layout in LAYOUTS:
        for shape in ((3, 3), (2, 3), (1, 4), (3, 1), (2, 3, 4), (4, 4, 4)):
            try:
                with np.errstate(all="ignore"):
                    y = call(name, array(dtype, shape, layout))
            except (TypeError, ValueError):
                continue
            tried += 1
            assert y.flags.aligned and y.dtype.isnative and y.flags.writeable
            for copy in (np.positive(y), y.copy("K"), np.concatenate([y])):
                alike(copy, y)
    assert tried or dtype == "complex128"


@pytest.mark.parametrize("name", ["dot", "tensordot"])
def test_products_are_in_c_order(name: str) -> None:
    for layout in LAYOUTS:
        for shape in ((3, 3), (2, 3), (1, 4), (3, 1)):
            with np.errstate(all="ignore"):
                y = call(name, array("float64", shape, layout))
            assert y.flags.c_contiguous
