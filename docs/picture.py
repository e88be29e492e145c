"""``python docs/picture.py``: draw the README's picture again.

Runs the README's first example as it stands there, and draws the memory of its
graph before and after. Needs the ``plot`` extra.
"""

import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "images" / "memory.svg"


def first_example() -> dict[str, Any]:
    """The names that the README's first block of Python defines."""
    text = (ROOT / "README.md").read_text()
    block = re.findall(r"```python\n(.*?)```", text, re.S)[0]
    names: dict[str, Any] = {}
    exec(compile(block, "README.md", "exec"), names)
    return names


def draw(path: Path) -> None:
    """Write the picture, the same bytes each time."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    names = first_example()
    # Text stays text, and no date and no random names are written.
    style = {"svg.fonttype": "none", "svg.hashsalt": "lazyopt"}
    with matplotlib.rc_context(style):
        figure, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
        names["graph"].plot_memory(names["better"], ax=ax)
        figure.savefig(path, metadata={"Date": None}, facecolor="white")
        plt.close(figure)


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE)
