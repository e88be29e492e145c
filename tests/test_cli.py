"""The command line as it is typed: what it prints, and how it exits."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("typer")
pytest.importorskip("rich")

PROGRAM = """
from autoray import do

import lazyopt as lo

print("this file talks")


def twice(x, y, steps=2):
    print("and so does this function")
    a, b = do("exp", x), do("exp", x)
    for _ in range(steps):
        a = a * b + y
    return do("sum", a)


@lo.rewrite("wrong")
def wrong(node):
    if node.op.name == "sqrt":
        return lo.call("square", *node.args)


@lo.rewrite("floor-once")
def floor_once(node):
    if node.op.name == "floor" and node.args[0].op.name == "floor":
        return node.replace(args=node.args[0].args)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "user.py").write_text(PROGRAM)
    return tmp_path


def run(
    *args: str, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lazyopt.cli", *args],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def document(done: subprocess.CompletedProcess[str]) -> Any:
    """What a command printed; it has to be JSON and nothing else."""
    return json.loads(done.stdout)


def test_the_demo_shows_before_and_after_and_checks_the_result() -> None:
    done = run("demo")
    assert done.returncode == 0, done.stderr
    assert "jacobi" in done.stdout
    for word in ("before", "after", "predicted peak", "measured peak"):
        assert word in done.stdout
    assert "equals eager NumPy's, bit for bit" in done.stdout


def test_an_unknown_program_is_refused_with_the_known_ones() -> None:
    done = run("demo", "nonesuch")
    assert done.returncode == 2
    assert done.stderr.startswith("lazyopt: ") and "jacobi" in done.stderr
    assert not done.stdout


def test_help_lists_the_programs_and_the_commands() -> None:
    words = run("demo", "--help").stdout
    assert "gram-schmidt" in words and "black-scholes" in words
    words = run("--help").stdout
    for command in ("demo", "report", "passes", "check", "fuzz"):
        assert command in words


def test_a_report_on_a_file_says_what_changed(folder: Path) -> None:
    done = run(
        *("report", "user.py:twice", "--arg", "200x300:float64"),
        *("--arg", "300:float64", "--kwarg", "steps=3"),
        *("--html", "out.html"),
        folder=folder,
    )
    assert done.returncode == 0, done.stderr
    for word in ("float64[200,300]", "predicted peak", "share:", "reorder:"):
        assert word in done.stdout
    assert "Before and after" in (folder / "out.html").read_text()


def test_json_is_all_that_is_on_standard_output(folder: Path) -> None:
    done = run(
        *("report", "user.py:twice", "--json"),
        *("--arg", "20x30:float64", "--arg", "30:float64"),
        folder=folder,
    )
    found = document(done)
    assert done.returncode == 0
    assert found["inputs"][0]["shape"] == [20, 30]
    assert found["after"]["peak_bytes"] <= found["before"]["peak_bytes"]
    assert [p["name"] for p in found["passes"]].count("share") == 2
    assert "this file talks" in done.stderr
    assert "and so does this function" in done.stderr


def test_what_fails_says_so_in_a_line_and_no_traceback(folder: Path) -> None:
    done = run("report", "user.py:twicy", folder=folder)
    assert done.returncode == 2
    assert "did you mean 'twice'" in done.stderr
    assert "Traceback" not in done.stderr
    done = run(
        *("report", "user.py:twice", "--memory-limit", "1 KiB"),
        *("--arg", "20x30:float64", "--arg", "30:float64"),
        folder=folder,
    )
    assert done.returncode == 1
    assert "smallest limit that works" in done.stderr
    assert "Traceback" not in done.stderr


def test_passes_are_listed_with_what_they_do() -> None:
    done = run("passes")
    assert done.returncode == 0, done.stderr
    listed = {line.split()[0] for line in done.stdout.splitlines()}
    assert {"fold", "prune", "reorder", "share"} <= listed


def test_a_wrong_pass_is_shown_on_a_small_graph(folder: Path) -> None:
    done = run("check", "user.py:wrong", "--examples", "300", folder=folder)
    assert done.returncode == 1
    assert "sqrt" in done.stdout and "before:" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_right_pass_passes(folder: Path) -> None:
    done = run(
        *("check", "user.py:floor_once", "--examples", "20", "--json"),
        folder=folder,
    )
    assert done.returncode == 0, done.stderr
    found = document(done)
    assert found["right"] and found["error"] is None
    assert found["pass"] == "floor-once" and found["examples"] == 20


def test_the_fuzzer_takes_its_own_options() -> None:
    done = run("fuzz", "--graphs", "1", "--jobs", "1", "--seed", "3")
    assert done.returncode == 0, done.stderr
    assert "1 graphs" in done.stdout and "seed 3" in done.stdout


def test_no_number_is_a_command_line_error() -> None:
    done = run("check", "share", "--examples", "0")
    assert done.returncode == 2


def test_without_the_extra_the_command_names_it() -> None:
    code = (
        "import sys; sys.modules['typer'] = None; "
        "import lazyopt.cli; lazyopt.cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 1
    assert "autoray-lazyopt[cli]" in done.stderr


def test_the_library_itself_needs_no_extra() -> None:
    code = (
        "import sys, lazyopt; "
        "print([m for m in ('typer', 'rich') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip() == "[]"
    assert importlib.util.find_spec("typer") is not None
