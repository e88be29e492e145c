"""Memory over the steps, read back from the path that is drawn."""

import re
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.looking.timeline import HEIGHT, POINTS, WIDTH, timeline_figure

from ..helpers import modified_gram_schmidt, normal

N = 1 << 10


def program(x: Any) -> Any:
    a = do("sin", x)
    b = do("cos", x)
    return do("sum", (a * b - a))


def scale_of(page: str) -> list[tuple[str, float]]:
    """Texts beside the drawing, and how far up they stand, in per cent."""
    found = re.findall(r'<span style="bottom:([\d.]+)%">([^<]*)</span>', page)
    return [(text, float(part)) for part, text in found]


def levels(page: str) -> list[tuple[float, float]]:
    """Where each level of the staircase ends, and its height."""
    (path,) = re.findall(r'class="lo-line" d="([^"]*)"', page)
    return [
        (float(x), HEIGHT - float(y))
        for y, x in re.findall(r"V([\d.]+)H([\d.]+)", path)
    ]


def test_the_staircase_is_the_timeline() -> None:
    m = lo.trace(program, normal(N)).memory
    page = timeline_figure(m, "caption")
    found = levels(page)
    assert [x for x, _ in found] == [
        pytest.approx(WIDTH * (i + 1) / len(m.timeline), abs=0.1)
        for i in range(len(m.timeline))
    ]
    heights = np.array([y for _, y in found])
    expected = np.array(m.timeline) / max(m.timeline)
    assert heights / heights.max() == pytest.approx(expected, abs=0.01)


def test_the_scale_tells_bytes() -> None:
    m = lo.trace(program, normal(N)).memory
    assert m.peak_bytes == 3 * 8 * N
    assert scale_of(timeline_figure(m, "")) == [
        ("0", 0.0),
        ("10 KiB", pytest.approx(100 / 3, abs=0.1)),
        ("20 KiB", pytest.approx(200 / 3, abs=0.1)),
        ("30 KiB", 100.0),
    ]
    wider = scale_of(timeline_figure(m, "", top=1 << 20))
    assert wider[-1] == ("1 MiB", 100.0)


@pytest.mark.parametrize("size", [1, 3, 7, 100, 1023, 1024, 5000, 1 << 33])
def test_scales_reach_the_top_with_few_numbers(size: int) -> None:
    m = lo.trace(lambda x: x + 1, lo.ArraySpec((size,), "int8")).memory
    found = scale_of(timeline_figure(m, ""))
    assert 2 <= len(found) <= 6
    assert len({text for text, _ in found}) == len(found)


def test_the_peak_and_the_bound_are_marked() -> None:
    m = lo.trace(program, normal(N)).memory
    page = timeline_figure(m, "")
    (left, bottom) = re.findall(
        r'class="lo-mark" style="left:([\d.]+)%;bottom:([\d.]+)%', page
    )[0]
    at = m.timeline.index(max(m.timeline))
    steps = len(m.timeline)
    assert float(left) == pytest.approx(100 * (at + 0.5) / steps, abs=0.01)
    assert float(bottom) == pytest.approx(80.0, abs=0.01)
    (bound,) = re.findall(r'class="lo-bound" d="M0 ([\d.]+)H', page)
    share = 1 - float(bound) / HEIGHT
    assert share == pytest.approx(m.lower_bound_bytes / (30 << 10), abs=0.01)


def test_of_a_long_timeline_the_peak_is_still_there() -> None:
    graph = lo.trace(modified_gram_schmidt, normal(100, 100))
    page = timeline_figure(graph.memory, "")
    found = levels(page)
    assert len(found) == POINTS
    assert len(page) < 20_000
    top = max(y for _, y in found)
    assert top == pytest.approx(HEIGHT * 160_000 / (200 << 10), abs=0.1)


def test_nothing_runs() -> None:
    page = timeline_figure(lo.trace(lambda x: x, normal(3)).memory, "none")
    assert "nothing runs" in page
    assert "lo-line" not in page
