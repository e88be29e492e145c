"""The demo's programs."""

import json

import pytest

import lazyopt as lo
from lazyopt.commands.console import UsageError
from lazyopt.commands.demo import demo
from lazyopt.commands.programs import PROGRAMS

pytest.importorskip("rich")


@pytest.mark.parametrize("program", PROGRAMS)
def test_results_are_equal_and_peaks_lower(
    program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo(program, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["equal"]
    before, after = found["before"], found["after"]
    assert after["peak_bytes"] <= before["peak_bytes"]
    assert after["lower_bound_bytes"] <= after["peak_bytes"]
    assert after["measured_peak_bytes"] <= 1.05 * before["measured_peak_bytes"]
    assert PROGRAMS[program].about


def test_a_difference_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import lazyopt.commands.demo as module

    monkeypatch.setattr(module, "same_bits", lambda a, b: False)
    assert demo("newton-schulz") == 1
    assert "differs" in capsys.readouterr().out


def test_unknown_programs() -> None:
    with pytest.raises(UsageError, match="jacobi"):
        demo("nonesuch")


def test_every_program_can_be_traced() -> None:
    for chosen in PROGRAMS.values():
        graph = lo.trace(chosen.fn, chosen.array())
        assert all(node.op.is_pure for node in graph)
