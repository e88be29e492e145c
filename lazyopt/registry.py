"""Passes by name: the built-in ones, and plugins found by entry points."""

import difflib
import functools
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from lazyopt.errors import PassError
from lazyopt.graph import Graph

__all__ = ["Pass", "as_pass", "find_pass", "pass_names", "plugin_of"]

Pass = Callable[[Graph], Graph]

GROUP = "lazyopt.passes"
_BUILT_IN = {
    "contract": "Contract",
    "fold": "Fold",
    "fuse": "Fuse",
    "lower": "Lower",
    "powers": "Powers",
    "prune": "Prune",
    "rematerialise": "Rematerialise",
    "reorder": "Reorder",
    "reuse": "Reuse",
    "share": "Share",
    "simplify": "Simplify",
    "slice": "Slice",
    "spill": "Spill",
}


def pass_names() -> tuple[str, ...]:
    """Names of all passes that can be asked for by name, sorted."""
    return tuple(sorted({*_BUILT_IN, *_plugins()}))


@functools.cache
def _plugins() -> dict[str, Any]:
    """Entry points of installed distributions, by name.

    Raises
    ------
    PassError
        If two passes go by one name.
    """
    found: dict[str, Any] = {}
    for entry in entry_points(group=GROUP):
        other = found.get(entry.name)
        if entry.name in _BUILT_IN or (
            other is not None and other.value != entry.value
        ):
            theirs = "lazyopt itself" if other is None else other.value
            raise PassError(
                f"two passes are named {entry.name!r}: {entry.value} and "
                f"one of {theirs}. Uninstall one of them, or rename it in "
                f"its [project.entry-points.{GROUP!r}]."
            )
        found[entry.name] = entry
    return found


def plugin_of(name: str) -> str | None:
    """Where the pass of a plugin stands; None for a built-in one."""
    entry = _plugins().get(name)
    return None if entry is None else str(entry.value)


def find_pass(name: str) -> Any:
    """A fresh pass by its name.

    Raises
    ------
    PassError
        If no pass has it, and a name that is near is suggested; if two
        have it; or if a plugin's pass can't be loaded.
    """
    plugins = _plugins()
    if name in _BUILT_IN:
        return getattr(import_module(GROUP), _BUILT_IN[name])()
    plugin = plugins.get(name)
    if plugin is None:
        near = difflib.get_close_matches(name, pass_names(), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "."
        raise PassError(
            f"there is no pass named {name!r}{hint} Known are "
            f"{', '.join(pass_names())}."
        )
    try:
        made = plugin.load()
    except Exception as error:
        raise PassError(
            f"the pass {name!r} of an installed plugin, {plugin.value}, "
            f"can't be loaded: {type(error).__name__}: {error}. Repair or "
            "uninstall the plugin."
        ) from error
    return made() if isinstance(made, type) else made


def as_pass(item: Any) -> Any:
    """A pass given by name, as an instance, a class, or a function.

    Raises
    ------
    PassError
        If it is none of these.
    """
    if isinstance(item, str):
        return find_pass(item)
    if isinstance(item, type):
        return item()
    if callable(item):
        return item
    raise PassError(
        f"{item!r} is no pass: give a name, or something that is called "
        "with a graph and returns a graph"
    )


def name_of(item: Any) -> str:
    """What a pass goes by in records and errors."""
    name = getattr(item, "name", None) or getattr(item, "__name__", None)
    return str(name or type(item).__name__)
