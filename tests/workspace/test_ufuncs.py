"""Dtypes that ufuncs compute in, and what they hold for that."""

from typing import Any

import numpy as np
import pytest

from lazyopt.specs import ArraySpec, spec_of
from lazyopt.workspace.buffers import BUFFER
from lazyopt.workspace.ufuncs import (
    accumulate_bytes,
    axes_of,
    loop_dtypes,
    reduce_bytes,
    reduce_dtype,
    spec_from,
    ufunc_bytes,
)

INT, FLOAT = ArraySpec((300, 400), "int64"), ArraySpec((300, 400), "float64")


def test_specs_from_arguments() -> None:
    assert spec_from(INT) is INT
    assert spec_from(2.0).kind == "python"
    assert spec_from(np.float32(2)).kind == "scalar"
    assert spec_from([[1, 2]]) == ArraySpec((1, 2), "int64")


def test_numbers_of_python_take_the_other_dtype() -> None:
    small = np.dtype("float32")
    assert loop_dtypes(np.add, (small, float), None) == ("float32",) * 3
    double = np.dtype("float64")
    assert loop_dtypes(np.add, (small, double), None) == ("float64",) * 3


def test_a_dtype_that_is_asked_for() -> None:
    given = (np.dtype("int32"),)
    assert loop_dtypes(np.exp, given, "float32") == ("float32",) * 2


@pytest.mark.parametrize(
    ("operands", "buffers"),
    [
        ((FLOAT, FLOAT), 0),
        ((FLOAT, 2), 0),
        ((INT, 2.0), 1),
        ((FLOAT, INT), 1),
        ((FLOAT, spec_of(np.int8(2))), 0),
        ((INT, spec_of(np.float64(2))), 1),
    ],
)
def test_what_is_cast_is_buffered(operands: Any, buffers: int) -> None:
    assert ufunc_bytes(np.add, operands, [FLOAT]) == buffers * BUFFER * 8


def test_writing_into_an_array_of_another_dtype() -> None:
    number = ArraySpec((), "int64", kind="scalar")
    small = ArraySpec((300, 400), "float32")
    own = ufunc_bytes(np.true_divide, (small, number), [small], writes=True)
    assert own == 2 * BUFFER * 8


def test_several_results_are_gone_over_by_an_iterator() -> None:
    gaps = ArraySpec((9000, 5), strides=(80, 8))
    result = ArraySpec((9000, 5))
    assert ufunc_bytes(np.modf, (gaps,), [result, result]) > 0
    assert ufunc_bytes(np.modf, (result,), [result, result]) == 0


def test_sums_of_small_integers_are_in_large_ones() -> None:
    assert reduce_dtype(np.add, "int16", None) == "int64"
    assert reduce_dtype(np.maximum, "int16", None) == "int16"
    assert reduce_dtype(np.logical_and, "float64", None) == "bool"
    assert reduce_dtype(np.add, "int16", "float32") == "float32"


@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1), -1])
def test_a_reduction_casts_through_one_buffer(axis: Any) -> None:
    small = ArraySpec((300, 400), "int32")
    own = reduce_bytes(np.add, small, axis)
    assert 0 < own <= BUFFER * 8
    assert reduce_bytes(np.add, INT, axis) == 0


def test_a_scan_copies_what_it_casts() -> None:
    small = ArraySpec((300, 400), "int32")
    assert accumulate_bytes(np.add, small) == INT.nbytes
    assert accumulate_bytes(np.add, INT) == 0
    assert accumulate_bytes(np.add, INT, dtype="float64") == INT.nbytes


def test_axes_are_counted_from_the_first() -> None:
    assert axes_of(FLOAT, None) == (0, 1)
    assert axes_of(FLOAT, -1) == (1,)
    assert axes_of(FLOAT, (0, -1)) == (0, 1)
    assert axes_of(ArraySpec(()), 0) == ()
