"""fuse: what is fused, what isn't, and what never grows."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes import Fuse

from ..helpers import names, normal, same

#: As many as a group of two calls needs.
N = 3 << 16
BYTES = 8 * N


def fused(fn: Any, *args: Any, **options: Any) -> lo.Graph:
    """A program fused, which computes what it did."""
    graph = lo.trace(fn, *args)
    after = Fuse(**options)(graph)
    assert after.memory.peak_bytes <= graph.memory.peak_bytes
    same(after(*args), fn(*args))
    same(after.compile()(*args), fn(*args))
    return after


def calls(graph: lo.Graph) -> list[str]:
    return [n for n in names(graph) if n not in ("input", "constant", "item")]


def bodies(graph: lo.Graph) -> list[list[str]]:
    """Names of the calls in each group."""
    regions = [n.op.region for n in graph if n.op.region]
    return [
        [n.op.name for n in r.body if not n.is_input] for r in regions if r
    ]


def test_a_chain_becomes_one_call() -> None:
    x = normal(N)
    graph = fused(lambda x: do("exp", x * 2) - x, x)
    assert bodies(graph) == [["multiply", "exp", "subtract"]]
    assert calls(graph) == ["fused"]


def test_planning_takes_no_more_for_larger_arrays() -> None:
    large = lo.ArraySpec((1 << 20, 1 << 20), "float64")
    graph = lo.trace(lambda x: do("exp", x * 2) - x, large)
    Fuse()(graph)
    tracemalloc.start()
    try:
        assert calls(Fuse()(graph)) == ["fused"]
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_temporaries_are_gone() -> None:
    def fn(x: Any) -> Any:
        a, b, c = do("sin", x), do("cos", x), do("tanh", x)
        return a * b + b * c - c * a

    x = normal(1 << 20)
    graph = lo.optimize(lo.trace(fn, x), ["fuse"])
    assert graph.memory.peak_bytes < 1.2 * x.nbytes
    found = graph.measure(x)
    assert found.parts_at is None
    assert found.measured_peak < 1.2 * x.nbytes


def test_results_with_users_outside_are_whole() -> None:
    def fn(x: Any) -> Any:
        a = do("exp", x)
        b = do("sin", a) * 2
        return a, b, do("sum", b)

    graph = fused(fn, normal(N))
    assert bodies(graph) == [["exp", "sin", "multiply"]]
    assert calls(graph) == ["fused", "sum"]


def test_what_waits_for_a_reduction_is_another_group() -> None:
    def fn(x: Any) -> Any:
        a = do("exp", x * 2)
        return (x / do("sum", a)) * 3 - x

    graph = fused(fn, normal(N))
    assert calls(graph) == ["fused", "sum", "fused"]
    assert bodies(graph) == [
        ["multiply", "exp"],
        ["true_divide", "multiply", "subtract"],
    ]


def test_no_path_leaves_a_group_and_comes_back() -> None:
    def softmax(x: Any) -> Any:
        a = do("exp", x * 2)
        return a / do("sum", a)

    graph = fused(softmax, normal(N))
    assert calls(graph) == ["fused", "sum", "true_divide"]


def test_what_is_returned_too_is_not_put_off() -> None:
    def fn(x: Any) -> Any:
        a = x * 2
        b = do("exp", do("cos", a))
        return a, do("sin", b) / do("sum", b)

    graph = fused(fn, normal(N))
    assert bodies(graph)[0] == ["multiply", "cos", "exp"]


def test_what_one_user_waits_for_is_not_put_off() -> None:
    def fn(x: Any) -> Any:
        a = do("exp", x * 2)
        b = do("sin", a)
        return b / do("sum", a)

    graph = fused(fn, normal(N))
    assert bodies(graph) == [["multiply", "exp"], ["sin", "true_divide"]]


def test_what_can_wait_joins_those_that_use_it() -> None:
    def fn(x: Any, y: Any) -> Any:
        a = do("exp", x)
        return a * do("sum", y) - x

    graph = fused(fn, normal(N), normal(N))
    assert bodies(graph) == [["exp", "multiply", "subtract"]]


def test_shapes_and_layouts_are_kept_apart() -> None:
    def fn(x: Any, y: Any) -> Any:
        a = do("exp", x) * 2
        b = do("exp", y) * 2
        return a, b

    x = normal(512, 384)
    graph = fused(fn, x, np.asfortranarray(x))
    assert bodies(graph) == [["exp", "multiply"]] * 2
    graph = fused(fn, x, normal(N))
    assert bodies(graph) == [["exp", "multiply"]] * 2


def test_small_arrays_are_left_alone() -> None:
    x = normal(1000)
    graph = lo.trace(lambda x: do("exp", x * 2) - x, x)
    assert Fuse()(graph) is graph
    assert bodies(Fuse(least=0)(graph)) == [["multiply", "exp", "subtract"]]


def test_groups_of_few_calls_need_larger_arrays() -> None:
    def fn(x: Any, n: int) -> Any:
        for _ in range(n):
            x = do("exp", x) - 1
        return x

    x = normal(1 << 16)
    assert not bodies(Fuse()(lo.trace(fn, x, 1)))
    assert bodies(Fuse()(lo.trace(fn, x, 2)))


@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (1,), (1, 1), (2, 1)])
def test_odd_shapes(shape: tuple[int, ...]) -> None:
    x = np.ones(shape)
    fused(lambda x: do("exp", x * 2) - x, x, least=0)


def test_nothing_to_fuse_is_the_same_graph() -> None:
    def fn(x: Any) -> Any:
        return do("sum", do("exp", x)), do("cumsum", x) * 2

    graph = lo.trace(fn, normal(N))
    assert Fuse()(graph) is graph
    after = Fuse()(lo.trace(lambda x: do("exp", x * 2) - x, normal(N)))
    assert Fuse()(after) is after


def test_bits_that_blocks_may_change_are_left_alone() -> None:
    def sums(x: Any, row: Any) -> Any:
        a = x + row
        return a, do("exp", a) * 2 + a * a

    def differences(x: Any, row: Any) -> Any:
        a = x - row
        return a, do("exp", a) * 2 + a * a

    x, row = normal(300, 300), normal(300)
    same_group = ["exp", "multiply", "multiply", "add"]
    assert bodies(fused(sums, x, row)) == [same_group]
    assert bodies(fused(differences, x, row)) == [["subtract", *same_group]]


def test_what_reuse_does_for_less_is_left_to_it() -> None:
    def fn(x: Any, y: Any) -> Any:
        a = do("cumsum", x)
        return do("exp", a * 2) - y

    x, y = normal(N), normal(N, seed=1)
    graph = lo.trace(fn, x, y)
    assert Fuse()(graph) is graph
    after = lo.optimize(graph, ["fuse", "reuse"])
    assert after.memory.peak_bytes == BYTES


def test_calls_with_effects_keep_their_place(own_registry: None) -> None:
    log: list[float] = []

    def look(x: Any) -> float:
        log.append(float(x[0]))
        x[0] = 7.0
        return 1.0

    def fn(x: Any) -> Any:
        a = x * 2
        b = do("exp", a) + 1
        lo.call(look, a)
        c = do("exp", a) + a
        return b, c

    x = normal(N)
    graph = lo.trace(fn, x)
    after = Fuse()(graph)
    same(after(x), graph(x))
    assert log[0] == log[1] == 2 * x[0]


def overwrite(x: Any) -> float:
    x[0] = 7.0
    return 1.0


def test_what_is_read_before_a_write_is_not_put_off(
    own_registry: None,
) -> None:
    def fn(x: Any) -> Any:
        a = x * 2
        b = do("exp", a)
        lo.call(overwrite, a)
        return (b + a) * a

    x = normal(N)
    graph = lo.trace(fn, x)
    after = Fuse()(graph)
    same(after(x), graph(x))
    assert not any("exp" in body for body in bodies(after))


def test_a_write_waits_for_groups_that_end_after_it(
    own_registry: None,
) -> None:
    def fn(x: Any) -> Any:
        a = do("cumsum", x)
        b = do("exp", a)
        lo.call(overwrite, a)
        return do("sin", b) * x, a

    x = normal(N)
    graph = lo.trace(fn, x)
    after = Fuse()(graph)
    assert ["exp", "sin", "multiply"] in bodies(after)
    same(after(x), graph(x))


def test_effects_elsewhere_do_not_keep_calls_apart(
    own_registry: None,
) -> None:
    def fn(x: Any, y: Any) -> Any:
        lo.call(overwrite, y * 2)
        a = do("exp", x)
        return a * do("sum", x) - x

    graph = fused(fn, normal(N), normal(3))
    assert bodies(graph) == [["exp", "multiply", "subtract"]]


def test_calls_that_nobody_uses_do_not_matter() -> None:
    def fn(x: Any) -> Any:
        do("exp", x) * 2
        return do("sin", x) + 1

    assert ["sin", "add"] in bodies(fused(fn, normal(N)))


def test_the_peak_never_grows() -> None:
    def fn(x: Any) -> Any:
        # One by one, each of these is made, summed and freed.
        total = do("sum", x)
        for i in range(20):
            a = do("exp", x * i)
            total = total + do("sum", a) + do("sum", a * 2)
        return total

    graph = fused(fn, normal(N))
    assert graph.memory.peak_bytes <= 3 * BYTES


def test_groups_that_raise_the_peak_are_given_up() -> None:
    def fn(x: Any, y: Any) -> Any:
        # To put the sum of five off would keep all of them.
        a = do("cumsum", x)
        for i in range(4):
            a = a + do("cumsum", x * i)
        b = y
        for _ in range(4):
            b = do("cumsum", do("sin", b) * 2)
        return a * do("sum", b)

    fused(fn, normal(N), normal(N, seed=1))


def test_only_groups_above_the_limit_are_given_up() -> None:
    def fn(x: Any, y: Any, z: Any) -> Any:
        first = do("sum", do("exp", z * 2) + 1)
        a = do("cumsum", x)
        for i in range(4):
            a = a + do("cumsum", x * i)
        b = do("sum", do("cumsum", do("sin", y) * 2))
        return a * b, first, do("sum", do("cos", z * 3) - 1)

    graph = fused(fn, normal(N), normal(N, seed=1), normal(N, seed=2))
    assert bodies(graph) == [
        ["multiply", "exp", "add"],
        ["sin", "multiply"],
        ["multiply", "cos", "subtract"],
    ]


def test_a_deep_chain() -> None:
    def fn(x: Any) -> Any:
        for _ in range(2_000):
            x = do("sin", x) * 1.5
        return x

    x = normal(1 << 12)
    graph = fused(fn, x, least=0)
    assert [len(b) for b in bodies(graph)] == [4_000]


def test_options_reach_the_groups() -> None:
    x = normal(N)
    graph = fused(lambda x: do("exp", x * 2), x, block=640, threads=2)
    (op,) = [n.op for n in graph if n.op.region]
    assert op.region is not None
    assert op.region.options == {"block": 640, "threads": 2}


def test_other_libraries_are_left_alone() -> None:
    torch = pytest.importorskip("torch")
    x = normal(N)
    graph = lo.trace(lambda x: do("exp", x * 2) - x, x)
    there = graph.on("torch")
    assert Fuse()(there) is there
    moved = Fuse()(graph).on("torch")
    assert "fused" not in moved.counts
    same(moved(torch.asarray(x)).numpy(), there(torch.asarray(x)).numpy())


def test_it_goes_by_name_and_says_what_it_did() -> None:
    x = normal(N)
    graph = lo.optimize(lo.trace(lambda x: do("exp", x * 2), x), ["fuse"])
    record = graph.history[-1]
    assert record.rewrites == {"group": 1}
    assert "2 calls in 1 group, without 1.5 MiB" in str(record)
