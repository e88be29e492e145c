"""Reports on functions of the user's."""

import json
from pathlib import Path
from typing import Any

import pytest

import lazyopt as lo
from lazyopt.commands.console import FailedError, UsageError
from lazyopt.commands.report import report

pytest.importorskip("rich")

PROGRAM = """
from autoray import do

import lazyopt as lo


def spread(x):
    waves = [do("sin", x + i) for i in range(4)]
    return sum(do("sum", w) for w in waves)


def decides(x):
    y = x + 1
    return y if y[0, 0] > 0 else x


def fails(x):
    return do("reshape", x, (7, 7))


def scaled(x, by, *, times=1):
    return x * by * times


@lo.optimized
def decorated(x):
    return do("sum", do("exp", x) + do("exp", x))


def nothing(graph):
    return graph


def packs(x):
    import struct

    return struct.pack("d", x[0])


value = 3
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


def found(
    capsys: pytest.CaptureFixture[str], program: str, **options: Any
) -> Any:
    """The document that a report comes to."""
    assert report(program, as_json=True, **options) == 0
    return json.loads(capsys.readouterr().out)


def test_the_figures_are_those_of_the_graphs(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = found(capsys, f"{path}:spread", args=["100x100:float64"])
    assert seen["before"]["peak_bytes"] > seen["after"]["peak_bytes"]
    spec = lo.ArraySpec((100, 100))
    from lazyopt.commands.files import named_in_file

    graph = lo.trace(named_in_file(f"{path}:spread"), spec)
    assert seen["before"] == {
        "nodes": len(graph),
        "flops": graph.flops,
        "bytes_moved": graph.bytes_moved,
        "peak_bytes": graph.memory.peak_bytes,
        "lower_bound_bytes": graph.memory.lower_bound_bytes,
        "resident_bytes": 80_000,
    }
    assert seen["after"]["peak_bytes"] == lo.optimize(graph).memory.peak_bytes


def test_passes_are_those_asked_for_own_ones_too(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = found(
        capsys,
        f"{path}:spread",
        args=["10:float64"],
        passes=f"share, {path}:nothing,prune",
    )
    names = [each["name"] for each in seen["passes"]]
    assert names == ["share", "nothing", "prune"]


def test_a_memory_limit_is_kept(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options: dict[str, Any] = {"args": ["400x400:float64"]}
    free = found(capsys, f"{path}:spread", passes="prune", **options)
    assert free["after"]["peak_bytes"] > 3_000_000
    seen = found(
        capsys,
        f"{path}:spread",
        passes="prune",
        memory_limit="1.5 MB",
        **options,
    )
    assert seen["after"]["peak_bytes"] <= 1_500_000
    with pytest.raises(lo.PassError, match="smallest limit"):
        report(f"{path}:spread", memory_limit="1 KiB", **options)


def test_what_may_change_last_bits_is_asked_for(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options: dict[str, Any] = {"args": ["10:float64"], "passes": "contract"}
    with pytest.raises(lo.PassError, match="fast_math") as caught:
        report(f"{path}:spread", **options)
    assert caught.value.__notes__ == ["On the command line: --fast-math."]
    found(capsys, f"{path}:spread", fast_math=True, **options)


def test_static_arguments_and_keywords(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = found(
        capsys,
        f"{path}:scaled",
        args=["4:float32:F", "2.5"],
        kwargs=["times=4:float32"],
    )
    assert [each["name"] for each in seen["inputs"]] == ["x", "times"]
    assert seen["inputs"][0]["dtype"] == "float32"


def test_functions_that_are_optimised_already(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = found(capsys, f"{path}:decorated", args=["30:float64"])
    assert seen["before"]["nodes"] == 5 and seen["after"]["nodes"] < 5


def test_a_page_is_written(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    html = tmp_path / "out.html"
    report(f"{path}:spread", args=["10:float64"], html=html)
    assert "spread" in capsys.readouterr().out
    assert html.read_text().startswith("<!DOCTYPE html>")
    with pytest.raises(FailedError, match="can't be written"):
        report(f"{path}:spread", args=["10:float64"], html=tmp_path)


@pytest.mark.parametrize(
    ("name", "options", "match"),
    [
        ("spread", {}, "missing a required argument: 'x'"),
        ("scaled", {"args": ["3:int8"]}, r"\(x, by, \*, times=1\)"),
        ("spread", {"args": ["3x3"]}, "1000x1000:float64"),
        ("spread", {"passes": "shar"}, "did you mean 'share'"),
        ("spread", {"passes": ""}, "no pass named ''"),
        ("spread", {"memory_limit": "2 XB"}, "--memory-limit"),
        ("spread", {"html": Path("no/such/folder.html")}, "no folder"),
        ("scaled", {"kwargs": ["by=1", "by=2"]}, "twice"),
        ("value", {}, "no function"),
    ],
)
def test_what_is_wrong_in_the_command_line(
    path: Path, name: str, options: dict[str, Any], match: str
) -> None:
    with pytest.raises(UsageError, match=match):
        report(f"{path}:{name}", **options)


def test_a_pass_that_is_none(path: Path) -> None:
    with pytest.raises(UsageError, match="is no pass"):
        report(f"{path}:spread", args=["3:float64"], passes=f"{path}:value")


def test_functions_that_fail_say_where(path: Path) -> None:
    place = rf"{path}:14\)"
    with pytest.raises(FailedError, match=rf"{place}.*where\(") as caught:
        report(f"{path}:decides", args=["3x3:float64"])
    assert "line 14" not in str(caught.value)  # it is said once
    with pytest.raises(FailedError, match=r"ValueError(.|\n)*:18"):
        report(f"{path}:fails", args=["3x3:float64"])
    with pytest.raises(FailedError, match=r"lazyopt.call\(function, x\)"):
        report(f"{path}:packs", args=["3:float64"])
