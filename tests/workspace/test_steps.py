"""Counting what is held over a sequence of calls."""

import numpy as np

from lazyopt.specs import ArraySpec
from lazyopt.workspace.steps import ELIDED, Steps

X = ArraySpec((100, 100))
LARGE = ArraySpec(ELIDED // 8)


def test_the_most_that_was_held_counts() -> None:
    steps = Steps()
    first = steps.ufunc(np.sin, X)
    second = steps.ufunc(np.cos, first)
    steps.free(first)
    steps.ufunc(np.exp, second)
    assert steps.now == 2 * X.nbytes
    assert steps.most == 2 * X.nbytes
    assert steps.beyond([X]) == X.nbytes


def test_buffers_count_while_a_call_runs() -> None:
    steps = Steps()
    steps.ufunc(np.add, X, ArraySpec((100, 100), "int32"))
    assert steps.now == X.nbytes
    assert steps.most == X.nbytes + 8192 * 8


def test_writing_into_an_array_allocates_nothing() -> None:
    steps = Steps()
    made = steps.ufunc(np.sin, X)
    assert steps.ufunc(np.square, made, out=made) is made
    assert steps.most == X.nbytes


def test_operators_write_into_large_temporaries() -> None:
    steps = Steps()
    made = steps.ufunc(np.sin, LARGE)
    steps.operator(np.add, made, LARGE, temporary=made)
    assert steps.most == LARGE.nbytes


def test_operators_free_small_temporaries() -> None:
    steps = Steps()
    made = steps.ufunc(np.sin, X)
    steps.operator(np.add, 1.0, made, temporary=made)
    assert steps.now == X.nbytes
    assert steps.most == 2 * X.nbytes


def test_a_temporary_that_does_not_fit_the_result_is_not_written_to() -> None:
    for operands in ((LARGE, 1j), (LARGE, ArraySpec((3, 1)))):
        steps = Steps()
        steps.take(LARGE.nbytes)
        made = steps.operator(np.add, *operands, temporary=LARGE)
        assert steps.most >= LARGE.nbytes + made.nbytes


def test_reductions_give_specs_of_what_is_left() -> None:
    steps = Steps()
    x = ArraySpec((30, 40, 50), "int16", "F")
    assert steps.reduce(np.add, x, 1) == ArraySpec((30, 50), "int64", "F")
    kept = steps.reduce(np.maximum, x, (0, 2), keepdims=True)
    assert kept == ArraySpec((1, 40, 1), "int16")
    assert steps.reduce(np.add, x).shape == ()


def test_copies_keep_the_order_of_axes() -> None:
    steps = Steps()
    x = ArraySpec((30, 40), "int32", "F")
    assert steps.copy(x) == x
    assert steps.copy(x, "complex128") == ArraySpec((30, 40), complex, "F")
    assert steps.now == x.size * (4 + 16)
