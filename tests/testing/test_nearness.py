"""What rounding may change, and what it may not."""

from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.pipeline import Settings
from lazyopt.testing import assert_equivalent, check_pass
from lazyopt.testing.nearness import near


@pytest.mark.parametrize("dtype", ["float64", "float32", "complex128"])
def test_some_units_in_the_last_place(dtype: str) -> None:
    x = np.array([1.0, -3.0, 1e-9], dtype)
    eps = np.finfo(dtype).eps
    assert near(x, x * (1 + 8 * eps))
    assert not near(x, x * (1 + 1e-3))
    assert not near(x, x.astype("complex64"))
    assert not near(x, x[:2])
    assert near(x * np.nan, x * np.nan)


def test_one_part_of_a_complex_number_rounds_by_the_other() -> None:
    """``z / z`` is 1, and ``z * (1 / z)`` has a small imaginary part."""
    one = np.array([1 + 0j])
    assert near(one, one + 3e-17j)
    assert not near(one, one + 1e-9j)
    assert not near(np.zeros(1), np.full(1, 3e-17))


def test_a_complex_number_is_infinite_in_any_part() -> None:
    inf, nan = np.inf, np.nan
    lost = np.array([complex(inf, nan)])
    for other in (complex(nan, nan), complex(-inf, 1), complex(nan, inf)):
        assert near(lost, np.array([other]))
    assert not near(lost, np.array([1 + 1j]))
    assert not near(np.array([inf]), np.array([nan]))


def test_a_reciprocal_is_within_rounding() -> None:
    @lo.rewrite("reciprocal", exact=False)
    def reciprocal(node: lo.Node) -> lo.Node | None:
        nodes = all(isinstance(a, lo.Node) for a in node.args)
        if node.op.name != "true_divide" or not nodes:
            return None
        inverse = lo.call("true_divide", 1, node.args[1])
        made = lo.call("multiply", node.args[0], inverse)
        known = made.spec.shape is not None
        return made if known and made.specs == node.specs else None

    assert check_pass(reciprocal, 1000).changed > 100

    def program(x: Any) -> Any:
        return (x * np.complex64(1j)) / x

    x = np.array([22, 3, -3], "float16")
    graph = lo.trace(program, x)
    passes = lo.Pipeline([reciprocal])
    better = passes.run(graph, Settings(fast_math=True))
    assert len(better) > len(graph)
    assert_equivalent(graph, better, x, exact=False)
    with pytest.raises(lo.VerificationError):
        assert_equivalent(graph, better, x)


def test_what_comes_of_infinities_in_products_may_be_anything() -> None:
    """``inf - inf`` in one order of the sums is ``inf`` in another."""

    def fn(x: Any, y: Any, z: Any) -> Any:
        return do("where", (x @ y) @ z > 0, 1.0, 2.0), do("sum", x @ y)

    def other(x: Any, y: Any, z: Any) -> Any:
        return do("where", x @ (y @ z) > 0, 1.0, 2.0), do("sum", x @ y)

    x, y = np.array([[np.inf, 1.0]]), np.array([[1.0, 1.0], [1.0, 1.0]])
    z = np.array([[1.0], [-2.0]])
    before, after = lo.trace(fn, x, y, z), lo.trace(other, x, y, z)
    assert_equivalent(before, after, x, y, z, exact=False)
    x[:] = 1.0
    assert_equivalent(before, after, x, y, z, exact=False)
    wrong = lo.trace(lambda x, y, z: fn(x, y, -z), x, y, z)
    with pytest.raises(lo.VerificationError, match="output 0"):
        assert_equivalent(before, wrong, x, y, z, exact=False)


def test_the_order_of_products_is_a_matter_of_rounding() -> None:
    @lo.rewrite("other order", exact=False)
    def other_order(node: lo.Node) -> Any:
        inner = node.args[0] if node.op.name == "matmul" else None
        if type(inner) is not lo.Node or inner.op.name != "matmul":
            return None
        a, b, c = *inner.args, node.args[1]
        operands = (a, b, c)
        if any(type(x) is not lo.Node for x in operands):
            return None
        if any(len(x.spec.shape or ()) != 2 for x in operands):
            return None
        return lo.call("matmul", a, lo.call("matmul", b, c))

    check_pass(other_order, 3000)


def test_floating_point_errors_stay_as_the_caller_has_them() -> None:
    x = np.linspace(0.1, 5.0, 50)
    before = lo.trace(lambda x: x / 3 + 1, x)
    after = lo.trace(lambda x: x * (1 / 3) + 1, x)
    with np.errstate(divide="warn", over="raise"):
        told = np.geterr()
        assert_equivalent(before, after, x, exact=False)
        assert np.geterr() == told


@pytest.mark.parametrize("large", [1e200, 1e-200])
def test_a_product_may_leave_the_range_on_the_way(large: float) -> None:
    def in_order(x: Any) -> Any:
        return do("prod", x)

    def otherwise(x: Any) -> Any:
        return do("prod", x[[0, 2, 1, 3]])

    x = np.array([large, large, 1 / large, 1 / large])
    before, after = lo.trace(in_order, x), lo.trace(otherwise, x)
    with pytest.raises(lo.VerificationError):
        assert_equivalent(before, after, x)
    assert_equivalent(before, after, x, exact=False)


def test_other_products_are_held_to_what_they_are() -> None:
    x = np.array([2.0, 0.5, 3.0], "float16")
    before = lo.trace(lambda x: do("prod", x), x)
    after = lo.trace(lambda x: do("prod", x) * 2, x)
    with pytest.raises(lo.VerificationError):
        assert_equivalent(before, after, x, exact=False)
