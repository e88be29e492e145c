"""``lazyopt report``: a function of the user's, before and after."""

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import lazyopt as lo
from lazyopt.commands.arguments import argument, keyword
from lazyopt.commands.console import (
    Console,
    FailedError,
    UsageError,
    working,
)
from lazyopt.commands.files import named_in_file, where_in
from lazyopt.commands.summary import (
    figures,
    pass_from,
    record_as_json,
    show_figures,
    show_records,
    telling,
)
from lazyopt.errors import LazyoptError
from lazyopt.sizes import parse_bytes

__all__ = ["report"]


def report(
    program: str,
    *,
    args: Sequence[str] = (),
    kwargs: Sequence[str] = (),
    passes: str | None = None,
    memory_limit: str | None = None,
    spill_folder: Path | None = None,
    fast_math: bool = False,
    html: Path | None = None,
    as_json: bool = False,
) -> int:
    """Trace a function without data, optimise it, tell what that changed.

    Parameters
    ----------
    program : str
        ``FILE.py:FUNCTION``.
    args, kwargs : sequence of str
        What the function is called with: see `arguments.argument`.
    passes : str, optional
        Names, and ``FILE.py:PASS``, with commas between them.
    memory_limit, spill_folder, fast_math
        As for `lazyopt.optimize`.
    html : path, optional
        Where to write the page of `lazyopt.report`.
    as_json : bool, optional

    Returns
    -------
    int
        Exit status.

    Raises
    ------
    UsageError
        If something is written wrongly, or isn't there.
    FailedError, LazyoptError
        If the function fails, can't be traced, or the limit can't be reached.
    """
    console = Console(as_json)
    positional = [argument(text) for text in args]
    named = _keywords(kwargs)
    limit = None if memory_limit is None else _bytes(memory_limit)
    if html is not None and not html.parent.is_dir():
        raise UsageError(f"there is no folder {str(html.parent)!r}")
    with console.users_code(), working(program) as say:
        fn = named_in_file(program)
        chosen = None if passes is None else _passes(passes)
        before = _traced(program, fn, positional, named)
        try:
            after = lo.optimize(
                before,
                chosen,
                fast_math=fast_math,
                memory_limit=limit,
                spill_folder=spill_folder,
                peaks=True,
                on_pass=telling(say),
            )
        except LazyoptError as error:
            _add_options(error)
            raise
        say("looking")
        sides = figures(before), figures(after)
        if html is not None:
            _write(before, after, html)
    inputs = ", ".join(f"{n.args[0]}: {n.spec}" for n in before.inputs)
    console.show(f"{program}({inputs})\n", style="bold")
    show_figures(console, *sides)
    console.show()
    show_records(console, after.history)
    console.show(f"\n{after.memory}")
    if html is not None:
        console.show(f"\nwritten to {html}")
    console.document(
        {
            "program": program,
            "inputs": [_input(node) for node in before.inputs],
            "before": sides[0],
            "after": sides[1],
            "passes": [record_as_json(r) for r in after.history],
            "html": None if html is None else str(html),
        }
    )
    return 0


#: What arguments of `lazyopt.optimize` are called here.
_OPTIONS = {"fast_math=": "--fast-math", "spill_folder=": "--spill-folder"}


def _add_options(error: LazyoptError) -> None:
    named = [o for name, o in _OPTIONS.items() if name in str(error)]
    if named:
        error.add_note(f"On the command line: {', '.join(named)}.")


def _keywords(texts: Sequence[str]) -> dict[str, Any]:
    pairs = [keyword(text) for text in texts]
    named = dict(pairs)
    if len(named) < len(pairs):
        raise UsageError("a keyword argument is given twice")
    return named


def _bytes(text: str) -> int:
    try:
        return parse_bytes(text)
    except ValueError as error:
        raise UsageError(f"--memory-limit: {error}") from error


def _passes(text: str) -> list[Any]:
    return [pass_from(name.strip()) for name in text.split(",")]


def _write(before: lo.Graph, after: lo.Graph, html: Path) -> None:
    try:
        lo.report(before, after, html)
    except OSError as error:
        raise FailedError(f"{html} can't be written: {error}") from error


def _traced(
    program: str, fn: Any, args: Sequence[Any], kwargs: dict[str, Any]
) -> lo.Graph:
    if not callable(fn):
        raise UsageError(f"{program} is no function, but {fn!r}")
    _check_signature(program, fn, args, kwargs)
    path = Path(program.rpartition(":")[0]).resolve()
    try:
        return lo.trace(fn, *args, **kwargs)
    except LazyoptError as error:
        raise FailedError(f"{error}{where_in(path, error)}") from error
    except Exception as error:
        notes = [f"\n{note}" for note in getattr(error, "__notes__", ())]
        raise FailedError(
            f"{program} fails while it is traced, with "
            f"{type(error).__name__}: {error}"
            + ("".join(notes) or where_in(path, error))
        ) from error


def _check_signature(
    program: str,
    fn: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any],
) -> None:
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):
        return  # it doesn't tell
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        raise UsageError(
            f"{program}{signature} can't be called so: {error}. Give what "
            "it takes with --arg VALUE, in order, or --kwarg name=VALUE."
        ) from error


def _input(node: lo.Node) -> dict[str, Any]:
    spec = node.spec
    return {
        "name": node.args[0],
        "shape": spec.shape,
        "dtype": spec.dtype,
        "layout": spec.layout,
        "nbytes": spec.nbytes,
    }
