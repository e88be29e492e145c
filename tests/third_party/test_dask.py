"""Programs on dask: what is sent, in which order, and what comes back."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.commands.programs import gram_schmidt

from ..helpers import normal, same

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")
distributed = pytest.importorskip("distributed")

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Creating scratch:UserWarning"),
]


def branches(x: Any) -> Any:
    """Eight chains of matrix products, and their sum."""
    total = 0.0
    for i in range(8):
        y = x + i
        for _ in range(4):
            y = do("tanh", (y @ x) / 100)
        total = total + y
    return total


def several(x: Any, y: Any) -> Any:
    """Outputs of all sorts: inputs, constants, repeated, nested."""
    q, r = do("linalg.qr", x)
    return {"q": q, "twice": (r, r), "input": y, "row": r[0], "sum": y.sum()}


def tasks(made: Any) -> dict[Any, Any]:
    """The tasks behind a delayed result, data aside."""
    found = dict(made.dask)
    return {k: v for k, v in found.items() if isinstance(k, tuple)}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A client of a cluster of three processes."""
    with (
        distributed.LocalCluster(
            n_workers=3, threads_per_worker=1, dashboard_address=None
        ) as made,
        distributed.Client(made) as client,
    ):
        yield client


# ------------------------------------------------------------- in a process


@pytest.mark.parametrize("scheduler", ["synchronous", "threads"])
def test_the_results_are_those_of_the_graph(scheduler: str) -> None:
    x, y = normal(40, 30), normal(5, seed=1)
    graph = lo.trace(several, x, y)
    same(graph.compute(x, y, scheduler=scheduler), graph(x, y))
    made = graph.to_dask(x, y)
    assert list(made) == list(graph(x, y))
    same(dask.compute(made, scheduler=scheduler)[0], graph(x, y))


def test_large_programs_are_several_tasks() -> None:
    x = normal(400, 400)
    graph = lo.trace(branches, x)
    made = graph.to_dask(x)
    assert 8 <= len(tasks(made)) <= len(graph) - 1
    same(made.compute(scheduler="synchronous"), graph(x))


def test_small_calls_are_grouped() -> None:
    x = normal(60, 60)
    graph = lo.trace(gram_schmidt, x)
    assert len(tasks(graph.to_dask(x))) < len(graph) / 1000


KEYS = """
import sys
sys.path.insert(0, {root!r})
from tests.third_party.test_dask import several
import lazyopt as lo, numpy as np
x, y = np.arange(12.0).reshape(4, 3), np.ones(5)
made = lo.trace(several, x, y, assume_pure=True).to_dask(x, y)
print(sorted(map(str, made["q"].dask)))
"""


def test_keys_are_the_same_in_every_process() -> None:
    root = str(Path(__file__).parents[2])
    found = {
        subprocess.run(
            [sys.executable, "-c", KEYS.format(root=root)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1 and "lazyopt" in found.pop()


def test_keys_tell_programs_and_values_apart() -> None:
    x, c = normal(4, 4), normal(4, 4, seed=1)
    programs: list[Callable[[Any], Any]] = [
        lambda x: x * 2,
        lambda x: x * 2.0,
        lambda x: x * np.float64(2),
        lambda x: x * -0.0,
        lambda x: x * 0.0,
        lambda x: do("sum", x, axis=-1),
        lambda x: do("sum", x, axis=-2),
        lambda x: x + c,
        lambda x: x + (c + 1),
        lambda x: x**2,
        lambda x: do("power", x, 2),
    ]
    keys = [lo.trace(f, x).to_dask(x).key for f in programs]
    keys.append(lo.trace(programs[0], x).to_dask(c).key)
    assert len(set(keys)) == len(keys)
    again = lo.trace(programs[0], x).to_dask(x.copy()).key
    assert again == keys[0]


def test_calls_with_effects_stay_here() -> None:
    x = normal(4)
    graph = lo.trace(lambda x: x + do("random.normal", size=4, like=x), x)
    with pytest.raises(lo.GraphError, match="draws random numbers"):
        graph.to_dask(x)
    unknown = lo.trace(lambda x: lo.call(lambda a: a + 1, x), x)
    with pytest.raises(lo.GraphError, match="assume_pure"):
        unknown.to_dask(x)


def test_wrong_arrays_are_refused_before_anything_runs() -> None:
    graph = lo.trace(lambda x: x + 1, normal(4))
    with pytest.raises(lo.InputError):
        graph.to_dask(normal(5))


# -------------------------------------------------------------- on a cluster


def test_a_program_runs_on_a_cluster(cluster: Any) -> None:
    x, y = normal(40, 30), normal(5, seed=1)
    graph = lo.optimize(lo.trace(several, x, y))
    found, expected = graph.compute(x, y, scheduler=cluster), graph(x, y)
    assert list(found) == list(expected)
    for key in ("q", "row", "sum", "input"):
        np.testing.assert_allclose(found[key], expected[key])


def test_gram_schmidt_runs_on_a_cluster(cluster: Any) -> None:
    x = normal(100, 100)
    graph = lo.trace(gram_schmidt, x)
    found = graph.compute(x, scheduler=cluster)
    np.testing.assert_allclose(found, graph(x))


def foreign(wait: Callable[[], Any]) -> Callable[[Any], Any]:
    """A function that only this process knows, so workers must be sent it."""

    def waited(x: Any) -> Any:
        return x * 1.0 + (wait() or 0.0)

    return waited


def meeting(folder: str, seconds: float) -> Callable[[], int]:
    """A function that waits until two workers have come to it.

    It returns the number of the process that it runs in.
    """

    def wait() -> int:
        import os
        import pathlib
        import time

        here = pathlib.Path(folder)
        (here / str(os.getpid())).touch()
        end = time.monotonic() + seconds
        while len(list(here.iterdir())) < 2 and time.monotonic() < end:
            time.sleep(0.01)
        return os.getpid()

    return wait


@pytest.mark.usefixtures("own_registry")
def test_the_work_is_shared(cluster: Any, tmp_path: Path) -> None:
    met = foreign(meeting(str(tmp_path), 60))
    op = lo.register_op(met, infer=lambda x: x, name="where_it_is")
    x = np.zeros(1)
    graph = lo.trace(lambda x: [lo.call(op, x) + 0 * i for i in range(6)], x)
    found = {int(p[0]) for p in graph.compute(x, scheduler=cluster)}
    assert found <= set(cluster.run(os.getpid).values())
    assert len(found) > 1


@pytest.mark.usefixtures("own_registry")
def test_what_is_large_is_sent_once_to_every_worker(
    cluster: Any, tmp_path: Path
) -> None:
    x, c = normal(400), normal(400, 400, seed=1)
    assert c.nbytes > 1 << 20
    folder = str(tmp_path)

    def wait() -> None:
        import pathlib
        import time

        pathlib.Path(folder, "begun").touch()
        while not pathlib.Path(folder, "looked").exists():
            time.sleep(0.01)

    op = lo.register_op(foreign(wait), infer=lambda x: x, name="waits")

    def program(x: Any) -> Any:
        return [lo.call(op, c @ (x + i)) for i in range(6)]

    graph = lo.trace(program, x)
    made = graph.to_dask(x)
    data = {k for k in made[0].dask if str(k).startswith("lazyopt-data")}
    assert len(data) == 2
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(graph.compute, x, scheduler=cluster)
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        held = [v for k, v in cluster.who_has().items() if k in data]
        (tmp_path / "looked").touch()
        for found, expected in zip(running.result(), graph(x), strict=True):
            np.testing.assert_allclose(found, expected)
    assert 3 in map(len, held)


@pytest.mark.usefixtures("own_registry")
def test_a_worker_that_dies_is_made_up_for(
    cluster: Any, tmp_path: Path
) -> None:
    met = meeting(str(tmp_path), 60)

    def wait() -> None:
        import time

        met()
        time.sleep(0.2)

    op = lo.register_op(foreign(wait), infer=lambda x: x, name="waits")
    c = normal(400, 400, seed=1)

    def program(x: Any) -> Any:
        parts = [lo.call(op, do("tanh", c @ (x + i))) for i in range(6)]
        return do("stack", parts).sum(axis=0)

    x = normal(400)
    graph = lo.trace(program, x)
    before = set(cluster.run(os.getpid).values())
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(graph.compute, x, scheduler=cluster)
        while len(marks := list(tmp_path.iterdir())) < 2:
            time.sleep(0.01)
            assert not running.done()
        victim = int(marks[0].name)
        assert victim in before
        os.kill(victim, signal.SIGKILL)
        found = running.result(timeout=120)
    np.testing.assert_allclose(found, expected_of(c, x))
    cluster.wait_for_workers(3, timeout=60)
    assert victim not in cluster.run(os.getpid).values()


def expected_of(c: Any, x: Any) -> Any:
    return sum(np.tanh(c @ (x + i)) for i in range(6))


def test_the_programs_own_error_comes_back(cluster: Any) -> None:
    graph = lo.trace(lambda x: do("linalg.inv", x), normal(3, 3))
    with pytest.raises(np.linalg.LinAlgError):
        graph.compute(np.zeros((3, 3)), scheduler=cluster)


# ------------------------------------------------------------- dask's arrays


def standardised(x: Any) -> Any:
    """Columns of mean 0 and variance 1."""
    centred = x - do("mean", x, axis=0)
    return centred / do("sqrt", do("mean", centred * centred, axis=0))


def test_dasks_own_arrays_go_chunk_by_chunk() -> None:
    x = normal(100, 6)
    graph = lo.optimize(lo.trace(standardised, x))
    made = graph.to_dask(da.from_array(x, chunks=(10, 6)))
    assert isinstance(made, da.Array)
    assert made.numblocks == (10, 1)
    np.testing.assert_allclose(made.compute(), graph(x))


def test_dasks_own_arrays_on_a_cluster(cluster: Any) -> None:
    x, y = normal(100, 6), normal(6)
    graph = lo.trace(lambda x, y: standardised(x) * y, x, y)
    given = da.from_array(x, chunks=(10, 6))
    found = graph.compute(given, y, scheduler=cluster)
    np.testing.assert_allclose(found, graph(x, y))


def test_what_dask_lacks_is_named() -> None:
    x = normal(6, 6)
    graph = lo.trace(lambda x: do("linalg.eigh", x)[0] + x, x)
    given = da.from_array(x, chunks=3)
    with pytest.raises(lo.GraphError, match=r"dask\.array has no linalg\.eig"):
        graph.to_dask(given)


def test_what_dask_can_not_do_in_chunks_is_said() -> None:
    x = normal(6, 6)
    graph = lo.trace(lambda x: do("linalg.qr", x)[0], x)
    given = da.from_array(x, chunks=3)
    with pytest.raises(Exception, match="qr") as caught:
        graph.to_dask(given)
    assert "linalg.qr" in "".join(caught.value.__notes__)
