"""Two graphs side by side."""

from typing import Any

import pytest
from autoray import do, lazy

import lazyopt as lo

from .helpers import normal


def program(x: Any) -> Any:
    return do("exp", x) * do("exp", x) - 1


@pytest.fixture
def pair() -> tuple[lo.Graph, lo.Graph]:
    graph = lo.trace(program, normal(1000))
    return graph, lo.optimize(graph, ["share", "prune"])


def test_with_inputs_both_are_run(pair: tuple[lo.Graph, lo.Graph]) -> None:
    c = lo.compare(*pair, normal(1000))
    assert c.nodes == (5, 4)
    assert c.flops == (4000, 3000)
    assert c.bytes_moved == (8 * 9000, 8 * 6000)
    assert c.predicted_peak == (24000, 16000)
    assert c.measured_peak == pytest.approx((24000, 16000), rel=0.2)
    assert c.seconds is not None
    assert all(t > 0 for t in c.seconds)
    assert c.equal is True


def test_without_inputs_nothing_runs(pair: tuple[lo.Graph, lo.Graph]) -> None:
    c = lo.compare(*pair)
    assert c.nodes == (5, 4)
    assert (c.measured_peak, c.seconds, c.equal) == (None, None, None)
    assert "measured" not in str(c)


def test_it_prints_as_a_table(pair: tuple[lo.Graph, lo.Graph]) -> None:
    lines = str(lo.compare(*pair, normal(1000))).splitlines()
    assert lines[0].split() == ["before", "after"]
    assert lines[1].split() == ["nodes", "5", "4"]
    assert lines[2].split() == ["FLOPs", "4,000", "3,000"]
    assert lines[3].split() == ["bytes", "moved", "70.3", "KiB", "46.9", "KiB"]
    assert lines[4].split()[:3] == ["predicted", "peak", "23.4"]
    assert lines[5].startswith("measured peak")
    assert lines[6].startswith("time")
    assert lines[-1].endswith("equal, to the bit")
    assert len({len(line) for line in lines}) == 1


def test_a_difference_of_one_bit_is_said() -> None:
    before = lo.trace(lambda x: x + 0.0, normal(3))
    after = lo.trace(lambda x: x - 0.0, normal(3))
    zero = -normal(3) * 0.0
    zero[:] = -0.0
    c = lo.compare(before, after, zero)
    assert c.equal is False
    assert "NOT EQUAL" in str(c)


def test_bound_data_needs_no_inputs() -> None:
    graph = lo.from_lazy(do("exp", lazy.array(normal(10))))
    assert lo.compare(graph, lo.optimize(graph)).equal is True


def test_other_numbers_of_results_are_an_error() -> None:
    one = lo.trace(lambda x: x + 1, normal(3))
    two = lo.trace(lambda x: (x + 1, x), normal(3))
    with pytest.raises(lo.GraphError, match="different numbers"):
        lo.compare(one, two, normal(3))


def test_wrong_inputs_are_refused(pair: tuple[lo.Graph, lo.Graph]) -> None:
    with pytest.raises(lo.InputError, match="input x should be"):
        lo.compare(*pair, normal(3))


def test_donated_inputs_stay_as_they_are() -> None:
    graph = lo.trace(program, normal(1000)).donate()
    x = normal(1000)
    before = x.tobytes()
    assert lo.compare(graph, lo.optimize(graph), x).equal is True
    assert x.tobytes() == before


def test_in_a_notebook_it_is_a_table(pair: tuple[lo.Graph, lo.Graph]) -> None:
    page = lo.compare(*pair, normal(1000))._repr_html_()
    assert page.count("<tr") == 1 + 6 + 1
    for said in ("bytes moved", "46.9 KiB", "equal, to the bit"):
        assert said in page
