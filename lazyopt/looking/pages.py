"""What a notebook shows of a graph, a profile, a record or a comparison."""

from typing import TYPE_CHECKING

from lazyopt.graph import Graph
from lazyopt.looking.markup import (
    Markup,
    clipped,
    details,
    joined,
    shortened,
    table,
    tag,
)
from lazyopt.looking.style import FRAGMENT
from lazyopt.looking.tables import (
    op_table,
    peak_table,
    place,
    record_part,
    schedule_table,
    source_line,
    summary_rows,
)
from lazyopt.looking.timeline import timeline_figure
from lazyopt.memory import MemoryProfile
from lazyopt.records import PassRecord
from lazyopt.sizes import format_bytes

if TYPE_CHECKING:
    from lazyopt.comparison import Comparison
    from lazyopt.profiling import Profile, ProfileRow

__all__ = [
    "comparison_html",
    "graph_html",
    "memory_caption",
    "memory_html",
    "profile_html",
    "record_html",
]

#: Of a larger graph, what takes long to find out isn't shown by itself.
NODES = 200_000

#: Rows of a profile's tables.
ROWS = 12


def _fragment(*parts: str) -> str:
    """Parts of somebody else's page, with their style."""
    style = tag("style", Markup(FRAGMENT))
    return str(tag("div", style, *parts, class_="lo"))


def memory_caption(m: MemoryProfile) -> str:
    """Peak, where it is, and the bound, in a line."""
    least = "at least " if m.unknown else ""
    text = f"Peak {least}{format_bytes(m.peak_bytes)}"
    if m.peak_step is not None:
        where = place(m.peak_step.source)
        text += f" in {shortened(m.peak_step.op.name, 60)}"
        text += f", {where}" * bool(where)
    if m.peak_bytes <= m.lower_bound_bytes:
        return f"{text}. No order of these calls needs less (dashed)."
    bound = format_bytes(m.lower_bound_bytes)
    return f"{text}. No order of these calls needs less than {bound} (dashed)."


def graph_html(graph: Graph) -> str:
    """A graph as a page to read in a notebook, bounded in size."""
    head = tag("p", tag("b", repr(graph)[1:-1]))
    if len(graph) > NODES and "memory" not in graph._cache:
        said = (
            "Memory and FLOPs of a graph as large as this one are shown once "
            "graph.memory has been asked for."
        )
        listing = tag("pre", clipped(str(graph)))
        return _fragment(head, tag("p", said), details("Schedule", listing))
    m = graph.memory
    summary = table(["", ""], summary_rows(graph))
    parts = [
        head,
        summary,
        timeline_figure(m, memory_caption(m)),
        details("What makes the peak", peak_table(m), _in_words(m)),
        details("Schedule", schedule_table(graph)),
        details("Calls, bytes and FLOPs by op", op_table(graph)),
    ]
    if graph.history:
        records = [record_part(r) for r in graph.history[-100:]]
        parts.append(details("What the passes did", *records))
    return _fragment(*parts)


def _in_words(m: MemoryProfile) -> Markup:
    return tag("pre", clipped(str(m)))


def memory_html(m: MemoryProfile) -> str:
    """A memory profile: its timeline, and what makes the peak."""
    return _fragment(
        timeline_figure(m, memory_caption(m)), peak_table(m), _in_words(m)
    )


def record_html(record: PassRecord) -> str:
    """What one pass did."""
    return _fragment(record_part(record, opened=True))


def comparison_html(c: "Comparison") -> str:
    """Two graphs side by side."""
    rows = list(c.rows)
    if c.equal is not None:
        said = "equal, to the bit" if c.equal else "NOT EQUAL"
        rows.append(("results", "", said))
    return _fragment(table(["", "before", "after"], rows))


def profile_html(profile: "Profile") -> str:
    """Times by op and by source line."""
    return _fragment(
        tag("p", tag("b", profile.headline)),
        _times("op", profile.by_op),
        _times("source line", profile.by_source),
    )


def _times(title: str, rows: "tuple[ProfileRow, ...]") -> Markup:
    from lazyopt.profiling import format_seconds

    most = max([row.seconds for row in rows], default=0) or 1.0
    shown = [
        [
            source_line(row.name) if ":" in row.name else row.name,
            f"{row.calls:,}",
            joined(
                [
                    format_seconds(row.seconds),
                    tag(
                        "span",
                        class_="lo-bar lo-a",
                        style=f"width:{100 * row.seconds / most:.1f}%",
                    ),
                ]
            ),
            f"{row.share:.1%}",
            format_bytes(row.bytes_moved),
            f"{row.flops:,}",
        ]
        for row in rows[:ROWS]
    ]
    if len(rows) > ROWS:
        rest = rows[ROWS:]
        shown.append(
            [
                f"{len(rest):,} more",
                f"{sum(r.calls for r in rest):,}",
                format_seconds(sum(r.seconds for r in rest)),
                f"{sum(r.share for r in rest):.1%}",
                format_bytes(sum(r.bytes_moved for r in rest)),
                f"{sum(r.flops for r in rest):,}",
            ]
        )
    headings = [title, "calls", "time", "share", "bytes moved", "FLOPs"]
    return table(headings, shown)
