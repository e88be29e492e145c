"""The command line: what it prints, and how it exits."""

import subprocess
import sys

import pytest

pytest.importorskip("typer")
pytest.importorskip("rich")


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lazyopt.cli", *args],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("program", ["jacobi", "gram-schmidt"])
def test_the_demo_shows_before_and_after_and_checks_the_result(
    program: str,
) -> None:
    done = run("demo", program)
    assert done.returncode == 0, done.stderr
    for word in ("before", "after", "predicted peak", "measured peak"):
        assert word in done.stdout
    assert "equals eager NumPy's, bit for bit" in done.stdout


def test_an_unknown_program_is_refused_with_the_known_ones() -> None:
    done = run("demo", "nonesuch")
    assert done.returncode == 2
    assert "jacobi" in done.stderr


def test_passes_are_listed_with_what_they_do() -> None:
    done = run("passes")
    assert done.returncode == 0, done.stderr
    listed = {line.split()[0] for line in done.stdout.splitlines()}
    assert {"fold", "prune", "reorder", "share"} <= listed
