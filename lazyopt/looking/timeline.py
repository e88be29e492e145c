"""Memory over the steps as HTML: a drawing that stretches, and its text.

The drawing holds no text: what is to be read stays as large as the page's
own on a narrow screen.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from lazyopt.looking.markup import Markup, tag
from lazyopt.memory import MemoryProfile
from lazyopt.sizes import format_bytes

__all__ = ["timeline_figure"]

#: Of a longer timeline, the highest of each block of steps is drawn.
POINTS = 500
#: Units of the drawing.
WIDTH, HEIGHT = 1000, 300


def timeline_figure(
    m: MemoryProfile, caption: str, name: str = "a", top: int | None = None
) -> Markup:
    """Bytes live at each step, with the bound and the peak.

    Parameters
    ----------
    m : MemoryProfile
    caption : str
    name : {"a", "b"}, optional
        Which of two colours it has.
    top : int, optional
        Bytes that the scale must reach, for drawings side by side.

    Returns
    -------
    Markup
    """
    ticks = _ticks(max(m.peak_bytes, m.lower_bound_bytes, top or 0, 1))
    scale = max(ticks[-1], 1)
    return tag(
        "figure",
        tag("figcaption", caption),
        tag(
            "div",
            tag("div", *_labels(ticks, scale), class_="lo-y"),
            tag(
                "div",
                _drawing(m, ticks, scale),
                *_peak_mark(m, scale),
                class_="lo-area",
            ),
            class_="lo-plot",
        ),
        tag("div", *_step_labels(len(m.timeline)), class_="lo-x"),
        class_=f"lo-fig lo-{name}",
    )


def _ticks(top: int) -> list[int]:
    """Up to six round numbers of bytes, the last no less than the top."""
    unit = 1 << 10 * max(0, (top.bit_length() - 1) // 10)
    step = top / unit / 4
    power = 10.0 ** math.floor(math.log10(step))
    nice = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= step)
    each = max(int(nice * unit), 1)
    return [each * i for i in range(-(-top // each) + 1)]


def _labels(ticks: Sequence[int], scale: int) -> list[Markup]:
    return [
        tag(
            "span",
            format_bytes(t).replace(".0 ", " ") if t else "0",
            style=f"bottom:{100 * t / scale:.1f}%",
        )
        for t in ticks
    ]


def _step_labels(steps: int) -> list[Markup]:
    if not steps:
        return [tag("span", "nothing runs")]
    middle = [tag("span", f"{steps // 2:,}")] * (steps > 2)
    return [
        tag("span", "step 0"),
        *middle,
        tag("span", f"{steps - 1:,}"),
    ]


def _drawing(m: MemoryProfile, ticks: Sequence[int], scale: int) -> Markup:
    def y(size: float) -> str:
        return f"{HEIGHT * (1 - size / scale):.1f}"

    grid = "".join(f"M0 {y(t)}H{WIDTH}" for t in ticks)
    line = _staircase(m.timeline, y)
    parts = [tag("path", class_="lo-grid", d=grid)]
    if m.timeline:
        start = y(m.timeline[0])
        parts += [
            tag("path", class_="lo-fill", d=f"M0 {HEIGHT}{line}V{HEIGHT}Z"),
            tag("path", class_="lo-line", d=f"M0 {start}{line}"),
        ]
    parts.append(
        tag(
            "path", class_="lo-bound", d=f"M0 {y(m.lower_bound_bytes)}H{WIDTH}"
        )
    )
    return tag(
        "svg",
        *parts,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"memory over the steps, peak {format_bytes(m.peak_bytes)}",
    )


def _staircase(timeline: Sequence[int], y: Callable[[float], str]) -> str:
    """A path of levels, each as wide as its steps, from the first one on."""
    n = len(timeline)
    if not n:
        return ""
    values = np.asarray(timeline)
    first = np.unique(np.linspace(0, n, min(n, POINTS), False, dtype=int))
    levels = np.maximum.reduceat(values, first).tolist()
    ends = [*first[1:].tolist(), n]
    return "".join(
        f"V{y(level)}H{WIDTH * end / n:.1f}"
        for level, end in zip(levels, ends, strict=True)
    )


def _peak_mark(m: MemoryProfile, scale: int) -> list[Markup]:
    """A mark on the peak, beside the drawing so that it isn't stretched."""
    if not m.timeline:
        return []
    at = int(np.argmax(m.timeline))
    left = 100 * (at + 0.5) / len(m.timeline)
    bottom = 100 * m.timeline[at] / scale
    return [
        tag(
            "span",
            "▼",
            class_="lo-mark",
            style=f"left:{left:.2f}%;bottom:{bottom:.2f}%",
        )
    ]
