"""Ops in charts: over the schedule, their totals, and their times."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, Literal

import numpy as np

from lazyopt.errors import GraphError
from lazyopt.graph import Graph
from lazyopt.looking.drawing import (
    GIVEN,
    OTHER,
    add_legend,
    axes,
    byte_axis,
    log_byte_axis,
    new_axes,
    number_axis,
    op_colours,
)
from lazyopt.looking.statistics import Quantity, per_node, stats, title_of
from lazyopt.profiling import Profile, ProfileRow, format_seconds
from lazyopt.sizes import format_bytes

__all__ = ["plot_ops", "plot_profile", "plot_stats"]

#: Bars that are drawn; the rest is summed up in one more.
BARS = 12

#: How many times as wide as high a picture of a pixel a node is.
ASPECT = 4


def plot_ops(
    graph: Graph,
    of: Quantity = "bytes_out",
    kind: Literal["scatter", "lines", "image"] = "scatter",
    log: bool = False,
    ax: Any = None,
) -> Any:
    """Draw a quantity of each call: see `Graph.plot_ops`."""
    if kind not in ("scatter", "lines", "image"):
        raise GraphError(
            f"kind={kind!r} isn't one of 'scatter', 'lines', 'image'"
        )
    colours = op_colours(graph)
    values = np.array(
        [np.nan if v is None else v for v in per_node(graph, of)], float
    )
    ax = axes(ax, (9, 3))
    if kind == "image":
        _draw_image(ax, graph, values, colours, log)
    else:
        _draw_places(ax, graph, values, colours, kind)
        _scale(ax, of, values, log)
        ax.set_xlim(-0.5, max(len(values), 1) - 0.5)
        ax.set_xlabel("node")
        number_axis(ax.xaxis)
        ax.spines[["top", "right"]].set_visible(False)
    ax.set_title(f"{title_of(of)}, by call", loc="left", fontsize="medium")
    add_legend(ax, colours, colours)
    return ax


def _draw_places(
    ax: Any,
    graph: Graph,
    values: Any,
    colours: dict[str, str],
    kind: str,
) -> None:
    """A point or a line a node, those of one op together."""
    places: dict[str, list[int]] = {name: [] for name in colours}
    for i, node in enumerate(graph.nodes):
        places[node.op.name].append(i)
    # A few points may be large; many would hide each other.
    area = float(np.clip(4000 / max(len(values), 1), 6, 36))
    many = len(values) > 2000
    for name, at in places.items():
        x, y = np.array(at), values[at]
        if kind == "scatter":
            ax.scatter(
                x,
                y,
                s=area,
                marker="s",
                color=colours[name],
                linewidths=0,
                label=name,
                rasterized=many,
            )
        else:
            width = float(np.clip(500 / max(len(values), 1), 1.2, 5))
            ax.vlines(
                x,
                0,
                y,
                colors=colours[name],
                linewidth=width,
                label=name,
                rasterized=many,
            )


def _scale(ax: Any, of: Quantity, values: Any, log: bool) -> None:
    """A scale that suits the quantity; on a logarithmic one, 0 isn't seen."""
    top = np.nanmax(values, initial=0.0)
    in_bytes = isinstance(of, str) and of.startswith("bytes")
    if log and top > 0:
        least = np.nanmin(values[values > 0])
        ax.set_yscale("log", base=2 if in_bytes else 10)
        ax.set_ylim(least / 1.5, max(top, 2 * least) * 1.5)
        if in_bytes:
            log_byte_axis(ax.yaxis)
    else:
        ax.set_ylim(min(np.nanmin(values, initial=0.0), 0), (top or 1) * 1.08)
        if in_bytes:
            byte_axis(ax.yaxis, top)


def _draw_image(
    ax: Any, graph: Graph, values: Any, colours: dict[str, str], log: bool
) -> None:
    """A pixel a node, row by row; paler, the smaller its value is."""
    from matplotlib.colors import to_rgb

    n = len(values)
    shown = np.nan_to_num(values)
    if log:
        shown = np.log2(np.maximum(shown, 1))
    top = shown.max(initial=0.0)
    strength = 0.3 + 0.7 * np.sqrt(shown / top if top else shown)
    table = np.array([to_rgb(colours[node.op.name]) for node in graph.nodes])
    pixels = 1 - strength[:, None] * (1 - table.reshape(n, 3))
    rows = max(round((n / ASPECT) ** 0.5), 1)
    columns = -(-n // rows)
    picture = np.ones((rows * columns, 3))
    picture[:n] = pixels
    ax.imshow(
        picture.reshape(rows, columns, 3),
        interpolation="nearest",
        aspect="auto",
    )
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_xlabel(f"row by row, {columns:,} nodes in each")


def plot_stats(
    graph: Graph,
    of: Quantity = "count",
    kind: Literal["bar", "pie"] = "bar",
    ax: Any = None,
) -> Any:
    """Draw the totals by op: see `Graph.plot_stats`."""
    if kind not in ("bar", "pie"):
        raise GraphError(f"kind={kind!r} isn't one of 'bar', 'pie'")
    totals = {k: v for k, v in stats(graph, of).items() if v > 0}
    ranked = sorted(totals, key=lambda name: (-totals[name], name))
    rest = sum(totals[name] for name in ranked[BARS:])
    names = [*ranked[:BARS]]
    values = [totals[name] for name in names]
    chosen = op_colours(graph)
    colours = [chosen[name] for name in names]
    if rest:
        names.append(f"{len(ranked) - BARS} more")
        values.append(rest)
        colours.append(OTHER)
    texts = [_text(of, v) for v in values]
    if kind == "bar":
        ax = axes(ax, (7, 0.3 * len(names) + 0.9))
        _draw_bars(ax, names, values, colours, texts)
    else:
        ax = axes(ax, (7, 4))
        _draw_pie(ax, names, values, colours, texts)
    ax.set_title(
        f"{title_of(of)}, by op: {_text(of, sum(values))} in all",
        loc="left",
        fontsize="medium",
    )
    return ax


def _text(of: Quantity, value: float) -> str:
    if isinstance(of, str) and of.startswith("bytes"):
        return format_bytes(int(value))
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3g}"


def _draw_bars(
    ax: Any,
    names: Sequence[str],
    values: Sequence[float],
    colours: Sequence[str] | str,
    texts: Sequence[str],
) -> None:
    """Bars from above, the first on top, with their values beside them."""
    bars = ax.barh(range(len(names)), values, color=colours, height=0.72)
    ax.bar_label(bars, texts, padding=4, fontsize="small", color=GIVEN)
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(axis="y", length=0)
    ax.invert_yaxis()
    ax.set_xticks([])
    ax.set_xlim(0, 1.22 * max(values, default=1))
    ax.spines[["top", "right", "bottom"]].set_visible(False)


def _draw_pie(
    ax: Any,
    names: Sequence[str],
    values: Sequence[float],
    colours: Sequence[str],
    texts: Sequence[str],
) -> None:
    """A pie from the top on, clockwise, with names and shares beside it."""
    if not values:
        ax.axis("off")
        return
    ax.pie(
        values,
        colors=colours,
        startangle=90,
        counterclock=False,
        wedgeprops={"edgecolor": "white", "linewidth": 1},
    )
    whole = sum(values)
    ax.legend(
        ax.patches,
        [
            f"{name}  {text}  ({value / whole:.1%})"
            for name, text, value in zip(names, texts, values, strict=True)
        ],
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        frameon=False,
        fontsize="small",
    )


def plot_profile(profile: Profile, ax: Any = None) -> Any:
    """Draw times as bars, by op and by source line: see `Profile.plot`."""
    if ax is None:
        ax, beside = new_axes((11, 4), columns=2)
        _draw_times(beside, profile.by_source)
        beside.set_title("by source line", loc="left", fontsize="medium")
        ax.figure.suptitle(profile.headline, fontsize="medium")
    _draw_times(ax, profile.by_op)
    ax.set_title("time by op", loc="left", fontsize="medium")
    return ax


def _draw_times(ax: Any, rows: tuple[ProfileRow, ...]) -> None:
    shown, rest = rows[:BARS], rows[BARS:]
    names = [PurePath(row.name).name for row in shown]
    seconds = [row.seconds for row in shown]
    texts = [f"{format_seconds(r.seconds)} ({r.share:.0%})" for r in shown]
    colours = ["#0072B2"] * len(shown)
    if rest:
        names.append(f"{len(rest):,} more")
        seconds.append(sum(row.seconds for row in rest))
        texts.append(
            f"{format_seconds(seconds[-1])} ({sum(r.share for r in rest):.0%})"
        )
        colours.append(OTHER)
    _draw_bars(ax, names, seconds, colours, texts)
    ax.set_xlim(0, 1.45 * max(seconds, default=1))
