"""Specs on other libraries are what these return."""

from collections.abc import Callable
from typing import Any

import autoray
import numpy as np
import pytest
from autoray import do

import lazyopt as lo

MODULES = {"torch": "torch", "jax": "jax.numpy", "dask": "dask.array"}
DTYPES = ("float32", "float64", "int32", "bool", "complex64")
CALLS: dict[str, Callable[[Any], Any]] = {
    "times int": lambda x: x * 2,
    "times float": lambda x: x * 0.5,
    "plus complex": lambda x: x + 1j,
    "divided": lambda x: x / 3,
    "compared": lambda x: x == x,
    "row": lambda x: x[0],
    "every second": lambda x: x[:, ::2],
    "transposed": lambda x: x.T,
    "exp": lambda x: do("exp", x),
    "abs": lambda x: do("abs", x),
    "sum": lambda x: do("sum", x),
    "sum over rows": lambda x: do("sum", x, axis=0),
    "mean": lambda x: do("mean", x),
    "largest": lambda x: do("max", x),
    "any": lambda x: do("any", x),
    "stack": lambda x: do("stack", (x, x)),
    "concatenate": lambda x: do("concatenate", (x, x), axis=1),
    "reshape": lambda x: do("reshape", x, (-1,)),
    "where": lambda x: do("where", x == x, x, x * 0.5),
    "tensordot": lambda x: do("tensordot", x, x, ((1,), (1,))),
    "mixed": lambda x: x @ do("transpose", x * 0.5),
}


@pytest.fixture(params=MODULES)
def backend(request: pytest.FixtureRequest) -> str:
    pytest.importorskip(MODULES[request.param])
    return str(request.param)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("call", CALLS)
def test_specs_follow_the_librarys_own_rules(
    backend: str, call: str, dtype: str
) -> None:
    fn, x = CALLS[call], np.ones((4, 6), dtype)
    theirs = do("asarray", x, like=backend)
    try:
        expected = fn(theirs)
    except Exception:
        pytest.skip(f"{backend} has no {call} of {dtype}")
    for given in (x, theirs):
        graph = lo.optimize(lo.trace(fn, given)).on(backend)
        spec = graph.outputs[0].spec
        got = graph(theirs)
        assert spec.shape == tuple(autoray.shape(expected))
        assert spec.dtype == autoray.get_dtype_name(expected)
        assert spec.dtype == autoray.get_dtype_name(got)
        np.testing.assert_array_equal(
            autoray.to_numpy(got), autoray.to_numpy(expected)
        )


def held(graph: lo.Graph) -> int:
    """Bytes of what is live at the peak, without workspace."""
    return sum(h.nbytes for h in graph.memory.live_at_peak)


def test_sizes_in_the_profile_are_the_librarys(backend: str) -> None:
    x = np.ones((100, 10), "int32")
    graph = lo.trace(lambda x: x * 0.5, x)
    assert held(graph) == 8000
    there = graph.on(backend)
    assert held(there) == {"torch": 4000, "jax": 4000, "dask": 8000}[backend]
    assert there.memory.backend == backend
    assert "as on NumPy" in str(there.memory)
    assert held(there.on("numpy")) == 8000


def test_there_and_back_is_the_same_program(backend: str) -> None:
    x = np.random.default_rng(0).normal(size=(5, 5)).astype("float32")
    graph = lo.trace(lambda x: do("linalg.svd", x)[1] * do("sum", x), x)
    back = graph.on(backend).on("numpy")
    assert [str(n.specs) for n in back.nodes] == [
        str(n.specs) for n in graph.nodes
    ]
    np.testing.assert_array_equal(back(x), graph(x))


def test_passes_infer_by_the_rules_of_the_graph(backend: str) -> None:
    @lo.rewrite("halve")
    def halve(node: Any) -> Any:
        if node.op.name == "true_divide":
            return lo.call("multiply", node.args[0], 1 / node.args[1])
        return None

    x = do("asarray", np.ones((4, 6), "int32"), like=backend)
    graph = lo.trace(lambda x: x / 2, x)
    better = lo.optimize(graph, passes=[halve])
    assert [n.op.name for n in better.nodes] == ["input", "multiply"]
    assert better.outputs[0].spec == graph.outputs[0].spec


def test_products_of_matrices_move(backend: str) -> None:
    x, v = np.random.default_rng(0).normal(size=(2, 4, 4))
    v = v[0]
    for fn in (
        lambda x, v: do("dot", x, x),
        lambda x, v: do("dot", x, v),
        lambda x, v: do("dot", v, x),
        lambda x, v: do("dot", v, v),
    ):
        moved = lo.trace(fn, x, v).on(backend)
        given = [do("asarray", a, like=backend) for a in (x, v)]
        found = autoray.to_numpy(moved(*given))
        np.testing.assert_allclose(found, fn(x, v), rtol=1e-5)
