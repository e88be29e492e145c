"""What a notebook shows: readable, escaped, bounded in size."""

import re
from pathlib import Path
from typing import Any

import pytest
from autoray import do

import lazyopt as lo
from lazyopt.looking.tables import AROUND, HEAD, TAIL
from lazyopt.records import PassRecord, Skip

from ..helpers import modified_gram_schmidt, normal
from .test_markup import Reader

EVIL = "<script>boom()</script>"


def text_of(page: str) -> str:
    return " ".join(" ".join(Reader(page).texts).split())


def with_source(graph: lo.Graph, source: str) -> lo.Graph:
    """The same calls, traced elsewhere."""
    new: dict[Any, Any] = {}
    for n in graph:
        moved = n.rewired(new)
        new[n] = lo.graph.Node(
            moved.op, moved.args, moved.kwargs, moved.specs, source
        )
        if n.is_input:
            new[n] = n
    return graph.replace(new.values(), [new[n] for n in graph.outputs])


def test_a_graph_has_a_summary_a_timeline_and_its_schedule() -> None:
    graph = lo.trace(modified_gram_schmidt, normal(5, 5))
    page = graph._repr_html_()
    said = text_of(page)
    for part in (
        f"Graph: {len(graph)} nodes, 1 input, 1 output, on numpy",
        f"FLOPs {graph.flops:,}",
        f"peak {graph.memory.peak_bytes} B",
        "Peak 400 B in stack, helpers.py:",
        "What makes the peak",
        "5 of true_divide float64[5], last read by stack",
        'Q.append(q / do("linalg.norm", q, 2))',
        "Schedule",
        "stack((%3, %10, %21, %36, %55), axis=0) : float64[5,5]",
    ):
        assert part in said
    assert page.count("<svg") == 1
    assert "<script" not in page


def test_the_peak_is_marked_in_the_schedule() -> None:
    graph = lo.trace(modified_gram_schmidt, normal(5, 5))
    marked = re.findall(
        r'<tr class="lo-peak"><td class="t">(%\d+)</td>', graph._repr_html_()
    )
    peak = graph.memory.peak_step
    assert marked == [f"%{graph.number(peak)}"]


def test_of_a_long_schedule_start_peak_and_end_are_there() -> None:
    def fn(x: Any) -> Any:
        for i in range(1000):
            x = x + i
            if i == 400:
                x = do("sum", do("stack", [x] * 9), axis=0)
        return x

    graph = lo.trace(fn, normal(5))
    page = graph._repr_html_()
    numbers = re.findall(r'<tr[^>]*><td class="t">(%\d+|…)</td>', page)
    peak = graph.number(graph.memory.peak_step)
    assert numbers[:HEAD] == [f"%{i}" for i in range(HEAD)]
    assert numbers[-1] == f"%{len(graph) - 1}"
    assert f"%{peak}" in numbers
    assert numbers.count("…") == 2
    assert len(numbers) == HEAD + AROUND + TAIL + 2


def test_what_the_passes_did_is_there() -> None:
    graph = lo.trace(lambda x: do("exp", x) + do("exp", x), normal(3))
    better = lo.optimize(graph, ["share", "prune"])
    said = text_of(better._repr_html_())
    assert "What the passes did share 4 → 3 nodes" in said


def test_all_text_is_escaped() -> None:
    def evil(x: Any, note: str) -> Any:
        return x

    evil.__name__ = EVIL
    graph = lo.trace(lambda x: lo.call(evil, x, EVIL), normal(3))
    record = PassRecord(
        EVIL,
        2,
        1,
        0.1,
        True,
        {EVIL: 3},
        (Skip(graph.nodes[-1], EVIL),),
        remarks=(EVIL,),
    )
    graph = with_source(graph, f"/tmp/{EVIL}.py:3").replace(history=[record])
    profile = graph.profile(normal(3))
    for shown in (graph, graph.memory, record, profile):
        page = shown._repr_html_()
        assert EVIL not in page.replace("<style>", "")
        assert "boom()" in page
        assert "script" not in Reader(page).tags


def test_only_lines_of_python_are_shown(tmp_path: Path) -> None:
    graph = lo.trace(lambda x: do("exp", x), normal(3))
    for name, shown in (("secret.txt", False), ("program.py", True)):
        (tmp_path / name).write_text("y = some_text(x)\n")
        moved = with_source(graph, f"{tmp_path / name}:1")
        assert ("some_text" in moved._repr_html_()) is shown


def test_a_memory_profile_is_a_page_of_its_own() -> None:
    graph = lo.trace(modified_gram_schmidt, normal(5, 5))
    said = text_of(graph.memory._repr_html_())
    assert "No order of these calls needs less (dashed)." in said
    assert f"at the peak: %{len(graph) - 1} stack" in said


def test_unknown_sizes_are_at_least() -> None:
    def mystery(x: Any) -> Any:
        return x

    graph = lo.trace(lambda x: lo.call(mystery, x * 2), normal(3))
    assert "Peak at least 24 B" in text_of(graph.memory._repr_html_())


def test_a_record_tells_rules_skips_and_remarks() -> None:
    graph = lo.trace(lambda x: do("exp", x), normal(3))
    node = graph.nodes[-1]
    skips = tuple(Skip(node, f"reason {i % 20}") for i in range(90))
    record = PassRecord(
        "mine",
        10,
        8,
        0.25,
        True,
        {"rule": 3, "other": 7},
        skips,
        (2048, 1024),
        ("a remark",),
    )
    said = text_of(record._repr_html_())
    for part in (
        "mine 10 → 8 nodes, 0.250 s, peak 2.0 KiB → 1.0 KiB, 10 rewrites, "
        "90 skipped",
        "a remark",
        "rule times other 7 rule 3",
        "reason 0 5 exp(<input>) : float64[3] test_pages.py:",
        "10 more reasons 40",
    ):
        assert part in said


def test_a_million_nodes_are_a_small_page_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fn(x: Any) -> Any:
        for _ in range(3000):
            x = x + 1
        return x

    monkeypatch.setattr("lazyopt.looking.pages.NODES", 1000)
    graph = lo.trace(fn, normal(3))
    page = graph._repr_html_()
    assert "once graph.memory has been asked for" in text_of(page)
    assert "memory" not in graph._cache
    assert len(page) < 20_000
    assert graph.memory.peak_bytes == 48
    full = graph._repr_html_()
    assert "<svg" in full
    assert len(full) < 50_000


def test_long_names_and_arguments_are_cut() -> None:
    def fn(x: Any) -> Any:
        return x

    fn.__name__ = "n" * 10_000
    graph = lo.trace(lambda x: lo.call(fn, x, "a" * 10_000), normal(3))
    assert len(graph._repr_html_()) < 15_000
