"""Reuse writes results into operands that die, and into nothing else."""

from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes import Reuse

from ..helpers import exact, names, normal, same

PASSES = ["fold", "share", "prune", "reorder", "reuse"]


def reused(fn: Any, *args: Any) -> lo.Graph:
    """A program's graph with donors; it computes what eager does."""
    return exact(fn, *args, passes=["reuse"])


def chain(x: Any) -> Any:
    y = do("exp", x)
    y = y * 2.0
    y = 1.0 - y
    return do("tanh", y)


def test_a_chain_needs_one_array() -> None:
    graph = reused(chain, normal(100, 50))
    assert len(graph.donors) == 3
    assert graph.memory.peak_bytes == 100 * 50 * 8
    assert graph.memory.peak_bytes == graph.memory.lower_bound_bytes
    assert "proven optimal" in str(graph.memory)
    measured = graph.measure(normal(100, 50))
    assert abs(measured.measured_peak - 40_000) < 2_000


def test_neither_inputs_nor_constants_are_written_to() -> None:
    c = normal(20, 20, seed=1)
    x = normal(20, 20)
    kept = c.copy(), x.copy()
    graph = reused(lambda x: do("exp", x) + do("exp", c) + x + c, x)
    for node, donor in graph.donors.items():
        assert not donor.is_input and not donor.is_constant
        assert donor in node.operands
    same((c, x), kept)


def test_a_donated_input_is_written_to() -> None:
    graph = lo.trace(chain, normal(30, 30)).donate()
    better = Reuse()(graph)
    assert len(better.donors) == 4
    x = normal(30, 30)
    expected = chain(x)
    found = better.compile()(x)
    same(found, expected)
    assert found is x


@pytest.mark.parametrize("how", ["frozen", "twice", "bound", "part"])
def test_a_donated_input_that_is_not_ones_own_is_left(how: str) -> None:
    def fn(x: Any, y: Any) -> Any:
        return do("exp", x) * 2 + do("exp", y), y * 3

    wide = normal(30, 60)
    x, y = normal(30, 30), normal(30, 30, seed=1)
    if how == "twice":
        y = x
    if how == "part":
        x, y = wide.T[:30].T, wide.T[15:45].T
    graph = lo.trace(fn, x, y)
    if how == "bound":
        lazy = lo.trace(fn, x, y).to_lazy(x, y)
        graph = lo.from_lazy(lazy)
    better = Reuse()(graph.donate(0))
    assert better.donors
    if how == "frozen":
        x.flags.writeable = False
    expected, kept = fn(x, y), (x.copy(), y.copy())
    given = () if how == "bound" else (x, y)
    same(better(*given), expected)
    same((x, y), kept)


def test_outputs_and_what_they_view_are_left() -> None:
    def fn(x: Any) -> Any:
        y = do("exp", x)
        z = y + 1
        return y[0], do("reshape", z, (-1,)), z * 2, y * 2

    graph = reused(fn, normal(8, 8))
    assert not graph.donors


def test_what_is_read_later_is_left() -> None:
    def fn(x: Any) -> Any:
        y = do("exp", x)
        view = y.T
        z = y + 1
        return z, view * 3

    graph = lo.trace(fn, normal(8, 8))
    donors = Reuse()(graph).donors
    assert all(n.op.name != "add" for n in donors)
    reused(fn, normal(8, 8))


def test_what_an_unknown_function_has_seen_is_left() -> None:
    seen: list[Any] = []

    def keep(x: Any) -> Any:
        seen.append(x)
        return x

    def fn(x: Any) -> Any:
        y = do("exp", x)
        z = lo.call(keep, y)
        return y + 1, do("sum", z)

    graph = lo.trace(fn, normal(8, 8))
    better = lo.optimize(graph, PASSES)
    assert not better.donors
    better(normal(8, 8))
    same(seen[0], np.exp(normal(8, 8)))


def test_an_operand_read_through_two_views_is_left() -> None:
    def fn(x: Any) -> Any:
        y = do("exp", x)
        return y + y.T

    graph = reused(fn, normal(8, 8))
    assert not graph.donors


def test_an_operand_given_twice_is_written_to() -> None:
    def fn(x: Any) -> Any:
        y = do("exp", x)
        return y * y

    assert len(reused(fn, normal(8, 8)).donors) == 1


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: do("exp", x) < 0.5,
        lambda x: do("astype", do("exp", x), "float32") + 1,
        lambda x: do("exp", x[:1]) + x,
        lambda x: do("exp", x.T) + x,
        lambda x: do("broadcast_to", do("exp", x), x.shape) + 1,
        lambda x: do("exp", x) ** 2,
        lambda x: do("exp", x[:1, :1]) * 2,
        lambda x: do("sum", do("exp", x)) * 2,
        lambda x: do("exp", x)[::2] + 1,
        lambda x: do("exp", do("linalg.eigvals", x)),
        lambda x: do("linalg.eig", x)[0] / 1.0,
    ],
)
def test_results_of_other_kinds_are_new(fn: Any) -> None:
    graph = reused(fn, normal(6, 6))
    assert all(d.spec == n.spec for n, d in graph.donors.items())
    assert "less" not in {n.op.name for n in graph.donors}


def test_one_complex_number_is_no_reduction() -> None:
    x = np.array([1.1 + 1j / 3])
    graph = reused(lambda x: do("exp", x) * (x + 0.1), x)
    assert not graph.donors


@pytest.mark.parametrize(
    "layout", ["F", "strided", "swapped", "odd", "memmap"]
)
def test_inputs_of_another_layout_take_no_harm(
    layout: str, tmp_path: Any
) -> None:
    def fn(x: Any, y: Any) -> Any:
        z = (x + 1) * y
        return do("sum", z), z @ z.T, do("sum", do("exp", z), axis=0)

    x, y = normal(64, 64), normal(64, 64, seed=1)
    graph = Reuse()(lo.trace(fn, x, y))
    assert graph.donors
    wide = np.zeros((64, 128))[:, ::2]
    wide[...] = x
    file = np.memmap(tmp_path / "x", "f8", "w+", shape=x.shape)
    file[...] = x
    other = {
        "F": np.asfortranarray(x),
        "strided": wide,
        "swapped": x.astype(">f8"),
        "odd": np.frombuffer(b"." + x.tobytes(), "f8", offset=1),
        "memmap": file,
    }[layout].reshape(64, 64)
    for run in (graph, graph.compile()):
        same(run(other, y), fn(other, y))
        same(run(x, y), fn(x, y))


def test_the_order_is_the_best_for_it() -> None:
    """Without reuse, both orders need three arrays at once."""

    def fn(x: Any) -> Any:
        a = do("exp", x)
        parts = [a * i for i in range(2, 6)]
        return [do("sum", do("tanh", p)) for p in parts]

    x = normal(100, 100)
    graph = lo.trace(fn, x)
    better = lo.optimize(graph, PASSES)
    assert better.memory.peak_bytes < 2.01 * x.nbytes
    exact(fn, x, passes=PASSES)


def test_a_changed_graph_forgets_its_donors() -> None:
    graph = Reuse()(lo.trace(chain, normal(5, 5)))
    assert graph.donors
    assert graph.replace(history=()).donors == graph.donors
    assert not graph.replace(nodes=graph.nodes).donors
    assert not graph.on("torch").donors if _has_torch() else True


def _has_torch() -> bool:
    from importlib.util import find_spec

    return find_spec("torch") is not None


def test_nothing_to_reuse_is_the_same_graph() -> None:
    graph = lo.trace(lambda x: x @ x, normal(5, 5))
    assert Reuse()(graph) is graph
    better = Reuse()(lo.trace(chain, normal(5, 5)))
    assert Reuse()(better) is better


def test_a_pass_that_overwrites_what_is_needed_is_told() -> None:
    def careless(graph: lo.Graph) -> lo.Graph:
        donors = {
            n: n.operands[0] for n in graph.nodes if n.op.name == "multiply"
        }
        return graph.replace(donors=donors)

    def fn(x: Any) -> Any:
        y = do("exp", x)
        return y * 2, y + 1

    graph = lo.trace(fn, normal(4, 4))
    with pytest.raises(lo.PassError, match="would overwrite"):
        lo.optimize(graph, passes=[careless])
    graph = lo.trace(lambda x: x * 2, normal(4, 4))
    with pytest.raises(lo.PassError, match="can't be written into"):
        lo.optimize(graph, passes=[careless])


def test_donors_survive_files_and_pickles(tmp_path: Any) -> None:
    import pickle

    graph = Reuse()(lo.trace(chain, normal(5, 5)))
    graph.save(tmp_path / "graph")
    for again in (
        lo.load(tmp_path / "graph"),
        pickle.loads(pickle.dumps(graph)),
    ):
        assert len(again.donors) == 3
        assert again.memory.peak_bytes == graph.memory.peak_bytes
        same(again(normal(5, 5)), chain(normal(5, 5)))


def test_a_long_chain_takes_no_recursion() -> None:
    def fn(x: Any) -> Any:
        for _ in range(100_000):
            x = x * 1.0001
        return x

    graph = Reuse("fast")(lo.trace(fn, normal(16)))
    assert len(graph.donors) == 99_999
    same(graph(normal(16)), fn(normal(16)))
    assert names(graph) == names(lo.trace(fn, normal(16)))


def test_measuring_leaves_donated_inputs_as_they_are() -> None:
    better = Reuse()(lo.trace(chain, normal(30, 30)).donate())
    x = normal(30, 30)
    found = better.measure(x)
    same(x, normal(30, 30))
    assert abs(found.measured_peak - found.predicted_peak) < 4096
    found = better.measure(np.asfortranarray(x))
    assert not found.graph.donors
