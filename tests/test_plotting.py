"""What is drawn, read back from the axes."""

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo

from .helpers import modified_gram_schmidt, normal

pytestmark = pytest.mark.plot

N = 1 << 17  # 1 MiB of float64


@pytest.fixture(autouse=True)
def no_windows() -> Iterator[Any]:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")


def hill(x: Any) -> Any:
    """Live arrays while it runs: 1, 2, 3, 3, 2."""
    a = do("sin", x)
    b = do("cos", x)
    c = a * b
    return do("sum", (c - a))


def lines(ax: Any) -> dict[str, Any]:
    """The staircases and lines in the legend, by name."""
    handles, labels = ax.get_legend_handles_labels()
    return dict(zip(labels, handles, strict=True))


def overlap(ax: Any) -> bool:
    """Whether any two texts in the picture overlap."""
    figure = ax.figure
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    found = [*ax.texts, *ax.get_legend().get_texts(), ax.xaxis.label]
    found += [ax.title, ax.yaxis.label, *ax.get_yticklabels()]
    found += [t for t in ax.get_xticklabels() if t.get_text()]
    found.append(ax._left_title)
    boxes = [t.get_window_extent(renderer) for t in found if t.get_text()]
    return any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_the_prediction_is_a_staircase() -> None:
    graph = lo.trace(hill, normal(N))
    ax = graph.plot_memory()
    stairs = lines(ax)["predicted"].get_data()
    assert tuple(stairs.values) == graph.memory.timeline
    assert stairs.edges.tolist() == [-0.5, 0.5, 1.5, 2.5, 3.5, 4.5]
    assert list(lines(ax)) == ["predicted", "bound"]
    (bound,) = set(lines(ax)["bound"].get_ydata())
    assert bound == graph.memory.lower_bound_bytes
    assert lines(ax)["bound"].get_linestyle() == "--"


def test_the_peak_is_marked_and_named() -> None:
    ax = lo.trace(hill, normal(N)).plot_memory()
    (text,) = ax.texts
    assert text.get_text().startswith("3.0 MiB: multiply, test_plotting.py:")
    marks = [m for m in ax.lines if m.get_marker() == "v"]
    assert [(*m.get_xdata(), *m.get_ydata()) for m in marks] == [
        (2, 3 * 8 * N)
    ]


def test_the_caption_says_what_is_resident() -> None:
    ax = lo.trace(hill, normal(N)).plot_memory()
    title = ax.get_title("left")
    assert title == "Memory beyond 1.0 MiB of inputs and constants"


def test_bytes_have_units() -> None:
    ax = lo.trace(hill, normal(N)).plot_memory()
    ax.figure.draw_without_rendering()
    found = [t.get_text() for t in ax.get_yticklabels()]
    assert {"0", "0.5 MiB", "1 MiB", "3 MiB"} <= set(found)
    small = lo.trace(hill, normal(10)).plot_memory()
    small.figure.draw_without_rendering()
    assert "200 B" in [t.get_text() for t in small.get_yticklabels()]


def test_what_was_measured_lies_beside_it() -> None:
    x = normal(N)
    graph = lo.trace(hill, x)
    m = graph.measure(x)
    ax = graph.plot_memory(measured=m)
    assert list(lines(ax)) == ["predicted", "measured", "bound"]
    stairs = lines(ax)["measured"].get_data()
    assert tuple(stairs.values) == m.measured


def test_before_against_after() -> None:
    def fn(x: Any) -> Any:
        waves = [do("sin", x * i) for i in range(5)]
        return sum(do("sum", w) for w in waves)

    x = normal(N)
    graph = lo.trace(fn, x)
    better = lo.optimize(graph)
    ax = graph.plot_memory(better, better.measure(x))
    names = list(lines(ax))
    assert names[:3] == ["before", "after", "measured"]
    assert names[3:] in (["bound"], ["bound before", "bound after"])
    assert tuple(lines(ax)["after"].get_data().values) == (
        better.memory.timeline
    )
    assert len(ax.texts) == 2
    assert not overlap(ax)
    assert ax.get_ylim()[1] > graph.memory.peak_bytes


def test_bounds_that_differ_are_both_drawn() -> None:
    def fn(x: Any) -> Any:
        return do("sin", x) * do("sin", x) + do("cos", x)

    graph = lo.trace(fn, normal(N))
    other = lo.trace(lambda x: do("sum", do("sin", x)), normal(N))
    ax = graph.plot_memory(other)
    assert list(lines(ax))[2:] == ["bound before", "bound after"]


@pytest.mark.parametrize("rows", [2, 12, 40])
def test_texts_of_equal_peaks_do_not_overlap(rows: int) -> None:
    graph = lo.trace(modified_gram_schmidt, normal(rows, 500))
    better = lo.optimize(graph)
    assert not overlap(graph.plot_memory(better))
    assert not overlap(graph.plot_memory(graph))


def test_one_step_and_none() -> None:
    x = normal(N)
    one = lo.trace(lambda x: x * 2, x)
    ax = one.plot_memory(measured=one.measure(x))
    assert ax.get_xlim() == (-0.5, 0.5)
    assert not overlap(ax)
    none = lo.trace(lambda x: x, x)
    ax = none.plot_memory(none, none.measure(x))
    assert not ax.texts
    assert list(lines(ax)) == ["bound"]


def test_of_a_long_timeline_the_peak_is_still_seen() -> None:
    def fn(x: Any) -> Any:
        for i in range(30_000):
            x = x + 1
            if i == 21_111:
                x = do("sum", do("stack", [x] * 50), axis=0)
        return x

    graph = lo.trace(fn, normal(10))
    ax = graph.plot_memory()
    stairs = lines(ax)["predicted"].get_data()
    assert len(stairs.values) == 2_000
    assert stairs.edges[[0, -1]].tolist() == [-0.5, len(graph) - 1.5]
    assert stairs.values.max() == graph.memory.peak_bytes
    at = int(np.argmax(stairs.values))
    assert stairs.edges[at] < 21_112 < stairs.edges[at + 1]


def test_axes_of_the_users_own(no_windows: Any) -> None:
    figure, (left, right) = no_windows.subplots(1, 2)
    graph = lo.trace(hill, normal(N))
    assert graph.plot_memory(ax=right) is right
    assert not left.lines and right.lines
    assert no_windows.get_fignums() == [figure.number]


def test_unknown_sizes_are_at_least() -> None:
    def mystery(x: Any) -> Any:
        return x

    graph = lo.trace(lambda x: lo.call(mystery, x * 2), normal(N))
    ax = graph.plot_memory()
    assert ax.get_title("left").startswith("Memory, at least, beyond")


def test_without_matplotlib_the_extra_is_named() -> None:
    program = """
        import sys
        sys.modules["matplotlib"] = None
        import lazyopt as lo
        graph = lo.trace(lambda x: x + 1, lo.ArraySpec((2,)))
        try:
            graph.plot_memory()
        except ImportError as error:
            print(error)
        """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "pip install 'autoray-lazyopt[plot]'" in done.stdout


def test_it_is_only_imported_to_plot() -> None:
    program = (
        "import sys, lazyopt; assert 'matplotlib' not in sys.modules, 'seen'"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
