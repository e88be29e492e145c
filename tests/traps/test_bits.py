"""NumPy's bits depend on more than values: on storages, layout and kind."""

import operator
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes import Rematerialise

from ..helpers import exact, names, normal
from .everything import exact_by_everything


@pytest.mark.parametrize("size", [2, 17, 64])
def test_trap_43_no_two_operands_of_a_contraction_become_one(
    size: int,
) -> None:
    x = normal(size, size)
    better = exact(lambda x: do("tanh", x) @ do("tanh", x).T, x)
    assert names(better).count("tanh") == 2
    exact(lambda x: do("dot", do("tanh", x), do("tanh", x).T), x)
    exact(lambda x: do("tensordot", x * 2, x * 2, ((1,), (1,))), x)
    exact(lambda x: do("einsum", "ij,kj->ik", x * 2, x * 2), x)


def test_trap_43_views_of_one_operand_do_not_become_one_either() -> None:
    exact(lambda x: (x + 1).T @ (x + 1), normal(33, 33))
    exact(lambda x: (x + 1)[:, ::1] @ (x + 1).T, normal(33, 33))


def test_trap_43_recomputing_makes_no_two_storages_of_one() -> None:
    """Nor does it make two of one, where NumPy saw the same array twice."""

    def fn(x: Any) -> Any:
        a = do("tanh", x)
        b = do("exp", a)
        c = do("exp", b)
        d = do("sum", do("exp", c) * do("exp", b))
        return a @ a.T, d, do("tensordot", a, a, ((1,), (1,)))

    x = normal(33, 33)
    exact(fn, x, passes=[Rematerialise()])
    exact(fn, x, passes=["share", Rematerialise(), "reorder"])


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: operator.neg(operator.neg(x)),
        lambda x: x * 1,
        lambda x: do("conj", x),
        lambda x: do("real", x) + 0,
    ],
)
def test_trap_44_copies_of_a_strided_array_keep_its_bits(fn: Any) -> None:
    base = normal(61, 47, 5)

    def program(x: Any) -> Any:
        y = fn(x[::2, ::3, 1].T)
        return do("sum", y), do("tensordot", y, y * 3, 2), do("sum", y, 0)

    exact(program, base)


@pytest.mark.parametrize("layout", ["C", "F", "strided"])
def test_trap_44_copies_are_kept_in_any_layout(layout: str) -> None:
    base = normal(30, 40)
    x = {"C": base, "F": base.copy("F"), "strided": normal(30, 80)[:, ::2]}

    def fn(x: Any) -> Any:
        y = do("negative", do("negative", x[:, ::2]))
        z = do("conj", x.T) * 1
        return do("sum", y), do("sum", z), y @ y.T

    exact_by_everything(fn, x[layout])


def test_trap_45_a_transposed_constant_keeps_its_strides() -> None:
    c = normal(53, 31)

    def fn(x: Any) -> Any:
        y = do("transpose", do("multiply", c, 2.0, like=x), like=x)
        return do("sum", y * x, 0), do("sum", y * x)

    exact(fn, normal(31, 53, seed=1))


def test_trap_45_constants_of_any_layout_keep_it() -> None:
    c = normal(31, 53, 4)
    views = [c.T, c[:, ::2], c[::-1], c[..., 0], np.moveaxis(c, 0, 1)]

    def fn(x: Any) -> Any:
        made = [do("multiply", v, 2.0, like=x) for v in views]
        return [do("sum", m) + do("sum", m * x) for m in made]

    exact_by_everything(fn, normal(1))


def test_trap_46_a_0d_array_does_not_become_a_scalar() -> None:
    def fn(x: Any) -> Any:
        a = do("tensordot", x, x, 1)
        b = do("sum", x * x)
        return a**3, b**3

    for seed in range(20):
        x = normal(7, seed=seed)
        better = exact(fn, x)
        assert [o.spec.kind for o in better.outputs] == ["scalar", "scalar"]


def test_trap_46_kinds_of_results_are_kept() -> None:
    x = normal(7)
    found = lo.optimize(lo.trace(lambda x: do("tensordot", x, x, 1), x))(x)
    assert type(found) is np.ndarray
    found = lo.optimize(lo.trace(lambda x: do("dot", x, x), x))(x)
    assert type(found) is np.float64


def test_trap_46_folded_arrays_stay_arrays() -> None:
    vectors = [normal(7, seed=i) for i in range(20)]

    def fn(x: Any) -> Any:
        made = [do("tensordot", c, c, 1, like=x) for c in vectors]
        return [m**3 for m in made], [m * x for m in made]

    exact_by_everything(fn, normal(1))


def test_trap_46_kinds_are_kept_by_all_passes() -> None:
    def fn(x: Any) -> Any:
        a = do("tensordot", x, x, 1)
        b = do("sum", x * x)
        c = do("reshape", do("sum", x), ())
        return a, b, c, a**3, b**3, c**3, do("dot", x, x)

    for seed in range(5):
        exact_by_everything(fn, normal(7, seed=seed))
