"""Every op on every library: what a graph gives is what the library gives.

What a library lacks stands in ``lacking.json``, by op and dtype, and in the
docs: ``python -m benchmarks coverage --measure=NAME`` writes it anew. All else
that a library refuses is a failure here.
"""

import json
from pathlib import Path
from typing import Any

import autoray
import pytest

from lazyopt.ops import Op

from ..ops.patterns import Pattern
from .calls import DTYPES, every_op, refused_dtypes

LACKING = json.loads((Path(__file__).parent / "lacking.json").read_text())
MODULES = {
    "numpy": "numpy",
    "torch": "torch",
    "jax": "jax.numpy",
    "dask": "dask.array",
    "cupy": "cupy",
}
OPS = {name: (op, patterns) for name, op, patterns in every_op()}


@pytest.fixture(params=MODULES, scope="module")
def backend(request: pytest.FixtureRequest) -> str:
    pytest.importorskip(MODULES[request.param])
    return str(request.param)


def check(
    name: str, op: Op, patterns: list[Pattern], backend: str, place: Any = None
) -> None:
    """Make an op's calls; skip, by name, if the library takes none."""
    lacking = LACKING.get("torch" if place else backend, {}).get(name, [])
    refused = refused_dtypes(op, patterns, backend, place)
    assert not set(refused) - set(lacking), f"{backend} refuses {refused}"
    if len(refused) == len(DTYPES[backend]):
        pytest.skip(f"{backend} has no {name} that takes these calls")


@pytest.mark.parametrize("name", OPS)
def test_graphs_give_what_the_library_gives(backend: str, name: str) -> None:
    check(name, *OPS[name], backend)


@pytest.mark.parametrize("name", OPS)
def test_graphs_give_what_torch_gives_on_a_gpu(name: str) -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("torch has no GPU here")
    check(name, *OPS[name], "torch", "cuda")


def test_what_is_lacking_are_ops() -> None:
    for backend, names in LACKING.items():
        assert set(names) <= set(OPS), backend
        for refused in names.values():
            assert set(refused) <= set(DTYPES[backend])


def test_inference_draws_no_random_numbers(backend: str) -> None:
    import lazyopt as lo

    def draws(x: Any) -> Any:
        return x + autoray.do("random.normal", size=(3,), like=x)

    def numbers(trace: bool) -> Any:
        x = autoray.do("ones", (3,), like=backend)
        autoray.do("random.seed", 7, like=backend)
        if trace:
            lo.trace(draws, x)
        return autoray.to_numpy(draws(x)).tolist()

    assert numbers(trace=True) == numbers(trace=False)
