"""Passes of the user's, held to what passes promise."""

import json
from pathlib import Path

import pytest

from lazyopt.commands.check import check
from lazyopt.commands.console import UsageError

pytest.importorskip("rich")

WRONG = """
class Halves:
    name, exact = "halves", True

    def __call__(self, graph):
        return graph.replace(outputs=graph.outputs[::-1])
"""


def test_a_wrong_pass_fails_with_the_smallest_graph(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.py"
    path.write_text(WRONG)
    assert check(f"{path}:Halves", examples=200) == 1
    said = capsys.readouterr().out
    assert "'halves' is wrong" in said and "before:" in said
    assert check(f"{path}:Halves", examples=200, as_json=True) == 1
    found = json.loads(capsys.readouterr().out)
    assert not found["right"] and "before:" in found["error"]


@pytest.mark.parametrize("name", ["share", "contract"])
def test_a_right_pass(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(name, examples=60, seed=5) == 0
    exact = "to the bit" in capsys.readouterr().out
    assert exact == (name == "share")
    assert check(name, examples=60, seed=5, as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["changed"] > 0


def test_passes_that_are_not_there() -> None:
    with pytest.raises(UsageError, match=r"FILE\.py:PASS"):
        check("nonesuch", examples=1)
