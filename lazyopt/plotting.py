"""Memory over the steps of a run, drawn with matplotlib: extra ``plot``."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lazyopt.graph import Graph
from lazyopt.looking.drawing import axes, byte_axis, number_axis
from lazyopt.measure import Measurement
from lazyopt.memory import MemoryProfile
from lazyopt.sizes import format_bytes

__all__ = ["plot_memory"]

#: Of a longer timeline, the highest of each block of steps is drawn: more
#: points than this could not be told apart.
POINTS = 2_000

#: Of the colours of Okabe and Ito, which the colour-blind can tell apart.
BLUE, GREEN, ORANGE = "#0072B2", "#009E73", "#D55E00"
GREY = "#595959"

Floats = NDArray[np.float64]


def plot_memory(
    graph: Graph,
    other: Graph | None = None,
    measured: Measurement | None = None,
    ax: Any = None,
) -> Any:
    """Draw a graph's memory over its steps: see `Graph.plot_memory`."""
    ax = axes(ax, (8, 4.5))
    drawn = [(graph.memory, "predicted", BLUE)]
    if other is not None:
        drawn = [
            (graph.memory, "before", BLUE),
            (other.memory, "after", GREEN),
        ]
    for m, name, colour in drawn:
        _draw_steps(ax, m.timeline, color=colour, linewidth=1.6, label=name)
        _draw_steps(ax, m.timeline, color=colour, alpha=0.12, fill=True)
    if measured is not None:
        _draw_steps(
            ax,
            measured.measured,
            color=ORANGE,
            linewidth=1.4,
            linestyle=(0, (3, 1, 1, 1)),
            label="measured",
        )
    _draw_bounds(ax, drawn)
    highest = [m.peak_bytes for m, *_ in drawn]
    if measured is not None:
        highest.append(measured.measured_peak)
    top = max(highest)
    _mark_peaks(ax, drawn, top)
    _set_axes(ax, [m for m, *_ in drawn], top)
    ax.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.14),
        ncols=5,
        frameon=False,
    )
    return ax


def _draw_steps(ax: Any, timeline: Sequence[int], **style: Any) -> None:
    """Bytes as a staircase, step ``i`` centred at ``i``."""
    if not timeline:
        return
    values: Floats = np.asarray(timeline, np.float64)
    first = np.arange(len(values))
    if len(values) > POINTS:
        first = np.unique(
            np.linspace(0, len(values), POINTS, False, dtype=int)
        )
        values = np.maximum.reduceat(values, first)
    edges = np.append(first, len(timeline)) - 0.5
    baseline = 0 if "fill" in style else None
    if "fill" in style:
        style["linewidth"] = 0
    ax.stairs(values, edges, baseline=baseline, **style)


def _draw_bounds(ax: Any, drawn: list[tuple[MemoryProfile, str, str]]) -> None:
    """What no order needs less than, a dashed line for each that differs."""
    bounds = {m.lower_bound_bytes for m, *_ in drawn}
    if len(bounds) == 1:
        drawn = [(drawn[0][0], "", GREY)]
    for m, name, colour in drawn:
        ax.axhline(
            m.lower_bound_bytes,
            color=colour,
            linewidth=1.2,
            linestyle="--",
            label=f"bound {name}".rstrip(),
        )


def _mark_peaks(
    ax: Any, drawn: list[tuple[MemoryProfile, str, str]], top: int
) -> None:
    """A mark on each peak, and above it what runs there.

    Texts of peaks that are near each other go above both, a line each.
    """
    marked = [(m, colour) for m, _, colour in drawn if m.peak_step]
    marked.sort(key=lambda pair: pair[0].peak_bytes)
    row = 0
    for m, colour in marked:
        node, at = m.peak_step, int(np.argmax(m.timeline))
        assert node is not None
        y = height = m.timeline[at]
        ax.plot(at, height, "v", color=colour, markersize=7, clip_on=False)
        if marked[-1][0].peak_bytes - height < 0.2 * top:
            y = int(top * (1 + 0.1 * row))
            row += 1
        where = f", {PurePath(node.source).name}" if node.source else ""
        part = at / (len(m.steps) - 1) if len(m.steps) > 1 else 0.5
        side = "left" if part < 0.35 else "right" if part > 0.65 else "center"
        ax.annotate(
            f"{format_bytes(height)}: {node.op.name}{where}",
            (at, y),
            ({"left": 6, "center": 0, "right": -2}[side], 10),
            textcoords="offset points",
            color=colour,
            ha=side,
            va="bottom",
            bbox={"color": "white", "alpha": 0.75, "pad": 1},
        )


def _set_axes(ax: Any, profiles: list[MemoryProfile], top: int) -> None:
    sizes = [format_bytes(m.resident_bytes) for m in profiles]
    after = f" (after: {sizes[-1]})" * (sizes[-1] != sizes[0])
    least = ", at least," * any(m.unknown for m in profiles)
    ax.set_title(
        f"Memory{least} beyond {sizes[0]}{after} of inputs and constants",
        loc="left",
        fontsize="medium",
    )
    ax.set_xlabel("step")
    ax.set_ylabel("bytes live")
    ax.set_xlim(-0.5, max(*[len(m.steps) for m in profiles], 1) - 0.5)
    ax.set_ylim(0, max(top, 1) * (1.1 + 0.1 * len(profiles)))
    number_axis(ax.xaxis)
    byte_axis(ax.yaxis, top)
    ax.spines[["top", "right"]].set_visible(False)
