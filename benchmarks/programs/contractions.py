"""Contractions: circuits by quimb, and cotengra's own trees."""

from typing import Any

import numpy as np

from benchmarks.programs.case import Case
from benchmarks.programs.quimb_states import ZZ, on_arrays

__all__ = ["amplitude", "hyper", "lattice", "local_expectation", "sliced"]

GREEDILY: dict[str, Any] = {"optimize": "greedy", "output_inds": ()}


def _circuit(qubits: int, depth: int) -> Any:
    """Layers of random rotations, and of CZs on neighbours."""
    import quimb.tensor as qtn

    rng = np.random.default_rng(0)
    circuit = qtn.Circuit(qubits)
    for layer in range(depth):
        for qubit in range(qubits):
            circuit.apply_gate("U3", *rng.uniform(0, 6, size=3), qubit)
        for qubit in range(layer % 2, qubits - 1, 2):
            circuit.apply_gate("CZ", qubit, qubit + 1)
    return circuit


def amplitude(qubits: int = 24, depth: int = 12) -> Case:
    """The amplitude of a bit string of a circuit."""
    bits = ("01" * qubits)[:qubits]
    network = _circuit(qubits, depth).amplitude_tn(bits)
    return on_arrays(network, lambda tn: tn.contract(all, **GREEDILY))


def local_expectation(qubits: int = 28, depth: int = 12) -> Case:
    """Expectation of ZZ in the middle of a circuit, by its light cone."""
    middle = qubits // 2
    network = _circuit(qubits, depth).local_expectation(
        ZZ, (middle, middle + 1), rehearse="tn"
    )
    return on_arrays(network, lambda tn: tn.contract(all, **GREEDILY))


def _tensors(shapes: Any) -> list[Any]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape) for shape in shapes]


def _tree(size: int, largest: int) -> tuple[Any, list[Any]]:
    import cotengra as ctg

    inputs, output, shapes, sizes = ctg.utils.lattice_equation(
        [size, size], d_min=2, d_max=largest, seed=0
    )
    tree = ctg.array_contract_tree(inputs, output, sizes, optimize="greedy")
    return tree, _tensors(shapes)


def lattice(size: int = 9, largest: int = 4) -> Case:
    """A square lattice contracted along a tree."""
    tree, arrays = _tree(size, largest)
    return _by_cotengra(tree.contract), (arrays,)


def sliced(size: int = 8, largest: int = 5, slices: int = 8) -> Case:
    """A lattice in slices, which are added up."""
    tree, arrays = _tree(size, largest)
    tree = tree.slice(target_slices=slices, seed=0)
    return _by_cotengra(tree.contract), (arrays,)


def hyper(count: int = 24, largest: int = 5) -> Case:
    """A random network some of whose indices join more than two tensors."""
    import cotengra as ctg

    inputs, output, shapes, _ = ctg.utils.rand_equation(
        count, 3, n_out=2, n_hyper_in=3, d_min=2, d_max=largest, seed=1
    )

    def contract(arrays: Any) -> Any:
        return ctg.array_contract(arrays, inputs, output, optimize="greedy")

    return _by_cotengra(contract), (_tensors(shapes),)


def _by_cotengra(contract: Any) -> Any:
    from cotengra.contract import default_implementation

    def run(arrays: Any) -> Any:
        with default_implementation("cotengra"):
            return contract(arrays)

    return run
