"""Totals by op, in bytes of what is really allocated."""

from typing import Any

import numpy as np
import pytest
from autoray import do, lazy

import lazyopt as lo

from ..helpers import modified_gram_schmidt, normal

N = 6


def program(x: Any) -> Any:
    y = do("exp", x)
    top = do("transpose", y)[0]
    return do("sum", y), top, do("stack", (top, top))


@pytest.fixture
def graph() -> lo.Graph:
    return lo.trace(program, normal(N, N))


def test_counts_and_bytes(graph: lo.Graph) -> None:
    size = 8 * N * N
    assert graph.stats() == graph.counts
    assert graph.stats("bytes_out") == {
        "input": size,
        "exp": size,
        "transpose": 0,
        "getitem": 0,
        "sum": 8,
        "stack": 8 * 2 * N,
    }
    assert graph.stats("bytes_in") == {
        "input": 0,
        "exp": size,
        "transpose": size,
        "getitem": size,
        "sum": size,
        "stack": 8 * N,
    }
    assert graph.stats("bytes_moved") == {
        "input": 0,
        "exp": 2 * size,
        "transpose": 0,
        "getitem": 0,
        "sum": size + 8,
        "stack": 8 * 3 * N,
    }
    assert sum(graph.stats("bytes_moved").values()) == graph.bytes_moved
    assert graph.stats("flops")["exp"] == N * N
    assert sum(graph.stats("flops").values()) == graph.flops


def test_functions_of_a_node_may_leave_some_out(graph: lo.Graph) -> None:
    found = graph.stats(
        lambda node: None if node.is_input else float(node.spec.size)
    )
    assert "input" not in found
    assert found["stack"] == 2 * N


def test_an_unknown_quantity_is_an_error(graph: lo.Graph) -> None:
    with pytest.raises(lo.GraphError, match="'sizes' is no quantity"):
        graph.stats("sizes")  # type: ignore[arg-type]


def test_largest_and_total(graph: lo.Graph) -> None:
    size = 8 * N * N
    assert graph.largest_bytes == size
    assert graph.total_bytes == 2 * size + 8 + 8 * 2 * N


def test_constants_in_one_memory_count_once() -> None:
    base = normal(100)

    def fn(x: Any) -> Any:
        return x + base, x + base[:50].sum()

    graph = lo.trace(fn, normal(100))
    views = lo.trace(
        lambda x: (x + base, x + base[::-1]), lo.ArraySpec((100,))
    )
    assert graph.stats("bytes_out")["constant"] >= 800
    assert views.stats("bytes_out")["constant"] == 800


def test_they_say_what_autoray_says() -> None:
    x = lazy.Variable((N, N), backend="numpy")
    y = modified_gram_schmidt(x)
    graph = lo.from_lazy(y, inputs=[x])
    assert len(graph) == y.history_num_nodes()
    ours = sorted(graph.counts.values())
    assert ours == sorted(y.history_fn_frequencies().values())
    assert graph.largest_bytes == 8 * y.history_max_size()
    # A view is counted there as if it were a copy.
    views = 8 * N * graph.counts["getitem"]
    assert graph.total_bytes == 8 * y.history_total_size() - views


def test_of_nothing_there_is_none() -> None:
    graph = lo.trace(lambda x: x, np.zeros((0,)))
    assert (graph.largest_bytes, graph.total_bytes) == (0, 0)
    assert graph.stats("flops") == {"input": 0}
