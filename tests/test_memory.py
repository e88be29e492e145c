"""Peaks: of storages and not of nodes, known before anything runs."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
from autoray import do, lazy

import lazyopt as lo

from .helpers import modified_gram_schmidt, normal

N = 1000
BYTES = 8 * N


def held(graph: lo.Graph) -> list[int]:
    """Bytes of what is held while each call runs, without its workspace."""
    m = graph.memory
    return [t - w for t, w in zip(m.timeline, m.workspace, strict=True)]


def peak(fn: Any, *args: Any) -> int:
    return lo.trace(fn, *args).memory.peak_bytes


@pytest.mark.parametrize(
    ("fn", "arrays"),
    [
        (lambda x: x, 0),
        (lambda x: x + 1, 1),
        (lambda x: (x + 1) * 2, 2),
        (lambda x: ((x + 1) * 2) - 3, 2),
        (lambda x: (x + 1) * (x + 2), 3),
        (lambda x: (x + 1, x + 2), 2),
        (lambda x: x[:10], 0),
        (lambda x: (x + 1)[:10], 1),
        (lambda x: (x + 1)[::2][::2], 1),
        (lambda x: (x + 1).reshape(10, -1).T, 1),
        (lambda x: do("transpose", (x + 1).reshape(2, -1)) * 2, 2),
    ],
)
def test_peaks_in_arrays(fn: Any, arrays: int) -> None:
    assert peak(fn, normal(N)) == arrays * BYTES


def test_allocation_comes_before_freeing() -> None:
    graph = lo.trace(lambda x: do("exp", do("exp", x)), normal(N))
    assert graph.memory.timeline == (BYTES, 2 * BYTES)


def test_a_view_keeps_its_whole_base_alive() -> None:
    def fn(x: Any) -> Any:
        small = (x + 1)[:1]
        y = (x * 2) * 3
        return y[:1] * small

    graph = lo.trace(fn, normal(N))
    assert graph.memory.peak_bytes == 3 * BYTES


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: do("broadcast_to", x[0], (N, 10)),
        lambda x: do("broadcast_to", do("sum", x), (N, 10))[::2].T,
        lambda x: do("broadcast_to", do("sum", x), (1,)),
    ],
)
def test_a_number_that_is_repeated_is_there_once(fn: Any) -> None:
    graph = lo.trace(fn, normal(N))
    assert graph.memory.peak_bytes == 16  # the number, and an array of it
    assert graph.measure(normal(N)).parts_at is None


def test_copies_are_no_views() -> None:
    def fn(x: Any) -> Any:
        y = (x + 1).reshape(10, -1)
        return do("reshape", y.T, (-1,)), y

    assert peak(fn, normal(N)) == 2 * BYTES


def test_several_results_are_several_storages() -> None:
    def fn(x: Any) -> Any:
        q, r = do("linalg.qr", x)
        return do("sum", q * 2) + do("sum", r)

    n = 30
    assert held(lo.trace(fn, normal(n, n)))[:2] == [
        2 * n * n * 8,
        3 * n * n * 8,
    ]


def test_an_unused_result_dies_at_once() -> None:
    def fn(x: Any) -> Any:
        q, _ = do("linalg.qr", x)
        return q * 2

    n = 30
    assert held(lo.trace(fn, normal(n, n))) == [2 * n * n * 8] * 2


def test_outputs_are_kept_to_the_end() -> None:
    graph = lo.trace(lambda x: [x + i for i in range(5)], normal(N))
    assert graph.memory.timeline == tuple(BYTES * i for i in range(1, 6))


def test_an_output_that_repeats_counts_once() -> None:
    def fn(x: Any) -> Any:
        y = x + 1
        return y, y, y[:5]

    assert peak(fn, normal(N)) == BYTES


def test_inputs_and_constants_are_resident() -> None:
    c = normal(N)
    graph = lo.trace(lambda x, y: x * c + y + c, normal(N), normal(1))
    assert graph.memory.resident_bytes == 2 * BYTES + 8
    assert graph.memory.peak_bytes == 2 * BYTES


def test_constants_in_one_memory_are_resident_once() -> None:
    c = normal(40, 50)
    parts = lo.trace(lambda x: (x * c[:20], x * c[10:], x * c.T), normal())
    assert parts.memory.resident_bytes == c.nbytes + 8


def test_bound_data_is_resident() -> None:
    graph = lo.from_lazy(do("exp", lazy.array(normal(N))))
    assert graph.memory.resident_bytes == BYTES
    assert graph.memory.peak_bytes == BYTES


def test_live_at_peak_names_what_makes_it_largest_first() -> None:
    def fn(x: Any) -> Any:
        small = do("exp", x[:10])
        large = do("sin", x)
        return large * 2, small

    m = lo.trace(fn, normal(N)).memory
    assert [n.op.name for n in m.live_at_peak] == ["sin", "multiply", "exp"]
    total = sum(n.spec.nbytes for n in m.live_at_peak)
    assert total == m.peak_bytes == 2 * BYTES + 80


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: (x @ x.T) * 2 - x,
        lambda x: do("linalg.svd", x)[1],
        modified_gram_schmidt,
        lambda x: [do("exp", x) for _ in range(3)],
    ],
)
def test_the_bound_is_no_higher_than_any_peak(fn: Any) -> None:
    graph = lo.trace(fn, normal(6, 6))
    better = lo.optimize(graph)
    assert 0 < graph.memory.lower_bound_bytes <= graph.memory.peak_bytes
    assert better.memory.lower_bound_bytes <= better.memory.peak_bytes
    assert max(graph.memory.timeline) == graph.memory.peak_bytes


def test_a_chain_is_proven_optimal() -> None:
    m = lo.trace(lambda x: do("exp", x + 1) * 2, normal(N)).memory
    assert m.peak_bytes == m.lower_bound_bytes == 2 * BYTES


def test_unknown_sizes_are_named() -> None:
    def mystery(x: Any) -> Any:
        return x

    graph = lo.trace(lambda x: lo.call(mystery, x + 1), normal(N))
    m = graph.memory
    assert [n.op.name for n in m.unknown] == ["mystery"]
    assert m.peak_bytes == BYTES
    assert "at least" in str(m)
    assert "not counted: results of mystery" in str(m)


def test_it_prints_what_makes_the_peak() -> None:
    graph = lo.trace(lambda x: do("exp", x) * 2, normal(1 << 17))
    lines = str(graph.memory).splitlines()
    assert lines[0] == (
        "peak 2.0 MiB beyond 1.0 MiB of inputs and constants, proven optimal "
        "for these calls"
    )
    assert "1.0 MiB  exp : float64[131072]" in lines[1]
    assert "test_memory.py:" in lines[1]
    assert repr(graph.memory) == (
        "<MemoryProfile: peak 2,097,152 B, bound 2,097,152 B, resident "
        "1,048,576 B>"
    )


def test_a_long_list_is_abridged() -> None:
    graph = lo.trace(lambda x: [x + i for i in range(20)], normal(N))
    text = str(graph.memory)
    assert len(text.splitlines()) <= 10
    assert "in 14 more" in text


def test_a_gap_to_the_bound_is_a_percentage() -> None:
    def fn(x: Any) -> Any:
        wide = [do("exp", x + i) for i in range(4)]
        return sum(do("sum", w) for w in wide)

    text = str(lo.trace(fn, normal(N)).memory)
    assert "of any order" in text or "proven optimal" in text


def test_nothing_runs_to_know_it() -> None:
    huge = lo.ArraySpec((1 << 20, 1 << 20))
    graph = lo.trace(lambda x: do("exp", x) @ x, huge)
    assert graph.memory.peak_bytes == 2 * (1 << 43)
    assert "16.0 TiB" in str(graph.memory)


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: do("sum", (x * 2).T @ (x + 1), axis=0),
        lambda x: do("concatenate", [x[:100] * 2, x[100:] * 3], axis=0),
        lambda x: (do("where", x > 0, x, -x), do("max", x, axis=1)),
        lambda x: [do("stack", [x, x * 2], axis=0)[1].T for _ in range(2)],
    ],
)
def test_it_is_what_tracemalloc_measures(fn: Any) -> None:
    x = normal(200, 200)
    graph = lo.trace(fn, x)
    graph(x)
    tracemalloc.start()
    try:
        held = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        graph(x)
        measured = tracemalloc.get_traced_memory()[1] - held
    finally:
        tracemalloc.stop()
    assert measured == pytest.approx(graph.memory.peak_bytes, rel=0.02)


def test_an_empty_graph_needs_nothing() -> None:
    m = lo.trace(lambda: 1).memory
    assert (m.peak_bytes, m.resident_bytes, m.timeline) == (0, 0, ())
    assert str(m)


def test_dtypes_count() -> None:
    x = np.zeros(N, "float32")
    assert peak(lambda x: x + 1, x) == 4 * N
    assert peak(lambda x: x > 0, x) == N
    # As much again for the buffer that it is cast through.
    assert peak(lambda x: x * 1j, x) == 8 * N + 8 * N
