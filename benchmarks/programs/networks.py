"""Tensor networks made and contracted by quimb, which is imported here."""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.programs.case import Case

__all__ = ["circuit_amplitude", "expectation_sum", "peps_norm"]

ZZ = np.diag([1.0, -1.0, -1.0, 1.0])

# By default quimb has functions of its own for arrays of numpy. With autoray's
# the bits are the same however the program is run.
GREEDILY: dict[str, Any] = {
    "optimize": "greedy",
    "output_inds": (),
    "implementation": "autoray",
}


def peps_norm(size: int = 5, bond: int = 3, boundary_bond: int = 12) -> Case:
    """Norm of a random projected entangled pair state.

    The boundary of the square lattice is contracted and compressed.
    """
    import quimb.tensor as qtn

    def contract(network: Any) -> Any:
        return network.contract_boundary(max_bond=boundary_bond, cutoff=0.0)

    state = qtn.PEPS.rand(size, size, bond, seed=0)
    return _on_arrays(state.make_norm(), contract)


def circuit_amplitude(qubits: int = 24, depth: int = 12) -> Case:
    """Amplitude of all zeros in a random circuit.

    Layers of random rotations and of controlled phases between neighbours;
    quimb simplifies the network before it is contracted greedily.
    """
    import quimb.tensor as qtn

    def contract(network: Any) -> Any:
        return network.contract(all, **GREEDILY)

    rng = np.random.default_rng(0)
    circuit = qtn.Circuit(qubits)
    for layer in range(depth):
        for qubit in range(qubits):
            circuit.apply_gate("U3", *rng.uniform(0, 6, size=3), qubit)
        for qubit in range(layer % 2, qubits - 1, 2):
            circuit.apply_gate("CZ", qubit, qubit + 1)
    return _on_arrays(circuit.amplitude_tn("0" * qubits), contract)


def expectation_sum(sites: int = 24, bond: int = 16) -> Case:
    """Sum of the expectations of ZZ on each bond of a matrix product state.

    Each is contracted anew: common parts are left for others to find.
    """
    import quimb.tensor as qtn

    def energy(state: Any) -> Any:
        total = 0.0
        for i in range(sites - 1):
            gated = state.gate(ZZ, (i, i + 1), contract=False)
            overlap = state.H & gated
            total = total + overlap.contract(all, **GREEDILY)
        return total

    return _on_arrays(qtn.MPS_rand_state(sites, bond, seed=0), energy)


def _on_arrays(network: Any, program: Callable[[Any], Any]) -> Case:
    """A program on a network as one on its arrays."""
    import quimb.tensor as qtn

    arrays, skeleton = qtn.pack(network)

    def on_arrays(arrays: Any) -> Any:
        return program(qtn.unpack(arrays, skeleton))

    return on_arrays, (arrays,)
