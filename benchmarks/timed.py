"""The programs that are timed: all of `PROGRAMS`, and three more."""

from functools import partial
from importlib.util import find_spec
from typing import Any

from autoray import do

from benchmarks.programs import PROGRAMS, Program, linear_algebra, signal
from benchmarks.programs.case import Case, normal

__all__ = ["TIMED", "why_not"]


def small_arrays(n: int = 8, steps: int = 40) -> Case:
    """Rotations and products of n by n matrices, where overhead is all."""

    def program(A: Any, B: Any) -> Any:
        for i in range(steps):
            C = do("tensordot", A, do("conj", B), ((1,), (1,)))
            C = C / do("linalg.norm", C)
            v = do("expand_dims", do("sum", C, axis=1), 1)
            A = do("transpose", C) + v * 1
            B = do("moveaxis", B, 0, 1) * 0.5 + A * (1.0 / (i + 1))
        return do("concatenate", (A, B), axis=0)

    return program, (normal(n, n), normal(n, n, seed=1))


_OVERHEAD = (
    Program(
        "Gram-Schmidt, n=100",
        partial(linear_algebra.gram_schmidt, 100),
        partial(linear_algebra.gram_schmidt, 8),
    ),
    Program(
        "40 steps on 8x8", small_arrays, partial(small_arrays, 3, steps=4)
    ),
)

_LARGE = Program(
    "Black-Scholes prices, n=4,000,000",
    signal.black_scholes_prices,
    partial(signal.black_scholes_prices, 50),
)

TIMED: dict[str, Program] = (
    {p.name: p for p in _OVERHEAD} | PROGRAMS | {_LARGE.name: _LARGE}
)
"""By name, in the order that they are run."""


def why_not(program: Program) -> str | None:
    """What a program needs and isn't installed, or None."""
    if program.needs is None or find_spec(program.needs) is not None:
        return None
    return f"needs {program.needs}"
