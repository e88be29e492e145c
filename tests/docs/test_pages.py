"""Pages of the docs that need no extra but ``test`` run as written.

All pages are run when the docs are built; these also where nothing builds
them. `asserts` in their cells hold what the pages say.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from autoray import lazy
from autoray.lazy import draw

DOCS = Path(__file__).parent.parent.parent / "docs"
CELL = re.compile(r"^```\{code-cell\} ipython3\n(.*?)^```", re.M | re.S)
PAGES = ["index", "start", "exactness", "passes", "limits"]


@pytest.mark.usefixtures("own_registry")
@pytest.mark.parametrize("page", PAGES)
def test_the_cells_of_a_page_run_in_turn(page: str) -> None:
    cells = CELL.findall((DOCS / f"{page}.md").read_text())
    assert cells
    names: dict[str, Any] = {}
    before = np.geterr()
    for number, cell in enumerate(cells):
        exec(compile(cell, f"{page}.md, cell {number}", "exec"), names)
    assert np.geterr() == before


def test_every_page_is_in_the_table_of_contents() -> None:
    index = (DOCS / "index.md").read_text()
    tree = index[index.index("```{toctree}") :]
    listed = set(re.findall(r"^(\w+)$", tree, re.M)) - {"index"}
    assert listed == {p.stem for p in DOCS.glob("*.md")} - {"index"}


def test_all_that_autoray_tells_of_lazy_arrays_has_a_counterpart() -> None:
    text = (DOCS / "looking.md").read_text()
    table = text[text.index("## For those who know autoray.lazy") :]
    # Shortened there: `plot_history_functions_scatter()`, `_lines()`.
    said = set(re.findall(r"\w+", table))
    for whole, ends in re.findall(
        r"`(\w+)_\w+\(\)`((?:, `_\w+\(\)`)+)", table
    ):
        said |= {whole + end for end in re.findall(r"_\w+", ends)}
    arrays = {"H", "T", "astype", "imag", "real", "reshape", "to"}
    names = {n for n in dir(lazy.LazyArray) if not n.startswith("_")}
    names |= {n for n in vars(draw) if n.startswith(("plot", "set"))}
    assert names - arrays <= said


def test_links_between_pages_lead_somewhere() -> None:
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\((\w+\.md)", page.read_text()):
            assert (DOCS / target).is_file(), f"{page.name}: {target}"
