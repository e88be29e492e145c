"""Programs that cotengra makes: amplitudes, lattices, slices."""

from typing import Any

import numpy as np
import pytest

import lazyopt as lo

from .checking import check, check_recorded, check_traced

ctg = pytest.importorskip("cotengra")

pytestmark = [
    pytest.mark.quimb,
    # cotengra looks for optional partitioners when it is first used.
    pytest.mark.filterwarnings("ignore:Couldn't (find|import):UserWarning"),
]


def tensors(shapes: Any) -> list[np.ndarray]:
    """Random tensors of these shapes."""
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape) for shape in shapes]


def circuit(qubits: int = 16, depth: int = 8) -> Any:
    """Layers of random rotations, and of CZs on neighbours."""
    qtn = pytest.importorskip("quimb.tensor")
    rng = np.random.default_rng(0)
    made = qtn.Circuit(qubits)
    for layer in range(depth):
        for q in range(qubits):
            made.apply_gate("U3", *rng.uniform(0, 6, 3), q)
        for q in range(layer % 2, qubits - 1, 2):
            made.apply_gate("CZ", q, q + 1)
    return made


def two_qubit_circuit(qubits: int = 16, depth: int = 8) -> Any:
    """Layers of random gates on two neighbours."""
    qtn = pytest.importorskip("quimb.tensor")
    qu = pytest.importorskip("quimb")
    made = qtn.Circuit(qubits)
    for layer in range(depth):
        for q in range(layer % 2, qubits - 1, 2):
            gate = qu.rand_uni(4, seed=100 * layer + q)
            made.apply_gate_raw(gate, (q, q + 1))
    return made


@pytest.mark.parametrize("made", [circuit, two_qubit_circuit])
def test_circuit_amplitude(made: Any) -> None:
    qtn = pytest.importorskip("quimb.tensor")
    greedy = ctg.RandomGreedyOptimizer(max_repeats=8, seed=0, parallel=False)
    plan = made().amplitude_rehearse("01" * 8, optimize=greedy)
    arrays, skeleton = qtn.pack(plan["tn"])

    def amplitude(arrays: Any) -> Any:
        tn = qtn.unpack(arrays, skeleton)
        return tn.contract(all, optimize=plan["tree"], output_inds=())

    check(amplitude, arrays)


def test_lattice() -> None:
    inputs, output, shapes, sizes = ctg.utils.lattice_equation(
        [5, 5], d_min=2, d_max=4, seed=0
    )
    tree = ctg.array_contract_tree(inputs, output, sizes, optimize="greedy")
    check(tree.contract, tensors(shapes))


def test_slices() -> None:
    inputs, output, shapes, sizes = ctg.utils.lattice_equation(
        [4, 4], d_min=2, d_max=3, seed=0
    )
    tree = ctg.array_contract_tree(inputs, output, sizes, optimize="greedy")
    sliced = tree.slice(target_slices=8)
    assert sliced.nslices >= 8
    better = check(sliced.contract, tensors(shapes))
    assert better.memory.peak_bytes > 0


def test_hyper_indices() -> None:
    inputs, output, shapes, _ = ctg.utils.rand_equation(
        12, 3, n_out=2, n_hyper_in=2, d_min=2, d_max=4, seed=1
    )
    check(
        lambda a: ctg.array_contract(a, inputs, output, optimize="greedy"),
        tensors(shapes),
    )


def test_einsum() -> None:
    check(
        lambda a: ctg.einsum("abc,cd,dea,bf->fe", *a, optimize="greedy"),
        tensors([(3, 4, 5), (5, 6), (6, 2, 3), (4, 7)]),
    )


def test_librarys_own_functions_when_asked_for() -> None:
    inputs, output, shapes, _ = ctg.utils.rand_equation(
        10, 3, n_out=1, d_min=2, d_max=4, seed=2
    )

    def contract(a: Any) -> Any:
        return ctg.array_contract(
            a, inputs, output, optimize="greedy", implementation="autoray"
        )

    check_recorded(contract, tensors(shapes))
    better = check_traced(contract, tensors(shapes))
    assert "tensordot" in better.counts


def test_peak_is_known_before_it_runs() -> None:
    inputs, output, shapes, sizes = ctg.utils.lattice_equation(
        [6, 6], d_min=3, d_max=4, seed=0
    )
    arrays = tensors(shapes)
    tree = ctg.array_contract_tree(inputs, output, sizes, optimize="greedy")
    graph = lo.trace(tree.contract, arrays)
    seen = lo.compare(graph, lo.optimize(graph), arrays)
    assert seen.equal and seen.measured_peak
    predicted, measured = seen.predicted_peak[1], seen.measured_peak[1]
    assert measured <= seen.measured_peak[0] * 1.05
    assert measured == pytest.approx(predicted, rel=0.1)
