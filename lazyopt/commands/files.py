"""The user's own files: ``FILE.py:NAME``."""

import difflib
import functools
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from lazyopt.commands.console import FailedError, UsageError

__all__ = ["is_file_spec", "named_in_file", "where_in"]


def is_file_spec(text: str) -> bool:
    """Whether text is written as ``FILE.py:NAME``."""
    return text.rpartition(":")[0].endswith(".py")


def named_in_file(text: str) -> Any:
    """What stands in a file under a name.

    The file is imported, as ``import`` does it: what is in it runs, once, and
    it finds the modules that lie beside it.

    Parameters
    ----------
    text : str
        ``FILE.py:NAME``; the name may have dots.

    Raises
    ------
    UsageError
        If it isn't written so, or there is no such file or name.
    FailedError
        If the file can't be imported.
    """
    path, _, name = text.rpartition(":")
    if not path.endswith(".py") or not name:
        raise UsageError(
            f"{text!r} is no FILE.py:NAME: give the path of a Python file, a "
            "colon, and the name of something in it"
        )
    if not Path(path).is_file():
        raise UsageError(f"there is no file {path!r}")
    found: Any = _module(Path(path).resolve())
    for part in name.split("."):
        if not hasattr(found, part):
            raise UsageError(_no_such_name(found, path, part))
        found = getattr(found, part)
    return found


def _no_such_name(holder: Any, path: str, name: str) -> str:
    known = [k for k in dir(holder) if not k.startswith("_")]
    near = difflib.get_close_matches(name, known, n=1)
    made = [k for k in known if _module_of(getattr(holder, k)) == _name(path)]
    hint = ""
    if near:
        hint = f"; did you mean {near[0]!r}?"
    elif made:
        more = ", ..." if len(made) > 8 else ""
        hint = f"; it has {', '.join(made[:8])}{more}"
    return f"{path} has nothing named {name!r}{hint}"


def _module_of(x: Any) -> Any:
    return getattr(x, "__module__", None)


def _name(path: str | Path) -> str:
    # A name of its own, so that it hides no module that is installed.
    return f"lazyopt_file_{Path(path).stem}"


@functools.cache
def _module(path: Path) -> ModuleType:
    name = _name(path)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise FailedError(
            f"{path} can't be imported: {type(error).__name__}: {error}"
            f"{where_in(path, error)}"
        ) from error
    return module


def where_in(path: Path | None, error: BaseException) -> str:
    """The last line of a file that an error came through, in brackets.

    Nothing if the error says it itself.
    """
    lines = []
    step = error.__traceback__
    while step is not None:
        if Path(step.tb_frame.f_code.co_filename) == path:
            lines.append(step.tb_lineno)
        step = step.tb_next
    if not lines or f"{path}:{lines[-1]}" in str(error):
        return ""
    return f" ({path}, line {lines[-1]})"
