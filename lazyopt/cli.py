"""The command line: ``lazyopt demo``. Needs the ``cli`` extra."""

import functools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from autoray import do

import lazyopt as lo
from lazyopt.sizes import format_bytes
from lazyopt.verify import same_bits

__all__ = ["main"]


def gram_schmidt(x: Any) -> Any:
    """Orthonormal rows, one after the other; each on all that follow."""
    rows: list[Any] = []
    for j in range(x.shape[0]):
        row = x[j, :]
        for done in rows:
            overlap = do("tensordot", do("conj", done), row, 1)
            row = row - overlap * done
        rows.append(row / do("linalg.norm", row, 2))
    return do("stack", tuple(rows), axis=0)


def jacobi(b: Any, steps: int = 12) -> Any:
    """Solve Poisson's equation by steps; say how far each one moved.

    Written as one would for clarity: differences are taken anew wherever
    they are needed, and all are summed up at the end.
    """
    weight = do("sin", do("linspace", 0.0, 3.0, b.shape[0], like=b))
    u = b * weight
    largest, moves = [], []
    for _ in range(steps):
        near = [do("roll", u, s, axis=a) for s in (1, -1) for a in (0, 1)]
        new = (b + near[0] + near[1] + near[2] + near[3]) / 4
        largest.append(do("abs", new - u))
        moves.append((new - u) ** 2)
        u = new
    return u, [do("max", x) for x in largest], [do("sum", x) for x in moves]


PROGRAMS: dict[str, tuple[Callable[..., Any], tuple[int, int]]] = {
    "gram-schmidt": (gram_schmidt, (100, 100)),
    "jacobi": (jacobi, (300, 300)),
}


def demo(program: str = "jacobi") -> int:
    """Trace a program, optimise it, and hold it against eager NumPy.

    Parameters
    ----------
    program : str
        One of `PROGRAMS`.

    Returns
    -------
    int
        Exit status: 0 if the results are the same to the last bit.
    """
    from rich.console import Console

    fn, shape = PROGRAMS[program]
    console = Console(highlight=False)
    show = functools.partial(console.print, markup=False, soft_wrap=True)
    x = np.random.default_rng(0).normal(size=shape)
    show(f"{program} on a {shape[0]} x {shape[1]} array of float64\n")
    with console.status("tracing and optimising ..."):
        before = lo.trace(fn, x)
        after = lo.optimize(before, peaks=True)
    for name, graph in (("before", before), ("after", after)):
        show(name, style="bold")
        show(_abridged(str(graph)))
        show(graph.memory, style="dim")
        show("")
    show("passes", style="bold")
    for record in after.history:
        show(f"  {record}")
    with console.status("running ..."):
        table = lo.compare(before, after, x)
        equal = _equal(fn(x), after(x))
    show(f"\n{table}")
    limit = format_bytes(after.memory.lower_bound_bytes)
    show(f"\nNo order of these calls needs less than {limit}.")
    if not equal:
        show("The result differs from eager NumPy's.", style="red")
        return 1
    show("The result equals eager NumPy's, bit for bit.", style="green")
    return 0


def _abridged(text: str, head: int = 9, tail: int = 4) -> str:
    lines = text.splitlines()
    if len(lines) <= head + tail + 1:
        return text
    return "\n".join([*lines[:head], "  ...", *lines[-tail:]])


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(_equal, a, b))
    return same_bits(a, b)


def main() -> None:
    """Entry point of the ``lazyopt`` command."""
    try:
        import typer
    except ImportError:
        sys.exit(
            "the command line needs the extra 'cli': "
            "pip install 'autoray-lazyopt[cli]'"
        )
    app = typer.Typer(
        help="Graph optimisation for array programs written with autoray.",
        no_args_is_help=True,
        add_completion=False,
    )

    @app.callback()
    def about() -> None:
        """Graph optimisation for array programs written with autoray."""

    names = ", ".join(PROGRAMS)

    @app.command("demo")
    def demo_command(
        program: str = typer.Argument("jacobi", help=f"One of {names}."),
    ) -> None:
        """Trace, optimise and run a program; print before and after."""
        if program not in PROGRAMS:
            raise typer.BadParameter(f"{program!r} isn't one of {names}")
        raise typer.Exit(demo(program))

    @app.command("passes")
    def passes_command() -> None:
        """List the passes that can be asked for by name."""
        from lazyopt.registry import find_pass, pass_names

        for name in pass_names():
            doc = (find_pass(name).__doc__ or "").strip().splitlines()
            typer.echo(f"{name:12}{doc[0] if doc else ''}")

    app()


if __name__ == "__main__":
    main()
