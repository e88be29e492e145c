"""Programs to measure on: array code that autoray alone can run.

Each is a function of arrays and its arguments. It runs on arrays of numpy, on
`autoray.lazy` arrays and under `lazyopt.trace`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from benchmarks.programs import learning, linear_algebra, networks, signal
from benchmarks.programs.case import Case

__all__ = ["PROGRAMS", "Case", "Program"]


@dataclass(frozen=True)
class Program:
    """A program in two sizes.

    Attributes
    ----------
    name : str
        As it is printed.
    make, small : callable
        Make the program and its arguments, at the size that is measured and
        at one that runs at once.
    needs : str or None
        The package that it can't be made without, besides lazyopt's own.
    """

    name: str
    make: Callable[[], Case]
    small: Callable[[], Case]
    needs: str | None = None


_ALL = (
    Program(
        "Gram-Schmidt, n=40",
        linear_algebra.gram_schmidt,
        partial(linear_algebra.gram_schmidt, 5),
    ),
    Program(
        "MLP backprop, 8 layers of 256",
        learning.mlp,
        partial(learning.mlp, 3, 6),
    ),
    Program(
        "MLP backprop, clipped by norm",
        learning.mlp_clipped,
        partial(learning.mlp_clipped, 3, 6),
    ),
    Program(
        "Strassen 256, leaf 32",
        linear_algebra.strassen,
        partial(linear_algebra.strassen, 16, 4),
    ),
    Program(
        "FFT, 256 points of 64",
        signal.fft,
        partial(signal.fft, 8, 3),
    ),
    Program(
        "Cholesky, 8x8 tiles of 64",
        linear_algebra.cholesky,
        partial(linear_algebra.cholesky, 3, 4),
    ),
    Program(
        "PEPS 5x5 norm, D=3, chi=12",
        networks.peps_norm,
        partial(networks.peps_norm, 3, 2, 4),
        "quimb",
    ),
    Program(
        "circuit, 24 qubits, depth 12",
        networks.circuit_amplitude,
        partial(networks.circuit_amplitude, 8, 6),
        "quimb",
    ),
    Program(
        "MPS expectations, 24 sites",
        networks.expectation_sum,
        partial(networks.expectation_sum, 5, 3),
        "quimb",
    ),
    Program(
        "Black-Scholes, n=100,000",
        signal.black_scholes,
        partial(signal.black_scholes, 50),
    ),
    Program(
        "attention backprop, 2 blocks",
        learning.attention,
        partial(learning.attention, 2, 6, 4, 8),
    ),
    Program(
        "fan out and reduce, 24 x 200,000",
        signal.fan_out,
        partial(signal.fan_out, 4, 20),
    ),
    Program(
        "Kalman filter, 40 steps",
        signal.kalman,
        partial(signal.kalman, 4, 5, 3),
    ),
    Program(
        "expm, Pade 13",
        linear_algebra.expm,
        partial(linear_algebra.expm, 6),
    ),
    Program(
        "Newton-Schulz, 8 steps",
        linear_algebra.newton_schulz,
        partial(linear_algebra.newton_schulz, 6, 3),
    ),
    Program(
        "Jacobi, 30 steps",
        linear_algebra.jacobi,
        partial(linear_algebra.jacobi, 8, 4),
    ),
)

PROGRAMS: dict[str, Program] = {program.name: program for program in _ALL}
"""The programs by name, in the order that they are printed."""
