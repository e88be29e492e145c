"""`progress=True`: steps, live bytes and time left on standard error."""

import io
import sys
from typing import Any

import pytest
from autoray import do

import lazyopt as lo
from lazyopt import watching
from lazyopt.passes import Slice

from .helpers import normal, same


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "PAUSE_IN_FILES", 0.0)
    monkeypatch.setattr(watching, "PAUSE", 0.0)


class Terminal(io.StringIO):
    """Standard error of somebody who looks."""

    def isatty(self) -> bool:
        return True


def program(x: Any) -> Any:
    return do("sum", do("exp", x * 2) + x, axis=0)


X = normal(100, 10)


def test_each_step_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    graph = lo.trace(program, X)
    same(graph(X, progress=True), program(X))
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert not out
    assert len(lines) == len(graph.memory.steps) + 1
    assert "step 1 of 4 (multiply), 7.8 KiB live" in lines[0]
    assert "step 2 of 4 (exp), 15.6 KiB live, 0 s left" in lines[1]
    assert lines[-1].startswith("4 of 4 steps in ")
    assert lines[-1].endswith("at most 15.6 KiB")


def test_nothing_is_said_unless_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    graph = lo.trace(program, X)
    graph(X)
    same(graph(X, progress=False), program(X))
    assert capsys.readouterr() == ("", "")


def test_parts_are_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    x = normal(100, 3)
    graph = lo.optimize(
        lo.trace(lambda x: do("sum", do("exp", x[:, None] - x), axis=1), x),
        [Slice(20_000)],
    )
    graph(x, progress=True)
    told = capsys.readouterr().err
    assert told.count("(sliced)") > 5
    graph(x)
    assert not capsys.readouterr().err


@pytest.mark.parametrize("rich", [True, False])
def test_a_terminal(rich: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if rich:
        pytest.importorskip("rich")
    else:
        monkeypatch.setitem(sys.modules, "rich.console", None)
        monkeypatch.setitem(sys.modules, "rich.progress", None)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    graph = lo.trace(program, X)
    same(graph(X, progress=True), program(X))
    shown = terminal.getvalue()
    assert "step 4 of 4 (sum)" in shown
    assert "4 of 4 steps in" in shown


def test_the_programs_own_argument_comes_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def scaled(x: Any, progress: Any = 1) -> Any:
        return x * progress

    graph = lo.trace(scaled, X, progress=3)
    same(graph(X, progress=3), X * 3)
    graph = lo.trace(scaled, X, X)
    same(graph(X, progress=X), X * X)
    assert capsys.readouterr() == ("", "")


def test_graphs_with_bound_inputs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from autoray import lazy

    graph = lo.from_lazy(lazy.array(X) * 2)
    same(graph(progress=True), X * 2)
    assert "1 of 1 steps" in capsys.readouterr().err


@pytest.mark.usefixtures("own_registry")
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_it_says_how_far_it_came(
    error: type[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(x: Any) -> Any:
        raise error("stop")

    lo.register_op(fail, effects="pure", infer=lambda x: x, name="fail")
    graph = lo.trace(lambda x: lo.call(fail, do("exp", x)), X)
    with pytest.raises(error):
        graph(X, progress=True)
    assert "1 of 2 steps in" in capsys.readouterr().err
