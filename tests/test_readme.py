"""The README's Python runs as written, one block after the other."""

import re
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parent.parent / "README.md"


def test_the_readmes_python_runs_as_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)
    assert len(blocks) >= 2
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, str(README), "exec"), names)
    assert "Graph:" in capsys.readouterr().out


def test_the_readmes_custom_pass_is_exact_and_fires() -> None:
    import numpy as np
    from autoray import do

    import lazyopt as lo

    block = re.findall(
        r"```python\n(@lo.rewrite.*?)\n\n\n", README.read_text(), re.S
    )
    names: dict[str, Any] = {"lo": lo}
    exec(compile(block[0], str(README), "exec"), names)
    x = np.array([[1.5, -0.0, np.nan], [np.inf, -2.5, 0.0]]).T
    graph = lo.trace(lambda x: do("floor", do("floor", x)), x)
    better = lo.optimize(
        graph, [names["floor_once"], "prune"], verify="equivalence"
    )
    assert better.counts == {"input": 1, "floor": 1}
    assert better(x).tobytes() == graph(x).tobytes()
