"""Saving and loading: the same graph, and nothing bad from a bad file."""

import json
import random
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo

from .helpers import modified_gram_schmidt, normal, same


def there_and_back(graph: lo.Graph, tmp_path: Path) -> lo.Graph:
    graph.save(tmp_path / "graph.lazyopt")
    return lo.load(tmp_path / "graph.lazyopt")


def everything(x: Any, y: dict[str, Any], n: int) -> Any:
    c = np.arange(6.0).reshape(2, 3)
    a = do("sum", x, axis=(0, -1), keepdims=True) + np.float32(-0.0)
    b = x[..., ::-1] * float("nan") + c[:, ::2].sum() + c.T[0, 0]
    u, s, _ = do("linalg.svd", y["m"])
    d = do("tensordot", c, c.T, axes=([1], [0])) @ c[:, ::-1]
    e = do("astype", do("where", x > 0, x, n), "complex64") ** 2
    return {"all": [a, b, (u, s)], "d": d, None: (e, n, None, "text")}


def test_a_graph_comes_back_as_it_was(tmp_path: Path) -> None:
    args = normal(2, 3), {"m": normal(4, 4)}, 3
    graph = lo.trace(everything, *args).donate("x")
    back = there_and_back(graph, tmp_path)
    assert str(back) == str(graph)
    assert [n.specs for n in back.nodes] == [n.specs for n in graph.nodes]
    assert [n.source for n in back.nodes] == [n.source for n in graph.nodes]
    assert back.in_tree == graph.in_tree
    assert back.out_tree == graph.out_tree
    assert len(back.donated) == 1
    with np.errstate(all="ignore"):
        same(back(*args), graph(*args))


def test_operators_stay_operators(tmp_path: Path) -> None:
    x = normal(5)
    graph = lo.trace(lambda x: (x**2, do("power", x, 2)), x)
    back = there_and_back(graph, tmp_path)
    assert [n.op for n in back.nodes] == [n.op for n in graph.nodes]


def test_constants_that_share_memory_still_do(tmp_path: Path) -> None:
    c = normal(6, 6)
    c.flags.writeable = False
    views = [c, c[::2, ::-1], c.T, np.broadcast_to(c[0], (3, 6)), c[:0]]
    graph = lo.trace(lambda x: [v * x for v in views], np.ones(()))
    back = there_and_back(graph, tmp_path)
    found = [n.value for n in back.nodes if n.is_constant]
    assert [v.strides for v in found] == [v.strides for v in views]
    assert not any(v.flags.writeable for v in found)
    assert np.shares_memory(found[0], found[1])
    same(back(np.ones(())), graph(np.ones(())))


def test_bound_values_come_along(tmp_path: Path) -> None:
    from autoray import lazy

    graph = lo.from_lazy(do("exp", lazy.array(normal(3))))
    same(there_and_back(graph, tmp_path)(), graph())


def test_saving_replaces_a_file_only_when_done(tmp_path: Path) -> None:
    path = tmp_path / "graph.lazyopt"
    good = lo.trace(modified_gram_schmidt, normal(4, 4))
    good.save(path)
    before = path.read_bytes()
    with pytest.raises(lo.GraphError, match="isn't registered"):
        lo.trace(lambda x: lo.call(print, x), normal(2)).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_what_no_file_can_hold_is_named(tmp_path: Path) -> None:
    from collections import namedtuple

    pair = namedtuple("pair", "a b")
    graph = lo.trace(lambda x: pair(x, x + 1), normal(2))
    with pytest.raises(lo.GraphError, match="pair is a class of its own"):
        graph.save(tmp_path / "graph")
    text = np.array(["a", "b"])
    graph = lo.trace(lambda x: x + 1, normal(2))
    other = graph.replace(nodes=[lo.build.constant(text), *graph.nodes])
    with pytest.raises(lo.GraphError, match="can't hold an array of <U1"):
        other.save(tmp_path / "graph")


def test_a_deep_graph_loads(tmp_path: Path) -> None:
    def fn(x: Any) -> Any:
        for _ in range(20_000):
            x = do("exp", x)
        return x

    graph = lo.trace(fn, normal(2))
    assert len(there_and_back(graph, tmp_path)) == len(graph)


def test_limits(tmp_path: Path) -> None:
    path = tmp_path / "graph"
    lo.trace(modified_gram_schmidt, normal(4, 4)).save(path)
    with pytest.raises(lo.GraphError, match="above max_bytes=10"):
        lo.load(path, max_bytes=10)
    with pytest.raises(lo.GraphError, match="above max_nodes=5"):
        lo.load(path, max_nodes=5)
    with pytest.raises(FileNotFoundError):
        lo.load(tmp_path / "missing")


def rewritten(path: Path, change: Any) -> Path:
    """A copy of a saved graph with its program changed."""
    other = path.with_name("other")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "graph.json":
                program = json.loads(data)
                change(program)
                data = json.dumps(program).encode()
            new.writestr(name, data)
    return other


def set_at(*path: Any, to: Any) -> Any:
    def change(program: Any) -> None:
        for step in path[:-1]:
            program = program[step]
        program[path[-1]] = to

    return change


HOSTILE = {
    "another format": set_at("format", to="other"),
    "a newer version": set_at("version", to=99),
    "a module to import": set_at("backend", to="this"),
    "an unknown op": set_at("nodes", 1, 0, to="os.system"),
    "a callable's name": set_at("nodes", 1, 0, to="eval"),
    "a node that comes later": set_at("nodes", 1, 2, 0, to={"node": 5}),
    "a negative node": set_at("nodes", 1, 2, 0, to={"node": -1}),
    "an output outside": set_at("outputs", 0, to=10**6),
    "another spec": set_at("specs", 0, 0, to=[1 << 60]),
    "a spec of objects": set_at("specs", 0, 1, to="object"),
    "an argument too many": set_at("nodes", 1, 2, to=[{"node": 0}] * 9),
    "an unknown kind of value": set_at("nodes", 1, 2, 1, to={"call": "x"}),
    "a structure of a class": set_at("out_tree", to={"Popen": [], "keys": []}),
    "too few leaves": set_at("out_tree", to={"tuple": [], "keys": []}),
    "no list": set_at("nodes", to=7),
    "memory outside": set_at("nodes", 2, 2, "start", to=10**9),
    "memory of objects": set_at("nodes", 2, 2, "dtype", to="|O8"),
    "huge strides": set_at("nodes", 2, 2, "strides", to=[1 << 62]),
    "no memory": set_at("nodes", 2, 2, "memory", to=12),
    "a write": set_at("nodes", 1, 3, to={"out": {"node": 0}}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(name: str, tmp_path: Path) -> None:
    c = normal(3)
    path = tmp_path / "graph"
    lo.trace(lambda x: (do("add", x, 1.0), x * c), normal(3)).save(path)
    lo.load(rewritten(path, lambda program: None))
    with pytest.raises(lo.GraphError, match="other"):
        lo.load(rewritten(path, HOSTILE[name]))


def test_values_nested_too_deep_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "graph"
    lo.trace(lambda x: do("add", x, 1.0), normal(3)).save(path)
    deep: Any = 1
    for _ in range(200):
        deep = {"tuple": [deep]}
    with pytest.raises(lo.GraphError, match="nested deeper than 64"):
        lo.load(rewritten(path, set_at("nodes", 1, 2, 1, to=deep)))
    with zipfile.ZipFile(tmp_path / "deep", "w") as archive:
        archive.writestr("graph.json", "[" * 200_000)
    with pytest.raises(lo.GraphError, match="no file of a graph"):
        lo.load(tmp_path / "deep")


def test_damaged_files_give_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "graph"
    lo.trace(modified_gram_schmidt, normal(3, 3)).save(path)
    good = path.read_bytes()
    rng = random.Random(0)
    for _ in range(500):
        data = bytearray(good)
        kind = rng.randrange(3)
        if kind == 0:
            del data[rng.randrange(len(data)) :]
        elif kind == 1:
            for _ in range(rng.randrange(1, 9)):
                data[rng.randrange(len(data))] = rng.randrange(256)
        else:
            at = rng.randrange(len(data))
            data[at:at] = rng.randbytes(rng.randrange(1, 50))
        path.write_bytes(data)
        try:
            lo.load(path)
        except lo.GraphError as error:
            assert str(path) in str(error)
