"""The list of passes."""

import json
from importlib.metadata import EntryPoint

import pytest

from lazyopt import registry
from lazyopt.commands.passes import passes
from lazyopt.registry import find_pass, pass_names

pytest.importorskip("rich")


def listed(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, object]]:
    found = json.loads(capsys.readouterr().out)
    return {each["name"]: each for each in found}


def plugin(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    entry = EntryPoint("theirs", value, "lazyopt.passes")
    monkeypatch.setattr(registry, "_plugins", lambda: {"theirs": entry})


def test_all_have_a_line_and_their_guarantees(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert passes(as_json=True) == 0
    found = listed(capsys)
    assert tuple(found) == pass_names()
    for name, each in found.items():
        item = find_pass(name)
        assert each["about"] and each["error"] is None
        assert each["exact"] == item.exact
        assert each["never_grows"] == list(item.never_grows)


def test_plugins_are_listed_with_where_they_stand(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plugin(monkeypatch, "lazyopt.passes:Prune")
    assert passes(as_json=True) == 0
    found = listed(capsys)
    assert found["theirs"]["plugin"] == "lazyopt.passes:Prune"
    assert found["theirs"]["never_grows"] == ["nodes", "peak"]
    assert found["share"]["plugin"] is None
    assert passes() == 0
    assert "theirs" in capsys.readouterr().out


def test_a_plugin_that_is_broken_is_told_of_beside_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plugin(monkeypatch, "no_such_module:Thing")
    assert passes(as_json=True) == 1
    found = listed(capsys)
    assert "can't be loaded" in str(found["theirs"]["error"])
    assert found["share"]["error"] is None
    assert passes() == 1
    assert "loaded" in capsys.readouterr().out
