"""What the benchmark of orders prints."""

import sys
from collections.abc import Iterator

import pytest

from benchmarks import __main__ as cli
from benchmarks import schedule
from benchmarks.programs import PROGRAMS
from benchmarks.programs.known import KNOWN, from_operands
from lazyopt.schedule import best_order


def test_a_row_is_what_was_measured() -> None:
    make, optimum = KNOWN["FFT, 8 points"]
    row = schedule.measure("FFT", make())
    assert (row.steps, row.given) == (32, 13)
    assert row.ours.peak == optimum
    assert row.best_peer == optimum
    assert row.gap == 100 * (optimum - row.ours.bound) / row.ours.bound


def test_the_known_optima_are_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    schedule.main(["--known"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[:4] == ["known", "optimum", "steps", "given"]
    named = {line.split(": ")[0] for line in lines[2:] if ": " in line}
    assert set(KNOWN) <= named
    assert lines[-1].startswith("Ours was above the best peer in ")
    assert f"of {len(KNOWN)} problems" in lines[-1]


def test_it_says_where_ours_is_above_a_peer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = from_operands([(), (), (0,), (1,), (2, 3)], [9, 9, 1, 1, 1])

    def rows() -> Iterator[schedule.Row]:
        yield schedule.measure("worse", problem)

    def unordered(given: object) -> object:
        found = best_order(problem)
        return type(found)(tuple(range(5)), 99, found.bound, "none")

    monkeypatch.setattr(schedule, "order", unordered)
    monkeypatch.setattr(
        schedule,
        "SECTIONS",
        {"known": lambda: schedule.table("known", rows())},
    )
    schedule.main([])
    assert capsys.readouterr().out.splitlines()[-1] == (
        "Ours was above the best peer in 1 of 1 problems: worse."
    )


def test_cells_are_summarised(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "CELLS", 3)
    assert len(schedule.cells()) == 6
    printed = capsys.readouterr().out
    assert "3 times a random-wired cell, 34 steps" in printed
    assert "3 times three chained cells, 102 steps" in printed


def test_dask_is_asked_where_it_is_and_can_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert schedule.is_asked("XLA", 10**6)
    assert not schedule.is_asked("dask", 10**6)
    monkeypatch.setattr(schedule, "find_spec", lambda name: None)
    assert not schedule.is_asked("dask", 10)
    make, _ = KNOWN["grid 6x6"]
    assert "dask" not in schedule.measure("grid", make()).peers
    schedule.table("a table", iter([schedule.measure("grid", make())]))
    assert capsys.readouterr().out.splitlines()[-1].split()[4] == "-"


def test_programs_that_need_more_are_left_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "find_spec", lambda name: None)
    chosen = {
        name: PROGRAMS[name]
        for name in ("Newton-Schulz, 8 steps", "PEPS 5x5 norm, D=3, chi=12")
    }
    monkeypatch.setattr(schedule, "PROGRAMS", chosen)
    assert len(schedule.table("program", schedule.programs())) == 1
    assert "left out, it needs quimb" in capsys.readouterr().out


def test_options_go_to_the_benchmark(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[list[str]] = []
    monkeypatch.setattr(cli, "BENCHMARKS", {"schedule": taken.append})
    assert cli.main(["schedule", "--cells"]) == 0
    assert cli.main(["nothing"]) == 2
    assert taken == [["--cells"]]
    assert "there are: schedule" in capsys.readouterr().out


def test_a_peak_of_nothing_has_no_gap() -> None:
    assert schedule.percent(0, 0) == 0.0
    assert "benchmarks.schedule" in sys.modules
