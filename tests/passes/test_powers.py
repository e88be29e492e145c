"""Powers writes small whole powers of floats as products, and no others."""

from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes import Powers

from ..helpers import names, normal

SMALL = normal(10)


def written(fn: Any, *args: Any) -> list[str]:
    return names(Powers()(lo.trace(fn, *args)))


@pytest.mark.parametrize(
    ("n", "calls"),
    [
        (3, ["square", "multiply"]),
        (4, ["square", "square"]),
        (5.0, ["square", "square", "multiply"]),
        (np.int64(6), ["square", "multiply", "square"]),
        (7, ["square", "multiply", "square", "multiply"]),
        (np.float64(8), ["square"] * 3),
        (np.float32(8), ["square"] * 3),
    ],
)
def test_exponents_are_read_by_their_binary_digits(
    n: Any, calls: list[str]
) -> None:
    x = normal(3, 4)
    for fn in (lambda x: x**n, lambda x: do("power", x, n)):
        assert written(fn, x) == ["input", *calls]
        np.testing.assert_array_max_ulp(
            Powers()(lo.trace(fn, x))(x), fn(x), int(n)
        )


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: x**2,  # NumPy takes one product itself
        lambda x: x**9,
        lambda x: x**-3,
        lambda x: x**2.5,
        lambda x: x ** float("inf"),
        lambda x: x ** float("nan"),
        lambda x: 3**x,
        lambda x: x**x,
        lambda x: do("float_power", x, 3),
        lambda x: do("power", x, 3, dtype="float64"),
        lambda x: (do("sum", x) ** 3, do("exp", x)),  # a number
        lambda x: (x**2.5, x * 3),
        lambda x: do("astype", x, "int64") ** 3,
        lambda x: do("astype", x, "complex64") ** 3,
        lambda x: do("astype", x, "float32") ** np.float64(3),
    ],
)
def test_other_powers_stay(fn: Any) -> None:
    graph = lo.trace(fn, normal(3, 4))
    assert Powers()(graph) is graph


def test_exponents_up_to_the_largest_are_written() -> None:
    graph = lo.trace(lambda x: x**16, normal(3))
    assert names(Powers(16)(graph)) == ["input", *["square"] * 4]


def test_a_layout_is_kept() -> None:
    x = np.asfortranarray(normal(3, 4))
    after = Powers()(lo.trace(lambda x: x.T[::-1] ** 3, x))
    eager = x.T[::-1] ** 3
    assert after(x).strides == eager.strides


def test_a_power_that_could_be_written_into_its_base_stays_at_the_peak() -> (
    None
):
    def fn(x: Any) -> Any:
        return do("sum", x**3), do("power", do("exp", x), 3)

    x = normal(1000)
    graph = lo.trace(fn, x)
    assert names(Powers()(graph)).count("power") == 1
    alone = lo.trace(lambda x: do("power", do("exp", x), 3), x)
    assert Powers()(alone) is alone


@pytest.mark.parametrize(
    "others",
    [
        lambda x, y: x**3,
        lambda x, y: do("power", SMALL, 3, like=x) + x,
        lambda x, y: y**3 * y,
        lambda x, y: (y**4, y),
    ],
)
def test_powers_of_what_is_alive_afterwards_are_written(others: Any) -> None:
    """Whatever keeps another one from being written."""

    def fn(x: Any, small: Any) -> Any:
        kept = others(small, do("sin", x[:10]))
        return kept, do("power", do("exp", x), 3)

    counts = Powers()(lo.trace(fn, normal(1000), normal(10))).counts
    assert counts["power"] == 1 and counts["square"] > 0


def test_it_is_used_where_last_bits_may_change() -> None:
    x = normal(100)
    graph = lo.trace(lambda x: x**3 + x, x)
    assert "power" in lo.optimize(graph).counts
    fast = lo.optimize(graph, fast_math=True)
    assert "power" not in fast.counts
    assert fast.memory.peak_bytes <= graph.memory.peak_bytes
    (record,) = [r for r in fast.history if r.name == "powers"]
    assert record.rewrites == {"power as products": 1}
    with pytest.raises(lo.PassError, match="fast_math=True"):
        lo.optimize(graph, ["powers"])


def test_powers_of_powers_are_written_in_one_go() -> None:
    x = normal(10)
    assert written(lambda x: (x**3 + x) ** 3 + x, x).count("multiply") == 2


def test_graphs_of_other_libraries_are_left_alone() -> None:
    graph = lo.trace(lambda x: x**3, normal(3)).on("dask")
    assert Powers()(graph) is graph


def test_it_is_a_value() -> None:
    assert Powers(4) == Powers(4) != Powers()
    assert "4" in repr(Powers(4))
