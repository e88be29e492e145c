"""``lazyopt check``: a pass of the user's, on random programs."""

import time

from lazyopt.commands.console import Console, working
from lazyopt.commands.summary import pass_from
from lazyopt.errors import VerificationError
from lazyopt.registry import name_of

__all__ = ["check"]


def check(
    pass_: str, *, examples: int, seed: int = 0, as_json: bool = False
) -> int:
    """Prove a pass, as the built-in ones are, or show where it is wrong.

    Parameters
    ----------
    pass_ : str
        ``FILE.py:PASS``, or the name of a pass.
    examples : int
        Programs to try.
    seed : int, optional
        Of the programs.
    as_json : bool, optional

    Returns
    -------
    int
        Exit status: 1 if the pass is wrong.

    Raises
    ------
    UsageError, FailedError
        If there is no such pass, or its file can't be imported.
    """
    from lazyopt.testing import check_pass

    console = Console(as_json)
    wrong: str | None = None
    changed, text = 0, ""
    start = time.perf_counter()
    with console.users_code(), working(f"checking {pass_}") as say:
        item = pass_from(pass_)
        try:
            found = check_pass(
                item,
                examples,
                seed=seed,
                on_example=lambda n: say(f"program {n + 1:,} of {examples:,}"),
            )
            changed, text = found.changed, str(found)
        except VerificationError as error:
            wrong = str(error)
    exact = bool(getattr(item, "exact", True))
    near = "to the bit" if exact else "but for rounding"
    if changed:
        text += f"; results are those of NumPy {near}."
    console.show(wrong or text, style="red" if wrong else "green")
    console.document(
        {
            "pass": name_of(item),
            "right": wrong is None,
            "exact": exact,
            "examples": examples,
            "changed": changed,
            "seed": seed,
            "seconds": time.perf_counter() - start,
            "error": wrong,
        }
    )
    return 1 if wrong else 0
