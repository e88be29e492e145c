"""The README's Python runs as written, one block after the other."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.S)


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the README's blocks define, all of them run in turn."""
    found: dict[str, Any] = {}
    for block in BLOCKS:
        exec(compile(block, "README.md", "exec"), found)
    return found


def test_the_readmes_python_runs_as_written(names: dict[str, Any]) -> None:
    assert len(BLOCKS) == 3
    assert names["floor_once"].name == "floor-once"


def test_the_first_example_needs_what_the_readme_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found: dict[str, Any] = {}
    exec(compile(BLOCKS[0], "README.md", "exec"), found)
    before, after = capsys.readouterr().out.split(" -> ")
    said = re.search(r"at once: (\d+) MB.*?by block: ([\d.]+) MB", TEXT, re.S)
    assert said is not None
    assert round(int(before) / 1e6) == int(said[1])
    assert round(int(after) / 1e6, 1) == float(said[2])


def test_the_readmes_custom_pass_is_exact_and_fires(
    names: dict[str, Any],
) -> None:
    x = np.array([[1.5, -0.0, np.nan], [np.inf, -2.5, 0.0]]).T
    graph = lo.trace(lambda x: do("floor", do("floor", x)), x)
    better = lo.optimize(
        graph, [names["floor_once"], "prune"], verify="equivalence"
    )
    assert better.counts == {"input": 1, "floor": 1}
    assert better(x).tobytes() == graph(x).tobytes()
    assert names["better"].counts["floor"] == 1


def test_what_the_readme_links_is_there() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", TEXT)
    local = [t for t in targets if "://" not in t]
    assert "docs/images/memory.svg" in local
    for target in local:
        assert (ROOT / target).is_file(), target


def test_the_commands_are_where_they_are_looked_for() -> None:
    for name in ("demo", "test"):
        assert re.search(rf"^<!-- command: {name} -->\n```bash$", TEXT, re.M)


@pytest.mark.plot
def test_the_readmes_picture_is_drawn_by_its_command(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    import runpy

    drawing = runpy.run_path(str(ROOT / "docs" / "picture.py"))
    drawing["draw"](tmp_path / "picture.svg")
    drawn = (tmp_path / "picture.svg").read_text()
    checked_in = drawing["PICTURE"].read_text()
    # Places of letters depend on matplotlib's version, the words don't.
    words = re.compile(r"<text[^>]*>([^<]*)</text>")
    assert words.findall(drawn) == words.findall(checked_in)
    assert len(checked_in) < 50_000
