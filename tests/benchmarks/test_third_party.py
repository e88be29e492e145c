"""The table of programs of other libraries."""

from pathlib import Path

import pytest

from benchmarks.programs import PROGRAMS
from benchmarks.programs.third_party import THIRD_PARTY
from benchmarks.third_party import (
    BEGIN,
    END,
    PAGE,
    Row,
    as_markdown,
    cells,
    main,
    measure,
    write,
)

from ..helpers import same


def row(library: str = "numpy", equal: bool = True) -> Row:
    return Row(
        "a program", library, (10, 8), 5_000, 4_000, 3_000, 3_100, 2_900,
        0.02, 0.01, 0.5, equal,
    )  # fmt: skip


def test_a_program_is_measured_in_both_ways() -> None:
    found = measure(PROGRAMS["Jacobi, 30 steps"], small=True)
    assert found.equal
    assert found.bound <= found.predicted <= found.autoray
    assert found.predicted <= found.peak
    assert found.eager > 0 and found.ours > 0 and found.ready > 0


def test_what_is_not_equal_is_said() -> None:
    assert cells(row())[1] == "to the bit"
    assert cells(row(equal=False))[1] == "NO"


def test_tables_go_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# A\n\n{BEGIN}\nold\n{END}\nrest\n")
    for _ in range(2):
        write([row(), row("scipy")], page)
        text = page.read_text()
        assert text.startswith("# A\n\n") and text.endswith(f"{END}\nrest\n")
        assert "old" not in text and text.count("a program") == 2
        assert "**numpy**" in text and "**scipy**" in text
    page.write_text("no marks")
    with pytest.raises(ValueError, match="has no lines"):
        write([row()], page)


def test_every_line_of_a_table_is_as_wide() -> None:
    lines = as_markdown([row()]).splitlines()
    bars = {line.count("|") for line in lines if line.startswith("|")}
    assert len(bars) == 1


def test_the_docs_have_a_line_for_each_program_and_all_are_equal() -> None:
    text = PAGE.read_text()
    for name in THIRD_PARTY:
        assert f"| {name} |" in text
    assert text.count("to the bit |") == len(THIRD_PARTY)
    assert "| NO |" not in text


def test_some_can_be_picked(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("cotengra")
    page = PAGE.read_text()
    main(["--small", "--only=HYPER"])
    said = capsys.readouterr().out
    assert "hyper network" in said and "lattice" not in said
    assert "not equal: none" in said
    assert PAGE.read_text() == page


def test_small_programs_are_the_same_every_time() -> None:
    pytest.importorskip("cotengra")
    for name in ("lattice 9x9, contracted", "hyper network of 24 tensors"):
        (_, one), (_, other) = (THIRD_PARTY[name].small() for _ in range(2))
        same(one, other)
