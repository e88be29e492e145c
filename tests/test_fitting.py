"""The curve of peaks against extra operations."""

from itertools import pairwise

import pytest

import lazyopt as lo
from lazyopt.ordering import peak_bytes

from .helpers import same
from .recompute.chains import chain

FN, ARGS = chain(12, 16)


@pytest.fixture(scope="module")
def curve() -> lo.Fit:
    return lo.fit(lo.trace(FN, *ARGS))


def test_twenty_limits_from_the_best_order_to_the_least(
    curve: lo.Fit,
) -> None:
    best = lo.optimize(curve.graph, ["reorder", "reuse"])
    limits = [p.limit for p in curve.points]
    assert len(limits) == 20
    assert limits[0] == peak_bytes(best)
    assert limits == sorted(limits, reverse=True)
    assert curve.points[0].extra_flops == 0
    assert limits[-1] < limits[0] / 2


def test_a_looser_limit_never_costs_more(curve: lo.Fit) -> None:
    for looser, tighter in pairwise(curve.points):
        assert looser.fits
        assert tighter.fits
        assert looser.extra_flops <= tighter.extra_flops


def test_each_graph_is_within_its_limit_as_measured(curve: lo.Fit) -> None:
    expected = FN(*ARGS)
    for point in curve.points:
        graph = point.graph
        assert peak_bytes(graph) == point.peak_bytes <= point.limit
        assert graph.flops - curve.graph.flops == point.extra_flops
        assert graph.measure(*ARGS).parts_at is None
        same(graph(*ARGS), expected)


def test_limits_of_ones_own() -> None:
    found = lo.fit(lo.trace(FN, *ARGS), ["20 KiB", 10, "1 MiB"])
    assert [p.limit for p in found.points] == [1 << 20, 20 << 10, 10]
    assert [p.fits for p in found.points] == [True, True, False]


def test_it_prints_as_a_table() -> None:
    found = lo.fit(lo.trace(FN, *ARGS), ["20 KiB", 10, "1 MiB"])
    lines = repr(found).splitlines()
    assert lines[0].split() == ["limit", "peak", "extra", "FLOPs"]
    assert lines[1].split()[:2] == ["1.0", "MiB"]
    assert lines[1].split()[-1] == "+0.0%"
    assert lines[-1].endswith("can't be reached")


def test_a_limit_that_is_no_number_is_named() -> None:
    with pytest.raises(lo.PassError, match="'lots'"):
        lo.fit(lo.trace(FN, *ARGS), ["lots"])


@pytest.mark.plot
def test_it_is_drawn(curve: lo.Fit) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    ax = curve.plot()
    (line,) = ax.get_lines()
    assert len(line.get_xdata()) == 20
    assert ax.get_ylabel() == "extra FLOPs, %"
    matplotlib.pyplot.close(ax.figure)
    missed = lo.fit(curve.graph, ["20 KiB", 10]).plot()
    assert any("not reached" in t.get_text() for t in missed.texts)
    matplotlib.pyplot.close(missed.figure)
