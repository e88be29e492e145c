"""What commands print: results, errors, and how far they are."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from lazyopt.errors import LazyoptError

__all__ = ["Console", "FailedError", "UsageError", "status_of", "working"]

#: Exit statuses.
DONE, FAILED, USAGE = 0, 1, 2

#: Columns of the line that says how far a command is.
WIDTH = 78


class FailedError(Exception):
    """What was asked for failed; the message is all that is shown."""


class UsageError(FailedError):
    """The command line asks for something that isn't there."""


class Console:
    """Standard output of a command.

    Parameters
    ----------
    as_json : bool
        Whether one JSON document is all that goes there. What else is
        printed, by the user's own code as well, goes to standard error.
    """

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    def show(self, text: Any = "", style: str | None = None) -> None:
        """Print for a person; nothing if JSON was asked for."""
        if self.as_json:
            return
        from rich.console import Console as Rich

        Rich(highlight=False).print(
            str(text), style=style, markup=False, soft_wrap=True
        )

    def table(self, heads: list[str], rows: list[list[str]]) -> None:
        """Print a table for a person; nothing if JSON was asked for."""
        if self.as_json:
            return
        from rich.console import Console as Rich
        from rich.table import Table
        from rich.text import Text

        drawn = Table(box=None, pad_edge=False)
        for head in heads:
            drawn.add_column(head, no_wrap=head != heads[-1])
        for row in rows:
            drawn.add_row(*map(Text, row))
        Rich(highlight=False).print(drawn)

    def document(self, found: Any) -> None:
        """Print JSON; nothing unless it was asked for."""
        if self.as_json:
            print(json.dumps(found, indent=2, allow_nan=False))

    @contextlib.contextmanager
    def users_code(self) -> Iterator[None]:
        """Where the user's own functions run, which may print."""
        if not self.as_json:
            yield
            return
        with contextlib.redirect_stdout(sys.stderr):
            yield


def status_of(command: Callable[[], int]) -> int:
    """Run a command, and say on standard error what is wrong.

    Returns
    -------
    int
        Exit status: 0 for done, 1 for failed, 2 if the command line is wrong.
    """
    try:
        return command()
    except (FailedError, LazyoptError) as error:
        notes = getattr(error, "__notes__", ())
        print("\n".join([f"lazyopt: {error}", *notes]), file=sys.stderr)
        return USAGE if isinstance(error, UsageError) else FAILED


@contextlib.contextmanager
def working(what: str) -> Iterator[Callable[[str], None]]:
    """A line on the terminal while long work goes on.

    It is on standard error, only if that is a terminal, and gone in the end.

    Yields
    ------
    callable
        To be called with how far the work is.
    """
    stream: TextIO = sys.stderr
    if not stream.isatty():
        yield lambda text: None
        return

    def say(text: str) -> None:
        line = f"{what}: {text}" if text else what
        stream.write(f"\r{line[:WIDTH]:<{WIDTH}}")
        stream.flush()

    say("")
    try:
        yield say
    finally:
        stream.write("\r" + " " * WIDTH + "\r")
        stream.flush()
