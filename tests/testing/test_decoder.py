"""Decoding: no program takes more memory than there is."""

import tracemalloc

import numpy as np
import pytest

from lazyopt.testing.decoder import Decoder, decode, decoded
from lazyopt.testing.effects import LOG, scribble
from lazyopt.testing.instructions import KNOWN
from lazyopt.testing.operands import LARGE
from lazyopt.testing.programs import prepared, random_codes


@pytest.mark.parametrize(
    ("name", "args"), [("tensordot", (0,)), ("tril", ()), ("kron", ())]
)
def test_what_would_grow_too_large_is_not_tried(
    name: str, args: tuple[int, ...]
) -> None:
    made = Decoder(LARGE)
    made.input(np.ones(made.largest))
    operands = (made.last,) * (1 if name == "tril" else 2)
    assert not made.emit("call", "do", name, *operands, *args)
    assert made.emit("call", "do", "dot", made.last, made.last)


def test_effects_of_what_fails_are_no_part_of_the_program() -> None:
    made = Decoder(LARGE)
    made.input(np.float64(1.0))
    LOG.clear()
    assert not made.emit("write", "call", scribble, made.last)  # no array
    assert not LOG


def test_programs_of_large_arrays_take_little_memory() -> None:
    rng = np.random.RandomState(1)
    tracemalloc.start()
    try:
        with prepared():
            for _ in range(1000):
                decoded(random_codes(rng, 4, 14), LARGE, KNOWN)
        assert tracemalloc.get_traced_memory()[1] < 1 << 28
    finally:
        tracemalloc.stop()


def test_no_mask_is_drawn_as_a_key() -> None:
    # x[x, None] of booleans: its shape depends on values.
    codes = [266623506175424, 255358499997069, 215666231487882]
    decode([*codes, 243743113270851, 195304700550852], LARGE, KNOWN).trace()
