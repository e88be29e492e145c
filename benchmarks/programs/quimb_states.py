"""Programs of quimb's on states and lattices; quimb is imported here.

All have a shape that doesn't depend on values: bonds are cut to a number and
never by a threshold.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.programs.case import Case

__all__ = [
    "apply_mpo",
    "boundary_norm",
    "compress",
    "ctmrg",
    "evolve",
    "expectation_sum",
    "hotrg",
    "mera_energy",
    "peps_energy",
]

ZZ = np.diag([1.0, -1.0, -1.0, 1.0])


def on_arrays(network: Any, program: Callable[[Any], Any]) -> Case:
    """A program on a network as one on its arrays.

    cotengra multiplies NumPy's arrays by its own means and leaves others to
    their library. Here it is to do the same for all, so that results can be
    compared to the bit.
    """
    import quimb.tensor as qtn
    from cotengra.contract import default_implementation

    arrays, skeleton = qtn.pack(network)

    def run(arrays: Any) -> Any:
        with default_implementation("cotengra"):
            return program(qtn.unpack(arrays, skeleton))

    return run, (arrays,)


def data(network: Any) -> list[Any]:
    """The arrays of a network, in order."""
    return [tensor.data for tensor in network]


def boundary_norm(size: int = 5, bond: int = 3, chi: int = 12) -> Case:
    """Norm of a PEPS, its boundary contracted and compressed."""
    import quimb.tensor as qtn

    norm = qtn.PEPS.rand(size, size, bond, seed=1).make_norm()
    return on_arrays(
        norm, lambda tn: tn.contract_boundary(max_bond=chi, cutoff=0.0)
    )


def peps_energy(size: int = 4, bond: int = 2, chi: int = 8) -> Case:
    """Expectation of ZZ on all bonds of a row of a PEPS."""
    import quimb.tensor as qtn

    terms = {((1, j), (1, j + 1)): ZZ for j in range(size - 1)}

    def energy(peps: Any) -> Any:
        return peps.compute_local_expectation(
            terms, max_bond=chi, cutoff=0.0, normalized=True
        )

    return on_arrays(qtn.PEPS.rand(size, size, bond, seed=1), energy)


def _ising(size: int) -> Any:
    import quimb.tensor as qtn

    make = qtn.TN2D_classical_ising_partition_function
    return make(size, size, beta=0.44)


def ctmrg(size: int = 8, chi: int = 8) -> Case:
    """Ising's partition function by corner transfer matrices."""
    return on_arrays(
        _ising(size), lambda tn: tn.contract_ctmrg(max_bond=chi, cutoff=0.0)
    )


def hotrg(size: int = 16, chi: int = 8) -> Case:
    """Ising's partition function, coarse-grained."""
    return on_arrays(
        _ising(size), lambda tn: tn.contract_hotrg(max_bond=chi, cutoff=0.0)
    )


def _mps(sites: int, bond: int, dtype: str = "float64") -> Any:
    import quimb.tensor as qtn

    return qtn.MPS_rand_state(sites, bond, seed=2, dtype=dtype)


def compress(sites: int = 30, bond: int = 32, to: int = 16) -> Case:
    """A matrix product state with its bonds cut to half."""

    def program(state: Any) -> Any:
        state.compress(max_bond=to, cutoff=0.0)
        return data(state)

    return on_arrays(_mps(sites, bond), program)


def apply_mpo(sites: int = 20, bond: int = 24) -> Case:
    """Heisenberg's Hamiltonian applied to a state, and compressed."""
    import quimb.tensor as qtn

    heisenberg = qtn.MPO_ham_heis(sites)

    def program(state: Any) -> Any:
        return data(
            heisenberg.apply(state, compress=True, max_bond=bond, cutoff=0.0)
        )

    return on_arrays(_mps(sites, bond, "complex128"), program)


def evolve(sites: int = 20, bond: int = 16, steps: int = 4) -> Case:
    """Gates on all bonds, even and odd in turn, as TEBD applies them."""
    import quimb as qu

    gate = qu.rand_uni(4, seed=3)

    def program(state: Any) -> Any:
        for step in range(steps):
            for i in range(step % 2, sites - 1, 2):
                state.gate_split_(gate, (i, i + 1), max_bond=bond, cutoff=0.0)
        return data(state)

    return on_arrays(_mps(sites, bond, "complex128"), program)


def expectation_sum(sites: int = 24, bond: int = 16) -> Case:
    """Sum of the expectations of ZZ on each bond, each contracted anew."""

    def program(state: Any) -> Any:
        total = 0.0
        for i in range(sites - 1):
            other = state.gate(ZZ, (i, i + 1), contract=False)
            total = total + (state.H & other).contract(
                all, optimize="greedy", output_inds=()
            )
        return total

    return on_arrays(_mps(sites, bond), program)


def mera_energy(sites: int = 16, bond: int = 4) -> Case:
    """Sum of the expectations of ZZ in a MERA, by its light cones."""
    import quimb.tensor as qtn

    def program(state: Any) -> Any:
        total = 0.0
        for i in range(0, sites - 1, 3):
            cone = state.select((f"I{i}", f"I{i + 1}"), "any")
            gated = cone.gate(ZZ, (i, i + 1), contract=False)
            total = total + (cone.H & gated).contract(
                all, optimize="greedy", output_inds=()
            )
        return total

    return on_arrays(qtn.MERA.rand(sites, bond, seed=1), program)
