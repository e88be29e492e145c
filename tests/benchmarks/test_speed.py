"""The comparison with peers: results checked, refusals named, tables made."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import speed, tables
from benchmarks.expressions import black_scholes
from benchmarks.peers import PEERS, Ready
from benchmarks.programs import signal
from benchmarks.speed import Row, differs
from benchmarks.timed import TIMED
from benchmarks.worker import measured, timed

pytest.importorskip("rich")


def run(*options: str) -> None:
    """Run it, on a program that is small."""
    speed.main(["--small", "--only=8x8", *options])


def test_it_prints_ratios_and_means(capsys: pytest.CaptureFixture) -> None:
    run("--peers=lazyopt,Function")
    out = capsys.readouterr().out
    assert "40 steps on" in out
    assert "1.00 of 1" not in out.split("Our time")[0]
    for title in ("A call", "Our time", "Until the first", "Bytes that"):
        assert title in out
    assert "geometric" in out


def test_what_is_not_installed_is_named(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        speed, "find_spec", lambda name: None if name == "jax" else find_spec
    )
    run("--peers=jax.jit")
    assert "jax.jit: left out, jax isn't installed" in capsys.readouterr().out


def test_what_a_peer_cannot_run_is_named(
    capsys: pytest.CaptureFixture,
) -> None:
    """Autoray's Function loses outputs that are used by other outputs."""
    speed.main(["--small", "--only=Kalman", "--peers=lazyopt,Function"])
    out = capsys.readouterr().out
    assert "Kalman filter, 40 steps, Function: KeyError" in out


def test_a_peer_that_takes_too_long_is_named(
    capsys: pytest.CaptureFixture,
) -> None:
    run("--peers=lazyopt", "--limit=0.01")
    assert "lazyopt: not ready after 0 s" in capsys.readouterr().out


def test_unknown_peers_are_an_error(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        run("--peers=lazyoptt")
    assert "no peer 'lazyoptt'" in capsys.readouterr().err


def test_our_results_are_held_to_the_bit() -> None:
    x = np.ones(3)
    near = np.nextafter(x, 2)
    assert differs([x], [x], exact=True) == ""
    assert "bits" in differs([near], [x], exact=True)
    assert differs([near], [x], exact=False) == ""
    assert differs([x + 0.1], [x], exact=False)
    assert differs([x, x], [x], exact=False)
    assert differs([x[:2]], [x], exact=False)


@pytest.mark.filterwarnings("ignore:Couldn't import `kahypar`")
@pytest.mark.parametrize("peer", ["eager", "lazyopt", "Function"])
@pytest.mark.parametrize("name", TIMED)
def test_peers_run_programs(peer: str, name: str) -> None:
    program = TIMED[name]
    if program.needs is not None and find_spec(program.needs) is None:
        pytest.skip(f"needs {program.needs}")
    fn, args = program.small()
    try:
        ready = PEERS[peer].ready(fn, args)
        ready.call()
    except KeyError:
        assert peer == "Function"
        return
    assert isinstance(ready, Ready)
    assert timed(ready.call, 2) > 0
    assert measured(ready.call) > 0


def test_the_expressions_are_those_of_the_program() -> None:
    pytest.importorskip("numexpr")
    fn, args = signal.black_scholes(1000)
    for a, b in zip(fn(*args), black_scholes(*args), strict=True):
        assert a == pytest.approx(b, rel=1e-12)


def rows() -> list[Row]:
    """Two programs, one of which a peer refuses."""
    return [
        Row(
            "one",
            {"eager": 1.0, "lazyopt": 2.0},
            {"eager": [2.0, 4.0, 4.0], "lazyopt": [1.0, 1.0, 2.0]},
            {"eager": 100, "lazyopt": 50},
        ),
        Row(
            "two",
            {"lazyopt": 2.0},
            {"lazyopt": [1.0]},
            {"lazyopt": 50},
            {"eager": "KeyError: 'a|b<c>'"},
        ),
    ]


def test_a_ratio_is_the_median_of_rounds() -> None:
    one, two = rows()
    assert one.ratio("lazyopt", "eager") == 0.5
    assert two.ratio("lazyopt", "eager") is None


def test_tables_are_written_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{tables.BEGIN}\nold\n{tables.END}\nafter\n")
    for _ in range(2):
        tables.write_tables(rows(), ["eager", "lazyopt"], 1, page)
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("\nafter\n")
    assert "old" not in text
    assert text.count("| one | 4e+03 | 1e+03 |") == 1
    assert "| geometric mean | 0.50 of 1 |" in text
    assert "- two, eager: KeyError: 'a\\|b&lt;c>'" in text


def test_versions_are_those_of_the_peers_libraries() -> None:
    peers = ["eager", "lazyopt", "fast_math", "Function"]
    first = tables.as_markdown(rows(), peers, 1).splitlines()[0]
    assert f"numpy {np.__version__}, autoray " in first
    assert "fast_math" not in first


def test_a_page_without_marks_is_an_error(tmp_path: Path) -> None:
    page: Any = tmp_path / "page.md"
    page.write_text("nothing")
    with pytest.raises(ValueError, match="has no lines"):
        tables.write_tables(rows(), ["eager", "lazyopt"], 1, page)
