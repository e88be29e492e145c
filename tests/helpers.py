"""What several tests need: comparing to the bit, and a program to run."""

from collections.abc import Callable
from typing import Any

import numpy as np
from autoray import do, shape

import lazyopt as lo
from lazyopt.ops import core
from lazyopt.verify import same_bits


def same(found: Any, expected: Any) -> None:
    """Assert that two pytrees can't be told apart, to the bit."""
    if isinstance(expected, dict):
        assert type(found) is type(expected)
        assert list(found) == list(expected)
        for k in expected:
            same(found[k], expected[k])
    elif isinstance(expected, tuple | list):
        assert type(found) is type(expected)
        assert len(found) == len(expected)
        for a, b in zip(found, expected, strict=True):
            same(a, b)
    else:
        assert same_bits(found, expected), (found, expected)


def exact(
    fn: Callable[..., Any], /, *args: Any, passes: Any = None, **kwargs: Any
) -> lo.Graph:
    """Assert that a program is equal to eager however it is run.

    Returns
    -------
    Graph
        Optimised.
    """
    expected = fn(*args, **kwargs)
    graph = lo.trace(fn, *args, **kwargs)
    better = lo.optimize(graph, passes)
    for run in (graph, graph.compile(), better, better.compile()):
        same(run(*args, **kwargs), expected)
    return better


def normal(*sizes: int, seed: int = 0) -> np.ndarray:
    """Random numbers, the same for the same arguments."""
    return np.random.default_rng(seed).normal(size=sizes)


def names(graph: lo.Graph) -> list[str]:
    """Names of the ops, in the order they run."""
    return [node.op.name for node in graph]


def modified_gram_schmidt(X: Any) -> Any:
    """Orthonormal rows; the example of autoray's documentation."""
    Q: list[Any] = []
    for j in range(shape(X)[0]):
        q = X[j, :]
        for i in range(j):
            rij = do("tensordot", do("conj", Q[i]), q, 1)
            q = q - rij * Q[i]
        Q.append(q / do("linalg.norm", q, 2))
    return do("stack", tuple(Q), axis=0)


def own_ops() -> set[str]:
    """Names of ops that come with the library, whatever else has been loaded.

    Where quimb is installed, other tests may have had its own registered.
    """
    return {
        name
        for name, op in core._OPS.items()
        if not name.startswith("testing.")
        and not op.infer.__module__.startswith("quimb.")
    }
