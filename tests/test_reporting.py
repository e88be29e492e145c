"""The report: one file, whole, escaped, and small; and in a browser."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from autoray import do

import lazyopt as lo
from lazyopt.sizes import format_bytes

from .helpers import modified_gram_schmidt, normal
from .looking.test_markup import Reader

EVIL = "<script>document.title='taken'</script>"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def hills(x: Any) -> Any:
    waves = [do("sin", x * i) for i in range(5)]
    return sum(do("sum", w) for w in waves)


@pytest.fixture(scope="module")
def pair() -> tuple[lo.Graph, lo.Graph]:
    graph = lo.trace(hills, normal(100, 100))
    return graph, lo.optimize(graph, peaks=True)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on 20,102 nodes."""
    graph = lo.trace(modified_gram_schmidt, normal(100, 100))
    folder = tmp_path_factory.mktemp("report")
    return lo.report(graph, lo.optimize(graph), folder / "report.html")


def text_of(path: Path) -> str:
    return " ".join(" ".join(Reader(path.read_text("utf-8")).texts).split())


def test_it_tells_before_and_after(
    pair: tuple[lo.Graph, lo.Graph], tmp_path: Path
) -> None:
    before, after = pair
    peaks = [format_bytes(g.memory.peak_bytes) for g in pair]
    assert peaks[0] != peaks[1]
    said = text_of(lo.report(before, after, tmp_path / "report.html"))
    for part in (
        f"The peak goes from {peaks[0]} to {peaks[1]} (-",
        f"FLOPs {before.flops:,} {after.flops:,}",
        f"Memory over the steps Before. Peak {peaks[0]} in ",
        f"After. Peak {peaks[1]} in ",
        "5 of sin float64[100,100], last read by sum test_reporting.py:",
        'waves = [do("sin", x * i) for i in range(5)]',
        "Where FLOPs go",
        "sin 50,000 50,000",
    ):
        assert part in said
    for record in after.history:
        assert f" {record.name} " in said


def test_it_says_where_it_wrote(
    pair: tuple[lo.Graph, lo.Graph], tmp_path: Path
) -> None:
    path = lo.report(*pair, str(tmp_path / "report.html"))
    assert path == tmp_path / "report.html"
    page = path.read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>\n<html")
    assert page.count("<svg") == 2


def test_it_needs_nothing_from_elsewhere(
    pair: tuple[lo.Graph, lo.Graph], tmp_path: Path
) -> None:
    page = lo.report(*pair, tmp_path / "report.html").read_text("utf-8")
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    assert not re.findall(r"(?:src|href)=|url\(|@import|https?:", page)
    assert not {"script", "link", "img", "iframe"} & set(Reader(page).tags)


def test_timelines_have_one_scale(
    pair: tuple[lo.Graph, lo.Graph], tmp_path: Path
) -> None:
    page = lo.report(*pair, tmp_path / "report.html").read_text("utf-8")
    scales = re.findall(r'<div class="lo-y">(.*?)</div>', page)
    assert len(scales) == 2
    assert scales[0] == scales[1]


def test_a_graph_without_passes(tmp_path: Path) -> None:
    graph = lo.trace(lambda x: x, normal(3))
    said = text_of(lo.report(graph, graph, tmp_path / "report.html"))
    assert "No passes are on record" in said
    assert "No call counts any." in said
    assert "The peak stays at 0 B" in said


def evil_pair() -> tuple[lo.Graph, lo.Graph]:
    def evil(x: Any, note: str) -> Any:
        return x

    evil.__name__ = EVIL
    graph = lo.trace(lambda x: lo.call(evil, x * 2, EVIL), normal(3))
    return graph, lo.optimize(graph)


def test_all_text_is_escaped(tmp_path: Path) -> None:
    path = lo.report(*evil_pair(), tmp_path / "report.html")
    page = path.read_text("utf-8")
    assert EVIL not in page
    assert EVIL in Reader(page).texts
    assert "script" not in Reader(page).tags


def test_twenty_thousand_nodes_are_a_small_file(large: Path) -> None:
    assert large.stat().st_size < 200_000
    said = text_of(large)
    assert "nodes 20,102 " in said
    assert "100 of true_divide float64[100]" in said


# ------------------------------------------------------------- in a browser


@pytest.fixture
def browser() -> str:
    found = [path for name in BROWSERS if (path := shutil.which(name))]
    if not found:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    return found[0]


def opened(browser: str, path: Path) -> str:
    """The page as the browser has it after a while, from no network."""
    done = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={path.parent / 'profile'}",
            "--window-size=1400,900",
            "--dump-dom",
            path.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


MEASURE = """<script>
addEventListener("load", () => {
  document.querySelectorAll("details").forEach(d => { d.open = true; });
  const wide = [...document.querySelectorAll("main *")].filter(e =>
    !e.closest(".lo-scroll, svg") &&
    e.getBoundingClientRect().right > innerWidth + 1);
  const drawn = [...document.querySelectorAll("svg")].map(e =>
    Math.round(e.getBoundingClientRect().width));
  parent.document.title = JSON.stringify({
    inner: innerWidth, page: document.documentElement.scrollWidth,
    wide: wide.map(e => e.tagName + "." + e.className), drawn: drawn,
    font: getComputedStyle(document.body).fontSize});
});
</script>"""


@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_the_screen(browser: str, large: Path, width: int) -> None:
    page = large.read_text("utf-8")
    # Only to be measured is it allowed to run anything.
    page = re.sub(r"<meta http-equiv[^>]*>", "", page)
    page = html.escape(page.replace("</head>", MEASURE + "</head>"))
    # A browser's window has a least width; a frame in it has none.
    path = large.with_name(f"measured_{width}.html")
    path.write_text(
        "<!DOCTYPE html><title></title><iframe "
        f'style="width:{width}px;height:900px;border:0" srcdoc="{page}">'
        "</iframe>",
        "utf-8",
    )
    dom = opened(browser, path)
    title = html.unescape(re.findall(r"<title>(.*?)</title>", dom)[0])
    found = json.loads(title)
    assert found["page"] <= found["inner"] == width
    assert found["wide"] == []
    assert found["font"] == "16px"
    beside = 2 if width > 1000 else 1
    for drawn in found["drawn"]:
        assert 0.6 * width / beside < drawn + 80 <= width / beside


def test_nothing_in_it_runs(browser: str, tmp_path: Path) -> None:
    path = lo.report(*evil_pair(), tmp_path / "report.html")
    dom = opened(browser, path)
    assert "<title>lazyopt: before and after</title>" in dom
    assert "&lt;script&gt;" in dom
