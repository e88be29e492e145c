"""A failure of `optimize` as a script: the graph, the passes, the versions."""

import dataclasses
import inspect
import os
import platform
import textwrap
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import autoray
import numpy as np

from lazyopt.errors import GraphError
from lazyopt.graph import Graph
from lazyopt.pipeline import Fixpoint, Pipeline
from lazyopt.registry import name_of
from lazyopt.rewrite import RewritePass

__all__ = ["PassText", "versions", "write_reproducer"]


def write_reproducer(
    folder: str | os.PathLike[str],
    graph: Graph,
    passes: Pipeline,
    options: dict[str, Any],
    error: Exception,
) -> Path:
    """Write what it takes to see a failure of `optimize` again.

    Parameters
    ----------
    folder : path
        Made if it isn't there. Each failure gets a folder of its own in it.
    graph : Graph
        What `optimize` was given.
    passes : Pipeline
    options : dict
        Its other arguments, as they are written.
    error : Exception

    Returns
    -------
    Path
        The script. It stands beside the graph, which `lazyopt.load` reads.
    """
    home = _new_folder(Path(folder))
    text = PassText()
    chosen = ", ".join(text.of(item) for item in passes.passes)
    try:
        graph.save(home / "graph.lazyopt")
        made = 'lo.load(Path(__file__).with_name("graph.lazyopt"))'
    except GraphError as reason:
        made = "NotImplemented  # trace it here, for " + _line(str(reason))
    given = "".join(f", {k}={v!r}" for k, v in options.items())
    lines = [
        *(f"# {_line(x)}" for x in (type(error).__name__, *_told(error))),
        f"# {versions()}",
        "from pathlib import Path",
        "",
        "import numpy as np",
        "from autoray import do",
        "",
        "import lazyopt as lo",
        *text.imports(),
        *text.definitions,
        "",
        f"graph = {made}",
        f"lo.optimize(graph, [{chosen}]{given})",
        "",
    ]
    script = home / "reproduce.py"
    script.write_text("\n".join(lines), encoding="utf-8")
    return script


def versions() -> str:
    """What a failure may depend on besides the program."""
    from lazyopt import __version__

    return (
        f"lazyopt {__version__}, numpy {np.__version__}, autoray "
        f"{autoray.__version__}, Python {platform.python_version()} on "
        f"{platform.machine()}"
    )


def _new_folder(folder: Path) -> Path:
    number = 0
    while True:
        home = folder / f"failure-{number}"
        try:
            home.mkdir(parents=True)
        except FileExistsError:
            number += 1
        else:
            return home


def _told(error: Exception) -> Iterable[str]:
    return str(error).splitlines()[:20]


def _line(text: str) -> str:
    """Text that stays in the comment it stands in."""
    return " ".join(text.split())[:500]


class PassText:
    """Passes as they are written in a script, and what that has to import.

    Attributes
    ----------
    definitions : list of str
        Lines that define what can't be imported, from its source.
    """

    def __init__(self) -> None:
        self.definitions: list[str] = []
        self._imports: dict[str, None] = {}
        self._unknown = 0

    def imports(self) -> list[str]:
        """Lines that import what the text names."""
        return sorted(self._imports)

    def of(self, item: Any) -> str:
        """One pass as an expression."""
        if isinstance(item, Pipeline | Fixpoint):
            inner = ", ".join(map(self.of, item.passes))
            if isinstance(item, Pipeline):
                return f"lo.Pipeline([{inner}], {item.name!r})"
            return f"lo.Fixpoint([{inner}], {item.max_rounds})"
        if dataclasses.is_dataclass(item):
            kind = type(item)
            if self._imported(kind, kind) or self._define(kind):
                return repr(item)
            return self._missing(item)
        function = item.rule if isinstance(item, RewritePass) else item
        if self._imported(function, item) or self._define(function):
            return str(function.__name__)
        return self._missing(item)

    def _imported(self, where: Any, item: Any) -> bool:
        """Import a pass by name from the module that it is defined in."""
        module = getattr(where, "__module__", "__main__")
        name = getattr(where, "__qualname__", ".")
        if module == "__main__" or "." in name:
            return False
        if getattr(import_module(module), name, None) is not item:
            return False
        if module.startswith("lazyopt.passes."):
            module = "lazyopt.passes"
        self._imports[f"from {module} import {name}"] = None
        return True

    def _define(self, function: Any) -> bool:
        """Define a function or class, if it has a name and a source."""
        try:
            source = textwrap.dedent(inspect.getsource(function))
        except (OSError, TypeError):
            return False
        if not function.__name__.isidentifier():
            return False
        self.definitions += ["", "", *source.rstrip().splitlines(), ""]
        return True

    def _missing(self, item: Any) -> str:
        """A name for what only its author can write."""
        self._unknown += 1
        name = f"pass_{self._unknown}"
        what = f"# {name_of(item)}, which has no source: define it here."
        self.definitions += ["", _line(what), f"{name} = NotImplemented"]
        return name
