"""Programs of libraries that were written without lazyopt in mind."""

from functools import partial

from benchmarks.programs import (
    Program,
    contractions,
    integrals,
    quimb_states,
)

__all__ = ["THIRD_PARTY"]


_ALL = (
    Program(
        "PEPS 5x5, D=3: norm by its boundary",
        quimb_states.boundary_norm,
        partial(quimb_states.boundary_norm, 3, 2, 4),
        "quimb",
    ),
    Program(
        "PEPS 4x4, D=2: energy of a row",
        quimb_states.peps_energy,
        partial(quimb_states.peps_energy, 3, 2, 4),
        "quimb",
    ),
    Program(
        "Ising 8x8: corner transfer matrices",
        quimb_states.ctmrg,
        partial(quimb_states.ctmrg, 4, 4),
        "quimb",
    ),
    Program(
        "Ising 16x16: coarse-grained (HOTRG)",
        quimb_states.hotrg,
        partial(quimb_states.hotrg, 4, 4),
        "quimb",
    ),
    Program(
        "MPS of 24 sites: expectations",
        quimb_states.expectation_sum,
        partial(quimb_states.expectation_sum, 6, 4),
        "quimb",
    ),
    Program(
        "MPS of 30 sites: compressed",
        quimb_states.compress,
        partial(quimb_states.compress, 6, 6, 3),
        "quimb",
    ),
    Program(
        "MPS of 20 sites: Hamiltonian applied",
        quimb_states.apply_mpo,
        partial(quimb_states.apply_mpo, 5, 4),
        "quimb",
    ),
    Program(
        "MPS of 20 sites: four steps of TEBD",
        quimb_states.evolve,
        partial(quimb_states.evolve, 6, 4, 2),
        "quimb",
    ),
    Program(
        "MERA of 16 sites: expectations",
        quimb_states.mera_energy,
        partial(quimb_states.mera_energy, 8, 2),
        "quimb",
    ),
    Program(
        "circuit of 24 qubits: amplitude",
        contractions.amplitude,
        partial(contractions.amplitude, 8, 4),
        "quimb",
    ),
    Program(
        "circuit of 28 qubits: expectation",
        contractions.local_expectation,
        partial(contractions.local_expectation, 6, 4),
        "quimb",
    ),
    Program(
        "lattice 9x9, contracted",
        contractions.lattice,
        partial(contractions.lattice, 3, 3),
        "cotengra",
    ),
    Program(
        "lattice 8x8, contracted in slices",
        contractions.sliced,
        partial(contractions.sliced, 4, 3, 4),
        "cotengra",
    ),
    Program(
        "hyper network of 24 tensors",
        contractions.hyper,
        partial(contractions.hyper, 10, 3),
        "cotengra",
    ),
    Program(
        "Simpson's rule, 101 x 101 points",
        integrals.simpson,
        partial(integrals.simpson, 9**2),
        "torchquad",
    ),
    Program(
        "Boole's rule, 25 x 25 x 25 points",
        integrals.boole,
        partial(integrals.boole, 5**3),
        "torchquad",
    ),
    Program(
        "Gauss-Legendre, 30 x 30 x 30 points",
        integrals.gauss_legendre,
        partial(integrals.gauss_legendre, 4**3),
        "torchquad",
    ),
)

THIRD_PARTY: dict[str, Program] = {program.name: program for program in _ALL}
"""By name, in the order that they are printed; `needs` is their library."""
