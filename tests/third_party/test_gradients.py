"""Derivatives through graphs are the derivatives of the program."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.commands.programs import gram_schmidt

from ..helpers import normal

Program = Callable[[Any], Any]


def network(x: Any) -> Any:
    """Some layers, and what they come to."""
    for scale in (0.5, 0.25, 0.125):
        x = do("tanh", x @ do("transpose", x) * scale)
    return do("sum", x * x)


def orthonormal(x: Any) -> Any:
    q = gram_schmidt(x)
    return do("sum", q[0] * q[-1] + do("exp", q[1]))


def solved(x: Any) -> Any:
    y = do("linalg.solve", x @ do("transpose", x) + 3.0, x[:, 0])
    return do("sum", do("abs", y)) + do("linalg.norm", x)


def decomposed(x: Any) -> Any:
    values = do("linalg.svd", x)[1]
    return do("sum", do("log", values)) + do("max", x)


PROGRAMS: dict[str, Program] = {
    "network": network,
    "gram_schmidt": orthonormal,
    "solve": solved,
    "svd": decomposed,
}
X = normal(5, 5) + 3 * np.eye(5)

programs = pytest.mark.parametrize("name", PROGRAMS)
compiled = pytest.mark.parametrize("compiled", [False, True])


@programs
@compiled
def test_torch_gradients(name: str, compiled: bool) -> None:
    torch = pytest.importorskip("torch")
    fn = PROGRAMS[name]
    expected = torch.tensor(X, requires_grad=True)
    fn(expected).backward()
    graph = lo.optimize(lo.trace(fn, X)).on("torch")
    x = torch.tensor(X, requires_grad=True)
    (graph.compile() if compiled else graph)(x).backward()
    torch.testing.assert_close(x.grad, expected.grad, rtol=1e-12, atol=1e-12)


@programs
def test_torch_gradients_of_a_graph_traced_there(name: str) -> None:
    torch = pytest.importorskip("torch")
    fn = PROGRAMS[name]
    x, expected = (torch.tensor(X, requires_grad=True) for _ in range(2))
    lo.optimize(lo.trace(fn, x))(x).backward()
    fn(expected).backward()
    torch.testing.assert_close(x.grad, expected.grad, rtol=1e-12, atol=1e-12)


def test_torch_second_derivatives() -> None:
    torch = pytest.importorskip("torch")
    graph = lo.optimize(lo.trace(network, X)).on("torch")
    x = torch.tensor(X)
    found = torch.autograd.functional.hessian(graph, x)
    expected = torch.autograd.functional.hessian(network, x)
    torch.testing.assert_close(found, expected, rtol=1e-11, atol=1e-11)


@programs
@compiled
def test_jax_gradients(name: str, compiled: bool) -> None:
    jax = pytest.importorskip("jax")
    fn = PROGRAMS[name]
    x = jax.numpy.asarray(X.astype("float32"))
    graph = lo.optimize(lo.trace(fn, x))
    run = graph.compile() if compiled else graph
    found, expected = jax.grad(run)(x), jax.grad(fn)(x)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@programs
def test_jax_gradients_of_a_graph_moved_there(name: str) -> None:
    jax = pytest.importorskip("jax")
    fn = PROGRAMS[name]
    x = jax.numpy.asarray(X.astype("float32"))
    graph = lo.optimize(lo.trace(fn, X)).on("jax")
    found, expected = jax.grad(graph)(x), jax.grad(fn)(x)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_jax_transforms_compose() -> None:
    jax = pytest.importorskip("jax")
    x = jax.numpy.asarray(X.astype("float32"))
    graph = lo.optimize(lo.trace(network, x))
    found = jax.jit(jax.hessian(graph))(x)
    expected = jax.jit(jax.hessian(network))(x)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
