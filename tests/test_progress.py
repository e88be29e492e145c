"""A line on the terminal, only where somebody looks and has to wait."""

import io
import sys

import pytest

from lazyopt import progress


class Terminal(io.StringIO):
    """Standard error of somebody who looks."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "PAUSE", 0.0)


@pytest.mark.usefixtures("impatient")
def test_a_terminal_shows_the_peak_and_is_cleared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress.reporting("reorder") as report:
        report("exact", 3 << 20, 2 << 20)
        shown = sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert "reorder: peak 3.0 MiB, at most 50.0% above the best" in shown
    text = sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert text.endswith("\r" + " " * 78 + "\r")


@pytest.mark.usefixtures("impatient")
def test_a_file_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress.reporting("reorder") as report:
        report("exact", 3 << 20, 0)
    assert sys.stderr.getvalue() == ""  # type: ignore[attr-defined]


def test_short_work_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress.reporting("reorder") as report:
        report("exact", 3 << 20, 1 << 20)
    assert sys.stderr.getvalue() == ""  # type: ignore[attr-defined]
