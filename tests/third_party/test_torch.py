"""Graphs on torch's tensors: traced there, moved or imported there."""

from typing import Any

import numpy as np
import pytest
from autoray import do, lazy

import lazyopt as lo
from lazyopt.commands.programs import gram_schmidt

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch


@pytest.fixture
def x() -> Any:
    return np.random.default_rng(0).normal(size=(6, 6))


def test_a_program_traced_on_torch_runs_there(x: Any) -> None:
    tensor = torch.tensor(x)
    better = lo.optimize(lo.trace(gram_schmidt, tensor))
    assert better.backend == "torch"
    assert torch.equal(better(tensor), gram_schmidt(tensor))


@pytest.mark.parametrize("compiled", [False, True])
def test_a_program_traced_on_numpy_moves_to_torch(
    x: Any, compiled: bool
) -> None:
    tensor = torch.tensor(x)
    moved = lo.optimize(lo.trace(gram_schmidt, x)).on("torch")
    run = moved.compile() if compiled else moved
    assert torch.equal(run(tensor), gram_schmidt(tensor))


def test_constants_move_along(x: Any) -> None:
    graph = lo.trace(lambda a: do("tensordot", a, x, 1), x)
    moved = lo.optimize(graph).on("torch")
    expected = do("tensordot", torch.tensor(x), torch.tensor(x), 1)
    assert torch.equal(moved(torch.tensor(x)), expected)


def test_lazy_arrays_of_tensors_compute_tensors(x: Any) -> None:
    tensor = torch.tensor(x)
    better = lo.optimize(gram_schmidt(lazy.array(tensor)))
    assert torch.equal(better(), gram_schmidt(tensor))


def test_gradients_pass_through_a_graph(x: Any) -> None:
    tensor = torch.tensor(x, requires_grad=True)
    lo.trace(gram_schmidt, tensor)(tensor).sum().backward()
    expected = torch.tensor(x, requires_grad=True)
    gram_schmidt(expected).sum().backward()
    assert torch.equal(tensor.grad, expected.grad)


def test_arrays_of_two_libraries_are_refused(x: Any) -> None:
    tensor = torch.tensor(x)
    with pytest.raises(lo.InputError, match="several libraries"):
        lo.trace(lambda a, b: a + b, x, tensor)
    graph = lo.trace(lambda a, b: a + b, x, x)
    with pytest.raises(lo.InputError, match="on numpy"):
        graph(x, tensor)
