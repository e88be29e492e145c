"""The command line: ``lazyopt``. Needs the ``cli`` extra."""

import sys
from pathlib import Path
from typing import Annotated, Any

from lazyopt.commands.check import check
from lazyopt.commands.console import status_of
from lazyopt.commands.demo import demo
from lazyopt.commands.passes import passes
from lazyopt.commands.programs import PROGRAMS
from lazyopt.commands.report import report

__all__ = ["main"]

ABOUT = """Graph optimisation for array programs written with autoray.

The exit status is 0 if all went well, 1 if something failed or was found to
be wrong, and 2 if the command line is wrong.
"""


def main() -> None:
    """Entry point of the ``lazyopt`` command."""
    try:
        import rich  # noqa: F401
        import typer  # noqa: F401
    except ImportError:
        sys.exit(
            "the command line needs the extra 'cli': "
            "pip install 'autoray-lazyopt[cli]'"
        )
    _app()()


def _app() -> Any:
    """The commands, as typer reads them off functions."""
    import typer

    app = typer.Typer(
        help=ABOUT,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    json_option = typer.Option(
        "--json", help="Print one JSON document and nothing else."
    )
    names = "\n\n".join(f"{k}: {p.about}" for k, p in PROGRAMS.items())

    @app.command("demo", help=f"Show a program before and after.\n\n{names}")
    def demo_command(
        program: Annotated[
            str, typer.Argument(help=f"One of {', '.join(PROGRAMS)}.")
        ] = next(iter(PROGRAMS)),
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        raise typer.Exit(status_of(lambda: demo(program, as_json)))

    @app.command("report")
    def report_command(
        program: Annotated[
            str,
            typer.Argument(
                metavar="FILE.py:FUNCTION",
                help="A function in a file. The file is imported.",
            ),
        ],
        arg: Annotated[
            list[str] | None,
            typer.Option(
                metavar="VALUE",
                help="An argument, as often as there are: an array as "
                "1000x1000:float64, or a Python literal.",
            ),
        ] = None,
        kwarg: Annotated[
            list[str] | None,
            typer.Option(metavar="NAME=VALUE", help="A keyword argument."),
        ] = None,
        passes: Annotated[
            str | None,
            typer.Option(
                metavar="A,B,...",
                help="Names of passes, or FILE.py:PASS; "
                "those that are the default are left out then.",
            ),
        ] = None,
        memory_limit: Annotated[
            str | None,
            typer.Option(
                metavar="BYTES",
                help="What a run may allocate, such as '2 GiB'.",
            ),
        ] = None,
        spill_folder: Annotated[
            Path | None,
            typer.Option(help="Where values may wait in files."),
        ] = None,
        fast_math: Annotated[
            bool,
            typer.Option(
                "--fast-math", help="Allow what may change last bits."
            ),
        ] = False,
        html: Annotated[
            Path | None, typer.Option(help="Write a page to look at here.")
        ] = None,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        """Tell what a function of yours needs, before and after.

        It is traced without data: nothing large is computed.
        """
        raise typer.Exit(
            status_of(
                lambda: report(
                    program,
                    args=arg or (),
                    kwargs=kwarg or (),
                    passes=passes,
                    memory_limit=memory_limit,
                    spill_folder=spill_folder,
                    fast_math=fast_math,
                    html=html,
                    as_json=as_json,
                )
            )
        )

    @app.command("passes")
    def passes_command(as_json: Annotated[bool, json_option] = False) -> None:
        """List the passes, those of plugins too, and what they promise."""
        raise typer.Exit(status_of(lambda: passes(as_json)))

    @app.command("check")
    def check_command(
        pass_: Annotated[
            str,
            typer.Argument(
                metavar="FILE.py:PASS", help="Or the name of a pass."
            ),
        ],
        examples: Annotated[
            int, typer.Option(min=1, help="Random programs to try.")
        ] = 1000,
        seed: Annotated[
            int, typer.Option(min=0, help="Other programs for another one.")
        ] = 0,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        """Prove a pass on random programs, or show the smallest it fails."""
        raise typer.Exit(
            status_of(
                lambda: check(
                    pass_, examples=examples, seed=seed, as_json=as_json
                )
            )
        )

    @app.command(
        "fuzz",
        add_help_option=False,
        context_settings={
            "allow_extra_args": True,
            "ignore_unknown_options": True,
        },
    )
    def fuzz_command(context: typer.Context) -> None:
        """Try random pipelines on random graphs; fuzz --help says more."""
        from lazyopt.testing import fuzz

        raise typer.Exit(fuzz.main(context.args))

    return app


if __name__ == "__main__":
    main()
