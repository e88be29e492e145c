"""A memory limit is reached by the cheapest means, or refused with reasons."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.ordering import peak_bytes
from lazyopt.recompute import smallest_call

from .helpers import names, normal, same
from .recompute.chains import chain

ARRAY = 8 * 64 * 64


def means(graph: lo.Graph) -> list[str]:
    """The passes that changed it to reach the limit."""
    names = [r.name for r in graph.history if r.changed]
    own = ("fuse", "reuse", "rematerialise", "slice", "spill")
    return [name for name in names if name in own]


def reached(fn: Any, args: tuple[Any, ...], limit: Any, **how: Any) -> Any:
    graph = lo.trace(fn, *args)
    better = lo.optimize(graph, memory_limit=limit, **how)
    allowed = lo.optimize(graph, [], memory_limit=limit, **how)
    expected = fn(*args)
    for one in (better, allowed):
        same(one(*args), expected)
        measured = one.measure(*args)
        assert measured.parts_at is None, str(measured)
    return better


def spread(x: Any) -> Any:
    parts = [do("exp", x + i) for i in range(6)]
    return sum(do("sum", p) for p in parts)


def test_an_order_is_enough() -> None:
    better = reached(spread, (normal(64, 64),), "100 KiB")
    assert peak_bytes(better) <= 100 << 10
    assert "rematerialise" not in means(better)


def test_writing_in_place_is_enough() -> None:
    def fn(x: Any) -> Any:
        return do("sin", do("exp", do("cos", x @ x))) @ x

    better = reached(fn, (normal(64, 64),), 2 * ARRAY)
    assert peak_bytes(better) <= 2 * ARRAY
    assert means(better) == ["reuse"]


def test_what_waits_is_computed_again() -> None:
    fn, args = chain(12, 64)
    limit = 6 * ARRAY
    better = reached(fn, args, limit)
    assert peak_bytes(better) <= limit
    assert "rematerialise" in means(better)
    record = next(r for r in better.history if r.name == "rematerialise")
    assert record.peak_bytes is not None
    assert "more FLOPs" in record.remarks[0]
    assert better.flops > lo.trace(fn, *args).flops


def test_what_is_too_large_is_sliced() -> None:
    def distances(x: Any) -> Any:
        difference = x[:, None, :] - x[None, :, :]
        return do("sum", difference * difference, axis=-1)

    x = normal(60, 16)
    result = 8 * 60 * 60
    better = reached(distances, (x,), 3 * result)
    assert peak_bytes(better) <= 3 * result < 8 * 60 * 60 * 16
    assert means(better)[-1] in ("slice", "reuse")
    assert "slice" in means(better)


def test_what_was_fused_is_sliced() -> None:
    def gram(x: Any) -> Any:
        difference = (x[:, None, :] - x[None, :, :]) ** 2
        rows = do("exp", -do("sum", difference, axis=-1))
        return do("sum", rows, axis=1), do("cos", do("sin", x) * 2)

    x = normal(120, 20)
    whole = 8 * 120 * 120 * 20
    free = lo.optimize(lo.trace(gram, x))
    assert "fused" in names(free)
    assert peak_bytes(free) > whole
    better = reached(gram, (x,), whole // 10)
    assert peak_bytes(better) <= whole // 10
    assert "sliced" in names(better)
    assert better.flops == free.flops


def test_files_are_used_only_if_a_folder_is_given(tmp_path: Path) -> None:
    x = normal(64, 64) + 10 * np.eye(64)

    def fn(x: Any) -> Any:
        noise = [
            do("exp", do("random.normal", size=(64, 64), like=x))
            for _ in range(6)
        ]
        total = noise[0] @ x
        for n in noise[1:]:
            total = total @ n
        for n in noise:
            total = total @ n
        return total

    graph = lo.trace(fn, x)
    limit = 5 * ARRAY
    with pytest.raises(lo.PassError, match="spill_folder="):
        lo.optimize(graph, memory_limit=limit)
    better = lo.optimize(graph, memory_limit=limit, spill_folder=tmp_path)
    assert peak_bytes(better) <= limit
    assert means(better)[-1] == "spill"
    np.random.seed(0)
    expected = graph(x)
    np.random.seed(0)
    same(better(x), expected)
    assert not list(tmp_path.iterdir())


def test_an_error_says_what_needs_how_much_and_what_would_do() -> None:
    fn, args = chain(8, 64)
    graph = lo.trace(fn, *args)
    with pytest.raises(lo.PassError) as caught:
        lo.optimize(graph, memory_limit="40 KiB")
    text = str(caught.value)
    assert "40.0 KiB (40,960 B) can't be reached" in text
    assert "chains.py:" in text
    found = re.search(r"smallest limit that works is (\d+)", text)
    assert found is not None
    smallest = int(found[1])
    better = lo.optimize(graph, memory_limit=smallest)
    assert peak_bytes(better) <= smallest
    same(better(*args), fn(*args))


@pytest.mark.parametrize("spill", [False, True])
def test_the_smallest_limit_works(spill: bool, tmp_path: Path) -> None:
    fn, args = chain(4, 32)
    graph = lo.trace(fn, *args)
    how = {"spill_folder": tmp_path} if spill else {}
    for limit in (0, 8 * 32 * 32):
        with pytest.raises(lo.PassError) as caught:
            lo.optimize(graph, memory_limit=limit, **how)
        found = re.search(r"limit that works is (\d+)", str(caught.value))
        assert found is not None
        smallest = int(found[1])
        assert smallest > limit
        better = lo.optimize(graph, memory_limit=smallest, **how)
        assert peak_bytes(better) <= smallest
        same(better(*args), fn(*args))


def test_outputs_that_fit_nowhere_else_are_files(tmp_path: Path) -> None:
    def many(x: Any) -> Any:
        return [do("exp", x + i) for i in range(8)], do("sum", x)

    x = normal(64, 64)
    graph = lo.trace(many, x)
    better = lo.optimize(graph, memory_limit=3 * ARRAY, spill_folder=tmp_path)
    assert peak_bytes(better) <= 3 * ARRAY
    found, total = better(x)
    assert any(isinstance(one, np.memmap) for one in found)
    same([np.asarray(one) for one in found], graph(x)[0])
    same(total, graph(x)[1])


def test_what_one_call_reads_need_not_fit(tmp_path: Path) -> None:
    def fn(x: Any) -> Any:
        parts = [do("sin", x * (i + 1.5)) @ x for i in range(6)]
        return do("sum", do("stack", tuple(parts)), axis=(1, 2))

    x = normal(64, 64)
    graph = lo.trace(fn, x)
    limit = 8 * ARRAY
    better = lo.optimize(graph, memory_limit=limit, spill_folder=tmp_path)
    assert peak_bytes(better) <= limit
    assert "mapped" in names(better)
    assert better.measure(x).measured_peak <= limit
    same(better(x), fn(x))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "limit", ["1 MiB", " 1mib", 1 << 20, float(1 << 20), np.int64(1 << 20)]
)
def test_limits_may_be_written_in_many_ways(limit: Any) -> None:
    graph = lo.trace(spread, normal(64, 64))
    better = lo.optimize(graph, memory_limit=limit)
    assert peak_bytes(better) <= 1 << 20


def test_a_limit_on_what_nobody_knows_is_refused() -> None:
    def fn(x: Any) -> Any:
        return lo.call(lambda v: v[v > 0], x) * 2

    graph = lo.trace(fn, normal(64, 64))
    with pytest.raises(lo.PassError, match="isn't known"):
        lo.optimize(graph, memory_limit="1 GiB")


@pytest.mark.parametrize(
    "limit", ["much", "2 PB", -3, float("inf"), float("nan"), [1], None]
)
def test_limits_are_numbers_of_bytes(limit: Any) -> None:
    graph = lo.trace(spread, normal(8, 8))
    if limit is None:
        assert lo.optimize(graph, memory_limit=None)
        return
    with pytest.raises(lo.PassError, match="memory_limit="):
        lo.optimize(graph, memory_limit=limit)


def test_decorated_functions_keep_to_it() -> None:
    fn, args = chain(12, 64)
    limited = lo.optimized(fn, memory_limit=6 * ARRAY)
    same(limited(*args), fn(*args))


def test_other_libraries_compute_again() -> None:
    torch = pytest.importorskip("torch")
    fn, args = chain(12, 64)
    graph = lo.trace(fn, *args).on("torch")
    better = lo.optimize(graph, memory_limit=8 * ARRAY)
    assert peak_bytes(better) <= 8 * ARRAY
    x, weights = args
    tensors = torch.tensor(x), [torch.tensor(w) for w in weights]
    for a, b in zip(better(*tensors), graph(*tensors), strict=True):
        assert torch.equal(a, b)


def test_with_fast_math_parts_are_not_in_the_way_of_larger_ones() -> None:
    """Of distances by a product, exact parts take but the squares."""

    def program(x: Any, y: Any) -> Any:
        squares = do("sum", x * x, axis=1)[:, None] + do("sum", y * y, axis=1)
        return do("min", squares - 2 * (x @ y.T), axis=1)

    x, y = normal(400, 3), normal(400, 3, seed=1)
    graph = lo.trace(program, x, y)
    limit = 400 * 400 * 8 // 10
    better = lo.optimize(graph, memory_limit=limit, fast_math=True)
    assert better.measure(x, y).measured_peak <= limit + 16_000
    assert np.allclose(better(x, y), program(x, y))


def test_what_is_out_of_reach_is_not_tried_over_and_over() -> None:
    """Limits below what one call needs lead to one search, not to many."""

    def fn(x: Any) -> Any:
        made = [do("linalg.inv", x + i) for i in range(4)]
        return [do("sum", e @ e) for e in made[::-1]]

    graph = lo.trace(fn, normal(30, 30))
    least, _ = smallest_call(lo.optimize(graph))
    for limit in (100, least * 9 // 10, least * 99 // 100):
        tried: list[str] = []
        with pytest.raises(lo.PassError, match="smallest limit"):
            lo.optimize(
                graph,
                memory_limit=limit,
                on_pass=lambda record, tried=tried: tried.append(record.name),
            )
        assert tried.count("rematerialise") == 1, limit
