"""Passes by name: built in, or of a plugin that is installed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

import lazyopt as lo
from lazyopt import registry
from lazyopt.registry import as_pass, find_pass, name_of, pass_names

from .helpers import normal

ROOT = Path(lo.__file__).resolve().parents[1]
PLUGIN = Path(__file__).parent / "plugin"


def test_built_in_passes_are_found_by_name() -> None:
    classes = {
        "fold": lo.passes.Fold,
        "prune": lo.passes.Prune,
        "reorder": lo.passes.Reorder,
        "share": lo.passes.Share,
    }
    assert set(classes) <= set(pass_names())
    for name, cls in classes.items():
        assert type(find_pass(name)) is cls
        assert find_pass(name).name == name


@pytest.mark.parametrize(
    ("name", "near"),
    [("shar", "share"), ("Share", "share"), ("re-order", "reorder")],
)
def test_an_unknown_name_suggests_the_near_miss(name: str, near: str) -> None:
    graph = lo.trace(lambda x: x, normal(2))
    with pytest.raises(lo.PassError, match=f"did you mean '{near}'") as error:
        lo.optimize(graph, [name])
    assert f"no pass named {name!r}" in str(error.value)
    assert ", ".join(pass_names()) in str(error.value)


def test_a_name_near_to_nothing_lists_all() -> None:
    with pytest.raises(lo.PassError, match="named 'xyzzy'") as error:
        find_pass("xyzzy")
    assert "did you mean" not in str(error.value)
    assert ", ".join(pass_names()) in str(error.value)


@pytest.mark.parametrize("wrong", [3, None, object(), ["share"]])
def test_what_is_no_pass_is_refused(wrong: Any) -> None:
    with pytest.raises(lo.PassError, match="is no pass"):
        as_pass(wrong)
    with pytest.raises(lo.PassError, match="is no pass"):
        lo.Pipeline([wrong])


def test_names_of_passes() -> None:
    def mine(graph: lo.Graph) -> lo.Graph:
        return graph

    class Other:
        def __call__(self, graph: lo.Graph) -> lo.Graph:
            return graph

    assert name_of(mine) == "mine"
    assert name_of(Other()) == "Other"
    assert name_of(lo.passes.Share()) == "share"


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EntryPoint]]:
    found: list[EntryPoint] = []
    monkeypatch.setattr(registry, "entry_points", lambda group: found)
    registry._plugins.cache_clear()
    yield found
    registry._plugins.cache_clear()


def entry(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, registry.GROUP)


def test_two_plugins_of_one_name_are_an_error(
    entries: list[EntryPoint],
) -> None:
    entries += [entry("mine", "a:P"), entry("mine", "b:P")]
    with pytest.raises(lo.PassError, match="two passes are named 'mine'") as e:
        find_pass("mine")
    assert "b:P" in str(e.value)
    assert "a:P" in str(e.value)
    assert "Uninstall one of them, or rename" in str(e.value)


def test_a_plugin_may_not_take_a_built_in_name(
    entries: list[EntryPoint],
) -> None:
    entries.append(entry("share", "a:P"))
    with pytest.raises(lo.PassError, match="lazyopt itself"):
        pass_names()
    with pytest.raises(lo.PassError, match="lazyopt itself"):
        lo.optimize(lo.trace(lambda x: x, normal(2)), ["share"])


def test_one_entry_point_found_twice_is_one(entries: list[EntryPoint]) -> None:
    entries += [entry("fine", "math:sqrt"), entry("fine", "math:sqrt")]
    assert "fine" in pass_names()
    assert callable(find_pass("fine"))


@pytest.mark.parametrize("value", ["no_such_module:P", "math:no_such_name"])
def test_a_plugin_that_does_not_load_is_named(
    entries: list[EntryPoint], value: str
) -> None:
    entries.append(entry("broken", value))
    with pytest.raises(lo.PassError, match="'broken'") as error:
        find_pass("broken")
    assert value in str(error.value)


SCRIPT = """
import numpy as np
from autoray import do

import lazyopt as lo
from lazyopt.registry import find_pass, pass_names

assert {"floor-once", "count-nodes", "share"} <= set(pass_names())
graph = lo.trace(lambda x: do("floor", do("floor", x)), np.ones(2))
better = lo.optimize(graph, ["floor-once", "prune", "count-nodes"])
assert len(better) == 2, better
assert [r.name for r in better.history][0] == "floor-once"
first, second = find_pass("count-nodes"), find_pass("count-nodes")
assert type(first) is type(second) and first is not second
try:
    find_pass("flor-once")
except lo.PassError as error:
    assert "did you mean 'floor-once'" in str(error)
print("found")
"""


def test_an_installed_plugin_is_found_by_name(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(PLUGIN, source)
    target = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet"]
    install += ["--no-deps", "--no-index"]
    install += ["--disable-pip-version-check", "--root-user-action=ignore"]
    subprocess.run(
        [*install, "--target", str(target), str(source)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    path = os.pathsep.join([str(target), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.strip() == "found", done.stderr
