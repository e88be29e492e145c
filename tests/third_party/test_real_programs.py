"""Programs of quimb, cotengra and torchquad, held against themselves."""

from importlib.util import find_spec

import pytest
from autoray import lazy

import lazyopt as lo
from benchmarks.programs.third_party import THIRD_PARTY

from ..helpers import same
from .checking import check_traced, number

pytestmark = [
    # cotengra looks for optional partitioners when it is first used.
    pytest.mark.filterwarnings("ignore:Couldn't (find|import):UserWarning"),
]


@pytest.fixture(params=THIRD_PARTY)
def program(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    needs = THIRD_PARTY[name].needs
    if needs is not None and find_spec(needs) is None:
        pytest.skip(f"needs {needs}")
    return name


def test_results_are_the_librarys_own_to_the_bit(program: str) -> None:
    fn, (argument,) = THIRD_PARTY[program].small()
    better = check_traced(fn, argument)
    # What is predicted can be held against a run.
    measured = better.measure(argument)
    assert measured.parts_at is None, str(measured)


def test_no_array_is_kept_that_autoray_would_free(program: str) -> None:
    from benchmarks.third_party import autorays_peak

    fn, args = THIRD_PARTY[program].small()
    graph = lo.trace(fn, *args)
    ordered = lo.optimize(graph, ["reorder"])
    assert ordered.memory.peak_bytes <= autorays_peak(graph)


#: What a user of `autoray.lazy` would record; the others use what it lacks.
RECORDED = (
    "PEPS 5x5, D=3: norm by its boundary",
    "MPS of 24 sites: expectations",
    "circuit of 28 qubits: expectation",
    "lattice 8x8, contracted in slices",
    "hyper network of 24 tensors",
)


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_by_autoray_they_give_the_same(name: str) -> None:
    chosen = THIRD_PARTY[name]
    pytest.importorskip(chosen.needs or "numpy")
    fn, (arrays,) = chosen.small()
    expected = fn(arrays)
    outputs = fn(_lazily(arrays))
    better = lo.optimize(lo.from_lazy(outputs), verify="equivalence")
    same(number(better(), expected), expected)


def _lazily(arrays: object) -> object:
    import autoray

    return autoray.tree_map(lazy.array, arrays, autoray.is_array)
