"""Things in files of the user's."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lazyopt.commands.console import FailedError, UsageError
from lazyopt.commands.files import is_file_spec, named_in_file


@pytest.fixture(autouse=True)
def same_modules() -> Iterator[None]:
    modules, paths = set(sys.modules), list(sys.path)
    yield
    sys.path[:] = paths
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def test_what_a_file_spec_is() -> None:
    assert is_file_spec("a/b.py:f") and is_file_spec("b.py:f.g")
    assert not is_file_spec("share") and not is_file_spec("3x3:float64")


def test_names_are_found_dotted_ones_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("class A:\n    def f(self): ...\n\nB = 3\n")
    assert named_in_file(f"{path}:B") == 3
    assert named_in_file(f"{path}:A.f").__name__ == "f"


def test_a_file_runs_once(tmp_path: Path) -> None:
    path = tmp_path / "counts.py"
    path.write_text("import sys\nsys.path.append('counted')\nf = g = 1\n")
    named_in_file(f"{path}:f")
    named_in_file(f"{path}:g")
    assert sys.path.count("counted") == 1


def test_it_finds_its_neighbours_and_hides_no_module(tmp_path: Path) -> None:
    (tmp_path / "neighbour_of_it.py").write_text("value = 7\n")
    path = tmp_path / "json.py"
    path.write_text("from neighbour_of_it import value\n")
    assert named_in_file(f"{path}:value") == 7
    import json

    assert json.dumps([1]) == "[1]"


def test_dataclasses_find_their_module(tmp_path: Path) -> None:
    path = tmp_path / "with_class.py"
    path.write_text(
        "from __future__ import annotations\n"
        "from dataclasses import dataclass, KW_ONLY\n"
        "@dataclass\nclass P:\n    _: KW_ONLY\n    limit: int = 3\n"
    )
    assert named_in_file(f"{path}:P")().limit == 3


def test_what_is_not_there_is_a_wrong_command_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("value = 1\n")
    for text, match in [
        (f"{path}:valeu", "did you mean 'value'"),
        (f"{tmp_path}/none.py:f", "no file"),
        (str(path), "FILE.py:NAME"),
        (f"{path}:", "FILE.py:NAME"),
        (f"{path}:value.real.nonesuch", "nothing named 'nonesuch'"),
    ]:
        with pytest.raises(UsageError, match=match):
            named_in_file(text)


def test_what_a_file_has_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "some.py"
    path.write_text("from math import sin\ndef f(): ...\nclass G: ...\n")
    with pytest.raises(UsageError, match=r"'nonesuch'; it has G, f$"):
        named_in_file(f"{path}:nonesuch")


def test_what_fails_in_the_file_says_which_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("value = 1\n1 / 0\n")
    with pytest.raises(FailedError, match=r"ZeroDivisionError.*line 2"):
        named_in_file(f"{path}:value")
    path = tmp_path / "no_python.py"
    path.write_text("def f(:\n")
    with pytest.raises(FailedError, match="SyntaxError"):
        named_in_file(f"{path}:f")
