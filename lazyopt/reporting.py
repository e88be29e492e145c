"""A report on two graphs: one HTML file that needs no network."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from lazyopt.cost import flops_of
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.looking.markup import (
    Markup,
    clipped,
    details,
    joined,
    shortened,
    table,
    tag,
)
from lazyopt.looking.pages import memory_caption
from lazyopt.looking.style import FRAGMENT, PAGE
from lazyopt.looking.tables import (
    op_table,
    peak_table,
    record_part,
    schedule_table,
    source_line,
    summary_rows,
)
from lazyopt.looking.timeline import timeline_figure
from lazyopt.sizes import format_bytes

__all__ = ["report"]

#: Rows of a table of FLOPs, and passes that are told of.
ROWS, PASSES = 12, 200

#: Nothing is loaded and nothing is run, whatever names and lines hold.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def report(before: Graph, after: Graph, path: str | os.PathLike[str]) -> Path:
    """Write a page that puts a graph before and after its passes.

    It shows memory over the steps with the bound, what each pass did and
    left alone, what makes the peak and from which source lines, and where
    FLOPs go. It holds no scripts and loads nothing.

    Parameters
    ----------
    before, after : Graph
        Such as what `optimize` was given, and what it returned.
    path : path
        The file to write, of HTML in UTF-8. It is replaced if it is there.

    Returns
    -------
    pathlib.Path
        The file.
    """
    target = Path(path)
    target.write_text(_page(before, after), encoding="utf-8", errors="replace")
    return target


def _page(before: Graph, after: Graph) -> str:
    parts = [
        tag("h1", "Before and after"),
        tag("p", _lead(before, after), class_="lo-lead"),
        _summary(before, after),
        tag("h2", "Memory over the steps"),
        _timelines(before, after),
        tag("h2", "What the passes did"),
        *_passes(after),
        tag("h2", "What makes the peak"),
        *_peaks(before, after),
        tag("h2", "Where FLOPs go"),
        *_flops(before, after),
        tag("h2", "The schedules"),
        details("Before", schedule_table(before), op_table(before)),
        details("After", schedule_table(after), op_table(after)),
    ]
    head = tag(
        "head",
        Markup('<meta charset="utf-8">'),
        Markup(
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        ),
        Markup(
            '<meta name="viewport" '
            'content="width=device-width, initial-scale=1">'
        ),
        tag("title", "lazyopt: before and after"),
        tag("style", Markup(FRAGMENT + PAGE)),
    )
    body = tag("body", tag("main", *parts, class_="lo"))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


# ----------------------------------------------------------------- summary


def _lead(before: Graph, after: Graph) -> str:
    old, new = before.memory, after.memory
    if new.peak_bytes == old.peak_bytes:
        text = f"The peak stays at {format_bytes(new.peak_bytes)}"
    else:
        text = (
            f"The peak goes from {format_bytes(old.peak_bytes)} to "
            f"{format_bytes(new.peak_bytes)}"
            f"{_change(old.peak_bytes, new.peak_bytes)}"
        )
    if new.peak_bytes <= new.lower_bound_bytes:
        return f"{text}, as low as any order of these calls can be."
    return (
        f"{text}; no order of these calls needs less than "
        f"{format_bytes(new.lower_bound_bytes)}."
    )


def _change(old: float, new: float) -> str:
    """A change in per cent, in brackets; nothing if there is none."""
    if not old or old == new:
        return ""
    return f" ({100 * (new / old - 1):+.0f} %)"


def _summary(before: Graph, after: Graph) -> Markup:
    old, new = summary_rows(before), summary_rows(after)
    rows = [(name, a, b) for (name, a), (_, b) in zip(old, new, strict=True)]
    return table(["", "before", "after"], rows)


def _timelines(before: Graph, after: Graph) -> Markup:
    profiles = (before.memory, after.memory)
    top = max(m.peak_bytes for m in profiles)
    return tag(
        "div",
        *[
            timeline_figure(m, f"{title}. {memory_caption(m)}", name, top)
            for m, title, name in zip(
                profiles, ("Before", "After"), "ab", strict=True
            )
        ],
        class_="lo-pair",
    )


# ------------------------------------------------------------------ passes


def _passes(after: Graph) -> list[Markup]:
    if not after.history:
        return [tag("p", "No passes are on record for the graph after.")]
    seconds = sum(r.seconds for r in after.history)
    n = len(after.history)
    said = f"{n:,} pass{'es' * (n != 1)}, {seconds:.2f} s in all."
    shown = [record_part(r) for r in after.history[:PASSES]]
    if n > PASSES:
        shown.append(tag("p", f"{n - PASSES:,} more are left out."))
    return [tag("p", said), *shown]


# -------------------------------------------------------------------- peak


def _peaks(before: Graph, after: Graph) -> list[Markup]:
    parts = []
    for title, graph in (("Before", before), ("After", after)):
        m = graph.memory
        parts += [
            tag("h3", f"{title}: {format_bytes(m.peak_bytes)}"),
            peak_table(m),
            details(
                "In words, with what would lower it",
                tag("pre", clipped(str(m))),
            ),
        ]
    return parts


# ------------------------------------------------------------------- FLOPs


def _flops(before: Graph, after: Graph) -> list[Markup]:
    old, new = before.flops, after.flops
    key = joined(
        [
            tag("span", class_="lo-key lo-a"),
            f"before {old:,}   ",
            tag("span", class_="lo-key lo-b"),
            f"after {new:,}{_change(old, new)}",
        ]
    )
    if not old and not new:
        return [tag("p", "No call counts any.")]
    return [
        tag("p", key),
        _flops_table("op", before, after, lambda n: n.op.name),
        _flops_table("source line", before, after, lambda n: n.source or "?"),
    ]


def _flops_table(
    title: str, before: Graph, after: Graph, name: Callable[[Node], str]
) -> Markup:
    """FLOPs by name, before and after, as numbers and as bars."""
    old, new = _totals(before, name), _totals(after, name)
    both = {key: (old.get(key, 0), new.get(key, 0)) for key in {**old, **new}}
    ranked = sorted(both, key=lambda key: (-max(both[key]), key))
    most = max(max(pair) for pair in both.values()) or 1
    rows = [
        [
            source_line(key) if title == "source line" else shortened(key, 60),
            f"{both[key][0]:,}",
            f"{both[key][1]:,}",
            joined(_bars(both[key], most)),
        ]
        for key in ranked[:ROWS]
    ]
    if len(ranked) > ROWS:
        left = [sum(both[k][i] for k in ranked[ROWS:]) for i in (0, 1)]
        rest = f"{len(ranked) - ROWS:,} more"
        rows.append([rest, f"{left[0]:,}", f"{left[1]:,}", ""])
    bar = tag("div", class_="lo-wide")
    return table([title, "before", "after", bar], rows, text=(0, 3))


def _totals(graph: Graph, name: Callable[[Node], str]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for node, flops in zip(graph.nodes, flops_of(graph), strict=True):
        if flops:
            totals[name(node)] = totals.get(name(node), 0) + flops
    return totals


def _bars(pair: Iterable[int], most: int) -> list[Markup]:
    return [
        tag(
            "span",
            class_=f"lo-bar lo-{which}",
            style=f"width:{100 * flops / most:.1f}%",
        )
        for flops, which in zip(pair, "ab", strict=True)
    ]
