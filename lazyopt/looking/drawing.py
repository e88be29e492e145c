"""What the pictures share: axes, colours, units, a part of a schedule."""

import math
import zlib
from collections.abc import Iterable
from itertools import count
from typing import Any

import numpy as np

from lazyopt.errors import GraphError
from lazyopt.graph import Graph
from lazyopt.ops import CONSTANT, INPUT
from lazyopt.sizes import format_bytes

__all__ = [
    "GIVEN",
    "OTHER",
    "add_legend",
    "axes",
    "byte_axis",
    "caption",
    "log_byte_axis",
    "new_axes",
    "number_axis",
    "op_colours",
    "peak_place",
    "scaled",
    "window_of",
]

#: That the colour-blind can tell apart.
COLOURS = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#7A5BA6",
    "#B3A100",
    "#7F4F24",
    "#2FA5A5",
    "#2F4B7C",
    "#7BAF2E",
)
#: Inputs and constants; ops that have no colour of their own.
GIVEN, OTHER = "#404040", "#A6A6A6"


def axes(ax: Any, figsize: tuple[float, float]) -> Any:
    """The axes given, or those of a new figure."""
    return new_axes(figsize) if ax is None else ax


def new_axes(figsize: tuple[float, float], columns: int = 1) -> Any:
    """The axes of a new figure, or an array of them side by side.

    Raises
    ------
    ImportError
        Without matplotlib; it names the extra.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            "plots need the extra 'plot': pip install 'autoray-lazyopt[plot]'"
        ) from error
    return plt.subplots(1, columns, figsize=figsize, layout="constrained")[1]


def op_colours(graph: Graph) -> dict[str, str]:
    """A colour for each op, by name: the most frequent have their own.

    It goes by the name, so that a graph looks alike before and after passes.
    """
    counts = graph.counts
    given = [op.name for op in (INPUT, CONSTANT) if counts.pop(op.name, 0)]
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    own: dict[str, str] = {}
    for name in sorted(ranked[: len(COLOURS)]):
        at = zlib.crc32(name.encode(errors="replace"))
        free = (COLOURS[(at + i) % len(COLOURS)] for i in count())
        own[name] = next(
            colour for colour in free if colour not in own.values()
        )
    return {
        **dict.fromkeys(given, GIVEN),
        **{name: own.get(name, OTHER) for name in ranked},
    }


def add_legend(ax: Any, colours: dict[str, str], names: Iterable[str]) -> None:
    """Name the colours of some ops, beside the axes."""
    from matplotlib.patches import Patch

    named: dict[str, str] = {}
    seen = set(names)
    for name, colour in colours.items():
        if name in seen:
            known = {GIVEN: "input, constant", OTHER: "other"}
            named.setdefault(known.get(colour, name), colour)
    ax.legend(
        handles=[Patch(color=c, label=name) for name, c in named.items()],
        loc="upper left",
        bbox_to_anchor=(1.0, 1.0),
        frameon=False,
        fontsize="small",
        handlelength=1,
    )


def window_of(
    graph: Graph, window: tuple[int, int] | None, most: int
) -> tuple[int, int]:
    """First node and end of the part of a schedule that is drawn.

    Raises
    ------
    GraphError
        For a window that isn't within the graph.
    """
    n = len(graph.nodes)
    if window is not None:
        first, end = window
        if not 0 <= first < end <= n:
            raise GraphError(
                f"{window} is no part of {n:,} nodes; give the first one and "
                f"the end, such as (0, {n})"
            )
        return first, end
    if n <= most:
        return 0, n
    peak = graph.memory.peak_step
    centre = 0 if peak is None else graph.number(peak)
    first = max(0, min(centre - most // 2, n - most))
    return first, first + most


def caption(graph: Graph, first: int, end: int) -> str:
    """Which nodes are drawn, where it isn't all of them."""
    n = len(graph.nodes)
    if (first, end) == (0, n):
        return f"{n:,} nodes"
    return f"nodes %{first:,} to %{end - 1:,} of {n:,}"


def peak_place(graph: Graph) -> int | None:
    """Number of the node that runs at the peak."""
    peak = graph.memory.peak_step
    return None if peak is None else graph.number(peak)


# ------------------------------------------------------------------- units


def byte_axis(axis: Any, top: float) -> None:
    """Bytes in the binary unit that suits them, on a linear scale."""
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    unit, name = _unit(int(top))
    axis.set_major_locator(MultipleLocator(unit * _nice(top / unit / 6)))
    axis.set_major_formatter(
        FuncFormatter(lambda y, _: f"{y / unit:g} {name}" if y else "0")
    )


def log_byte_axis(axis: Any) -> None:
    """Bytes in powers of two."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axis.set_major_locator(LogLocator(base=2, numticks=8))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda y, _: _short(y)))


def _short(size: float) -> str:
    return format_bytes(int(size)).replace(".0 ", " ")


def number_axis(axis: Any) -> None:
    """Whole numbers, with commas."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
    axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))


def _unit(size: int) -> tuple[int, str]:
    """The largest binary unit that a number of bytes fills."""
    names = ("B", "KiB", "MiB", "GiB", "TiB")
    power = max(0, min(len(names) - 1, (max(size, 1).bit_length() - 1) // 10))
    return 1 << 10 * power, names[power]


def _nice(least: float) -> float:
    """The first of ..., 0.5, 1, 2, 5, 10, ... that is no less."""
    if least <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= least)


def scaled(values: Iterable[float], least: float, most: float) -> Any:
    """Numbers from ``least`` to ``most``, by the logarithms of others."""
    logs = np.log2(np.maximum(np.asarray(list(values), float), 1.0))
    top = logs.max(initial=0.0)
    return least + (most - least) * (logs / top if top else logs)
