"""The fuzzer: repeatable, and a failure ends as a script of a few lines."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lazyopt as lo
from lazyopt.testing import fuzz, pipelines
from lazyopt.testing.pipelines import DIGITS, own_passes, passes_of

from . import passes

FAST = ("fold", "lower", "prune", "share", "simplify")


def test_chunks_are_the_same_for_the_same_seed() -> None:
    one, same, other = (fuzz.run_chunk(s, 0, 40, FAST) for s in (1, 1, 2))
    assert one.number is None and other.number is None
    assert one.graphs == 40
    assert one.coverage.calls == same.coverage.calls
    assert one.coverage.rules == same.coverage.rules
    assert one.coverage.calls != other.coverage.calls


def test_all_own_passes_are_drawn() -> None:
    names = own_passes()
    assert {*FAST, "reorder", "reuse", "fuse", "contract"} <= set(names)
    rng = np.random.RandomState(0)
    drawn: set[str] = set()
    for digits in rng.randint(0, 1 << 40, (5_000, DIGITS)).tolist():
        for item in passes_of(digits, names):
            inner = item.passes if isinstance(item, lo.Fixpoint) else [item]
            drawn.update(p.name for p in inner)
    assert drawn == set(names)


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pipelines have a wrong pass among others."""
    chosen = [lo.passes.Share(), passes.swap_subtract, lo.passes.Prune()]
    monkeypatch.setattr(fuzz, "passes_of", lambda digits, names: chosen)


@pytest.mark.usefixtures("wrong")
def test_a_failure_is_reduced_to_a_script() -> None:
    found = fuzz.run_chunk(0, 0, 500, FAST)
    assert found.number == found.graphs - 1
    assert "Share" not in found.script and "Prune" not in found.script
    assert len(found.script.splitlines()) < 40
    program = found.script.partition("def program")[2].partition("return")[0]
    assert 1 <= program.count(" = ") <= 5
    again = fuzz.run_chunk(0, 0, 500, FAST)
    assert again.script == found.script
    names: dict[str, Any] = {"__name__": "script"}
    with pytest.raises(lo.VerificationError):
        exec(compile(found.script, "script", "exec"), names)


def test_what_only_the_executor_shows_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A donor that is read later: call by call, nothing is written."""

    def overwrites(graph: lo.Graph) -> lo.Graph:
        for node in graph:
            operands = [x for x in node.operands if x.specs == node.specs]
            written = [x for x in operands if not x.is_constant]
            plain = node.op.name in ("add", "multiply") and not node.kwargs
            if plain and written and node.spec.kind == "array":
                return graph.replace(donors={node: written[0]})
        return graph

    monkeypatch.setattr(fuzz, "passes_of", lambda digits, names: [overwrites])
    found = fuzz.run_chunk(0, 0, 500, FAST)
    assert found.number is not None


def test_the_command_says_what_it_has_drawn(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    given = ["--graphs", "120", "--jobs", "1", "--out", str(tmp_path)]
    assert fuzz.main([*given, "--seed", "4", "--passes", *FAST]) == 0
    text = capsys.readouterr().out
    assert text.startswith("120 graphs of ")
    assert "0 mismatches" in text
    assert "seed 4, passes fold, lower, prune, share, simplify" in text
    assert "rules applied:" in text and "fold: constant made" in text
    assert "op x dtype x form of operand:" in text
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("wrong")
def test_the_command_writes_the_script_of_a_failure(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    given = ["--graphs", "500", "--jobs", "1", "--out", str(tmp_path)]
    assert fuzz.main(given) == 1
    text = capsys.readouterr().out
    assert "1 mismatches" in text
    (script,) = tmp_path.iterdir()
    assert script.name in text
    assert script.read_text() in text


def test_several_processes_try_the_same_graphs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    texts = []
    for jobs in ("1", "2"):
        given = ["--graphs", "550", "--jobs", jobs, "--passes", "prune"]
        assert fuzz.main(given) == 0
        texts.append(capsys.readouterr().out.partition("rules applied")[2])
    assert texts[0] == texts[1]


def test_variants_have_their_weight() -> None:
    weights, usual = pipelines.WEIGHTS, pipelines.USUAL
    for name in own_passes():
        many = pipelines._variants(name)
        assert len(many) == weights.get(name, usual)
        assert all(item.name == name for item in many)
