"""What pages show of other libraries runs as written."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lazyopt as lo

from ..helpers import modified_gram_schmidt, normal

DOCS = Path(__file__).parents[2] / "docs"


def run(page: str, names: dict[str, Any]) -> dict[str, Any]:
    """Run what a page shows and doesn't run itself, in turn."""
    text = (DOCS / f"{page}.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    assert blocks
    for block in blocks:
        exec(compile(block, f"{page}.md", "exec"), names)
    return names


@pytest.mark.parametrize("page", ["start", "gram_schmidt"])
def test_graphs_on_torch(page: str) -> None:
    torch = pytest.importorskip("torch")
    x = normal(6, 6)
    graph = lo.trace(modified_gram_schmidt, x)
    names = run(page, {"lo": lo, "graph": graph, "x": x})
    found = names.get("program", names.get("on_torch"))(torch.asarray(x))
    np.testing.assert_allclose(found.numpy(), graph(x))


@pytest.mark.filterwarnings("ignore")
def test_contractions_of_quimb() -> None:
    pytest.importorskip("quimb")
    names = run("quimb", {})
    with names["default_implementation"]("cotengra"):
        before = lo.trace(names["contract"], names["arrays"])
    after = names["better"]
    text = " ".join((DOCS / "quimb.md").read_text().split())
    said = re.search(
        r"Here (\d+) nodes become (\d+),.* peak goes from ([\d.]+) MiB "
        r"down to ([\d.]+) MiB, which is what any order of them needs",
        text,
    )
    assert said is not None
    assert (len(before), len(after)) == (int(said[1]), int(said[2]))
    for graph, peak in ((before, said[3]), (after, said[4])):
        assert f"{graph.memory.peak_bytes / 2**20:.1f}" == peak
    assert after.memory.peak_bytes == after.memory.lower_bound_bytes


@pytest.mark.filterwarnings("ignore")
def test_programs_as_their_users_write_them() -> None:
    pytest.importorskip("quimb")
    names = run("programs", {})
    before = lo.trace(names["contract"], names["arrays"]).memory.peak_bytes
    assert names["better"].memory.peak_bytes < before
