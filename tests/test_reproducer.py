"""A failure of `optimize` is written as a script that shows it again."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes import Fold, Share

from .helpers import normal
from .testing import passes


def program(x: Any) -> Any:
    return do("sum", do("exp", x) - 1, axis=0, keepdims=True)


def failing(
    tmp_path: Path, chosen: Any, graph: Any = None, **options: Any
) -> Path:
    """The script that a failure leaves, which the error's note names."""
    graph = lo.trace(program, normal(2, 3)) if graph is None else graph
    with pytest.raises(lo.PassError) as caught:
        lo.optimize(graph, chosen, reproducer=tmp_path / "new", **options)
    (note,) = [n for n in caught.value.__notes__ if "shows it again" in n]
    return Path(note.partition(": ")[2])


ROOT = Path(__file__).parents[1]


def run(script: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        # The wrong pass is in this module.
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        timeout=120,
    )


@lo.rewrite("wrongly")
def wrongly(node: lo.Node) -> Any:
    """Take exp for tanh."""
    if node.op.name == "exp":
        return lo.call("tanh", *node.args)
    return None


def test_the_script_fails_as_it_did(tmp_path: Path) -> None:
    script = failing(
        tmp_path,
        ["share", Fold(8), Share(max_bytes=40), wrongly],
        verify="equivalence",
    )
    text = script.read_text()
    assert "# VerificationError" in text
    assert f"lazyopt {lo.__version__}, numpy {np.__version__}" in text
    assert len(text.splitlines()) < 50
    done = run(script)
    assert done.returncode == 1
    assert "VerificationError" in done.stderr
    assert "changed output 0" in done.stderr


def test_a_pass_that_is_not_in_a_module_is_defined_in_it(
    tmp_path: Path,
) -> None:
    def breaks(graph: lo.Graph) -> lo.Graph:
        raise ZeroDivisionError("of its own")

    script = failing(tmp_path, [lo.Pipeline(["prune", breaks])])
    assert "def breaks(graph" in script.read_text()
    done = run(script)
    assert "the pass 'breaks'" in done.stderr
    assert "of its own" in done.stderr


def test_objects_and_options_are_written_where_they_can_be(
    tmp_path: Path,
) -> None:
    fixpoint = lo.Fixpoint(["prune", wrongly], 7)
    chosen = [Fold("2 KiB"), fixpoint, passes.Growing(), wrongly]
    script = failing(tmp_path, chosen, verify="equivalence", fast_math=True)
    text = script.read_text()
    assert (
        "Fold(max_growth='2 KiB'), lo.Fixpoint([Prune(), wrongly], 7)" in text
    )
    assert "pass_1, wrongly]" in text
    assert "# growing, which has no source: define it here." in text
    assert "verify='equivalence', fast_math=True" in text


def test_each_failure_has_a_folder(tmp_path: Path) -> None:
    first = failing(tmp_path, [lambda graph: None])
    second = failing(tmp_path, [passes.write_into_constants, lambda g: 1])
    assert first.parent != second.parent
    assert {p.name for p in first.parent.iterdir()} == {
        "graph.lazyopt",
        "reproduce.py",
    }


def test_a_graph_that_no_file_holds_is_said_to_be_missing(
    tmp_path: Path,
) -> None:
    graph = lo.trace(lambda x: lo.call(print, x), normal(2))
    script = failing(tmp_path, [lambda graph: None], graph)
    text = script.read_text()
    assert "NotImplemented  # trace it here" in text
    assert "# <lambda>, which has no source: define it here." in text
    compile(text, "script", "exec")


def test_nothing_is_written_if_nothing_fails(tmp_path: Path) -> None:
    graph = lo.trace(program, normal(2, 3))
    lo.optimize(graph, reproducer=tmp_path / "new")
    assert not list(tmp_path.iterdir())


def test_text_of_an_error_stays_a_comment(tmp_path: Path) -> None:
    def breaks(graph: lo.Graph) -> lo.Graph:
        raise ValueError("one line\nimport os\n\rimport sys")

    script = failing(tmp_path, [breaks])
    head = script.read_text().partition("from pathlib")[0]
    assert all(line.startswith("#") for line in head.splitlines())
