"""Values that are equal to Python, or have one hash, and are not the same.

A merge of two calls is wrong wherever a program can tell their arguments
apart: by type, dtype, shape, layout, order or bits.
"""

from typing import Any

import numpy as np
import pytest
from autoray import do, lazy

import lazyopt as lo
from lazyopt.keys import value_key

from ..helpers import exact, names, normal, same


def test_trap_01_axis_minus_one_and_minus_two_do_not_merge() -> None:
    x = normal(4, 4)
    better = exact(lambda x: do("sum", x, -1) + do("sum", x, -2), x)
    assert names(better).count("sum") == 2


def test_trap_01_index_minus_one_and_minus_two_do_not_merge() -> None:
    x = normal(4, 3)
    f = lo.optimized(lambda x: x[-1] - x[-2])
    for _ in range(3):
        same(f(x), x[-1] - x[-2])


def test_trap_01_slices_of_minus_one_and_minus_two_do_not_merge() -> None:
    x = normal(4, 3)
    exact(lambda x: x[-1:, 0] - x[-2:-1, 0], x)
    exact(lambda x: do("sum", x[-1:]) - do("sum", x[-2:]), x)
    exact(lambda x: do("sum", x[:-1]) - do("sum", x[:-2]), x)


def test_trap_01_it_holds_for_lazy_arrays() -> None:
    x = normal(4, 4)
    lx = lazy.array(x)
    better = lo.optimize(do("sum", lx, -1) + do("sum", lx, -2))
    same(better(), x.sum(-1) + x.sum(-2))


def test_trap_02_zero_and_minus_zero_do_not_merge() -> None:
    x = np.array([1.0, -2.0, 0.0, np.nan])
    with np.errstate(all="ignore"):
        exact(lambda x: x / 0.0 + x / -0.0, x)
        exact(lambda x: (do("exp", x / 0.0), do("exp", x / -0.0)), x)
        exact(lambda x: (x / 0.0) * (x / complex(0.0, -0.0)), x)


@pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "float32"])
def test_trap_03_one_of_several_types_does_not_merge(dtype: str) -> None:
    x = np.array([0, 1, 1], dtype)
    ones = [1, 1.0, True, np.float32(1), 1 + 0j]
    better = exact(lambda x: [do("exp", x + one) for one in ones], x)
    assert names(better).count("add") == 5


def test_trap_04_arrays_that_are_freed_while_tracing_do_not_merge() -> None:
    def fn(x: Any) -> Any:
        for i in range(200):
            # Each is freed at once, if nobody holds it, and the next one is
            # likely to have its id.
            x = x + np.full(4, float(i))
        return x

    better = exact(fn, np.zeros(4), passes=["share", "prune"])
    assert names(better).count("add") == 200


def test_trap_04_a_graph_is_not_served_for_a_freed_array() -> None:
    f = lo.optimized(lambda x, y: x - y)
    for i in range(50):
        x, y = np.full(3, float(i)), np.full(3, 1.0)
        same(f(x, y), x - y)


def test_trap_14_an_array_stacks_with_a_traced_one() -> None:
    c = normal(3)

    def fn(x: Any) -> Any:
        return do("stack", [c, x]) * do("stack", [c, x])

    better = exact(fn, normal(3, seed=1))
    assert names(better).count("stack") == 1


def test_trap_14_positional_and_keyword_forms_merge() -> None:
    def fn(x: Any) -> Any:
        a, b = do("sum", x, 1), do("sum", x, axis=1)
        return a * b + do("sum", axis=1, a=x, like=x)

    better = exact(fn, normal(3, 4))
    assert names(better).count("sum") == 1


def test_trap_17_nans_of_other_bits_do_not_merge() -> None:
    bits = np.array([0x7FF8000000000001, 0xFFF8000000000002], "u8")
    one, other = bits.view("f8").reshape(2, 1)
    x = np.array([-1.0, 1.0, np.nan])

    def fn(x: Any) -> Any:
        nan = float("nan")
        made = [do("where", x > 0, c, x) for c in (one, other)]
        made += [do("copysign", x, sign) for sign in (nan, -nan)]
        return [do("negative", m) for m in made]  # outputs never merge

    better = exact(fn, x)
    assert names(better).count("where") == 2
    assert names(better).count("copysign") == 2


def test_trap_17_arrays_of_equal_numbers_do_not_merge() -> None:
    several = [
        np.zeros(3),
        -np.zeros(3),
        np.zeros(3, "float32"),
        np.zeros(3, "int64"),
        np.zeros(3, bool),
        np.zeros((1, 3)),
    ]
    better = exact(
        lambda x: [do("exp", do("arctan2", c, x)) for c in several], normal(3)
    )
    assert names(better).count("constant") == len(several)
    assert names(better).count("arctan2") == len(several)


def test_trap_17_arrays_of_other_layouts_do_not_merge() -> None:
    c = normal(40, 30)

    def fn(x: Any) -> Any:
        both = c, np.asfortranarray(c)
        return [do("sum", do("multiply", a, x)) for a in both]

    exact(fn, np.asfortranarray(normal(40, 30, seed=1)))


def test_trap_33_values_of_one_hash_do_not_merge() -> None:
    prime = (1 << 61) - 1
    assert hash(prime) == hash(0)
    assert value_key(prime) != value_key(0)
    x = np.array([1, 2, 3])
    better = exact(lambda x: (x + 0) * (x + prime), x)
    assert names(better).count("add") == 2


def test_trap_33_shapes_that_differ_in_one_number_do_not_merge() -> None:
    def fn(x: Any) -> Any:
        shapes = (2, 6), (3, 4), (4, 3), (6, 2)
        return [do("sum", do("reshape", x, shape), 0) for shape in shapes]

    assert names(exact(fn, normal(12))).count("reshape") == 4


def test_trap_33_arrays_that_differ_in_one_element_do_not_merge() -> None:
    one = np.zeros(1 << 18)
    other = one.copy()
    other[-1] = 1
    better = exact(lambda x: do("sum", one * x) - do("sum", other * x), other)
    assert names(better).count("multiply") == 2


def test_trap_34_keywords_in_any_order_merge() -> None:
    def fn(x: Any) -> Any:
        a = do("sum", x, axis=0, keepdims=True)
        return a * do("sum", x, keepdims=True, axis=0)

    assert names(exact(fn, normal(3, 4))).count("sum") == 1


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("sum", {"axis": 0}, {"axis": 0, "keepdims": True}),
        ("sum", {"axis": 0}, {"axis": 1}),
        ("std", {"ddof": 0}, {"ddof": 1}),
        ("cumsum", {"axis": 0, "dtype": "float32"}, {"axis": 0}),
        ("reshape", {"shape": -1}, {"shape": -1, "order": "F"}),
    ],
)
def test_trap_34_other_keywords_do_not_merge(
    name: str, one: dict[str, Any], other: dict[str, Any]
) -> None:
    def fn(x: Any) -> Any:
        return [do("exp", do(name, x, **given)) for given in (one, other)]

    assert names(exact(fn, normal(4, 4))).count(name) == 2


def test_trap_37_graphs_of_many_paths_are_compared_in_linear_time() -> None:
    """Two towers of 300 steps have 2 ** 300 paths each."""

    def tower(x: Any) -> Any:
        for _ in range(300):
            x = do("logaddexp", x, x)
        return x

    better = exact(lambda x: tower(x) - tower(x), np.zeros(2))
    assert names(better).count("logaddexp") == 300
    assert len(str(better).splitlines()) < 320
