"""Functions of one's own that don't return what their rules say."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lazyopt as lo

from .helpers import normal

pytestmark = pytest.mark.usefixtures("own_registry")

X = normal(4, 6)


def verified(
    function: Callable[..., Any],
    infer: Callable[..., Any],
    x: Any = X,
    **options: Any,
) -> None:
    name = f"test_rule_{len(VERIFIED)}"
    VERIFIED.append(name)
    lo.register_op(function, infer=infer, name=name, **options)
    graph = lo.trace(lambda x: lo.call(function, x), x)
    lo.optimize(graph, passes=[], verify="equivalence")


VERIFIED: list[str] = []


@pytest.mark.parametrize(
    "infer",
    [
        lambda x: x,
        lambda x: lo.ArraySpec((4, 3), "float32"),
        lambda x: lo.ArraySpec((4, 3), "float64", "F"),
        lambda x: lo.ArraySpec((3, 4), "float64"),
    ],
    ids=["shape", "dtype", "layout", "axes"],
)
def test_a_wrong_rule_is_told(infer: Any) -> None:
    with pytest.raises(lo.VerificationError, match=r"returned float64\[4,3\]"):
        verified(lambda x: x[:, ::2].copy(), infer)


def test_a_scalar_is_no_array() -> None:
    with pytest.raises(lo.VerificationError, match="scalar, but"):
        verified(lambda x: x.max(), lambda x: lo.ArraySpec((), x.dtype))


def test_a_view_is_told() -> None:
    def rows(x: Any) -> Any:
        return x[1:]

    def spec(x: lo.ArraySpec) -> lo.ArraySpec:
        return lo.ArraySpec((3, 6), "float64")

    with pytest.raises(lo.VerificationError, match=r"give views=\(0,\)"):
        verified(rows, spec)
    verified(lambda x: rows(x), spec, views=(0,))


def test_right_rules_pass() -> None:
    verified(lambda x: x[:, ::2].copy(), lambda x: lo.ArraySpec((4, 3)))
    verified(
        lambda x: (x + 1, x.max()),
        lambda x: (x, lo.ArraySpec((), "float64", kind="scalar")),
        results=2,
    )


def test_one_of_several_results() -> None:
    with pytest.raises(lo.VerificationError, match=r"says float64\[4,6\]"):
        verified(lambda x: (x + 1, x[0] + 1), lambda x: (x, x), results=2)


def test_several_results_instead_of_one() -> None:
    with pytest.raises(lo.VerificationError, match="returned a tuple"):
        verified(lambda x: (x, x), lambda x: x)


def test_without_operands_as_inferred_a_call_is_not_judged() -> None:
    # Random inputs are in C or Fortran order, whatever was traced.
    def like(x: Any) -> Any:
        return np.exp(x)

    wide = normal(4, 12)[:, ::2]
    verified(like, lambda x: lo.ArraySpec(x.shape, x.dtype), wide)


def test_an_error_of_the_function_is_left_to_the_passes() -> None:
    verified(np.linalg.cholesky.__wrapped__, lambda x: x, normal(3, 3))
