"""`assert_equivalent`: what tells two graphs apart, and what doesn't."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.testing import assert_equivalent

X = np.array([[1.5, -0.0, np.nan], [2.0, 3.0, -np.inf]])
Fn = Callable[..., Any]


def graphs(*programs: Fn, x: Any = X) -> list[lo.Graph]:
    """Graphs that take one input, each another program."""
    first, *others = (lo.trace(lambda x, f=f: f(x), x) for f in programs)
    return [first, *others]


def told_apart(before: Fn, after: Fn, x: Any = X, **options: Any) -> str:
    with pytest.raises(lo.VerificationError) as caught:
        assert_equivalent(*graphs(before, after, x=x), x, **options)
    return str(caught.value)


DIFFERENT: dict[str, tuple[Fn, Fn, str]] = {
    "sign of zero": (lambda x: x * 1, lambda x: x + 0.0, "elements differ"),
    "dtype": (lambda x: x * 1, lambda x: do("astype", x, "float32"), "dtype"),
    "shape": (lambda x: x * 1, lambda x: (x * 1)[None], "shape was"),
    "strides": (
        lambda x: x * 1,
        lambda x: do("copy", x, order="F"),
        "strides were",
    ),
    "kind": (
        lambda x: do("sum", x),
        lambda x: do("asarray", do("sum", x)),
        "became an array",
    ),
    "structure": (lambda x: (x * 1,), lambda x: [x * 1], "it returns"),
    "number of outputs": (lambda x: (x * 1,), lambda x: (x * 1, x), "returns"),
    "an error": (
        lambda x: x * 1,
        lambda x: do("linalg.inv", do("zeros_like", x[:, :2])),
        "LinAlgError",
    ),
    "an input is returned": (lambda x: x * 1, lambda x: x, "shares memory"),
    "one output is another": (
        lambda x: (x * 2, x * 2),
        lambda x: (y := x * 2, y),
        "outputs 0 and 1 share memory",
    ),
    "random numbers": (
        lambda x: do("random.normal", size=(2,), like=x),
        lambda x: do("random.uniform", size=(2,), like=x),
        "elements differ",
    ),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_differences_are_seen(name: str) -> None:
    before, after, said = DIFFERENT[name]
    text = told_apart(before, after)
    assert said in text


def test_nan_is_compared_by_its_bits() -> None:
    nan = np.array([np.nan])
    other = nan.view("u8") ^ np.uint64(1)
    quiet = other.view("f8").copy()
    text = told_apart(
        lambda x: x + nan * 0 + nan, lambda x: x * 0 + quiet, x=np.zeros(1)
    )
    assert "bits" in text


def sine_first(x: Any) -> Any:
    s = do("sin", x)
    return s, do("cos", x)


def cosine_first(x: Any) -> Any:
    c = do("cos", x)
    return do("sin", x), c


SAME: dict[str, tuple[Fn, Fn]] = {
    "itself": (lambda x: do("tanh", x), lambda x: do("tanh", x)),
    "another order": (sine_first, cosine_first),
    "a view of a view": (
        lambda x: do("transpose", do("transpose", x)),
        lambda x: x,
    ),
    "random numbers": (
        lambda x: do("random.normal", size=(2,), like=x),
        lambda x: do("random.normal", size=(2,), like=x),
    ),
    "the same error": (
        lambda x: do("linalg.inv", do("zeros", (2, 2), like=x)),
        lambda x: do("linalg.inv", do("zeros", (2, 2), like=x)),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_what_is_the_same_passes(name: str) -> None:
    assert_equivalent(*graphs(*SAME[name]), X)
    assert_equivalent(*graphs(*SAME[name]))


def test_last_bits_may_differ_if_told() -> None:
    x = np.linspace(1, 2, 50)
    assert "elements differ" in told_apart(
        lambda x: x / 3, lambda x: x * (1 / 3), x
    )
    before, after = graphs(lambda x: x / 3, lambda x: x * (1 / 3), x=x)
    assert_equivalent(before, after, exact=False)
    told_apart(lambda x: x / 3, lambda x: x / 3 + 1e-9, x, exact=False)


def test_random_inputs_show_what_ones_do_not() -> None:
    before, after = graphs(lambda x: do("abs", x) * 1.0, lambda x: x * 1.0)
    assert_equivalent(before, after, np.ones((2, 3)))
    with pytest.raises(lo.VerificationError):
        assert_equivalent(before, after)


def test_inputs_that_do_not_fit() -> None:
    before, after = graphs(lambda x: x * 1.0, lambda x: x * 1.0)
    with pytest.raises(lo.InputError, match="1 inputs, but 2 arrays"):
        assert_equivalent(before, after, X, X)
    other = lo.trace(lambda x: x * 1.0, np.ones(4))
    with pytest.raises(lo.InputError, match="the other takes"):
        assert_equivalent(before, other)


def test_the_callers_state_is_left_alone() -> None:
    before, after = graphs(*SAME["random numbers"])
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    x = X.copy()
    with np.errstate(all="ignore"):
        assert_equivalent(before, after, x)
    assert np.random.random() == expected
    assert x.tobytes() == X.tobytes()
