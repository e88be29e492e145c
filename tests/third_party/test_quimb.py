"""Programs that quimb makes: boundary contraction, compression, gates."""

import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from autoray import lazy

import lazyopt as lo

from ..helpers import names, same
from .checking import check, check_traced

qtn = pytest.importorskip("quimb.tensor")
qu = pytest.importorskip("quimb")

pytestmark = [
    pytest.mark.quimb,
    # cotengra looks for optional partitioners when it is first used.
    pytest.mark.filterwarnings("ignore:Couldn't (find|import):UserWarning"),
]

ZZ = np.kron(np.diag([1.0, -1.0]), np.diag([1.0, -1.0]))


def packed(tn: Any, fn: Callable[[Any], Any]) -> tuple[Any, Any]:
    """A program on a network as one on its arrays, and these."""
    arrays, skeleton = qtn.pack(tn)
    return lambda arrays: fn(qtn.unpack(arrays, skeleton)), arrays


def data(tn: Any) -> list[Any]:
    """The arrays of a network, in order."""
    return [tensor.data for tensor in tn]


def mps(dtype: str = "float64", bond: int = 8) -> Any:
    """A random matrix product state on ten sites."""
    return qtn.MPS_rand_state(10, bond, seed=2, dtype=dtype)


# ------------------------------------------------------------------- programs


def peps_norm(peps: Any) -> Any:
    return peps.contract_boundary(max_bond=12, cutoff=0.0)


def compress(state: Any) -> Any:
    state.compress(max_bond=4, cutoff=0.0)
    return data(state)


def canonicalize(state: Any) -> Any:
    # Where the centre is now, quimb would tell from the values.
    return data(state.canonicalize(4, cur_orthog=(0, 9)))


def local_expectation(state: Any) -> Any:
    return state.local_expectation_exact(ZZ, (4, 5))


def expectation_sum(state: Any) -> Any:
    total = 0.0
    for i in range(9):
        other = state.gate(ZZ, (i, i + 1), contract=False)
        total = total + (state.H & other).contract(
            all, optimize="greedy", output_inds=()
        )
    return total


def apply_mpo(state: Any) -> Any:
    heisenberg = qtn.MPO_ham_heis(10)
    made = heisenberg.apply(state, compress=True, max_bond=8, cutoff=0.0)
    return data(made)


def evolve(state: Any) -> Any:
    gate = qu.rand_uni(4, seed=3)
    for step in range(3):
        for i in range(step % 2, 9, 2):
            state.gate_split_(gate, (i, i + 1), max_bond=8, cutoff=0.0)
    return data(state)


def hotrg(tn: Any) -> Any:
    return tn.contract_hotrg(max_bond=4, cutoff=0.0)


def ctmrg(tn: Any) -> Any:
    return tn.contract_ctmrg(max_bond=4, cutoff=0.0)


def peps_energy(peps: Any) -> Any:
    return peps.compute_local_expectation(
        {((1, 1), (1, 2)): ZZ}, max_bond=8, cutoff=0.0, normalized=True
    )


def ising(size: int) -> Any:
    return qtn.TN2D_classical_ising_partition_function(size, size, beta=0.44)


PROGRAMS: dict[str, tuple[Callable[[Any], Any], Callable[[], Any]]] = {
    "PEPS norm": (peps_norm, qtn.PEPS.rand(5, 5, 3, seed=1).make_norm),
    "PEPS energy": (peps_energy, lambda: qtn.PEPS.rand(3, 3, 2, seed=1)),
    "MPS compress": (compress, mps),
    "MPS compress complex64": (compress, lambda: mps("complex64")),
    "MPS canonicalize": (canonicalize, lambda: mps("complex128")),
    "MPS local expectation": (local_expectation, mps),
    "MPS expectation sum": (expectation_sum, mps),
    "MPO times MPS": (apply_mpo, lambda: mps("complex128")),
    "TEBD": (evolve, lambda: mps("complex128", bond=4)),
    "HOTRG": (hotrg, lambda: ising(8)),
    "CTMRG": (ctmrg, lambda: ising(6)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    program, network = PROGRAMS[name]
    check(*packed(network(), program))


def test_peps_norm_gets_by_with_less() -> None:
    graph = lo.trace(*packed(PROGRAMS["PEPS norm"][1](), peps_norm))
    better = lo.optimize(graph)
    assert {"qr_stabilized", "svd_truncated"} <= set(names(better))
    assert better.memory.peak_bytes < graph.memory.peak_bytes


def test_peps_norm_of_variables() -> None:
    norm = PROGRAMS["PEPS norm"][1]()
    arrays = norm.arrays
    expected = peps_norm(norm)
    variables = [lazy.Variable(x.shape, backend="numpy") for x in arrays]
    stand_ins = iter(variables)
    recorded = norm.copy()
    recorded.apply_to_arrays(lambda _: next(stand_ins))
    graph = lo.from_lazy(peps_norm(recorded), inputs=variables)
    better = lo.optimize(graph, verify="equivalence")
    assert all(node.op.is_pure for node in better)
    same(better(*arrays), graph(*arrays))
    # Here autoray records what NumPy runs, so eager has the same bits.
    same(better(*arrays), expected)


def test_methods_of_array_split() -> None:
    x = np.random.default_rng(0).normal(size=(4, 4))
    square = x @ x.T

    def split(a: Any, method: str, **options: Any) -> list[Any]:
        parts = qtn.decomp.array_split(a, method, cutoff=0.0, **options)
        return [part for part in parts if part is not None]

    for method in ("svd", "eigh"):
        for absorb in ("left", "right", "both", None):
            check(
                lambda a, m=method, b=absorb: split(
                    a, m, absorb=b, max_bond=2
                ),
                square,
            )
    for method in ("qr", "lq", "polar_left", "polar_right"):
        check(lambda a, m=method: split(a, m), square)


def test_methods_that_lazy_arrays_can_not_run() -> None:
    x = np.random.default_rng(0).normal(size=(4, 4))
    square = x @ x.T
    options: dict[str, dict[str, Any]] = {
        "svd:eig": {"max_bond": 2},
        "svd:rand": {"max_bond": 2, "seed": 1},
        "cholesky": {},
        "qr:cholesky": {},
    }
    for method, given in options.items():

        def split(a: Any, m: str = method, given: Any = given) -> list[Any]:
            parts = qtn.decomp.array_split(a, m, cutoff=0.0, **given)
            return [part for part in parts if part is not None]

        check_traced(split, square)


def test_isometrize() -> None:
    x = np.random.default_rng(0).normal(size=(6, 4))
    for method in ("qr", "svd", "exp", "cayley", "mgs"):
        check_traced(lambda a, m=method: qtn.decomp.isometrize(a, m), x)


def test_unpickled_where_nobody_imported_quimb() -> None:
    program, arrays = packed(mps(), compress)
    graph = lo.optimize(lo.trace(program, arrays))
    code = (
        "import pickle, sys; "
        "graph, arrays = pickle.load(sys.stdin.buffer); "
        "sys.stdout.buffer.write(pickle.dumps(graph(arrays)))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        input=pickle.dumps((graph, arrays)),
        capture_output=True,
        check=True,
    )
    same(pickle.loads(done.stdout), graph(arrays))
