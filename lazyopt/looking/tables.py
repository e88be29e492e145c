"""What a graph is, as tables of HTML, bounded in size."""

import linecache
from collections.abc import Iterable
from pathlib import PurePath

import numpy as np

from lazyopt.cost import flops_of
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.looking.markup import (
    Markup,
    details,
    joined,
    shortened,
    table,
    tag,
)
from lazyopt.looking.statistics import allocated_bytes
from lazyopt.memory import Held, MemoryProfile
from lazyopt.ordering import is_step
from lazyopt.records import PassRecord
from lazyopt.render import call_text
from lazyopt.sizes import format_bytes

__all__ = [
    "op_table",
    "peak_table",
    "place",
    "record_part",
    "schedule_table",
    "source_line",
    "summary_rows",
]

#: Rows of a table: storages or ops, reasons of a pass, nodes for a reason.
ROWS, REASONS, EXAMPLES = 15, 10, 3
#: Nodes of a schedule at its start, around the peak, and at its end.
HEAD, AROUND, TAIL = 30, 30, 10


def place(source: str | None) -> str:
    """``file:line`` without the folder."""
    return PurePath(source).name if source else ""


def source_line(source: str | None) -> Markup:
    """Where a call was traced, with the text of that line if it is there.

    A graph may come from a file, which could name any other: only lines of
    Python are shown, those of a notebook's cells included.
    """
    if not source:
        return Markup("")
    path, _, number = source.rpartition(":")
    is_python = path.endswith(".py") or path in linecache.cache
    text = ""
    if is_python and number.isdigit():
        text = linecache.getline(path, int(number))
    parts = [tag("span", place(source), class_="lo-src", title=source)]
    if text.strip():
        parts.append(tag("code", shortened(text, 100)))
    return joined(parts)


def summary_rows(graph: Graph) -> list[tuple[str, str]]:
    """What a graph comes to: names and values."""
    m = graph.memory
    least = "at least " if m.unknown else ""
    return [
        ("nodes", f"{len(graph):,}"),
        ("FLOPs", f"{graph.flops:,}"),
        ("bytes moved", format_bytes(graph.bytes_moved)),
        ("peak", least + format_bytes(m.peak_bytes)),
        ("lower bound", format_bytes(m.lower_bound_bytes)),
        ("inputs and constants", format_bytes(m.resident_bytes)),
    ]


def peak_table(m: MemoryProfile) -> Markup:
    """The storages that are live at the peak, largest first.

    Those that the same line makes alike are one row.
    """
    alike: dict[tuple[str, ...], list[Held]] = {}
    for held in m.live_at_peak:
        key = (held.op.name, str(held.spec), held.source or "", _fate(held))
        alike.setdefault(key, []).append(held)
    whole = max(m.peak_bytes, 1)
    found = [(sum(h.nbytes for h in group), group) for group in alike.values()]
    found.sort(key=lambda pair: -pair[0])
    rows = [
        [format_bytes(size), f"{size / whole:.0%}", _storages(group)]
        for size, group in found[:ROWS]
    ]
    if found[ROWS:]:
        size = sum(s for s, _ in found[ROWS:])
        count = sum(len(group) for _, group in found[ROWS:])
        rows.append(
            [format_bytes(size), f"{size / whole:.0%}", f"{count:,} more"]
        )
    if m.workspace_at_peak and m.peak_step is not None:
        size = m.workspace_at_peak
        what = tag("b", f"workspace of {shortened(m.peak_step.op.name, 60)}")
        where = source_line(m.peak_step.source)
        rows.append(
            [
                format_bytes(size),
                f"{size / whole:.0%}",
                joined([what, ", freed when it returns ", where]),
            ]
        )
    return table(["size", "share", "live at the peak"], rows, text=(2,))


def _storages(group: list[Held]) -> Markup:
    """What storages that are alike are, and where they are made."""
    held = group[0]
    name = shortened(held.op.name, 60)
    if len(group) == 1:
        what = f"%{held.place} {name}"
    else:
        what = f"{len(group):,} of {name}"
    return joined(
        [
            tag("b", what),
            f" {held.spec}, {_fate(held)} ",
            source_line(held.source),
        ]
    )


def _fate(held: Held) -> str:
    if held.last is None:
        return "returned"
    if held.last is held.node:
        return "never read"
    return f"last read by {shortened(held.last.op.name, 60)}"


def op_table(graph: Graph) -> Markup:
    """Calls, bytes and FLOPs by op, the most frequent first."""
    totals: dict[str, list[int]] = {}
    sizes = allocated_bytes(graph)
    flops = flops_of(graph)
    for node, size, count in zip(graph.nodes, sizes, flops, strict=True):
        row = totals.setdefault(node.op.name, [0, 0, 0])
        row[0] += 1
        row[1] += size
        row[2] += count
    ranked = sorted(totals.items(), key=lambda item: (-item[1][0], item[0]))
    if len(ranked) > ROWS:
        left = np.sum([row for _, row in ranked[ROWS:]], axis=0).tolist()
        name = f"{len(ranked) - ROWS:,} more ops"
        ranked = [*ranked[:ROWS], (name, left)]
    rows = [
        [shortened(name, 60), f"{n:,}", format_bytes(size), f"{count:,}"]
        for name, (n, size, count) in ranked
    ]
    return table(["op", "calls", "allocated", "FLOPs"], rows)


# ---------------------------------------------------------------- schedule


def schedule_table(graph: Graph) -> Markup:
    """The calls in order, the peak marked, most of a long one left out."""
    m = graph.memory
    live = dict(zip(m.steps, m.timeline, strict=True))
    top = None if m.peak_step is None else graph.number(m.peak_step)
    rows: list[list[str]] = []
    marked = None
    for i in _shown(len(graph), top):
        if i is None:
            rows.append(["…", "", "", ""])
            continue
        if i == top:
            marked = len(rows)
        node = graph.nodes[i]
        rows.append(
            [
                f"%{i}",
                tag("code", _call(graph, node)),
                format_bytes(live[node])
                if is_step(node) and node in live
                else "",
                place(node.source),
            ]
        )
    headings = ["", "call", "live", "where"]
    return table(headings, rows, text=(0, 1, 3), marked=marked)


def _call(graph: Graph, node: Node) -> str:
    number = graph.number
    return shortened(call_text(node, lambda n: f"%{number(n)}"))


def _shown(n: int, top: int | None) -> Iterable[int | None]:
    """Numbers of the nodes to show, with None where some are left out."""
    chosen = {*range(min(HEAD, n)), *range(max(n - TAIL, 0), n)}
    if top is not None:
        low = max(top - AROUND // 2, 0)
        chosen |= set(range(low, min(top + AROUND // 2, n)))
    before = -1
    for i in sorted(chosen):
        if i == before + 2:
            yield before + 1  # one more takes no more space than saying so
        elif i > before + 1:
            yield None
        yield i
        before = i


# ------------------------------------------------------------------ passes


def record_part(record: PassRecord, opened: bool = False) -> Markup:
    """What one pass did, what it left alone, and what it said."""
    nodes = f"{record.nodes_before:,} → {record.nodes_after:,} nodes"
    if record.nodes_before == record.nodes_after:
        nodes = f"{record.nodes_after:,} nodes"
    facts = [nodes, f"{record.seconds:.3f} s"]
    if not record.changed:
        facts.append("unchanged")
    if record.peak_bytes:
        facts.append(
            "peak " + " → ".join(map(format_bytes, record.peak_bytes))
        )
    applied = sum(record.rewrites.values())
    if applied:
        facts.append(f"{applied:,} rewrites")
    if record.skips:
        facts.append(f"{len(record.skips):,} skipped")
    title = joined(
        [
            tag("b", shortened(record.name, 60)),
            " ",
            tag("span", ", ".join(facts)),
        ]
    )
    body: list[str] = []
    if record.remarks:
        said = [tag("li", shortened(r, 300)) for r in record.remarks[:REASONS]]
        body.append(tag("ul", *said))
    if record.rewrites:
        ranked = sorted(record.rewrites.items(), key=lambda r: (-r[1], r[0]))
        rows = [[shortened(k, 80), f"{n:,}"] for k, n in ranked[:ROWS]]
        body.append(table(["rule", "times"], rows))
    if record.skips:
        body.append(_skips(record))
    if not body:
        return tag("div", title, class_="lo-pass")
    return details(title, *body, opened=opened, class_="lo-pass")


def _skips(record: PassRecord) -> Markup:
    """What was left alone, by reason."""
    reasons: dict[str, list[Node]] = {}
    for skip in record.skips:
        reasons.setdefault(skip.reason, []).append(skip.node)
    ranked = sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))
    rows: list[list[str]] = []
    for reason, nodes in ranked[:REASONS]:
        examples = [
            tag(
                "div",
                tag("code", shortened(call_text(n), 80)),
                " ",
                place(n.source),
            )
            for n in nodes[:EXAMPLES]
        ]
        rows.append(
            [shortened(reason, 200), f"{len(nodes):,}", joined(examples)]
        )
    if len(ranked) > REASONS:
        rest = sum(len(nodes) for _, nodes in ranked[REASONS:])
        rows.append([f"{len(ranked) - REASONS} more reasons", f"{rest:,}", ""])
    return table(["left alone because", "times", "such as"], rows, text=(0, 2))
