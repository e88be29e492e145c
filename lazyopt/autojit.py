"""Autoray's own entry: ``autoray.autojit(fn, backend="lazyopt")``.

Autoray keeps the compilers that `autoray.autojit` knows in a table, without a
function to add to it.
"""

from collections.abc import Callable
from typing import Any

from autoray import compiler

from lazyopt.optimizing import optimized

__all__ = ["CompileLazyopt", "register"]


class CompileLazyopt:
    """What autoray makes of a function, to call with arrays.

    Parameters
    ----------
    fn : callable
    **options
        As for `lazyopt.optimized`: what a user gives as
        ``autojit(..., compiler_opts={"lazyopt": {...}})``.
    """

    def __init__(self, fn: Callable[..., Any], **options: Any) -> None:
        self._call = optimized(fn, **options)

    def __call__(
        self, *args: Any, array_backend: str | None = None, **kwargs: Any
    ) -> Any:
        """Run it: on the library that the arrays are of."""
        return self._call(*args, **kwargs)


def register() -> None:
    """Let `autoray.autojit` know ``backend="lazyopt"``."""
    compiler._compiler_lookup["lazyopt"] = CompileLazyopt
    # What autoray took it for while it didn't know it.
    for pair in [p for p in compiler._backend_lookup if p[0] == "lazyopt"]:
        del compiler._backend_lookup[pair]
