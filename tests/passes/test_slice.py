"""slice: under the limit, in the same bits, and nothing where it can't."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes import Slice
from lazyopt.testing import check_pass

from ..helpers import normal, same


def nbody(x: Any) -> Any:
    """Forces between all pairs."""
    difference = x[:, None, :] - x[None, :, :]
    r2 = do("sum", difference**2, axis=-1) + 1e-3
    return do("sum", difference / r2[..., None] ** 1.5, axis=1)


def heat(q: Any, k: Any, v: Any) -> Any:
    """Attention, for a batch of heads."""
    scores = q @ do("transpose", k, (0, 2, 1))
    weights = do("exp", scores - do("max", scores, axis=-1, keepdims=True))
    return (weights / do("sum", weights, axis=-1, keepdims=True)) @ v


def regions(graph: lo.Graph) -> list[lo.Graph]:
    """Bodies of a graph's regions."""
    return [n.op.region.body for n in graph if n.op.region is not None]


def sliced(
    program: Callable[..., Any], *args: Any, limit: Any = 0, **options: Any
) -> lo.Graph:
    """A program in parts, its results compared."""
    graph = lo.trace(program, *args)
    exact = options.get("exact", True)
    found = lo.optimize(graph, [Slice(limit, **options)], fast_math=not exact)
    if exact:
        for run in (found, found.compile()):
            same(run(*args), program(*args))
    return found


@pytest.mark.parametrize("share", [2, 5, 20])
def test_an_intermediate_of_many_times_the_limit(share: int) -> None:
    x = normal(200, 3)
    large = 200 * 200 * 3 * 8
    graph = sliced(nbody, x, limit=large // share)
    assert len(regions(graph)) == 1
    assert graph.memory.peak_bytes <= large // share
    measured = graph.measure(x)
    assert measured.parts_at is None
    assert measured.measured_peak <= large // share + 20_000


@pytest.mark.parametrize(
    "mask",
    [
        lambda x, n: do("eye", n, like=x),
        lambda x, n: do("eye", n, n, -2, dtype="int8", like=x),
        lambda x, n: do("identity", n, dtype="bool", like=x),
        lambda x, n: do("tri", n, n, 3, dtype="int32", like=x),
        lambda x, n: do("triu", x[:, None] * x[None, :], 1) ** 2,
    ],
)
def test_masks_are_made_in_parts(mask: Callable[[Any, int], Any]) -> None:
    def program(x: Any) -> Any:
        apart = x[:, None] - x[None, :]
        far = do("sqrt", apart * apart + mask(x, len(x)))
        return do("sum", far, axis=1)

    x = normal(400)
    limit = 400 * 400 * 16 // 20
    graph = sliced(program, x, limit=limit)
    assert graph.memory.peak_bytes <= limit
    assert not {"eye", "identity", "tri"} & set(graph.counts)
    assert graph.measure(x).measured_peak <= limit + 20_000


def test_masks_that_stay_whole_are_not_written_out() -> None:
    def program(x: Any) -> Any:
        return do("linalg.inv", x @ x + do("eye", len(x), like=x))

    x = normal(60, 60)
    assert "eye" in sliced(program, x).counts


def test_parts_are_as_long_as_the_limit_lets_them() -> None:
    x = normal(200, 3)
    limits = [1 << 17, 1 << 19, 1 << 21]
    workspaces = []
    for limit in limits:
        graph = sliced(nbody, x, limit=limit)
        assert limit // 2 < graph.memory.peak_bytes <= limit
        workspaces.append(max(graph.memory.workspace))
    assert workspaces == sorted(workspaces)


def test_heads_of_attention_are_a_batch() -> None:
    q, k, v = (normal(8, 40, 16, seed=i) for i in range(3))
    whole = lo.trace(heat, q, k, v).memory.peak_bytes
    graph = sliced(heat, q, k, v, limit=whole // 2)
    assert graph.memory.peak_bytes <= whole // 2


def test_what_fits_is_the_graph_given() -> None:
    graph = lo.trace(nbody, normal(20, 3))
    assert Slice("1 GiB")(graph) is graph
    assert Slice(graph.memory.peak_bytes)(graph) is graph


def test_what_can_not_be_sliced_is_the_graph_given() -> None:
    graph = lo.trace(lambda x: do("linalg.inv", x @ x), normal(30, 30))
    assert Slice()(graph) is graph


def test_it_says_what_it_did_and_what_stays() -> None:
    graph = sliced(nbody, normal(100, 3), limit="100 KiB")
    (remark,) = graph.history[-1].remarks
    assert "8 calls in " in remark
    assert "axis of 100" in remark
    assert "no extra FLOPs" in remark
    graph = lo.optimize(
        lo.trace(lambda x: do("linalg.inv", x @ x), normal(30, 30)),
        [Slice("1 KiB")],
    )
    assert any("stay whole" in s.reason for s in graph.history[-1].skips)


def test_what_else_reads_a_value_gets_it_whole() -> None:
    def program(x: Any) -> Any:
        y = do("exp", x)
        z = do("sum", do("tanh", y[:, None] - y[None]), axis=1)
        return z, do("linalg.inv", y), do("transpose", y)

    graph = sliced(program, normal(50, 50))
    assert len(regions(graph)) >= 1
    a, b = graph.outputs[1:]
    assert b.op.name == "transpose"
    assert a.op.name == "linalg.inv"


def test_outputs_that_share_memory_go_on_to() -> None:
    def program(x: Any) -> Any:
        y = do("exp", x[:, None] * x[None, :])
        z = do("sum", y, axis=1)
        return z, z[:10], do("reshape", z, (-1, 2))

    x = normal(100)
    found = sliced(program, x)
    assert len(regions(found)) == 1
    whole, part, other = found(x)
    assert np.shares_memory(whole, part)
    assert np.shares_memory(whole, other)


def test_calls_with_effects_keep_their_order() -> None:
    seen: list[float] = []

    def note(x: Any) -> Any:
        seen.append(float(x.sum()))
        return x

    def program(x: Any) -> Any:
        y = do("exp", x[:, None] - x[None])
        a = lo.call(note, do("sum", y, axis=1))
        b = do("sum", do("tanh", y * 2), axis=1)
        return lo.call(note, b * 2), a

    x = normal(60)
    lo.trace(program, x)(x)
    expected = seen[:]
    assert len(expected) == 2
    for limit in (0, 20_000):
        graph = lo.optimize(lo.trace(program, x), [Slice(limit)])
        seen.clear()
        graph(x)
        assert seen == expected


def test_random_draws_are_drawn_once() -> None:
    def program(x: Any) -> Any:
        draw = do("random.normal", size=(40, 40), like=x)
        return do("sum", do("exp", draw + x), axis=1)

    x = normal(40, 40)
    graph = lo.optimize(lo.trace(program, x), [Slice()])
    assert not any(n.op.effect == "random" for b in regions(graph) for n in b)
    np.random.seed(3)
    found = graph(x)
    np.random.seed(3)
    same(found, program(x))


def test_several_results_are_sliced_together() -> None:
    def program(x: Any) -> Any:
        values, vectors = do("linalg.eigh", x + do("transpose", x, (0, 2, 1)))
        return do("sum", do("exp", values), axis=1), vectors[:, 0] * 2

    graph = sliced(program, normal(40, 6, 6))
    assert any(n.op.name == "linalg.eigh" for b in regions(graph) for n in b)


def test_other_strides_run_the_whole_calls() -> None:
    x = normal(60, 6)
    graph = lo.optimize(lo.trace(nbody, x[:, :3].copy()), [Slice()])
    for other in (x[:, ::2], np.asfortranarray(x[:, :3]), x[::-1, 3:]):
        same(graph(other), nbody(other))


def test_last_bits_need_fast_math() -> None:
    def program(a: Any, b: Any) -> Any:
        return do("sum", do("tanh", a @ b), axis=1)

    a, b = normal(300, 20), normal(20, 200)
    graph = lo.trace(program, a, b)
    limit = graph.memory.peak_bytes // 4
    assert lo.optimize(graph, [Slice(limit)]).memory.peak_bytes > limit
    with pytest.raises(lo.PassError, match="fast_math"):
        lo.optimize(graph, [Slice(limit, exact=False)])
    found = sliced(program, a, b, limit=limit, exact=False)
    assert found.memory.peak_bytes <= limit
    np.testing.assert_allclose(found(a, b), program(a, b), rtol=1e-12)


def test_full_sums_need_fast_math() -> None:
    def program(x: Any) -> Any:
        return do("sum", do("exp", x * 2) - x)

    x = normal(400, 50)
    limit = x.nbytes // 8
    found = sliced(program, x, limit=limit, exact=False)
    assert found.memory.peak_bytes <= limit
    assert found.measure(x).measured_peak <= limit + 20_000
    np.testing.assert_allclose(found(x), program(x), rtol=1e-12)


def test_donors_are_given_up_for_a_lower_peak_alone() -> None:
    x = normal(100, 100)

    def program(x: Any) -> Any:
        y = do("exp", x)
        return do("tanh", y * 2) + y

    graph = lo.optimize(lo.trace(program, x), ["reuse"])
    assert graph.donors
    found = Slice()(graph)
    assert found is graph or (
        found.memory.peak_bytes < graph.memory.peak_bytes
    )
    same(found(x), program(x))


def test_other_libraries_are_left_alone() -> None:
    graph = lo.trace(nbody, lo.ArraySpec((50, 3)))
    other = lo.optimize(graph, [Slice()]).on("torch")
    assert not regions(other)
    assert Slice()(other) is other


def test_nothing_of_a_part_outlives_it() -> None:
    x = normal(200, 3)
    graph = sliced(nbody, x, limit=1 << 17)
    graph(x)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        kept = graph(x)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before <= kept.nbytes + 20_000


def test_check_pass_finds_nothing() -> None:
    check_pass(Slice(), 200)
