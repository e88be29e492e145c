"""Which operands NumPy's iterator buffers, and how long the buffers are."""

import pytest

from lazyopt.specs import ArraySpec
from lazyopt.workspace.buffers import (
    BUFFER,
    Operand,
    iterator_bytes,
    strides_along,
)


def needed(
    shape: tuple[int, ...],
    *specs: ArraySpec,
    cast: tuple[int, ...] = (),
    grows: bool = True,
) -> int:
    """Buffers of a loop over these and a new result, all of 8 bytes."""
    rows = [
        Operand(strides_along(shape, s), 8, i in cast)
        for i, s in enumerate((*specs, ArraySpec(shape)))
    ]
    return iterator_bytes(shape, specs, rows, grows=grows)


@pytest.mark.parametrize("grows", [False, True])
def test_nothing_for_what_lies_in_one_piece(grows: bool) -> None:
    x = ArraySpec((300, 400))
    assert needed((300, 400), x, x, grows=grows) == 0


def test_a_cast_takes_a_buffer_and_so_does_each_other_one() -> None:
    x = ArraySpec((300, 400))
    assert needed((300, 400), x, x, cast=(0,)) == BUFFER * 8
    assert needed((300, 400), x, x, cast=(0, 1)) == 2 * BUFFER * 8


def test_a_buffer_is_no_longer_than_what_there_is() -> None:
    x = ArraySpec((30, 40))
    assert needed((30, 40), x, cast=(0,)) == 30 * 40 * 8


def test_a_buffer_holds_whole_rows_where_it_spans_several() -> None:
    x, y = ArraySpec((100, 100)), ArraySpec((100, 100), layout="F")
    assert needed((100, 100), x, y) == 81 * 100 * 8


def test_long_rows_are_gone_over_one_by_one() -> None:
    x = ArraySpec((100, 9000), strides=(160000, 8))
    assert needed((100, 9000), x) == 0


def test_short_rows_are_gathered() -> None:
    x = ArraySpec((9000, 5), strides=(80, 8))
    assert needed((9000, 5), x) == (BUFFER // 5) * 5 * 8


def test_what_repeats_along_rows_is_gathered() -> None:
    x, row = ArraySpec((900, 5)), ArraySpec((5,))
    assert needed((900, 5), x, row) == 900 * 5 * 8


def test_a_number_is_never_gathered() -> None:
    x, number = ArraySpec((300, 400)), ArraySpec(())
    assert needed((300, 400), x, number) == 0


def test_axes_that_run_on_are_one() -> None:
    x = ArraySpec((30, 40, 50), strides=(32000, 800, 16))
    assert needed((30, 40, 50), x) == 0


def test_sums_of_rows_go_over_results_one_by_one() -> None:
    shape = (3, 100)
    x = ArraySpec(shape, "int32")
    rows = [
        Operand((8, 0), 8, reduced=True),
        Operand(strides_along(shape, x), 8, cast=True),
    ]
    assert iterator_bytes(shape, [x], rows) == 3 * 100 * 8


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_nothing_for_nothing(shape: tuple[int, ...]) -> None:
    assert needed(shape, ArraySpec(shape), cast=(0,)) == 0


def test_strides_of_what_repeats_are_zero() -> None:
    x = ArraySpec((4, 1, 5))
    assert strides_along((3, 4, 6, 5), x) == (0, 40, 0, 8)
