"""`optimize` and `optimized`: the library in one call."""

import gc
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from autoray import do, lazy

import lazyopt as lo
from lazyopt import merging, optimizing

from .helpers import exact, modified_gram_schmidt, names, normal, same


def long_lived(x: Any) -> Any:
    """Merging the two exp keeps one alive across the peak."""
    a = do("exp", x)
    s = do("sum", a)
    c = x * s
    e = c + do("tanh", c)
    return e * do("exp", x)


#: Without writing into operands, which makes room for what is merged.
PLAIN = ("fold", "share", "prune", "reorder")


def test_merging_is_undone_where_it_raises_the_peak() -> None:
    graph = lo.trace(long_lived, normal(50_000))
    assert graph.memory.peak_bytes == 3 * 400_000
    better = lo.optimize(graph, PLAIN)
    assert better.memory.peak_bytes <= graph.memory.peak_bytes
    assert names(better).count("exp") == 2


def test_merging_may_take_as_much_as_the_limit() -> None:
    graph = lo.trace(long_lived, normal(50_000))
    most = graph.memory.peak_bytes + 400_000
    better = lo.optimize(graph, PLAIN, memory_limit=most)
    assert names(better).count("exp") == 1
    assert better.memory.peak_bytes <= most
    better = lo.optimize(graph, PLAIN, memory_limit=most - 8)
    assert names(better).count("exp") == 2


def test_merging_stays_where_reuse_makes_room_for_it() -> None:
    better = exact(long_lived, normal(50_000))
    assert better.memory.peak_bytes <= 3 * 400_000
    assert names(better).count("exp") == 1


def test_small_merges_stay_where_large_ones_are_undone() -> None:
    def fn(x: Any) -> Any:
        k = do("sin", x[:4]) + do("sin", x[:4])
        return long_lived(x), k

    better = exact(fn, normal(50_000), passes=PLAIN)
    assert names(better).count("sin") == 1
    assert names(better).count("exp") == 2


@pytest.mark.parametrize(
    "passes",
    [
        ["share", "prune"],
        [lo.passes.Share, "prune"],
        [lo.Pipeline(["share", "prune"])],
        [lo.Fixpoint(["share", "prune"])],
        [lo.Pipeline([lo.Fixpoint(["share"]), "prune"])],
    ],
)
def test_merging_is_limited_wherever_share_stands(passes: Any) -> None:
    def fn(x: Any) -> Any:
        do("cos", x)
        return long_lived(x), do("sin", x[:4]) + do("sin", x[:4])

    better = exact(fn, normal(50_000), passes=passes)
    assert names(better).count("sin") == 1
    assert names(better).count("exp") == 2
    assert names(better).count("cos") == 0


def extravagant(graph: lo.Graph) -> lo.Graph:
    """Compute three copies of the output first."""
    (out,) = graph.outputs
    copies = [lo.call("copy", out) for _ in range(3)]
    last = lo.call("maximum", copies[0], copies[1])
    last = lo.call("maximum", last, copies[2])
    more = [*copies, last.args[0], last]
    return graph.replace(nodes=[*graph.nodes, *more], outputs=[last])


def test_a_pass_that_raises_the_peak_is_undone_on_record() -> None:
    graph = lo.trace(lambda x: do("exp", x), normal(50_000))
    better = lo.optimize(graph, [extravagant])
    assert better.memory.peak_bytes <= graph.memory.peak_bytes
    assert better.nodes == graph.nodes
    assert better.history[0].name == "extravagant"
    assert "undo" in better.history[-1].name


def test_peaks_are_asked_for_only_where_one_may_have_grown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[lo.Graph] = []

    def peak_bytes(graph: lo.Graph) -> int:
        asked.append(graph)
        return graph.memory.peak_bytes

    monkeypatch.setattr(merging, "peak_bytes", peak_bytes)
    monkeypatch.setattr(merging, "TRIED_NODES", 0)
    graph = lo.trace(lambda x: do("conj", x * 3) * 2, normal(50))
    assert len(lo.optimize(graph)) < len(graph)
    assert not asked
    merged = lo.trace(lambda x: do("exp", x) + do("exp", x), normal(50))
    lo.optimize(merged)
    assert merged in asked
    lo.optimize(graph, ["simplify", extravagant])
    assert graph in asked


@pytest.mark.parametrize("seed", range(5))
def test_nodes_and_peak_never_grow(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def fn(x: Any, y: Any) -> Any:
        values = [x, y, do("exp", x)]
        for _ in range(40):
            a = values[rng.integers(len(values))]
            b = values[rng.integers(len(values))]
            which = rng.integers(4)
            made = (a + b, a * 2.0, do("sin", a), a[::-1])[which]
            values.append(made)
        return values[-1], values[-3], [values[-1]]

    graph = lo.trace(fn, normal(200), normal(200, seed=1))
    better = lo.optimize(graph)
    assert len(better) <= len(graph)
    assert better.memory.peak_bytes <= graph.memory.peak_bytes
    args = normal(200), normal(200, seed=1)
    with np.errstate(all="ignore"):
        same(better(*args), graph(*args))


def test_optimising_twice_changes_nothing_more() -> None:
    once = lo.optimize(lo.trace(modified_gram_schmidt, normal(6, 6)))
    twice = lo.optimize(once)
    assert twice.nodes == once.nodes


def test_results_that_shall_be_two_arrays_stay_two() -> None:
    better = exact(lambda x: (do("exp", x), do("exp", x)), normal(3))
    a, b = better(normal(3))
    assert a is not b
    assert not np.shares_memory(a, b)


def test_lazy_arrays_with_inputs_and_dtypes() -> None:
    lx, ly = (lazy.Variable((3,), backend="numpy") for _ in range(2))
    better = lo.optimize(
        [lx - ly], inputs={"y": ly, "x": lx}, dtypes="float32"
    )
    x, y = (normal(3, seed=i).astype("float32") for i in range(2))
    same(better({"x": x, "y": y}), [x - y])


def test_lazy_arrays_may_be_assumed_pure() -> None:
    calls: list[int] = []

    def noisy(x: Any) -> Any:
        calls.append(1)
        return x * 2

    lx = lazy.array(normal(2))
    a, b = (lx.to(noisy, (lx,), shape=(2,)) for _ in range(2))
    graph = lo.from_lazy([a + 1, b + 2], assume_pure=True)
    lo.optimize(graph)()
    assert len(calls) == 1


# ---------------------------------------------------------------- decorator


def counting(fn: Callable[..., Any]) -> tuple[Callable[..., Any], list[int]]:
    count: list[int] = []

    def counted(*args: Any, **kwargs: Any) -> Any:
        count.append(1)
        return fn(*args, **kwargs)

    return counted, count


def test_a_graph_a_signature() -> None:
    fn, traced = counting(lambda x, n=1: x * n + x[-1])
    f = lo.optimized(fn)
    calls: list[tuple[tuple[Any, ...], dict[str, Any], int]] = [
        ((normal(3),), {}, 1),
        ((normal(3, seed=1),), {}, 1),
        ((normal(4),), {}, 2),
        ((normal(3).astype("float32"),), {}, 3),
        ((normal(3), 2), {}, 4),
        ((normal(3), 2.0), {}, 5),
        ((normal(3), True), {}, 6),
        ((normal(3),), {"n": 2}, 7),
        ((normal(3), 2), {}, 7),
    ]
    for args, kwargs, count in calls:
        for _ in range(3):
            found = f(*args, **kwargs)
            assert len(traced) == count
            n = kwargs.get("n", args[1] if len(args) > 1 else 1)
            same(found, args[0] * n + args[0][-1])


def test_static_values_that_are_equal_but_not_the_same() -> None:
    f = lo.optimized(lambda x, a: x / a)
    with np.errstate(all="ignore"):
        for a in (0.0, -0.0, 1, 1.0, True, np.inf):
            same(f(normal(3), a), normal(3) / a)


def test_scalars_and_0d_arrays_have_graphs_of_their_own() -> None:
    f = lo.optimized(lambda x: x**3)
    for x in (np.float64(1.1), np.array(1.1), np.float32(1.1)):
        for _ in range(2):
            same(f(x), x**3)


def test_it_keeps_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimizing, "MAX_SIGNATURES", 2)
    fn, traced = counting(lambda x: x + 1)
    f = lo.optimized(fn)
    for n in (1, 2, 1, 3, 1):
        f(normal(n))
    assert len(traced) == 3
    f(normal(2))
    assert len(traced) == 4


def test_it_keeps_no_arrays() -> None:
    f = lo.optimized(lambda x: x + 1)
    gc.disable()
    try:
        for _ in range(3):
            x = normal(5)
            kept = weakref.ref(x)
            f(x)
            del x
            assert kept() is None
    finally:
        gc.enable()


def test_it_takes_options_as_optimize_does() -> None:
    seen: list[str] = []

    @lo.optimized(passes=["share"], on_pass=lambda r: seen.append(r.name))
    def f(x: Any) -> Any:
        """Add."""
        return x + 1

    same(f(normal(2)), normal(2) + 1)
    assert seen == ["share"]
    assert (f.__name__, f.__doc__) == ("f", "Add.")


def test_it_runs_in_threads_from_the_first_call() -> None:
    barrier = threading.Barrier(4, timeout=30)

    def fn(x: Any) -> Any:
        return do("exp", x) - x.sum()

    f = lo.optimized(fn)

    def work(i: int) -> Any:
        barrier.wait()
        return [f(normal(3, seed=i)) for _ in range(5)]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(work, range(4)))
    for i, results in enumerate(found):
        for result in results:
            same(result, fn(normal(3, seed=i)))


def test_errors_are_those_of_the_program() -> None:
    f = lo.optimized(lambda x: do("linalg.cholesky", x))
    for _ in range(3):
        with pytest.raises(np.linalg.LinAlgError):
            f(-np.eye(2))
    same(f(np.eye(2)), np.eye(2))


# ------------------------------------------------------------- hash seeds

SCRIPT = """
import hashlib
import numpy as np
from autoray import do, lazy
import lazyopt as lo

def fn(x, y):
    parts = {k: do(k, x) + do(k, y) for k in ("sin", "cos", "exp", "tanh")}
    total = parts["sin"] * parts["cos"] - parts["exp"]
    again = total
    q, r = do("linalg.qr", again @ parts["tanh"].T)
    for i in range(6):
        again = again * 2.0 + (again[::-1] - i) @ r
    return {"q": q, "again": again, "parts": parts, "s": do("sum", r, -1)}

rng = np.random.default_rng(0)
x, y = rng.normal(size=(2, 5, 5))
graph = lo.trace(fn, x, y)
better = lo.optimize(graph)
lx = lazy.Variable((5, 5), backend="numpy")
lazily = lo.optimize(fn(lx, lazy.array(y)), inputs=lx)
out = better(x, y)
digest = hashlib.sha256()
for value in (out["q"], out["again"], out["s"], lazily(x)["again"]):
    digest.update(value.tobytes())
print(str(graph), str(better), str(lazily), str(better.memory))
print([str(r).split(" in ")[0] for r in better.history], digest.hexdigest())
"""


def test_nothing_depends_on_the_hash_seed() -> None:
    root = Path(lo.__file__).resolve().parents[1]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": str(root),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in "012"
    ]
    done = [process.communicate(timeout=120) for process in running]
    assert all(out for out, _ in done), done
    assert len({out for out, _ in done}) == 1


def test_records_tell_the_peak_where_it_is_asked_for() -> None:
    graph = lo.trace(lambda x: (x + 1) * (x + 1), np.ones(1000))
    silent = lo.optimize(graph, ["share"]).history[0]
    telling = lo.optimize(graph, ["share"], peaks=True).history[0]
    assert silent.peak_bytes is None
    assert telling.peak_bytes == (24_000, 16_000)
    assert "peak 23.4 KiB -> 15.6 KiB" in str(telling)


def test_what_is_merged_is_made_again_where_there_is_no_room() -> None:
    """Dear calls are made once, since cheap ones make room for them."""

    def fn(x: Any) -> Any:
        dear = do("sum", x @ x @ x) * do("sum", x @ x @ x)
        y = x * do("sum", do("exp", x)) * dear
        return do("sum", do("sum", y @ y @ y) * do("exp", x))

    x = normal(100, 100)
    graph = lo.trace(fn, x)
    better = exact(fn, x, passes=PLAIN)
    assert better.memory.peak_bytes <= graph.memory.peak_bytes
    assert better.counts["exp"] == 2 and better.counts["matmul"] == 4
    assert "rematerialise" in [r.name for r in better.history]


@pytest.mark.parametrize("large", [False, True])
def test_large_values_are_merged_in_the_room_that_others_take(
    large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And small ones in all the room that there is."""
    if large:
        monkeypatch.setattr(merging, "IN_CACHE", 0)

    def fn(x: Any) -> Any:
        dear = do("sum", x @ x @ x) * do("sum", x @ x @ x)
        y = x * do("sum", do("exp", x)) * dear
        last = do("sum", do("sum", y @ y @ y) * do("exp", x))
        # Nothing but another order does without the first of these.
        kept = do("tanh", x)
        wide = do("sum", x @ x @ x @ x)
        return last + wide + do("sum", kept)

    x = normal(100, 100)
    graph = lo.trace(fn, x)
    better = exact(fn, x, passes=PLAIN)
    plain = lo.optimize(graph, ["reorder"])
    most = plain if large else graph
    assert better.memory.peak_bytes <= most.memory.peak_bytes
    assert better.counts["matmul"] == (7 if large else 5)
