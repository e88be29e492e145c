"""What commands print, and where."""

import io
import json
import sys

import pytest

from lazyopt.commands.console import (
    Console,
    FailedError,
    UsageError,
    status_of,
    working,
)
from lazyopt.errors import PassError

pytest.importorskip("rich")


def test_only_one_of_text_and_json_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for as_json in (False, True):
        console = Console(as_json)
        console.show("text [bold]")
        console.table(["a"], [["cell [red]"]])
        console.document({"a": 1})
        found = capsys.readouterr().out
        if as_json:
            assert json.loads(found) == {"a": 1}
        else:
            assert "text [bold]" in found and "cell [red]" in found


@pytest.mark.parametrize(
    ("error", "status"),
    [(UsageError("so"), 2), (FailedError("so"), 1), (PassError("so"), 1)],
)
def test_errors_become_a_line_and_a_status(
    error: Exception, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    error.add_note("a note")

    def fail() -> int:
        raise error

    assert status_of(fail) == status
    said = capsys.readouterr()
    assert said.err == "lazyopt: so\na note\n" and not said.out


def test_errors_of_our_own_are_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        status_of(lambda: 1 // 0)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_for_terminals_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for stream in (Terminal(), io.StringIO()):
        monkeypatch.setattr(sys, "stderr", stream)
        with working("this") as say:
            say("half")
        said = stream.getvalue()
        if stream.isatty():
            assert "this: half" in said
            assert said.endswith(" \r")
        else:
            assert not said
