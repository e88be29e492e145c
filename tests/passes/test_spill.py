"""spill: under the limit, in the same bits, and no file is left."""

import gc
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt import spilling
from lazyopt.ordering import peak_bytes
from lazyopt.passes import Spill
from lazyopt.testing import check_pass

from ..helpers import names, normal, same


def chain(x: Any, layers: int = 10) -> Any:
    """Forward and backward through layers, whose values wait."""
    values = [x]
    for _ in range(layers):
        values.append(do("tanh", values[-1] * 1.01))
    found = values[-1]
    for value in reversed(values[1:]):
        found = found * (1 - value * value)
    return found


def spilled(
    program: Callable[..., Any], *args: Any, limit: Any = 0, **options: Any
) -> lo.Graph:
    """A program with values in files, its results compared."""
    graph = lo.optimize(lo.trace(program, *args), [Spill(limit, **options)])
    for run in (graph, graph.compile()):
        same(run(*args), program(*args))
    return graph


def in_files() -> int:
    """Bytes in files of values that are still referred to."""
    return sum(e._end for e in spilling._FILES.values())


X = normal(50, 200)
ONE = X.nbytes


@pytest.mark.parametrize("limit", [12, 8, 5, 4, 3])
def test_it_gets_under_the_limit(limit: int, tmp_path: Path) -> None:
    graph = spilled(chain, X, limit=limit * ONE, folder=tmp_path)
    assert graph.memory.peak_bytes <= limit * ONE
    measured = graph.measure(X)
    assert measured.parts_at is None
    assert measured.measured_peak <= limit * ONE + 20_000
    assert graph.flops == lo.trace(chain, X).flops
    assert not os.listdir(tmp_path)
    assert in_files() == 0


def test_what_fits_is_the_graph_given() -> None:
    graph = lo.trace(chain, X)
    assert Spill("1 GiB")(graph) is graph
    assert Spill(graph.memory.peak_bytes)(graph) is graph


def test_a_looser_limit_moves_no_more() -> None:
    graph = lo.trace(chain, X)
    counts = []
    for limit in range(3, 13):
        found = Spill(limit * ONE)(graph)
        counts.append(names(found).count("spill"))
        assert found.memory.peak_bytes <= limit * ONE
    assert counts == sorted(counts, reverse=True)


def test_it_says_what_it_moved_and_what_is_in_the_way() -> None:
    graph = spilled(chain, X, limit=4 * ONE)
    (remark,) = graph.history[-1].remarks
    assert "values in files" in remark
    assert "written and read" in remark
    graph = spilled(chain, X, limit=ONE)
    (skip,) = graph.history[-1].skips
    assert "at once" in skip.reason
    assert graph.memory.peak_bytes == 3 * ONE


def test_it_says_when_outputs_are_in_the_way() -> None:
    graph = lo.trace(lambda x: [do("exp", x + i) for i in range(4)], X)
    found = lo.optimize(graph, [Spill(ONE)])
    (skip,) = found.history[-1].skips
    assert "outputs=True" in skip.reason


def test_calls_that_need_all_at_once_are_left_alone() -> None:
    graph = lo.trace(lambda x: do("exp", x) + x, X)
    assert Spill()(graph) is graph


def test_views_are_made_again_of_what_comes_back() -> None:
    def program(x: Any) -> Any:
        y = do("exp", x)
        part, turned = y[3:9], do("transpose", y)
        z = chain(x, 4)
        return do("sum", z), do("sum", turned, axis=0), part * 2, turned * 3

    graph = spilled(program, X, limit=5 * ONE)
    assert "unspill" in names(graph)


def test_outputs_wait_in_files_and_share_memory_as_before() -> None:
    def program(x: Any) -> Any:
        y = do("exp", x)
        return y, chain(x, 6), do("transpose", y), y[2]

    graph = spilled(program, X, limit=4 * ONE)
    whole, _, turned, row = graph(X)
    assert type(whole) is np.ndarray
    assert np.shares_memory(whole, turned)
    assert np.shares_memory(whole, row)


def test_several_results_are_written_each_by_itself() -> None:
    def program(x: Any) -> Any:
        u, s, v = do("linalg.svd", x)
        return do("sum", chain(x, 6)), u @ (s[:, None] * v), do("sum", u)

    spilled(program, normal(60, 60), limit=5 * 8 * 3600)


def test_what_unknown_functions_see_stays() -> None:
    seen: list[bytes] = []

    def write(x: Any) -> Any:
        seen.append(x.tobytes())
        x += 1
        return x

    def program(x: Any) -> Any:
        y = do("exp", x)
        z = lo.call(write, y)
        return chain(x, 6) + y, z

    traced = lo.trace(program, X)
    expected = traced(X)
    graph = Spill(6 * ONE)(traced)
    assert "spill" in names(graph)
    same(graph(X), expected)
    assert seen[0] == seen[1]


def test_donated_inputs_go_when_they_are_done() -> None:
    graph = lo.trace(chain, X).donate()
    found = Spill(5 * ONE)(graph)
    assert found.memory.peak_bytes <= 5 * ONE
    assert found.measure(X).parts_at is None


def test_other_strides_come_back_as_they_were() -> None:
    graph = lo.optimize(lo.trace(chain, X), [Spill(4 * ONE)])
    for other in (np.asfortranarray(X), normal(100, 400)[::2, ::2], X[::-1]):
        same(graph(other), chain(other))
        assert graph(other).strides == chain(other).strides


def test_other_passes_leave_it_as_it_is() -> None:
    graph = spilled(chain, X, limit=4 * ONE)
    for name in ("share", "fold", "prune", "simplify", "lower"):
        found = lo.optimize(graph, [name])
        assert found.memory.peak_bytes <= 4 * ONE
        same(found(X), chain(X))


def test_files_and_pickles_hold_it(tmp_path: Path) -> None:
    graph = lo.optimize(lo.trace(chain, X), [Spill(4 * ONE, tmp_path)])
    path = tmp_path / "graph.lazyopt"
    graph.save(path)
    code = (
        "import sys, numpy as np, lazyopt as lo; "
        "g = lo.load(sys.argv[1]); x = np.load(sys.argv[2]); "
        "np.save(sys.argv[3], g(x))"
    )
    np.save(tmp_path / "x.npy", X)
    paths = [str(tmp_path / n) for n in ("graph.lazyopt", "x.npy", "y.npy")]
    subprocess.run([sys.executable, "-c", code, *paths], check=True)
    same(np.load(tmp_path / "y.npy"), chain(X))


# ------------------------------------------------------- read in their files


def joined(x: Any, count: int = 6) -> Any:
    """Parts that one call reads all at once."""
    parts = [do("sin", x * (i + 1.5)) for i in range(count)]
    total = do("sum", do("stack", tuple(parts)), axis=(1, 2))
    return total, chain(x, 3)


def test_calls_read_in_files_what_does_not_fit(tmp_path: Path) -> None:
    whole = spilled(joined, X, limit=8 * ONE, folder=tmp_path)
    assert peak_bytes(whole) == 12 * ONE
    graph = spilled(joined, X, limit=8 * ONE, folder=tmp_path, maps=True)
    assert peak_bytes(graph) <= 8 * ONE
    assert names(graph).count("mapped") == 4
    measured = graph.measure(X)
    assert measured.parts_at is None, str(measured)
    assert graph.flops == whole.flops
    assert in_files() == 0
    assert not os.listdir(tmp_path)


def test_one_operand_and_the_result_need_no_memory_for_the_other() -> None:
    def program(x: Any) -> Any:
        y = do("exp", x)
        z = y @ do("transpose", y)
        return do("sum", chain(z, 6) - z, axis=0), do("sum", y * z)

    x = normal(60, 60)
    one = x.nbytes
    graph = spilled(program, x, limit=2 * one + 4096, maps=True)
    assert peak_bytes(graph) <= 2 * one + 4096
    assert "mapped" in names(graph)
    measured = graph.measure(x)
    assert measured.parts_at is None, str(measured)


def test_calls_do_not_copy_what_they_read_in_files() -> None:
    def program(x: Any) -> Any:
        y = do("repeat", do("exp", x), 2, axis=0)
        return do("repeat", y, 2, axis=1), do("sum", chain(x, 3))

    graph = spilled(program, X, limit=4 * ONE, maps=True)
    last = next(n for n in graph if n.spec.shape == (100, 400))
    assert last.operands[0].op.name == "mapped"
    measured = graph.measure(X)
    assert measured.parts_at is None, str(measured)


def test_operands_in_one_file_stay_in_one_place() -> None:
    def program(x: Any) -> Any:
        y = do("exp", x)
        z = chain(x, 4)
        turned = do("transpose", y)
        return do("sum", turned @ y), do("sum", y @ turned), z

    graph = spilled(program, normal(60, 60), maps=True)
    products = [n for n in graph if n.op.name == "matmul"]
    assert len(products) == 2
    for node in products:
        made = {
            o.operands[0] if o.op.name == "transpose" else o
            for o in node.operands
        }
        assert [n.op.name for n in made] == ["mapped"]


def test_no_more_is_mapped_than_helps() -> None:
    least = peak_bytes(spilled(joined, X, maps=True))
    counts = []
    for limit in (least, least + ONE, least + 2 * ONE, 12 * ONE):
        found = Spill(limit, maps=True)(lo.trace(joined, X))
        assert peak_bytes(found) <= limit
        counts.append(names(found).count("mapped"))
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 0
    lowest = Spill(0, maps=True)(lo.trace(joined, X))
    assert names(lowest).count("mapped") == counts[0]


def test_nothing_is_mapped_where_reading_back_does() -> None:
    for limit in (12, 8, 5, 4, 3):
        given = lo.trace(chain, X)
        plain, mapped = (
            Spill(limit * ONE, maps=maps)(given) for maps in (False, True)
        )
        assert names(plain) == names(mapped)


def test_results_are_no_views_of_maps() -> None:
    def program(x: Any) -> Any:
        y = do("exp", x)
        z = chain(x, 4)
        part = y[3:9]
        flat = do("reshape", do("transpose", y), (-1,))
        return part, y[::2] * 2, flat + z[0, 0], do("real", y)

    graph = spilled(program, X, maps=True)
    for found in graph(X):
        assert found.flags.writeable
        assert in_files() == 0


def test_what_others_read_is_in_memory() -> None:
    seen: list[bool] = []

    def look(*arrays: Any) -> Any:
        seen.extend(a.flags.owndata for a in arrays)
        return sum(a.sum() for a in arrays)

    def program(x: Any) -> Any:
        parts = [do("exp", x + i) for i in range(5)]
        total = do("sum", do("stack", tuple(parts)))
        return lo.call(look, *parts[:2]), total, chain(x, 4)

    graph = lo.trace(program, X)
    found = Spill(0, maps=True)(graph)
    assert "mapped" in names(found)
    seen.clear()
    same(found(X), graph(X))
    assert set(seen) == {True}


def test_nothing_is_written_into_a_map() -> None:
    def program(x: Any) -> Any:
        parts = [do("exp", x + i) for i in range(4)]
        z = do("sum", do("stack", tuple(parts)), axis=0)
        return [do("sum", do("negative", p) * z) for p in parts]

    graph = lo.optimize(
        lo.trace(program, X), [Spill(0, maps=True), "reuse", "fuse", "reuse"]
    )
    assert "mapped" in names(graph)
    same(graph(X), program(X))


@pytest.mark.parametrize("dtype", ["bool", "complex64", "int16", "F"])
def test_maps_of_other_dtypes_and_orders(dtype: str) -> None:
    def program(x: Any) -> Any:
        if dtype == "bool":
            parts = [x > i / 4 for i in range(4)]
        elif dtype == "F":
            parts = [do("transpose", x) * i for i in range(4)]
        else:
            parts = [do("astype", x * (i + 1), dtype) for i in range(4)]
        whole = do("concatenate", tuple(parts), axis=1)
        return do("sum", whole, axis=0), do("sum", parts[0]), parts[2]

    graph = spilled(program, X, maps=True)
    assert "mapped" in names(graph)
    for other in (np.asfortranarray(X), X[::-1], X[:, ::-1], -X):
        same(graph(other), program(other))


def test_graphs_with_maps_go_through_files_and_later_passes(
    tmp_path: Path,
) -> None:
    graph = lo.optimize(lo.trace(joined, X), [Spill(8 * ONE, maps=True)])
    path = tmp_path / "graph.lazyopt"
    graph.save(path)
    for other in (
        lo.load(path),
        pickle.loads(pickle.dumps(graph)),
        *[
            lo.optimize(graph, [name])
            for name in ("share", "prune", "reorder")
        ],
    ):
        assert peak_bytes(other) <= 8 * ONE
        same(other(X), joined(X))


# ------------------------------------------------------------ no file left


def test_threads_run_it_at_once(tmp_path: Path) -> None:
    graph = lo.optimize(lo.trace(chain, X), [Spill(4 * ONE, tmp_path)])
    expected = {seed: chain(normal(50, 200, seed=seed)) for seed in range(5)}
    wrong: list[int] = []

    def work(seed: int) -> None:
        for _ in range(5):
            found = graph(normal(50, 200, seed=seed))
            if found.tobytes() != expected[seed].tobytes():
                wrong.append(seed)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(5)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
    assert in_files() == 0


@pytest.mark.usefixtures("own_registry")
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("outputs", [False, True])
def test_errors_and_interrupts_free_the_files(
    error: type[BaseException],
    compiled: bool,
    outputs: bool,
    tmp_path: Path,
) -> None:
    room: list[int] = []

    def fail(x: Any) -> Any:
        room.append(in_files() + len(os.listdir(tmp_path)))
        raise error("stop")

    lo.register_op(fail, effects="pure", infer=lambda x: x, name="fail")

    def program(x: Any) -> Any:
        first = do("exp", x)
        found = chain(x, 6)
        return first, lo.call(fail, do("sum", found, axis=0)), found

    item = Spill(4 * ONE, tmp_path, outputs=outputs)
    graph = lo.optimize(lo.trace(program, X), [item])
    run = graph.compile() if compiled else graph
    with pytest.raises(error) as caught:
        run(X)
    assert room[0] > 0
    assert in_files() == 0
    assert not os.listdir(tmp_path)
    assert caught.value.__traceback__ is not None


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("outputs", [False, True])
def test_an_error_of_a_call_that_reads_maps_frees_them(
    compiled: bool, outputs: bool, tmp_path: Path
) -> None:
    def program(x: Any) -> Any:
        y = do("exp", x)
        z = do("exp", chain(x, 4))
        found = do("linalg.solve", y, z)  # of y, all of whose rows are one
        kept = y, z, found
        if not outputs:
            kept = tuple([do("sum", value) for value in kept])
        return kept, do("sum", chain(found, 4))

    x = np.ones((40, 40))
    item = Spill(0, tmp_path, outputs=outputs, maps=True)
    with np.errstate(all="ignore"):
        graph = lo.optimize(lo.trace(program, x), [item])
    (solve,) = [n for n in graph if n.op.name == "linalg.solve"]
    assert {n.op.name for n in solve.operands} == {"mapped"}
    run = graph.compile() if compiled else graph
    with pytest.raises(np.linalg.LinAlgError) as caught:
        run(x)
    assert not os.listdir(tmp_path)
    del caught  # of whose frames some are NumPy's, and have the maps
    gc.collect()
    assert in_files() == 0


@pytest.mark.parametrize("outputs", [False, True])
def test_an_interrupt_where_maps_are_read_frees_them(
    outputs: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    make = spilling.over

    def interrupted(*args: Any) -> Any:
        made.append(in_files() + len(os.listdir(tmp_path)))
        if len(made) == 3:
            raise KeyboardInterrupt
        return make(*args)

    def program(x: Any) -> Any:
        parts = [do("exp", x + i) for i in range(4)]
        return parts, do("sum", do("stack", tuple(parts)))

    item = Spill(0, tmp_path, outputs=outputs, maps=True)
    graph = lo.optimize(lo.trace(program, X), [item])
    monkeypatch.setattr(spilling, "over", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        graph(X)
    assert made[-1] > 0
    assert in_files() == 0
    assert not os.listdir(tmp_path)
    assert caught.value.__traceback__ is not None


def test_a_killed_process_leaves_nothing(tmp_path: Path) -> None:
    code = """
import os, signal, sys, numpy as np
from lazyopt.spilling import Spilled
held = Spilled(np.ones(100_000), sys.argv[1])
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)])
    assert done.returncode == -9
    assert not os.listdir(tmp_path)


def test_values_at_exit_leave_nothing(tmp_path: Path) -> None:
    code = """
import sys, numpy as np
from lazyopt.spilling import Filed, Spilled
held = Spilled(np.ones(1000), sys.argv[1]), Filed(np.ones(9), sys.argv[1])
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert not os.listdir(tmp_path)


# ------------------------------------------------------- memory for real

LARGE = """
import os, resource, sys
import numpy as np
import lazyopt as lo
from autoray import do
from lazyopt.passes import Spill

MIB = 1 << 20


def program(x):
    values = [x]
    for _ in range(18):
        values.append(do("tanh", values[-1] * 1.01))
    total = values[-1]
    for value in reversed(values[1:]):
        total = total * value
    return do("sum", total)


x = np.ones((1024, 1024))  # 8 MiB
graph = lo.trace(program, x)
if sys.argv[1] == "spill":
    graph = lo.optimize(graph, [Spill("64 MiB", sys.argv[2])])
graph.memory
with open("/proc/self/statm") as file:
    pages = int(file.read().split()[0])
allowed = pages * os.sysconf("SC_PAGE_SIZE") + 72 * MIB
resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
assert sys.argv[1] == "spill" or graph.memory.peak_bytes >= 144 * MIB
print(graph(x))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS")
def test_twice_the_memory_that_there_is(tmp_path: Path) -> None:
    runs = {
        how: subprocess.run(
            [sys.executable, "-c", LARGE, how, str(tmp_path)],
            capture_output=True,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        for how in ("whole", "spill")
    }
    assert runs["whole"].returncode == 1
    assert "MemoryError" in runs["whole"].stderr
    assert runs["spill"].returncode == 0, runs["spill"].stderr
    assert np.isfinite(float(runs["spill"].stdout))
    assert not os.listdir(tmp_path)


# ------------------------------------------------------- outputs as files


def many(x: Any) -> Any:
    first = do("exp", x)
    second = do("transpose", do("sin", first)) * 2
    return {"a": first, "b": [second, second[:3]], "c": do("sum", first)}


def test_outputs_are_maps_of_files_that_stay(tmp_path: Path) -> None:
    graph = lo.trace(many, X)
    found = lo.optimize(graph, [Spill(2 * ONE, tmp_path, outputs=True)])
    assert found.memory.peak_bytes <= 2 * ONE
    assert found.measure(X).parts_at is None
    expected = graph(X)
    before = len(os.listdir(tmp_path))
    result = found(X)
    assert isinstance(result["b"][0], np.memmap)
    assert np.shares_memory(result["b"][0], result["b"][1])
    same(np.asarray(result["a"]), expected["a"])
    same([np.asarray(v) for v in result["b"]], expected["b"])
    assert result["b"][0].strides == expected["b"][0].strides
    same(result["c"], expected["c"])
    result["a"][0, 0] = 7.0
    assert len(os.listdir(tmp_path)) > before
    del result
    assert all(n.startswith("output-") for n in os.listdir(tmp_path))


def test_outputs_need_a_folder() -> None:
    graph = lo.trace(many, X)
    with pytest.raises(lo.PassError, match="folder="):
        lo.optimize(graph, [Spill(ONE, outputs=True)])


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(lo.PassError, match="no such folder"):
        Spill(ONE, tmp_path / "none")(lo.trace(chain, X))


def test_other_libraries_are_left_alone() -> None:
    graph = lo.trace(chain, X).on("torch")
    assert Spill(ONE)(graph) is graph


def test_check_pass_finds_nothing() -> None:
    check_pass(Spill(), 200)
