"""``lazyopt passes``: what can be asked for by name, and what it promises."""

from typing import Any

from lazyopt.commands.console import Console
from lazyopt.errors import PassError
from lazyopt.registry import find_pass, pass_names, plugin_of

__all__ = ["passes"]


def passes(as_json: bool = False) -> int:
    """List the passes, built-in and of plugins, with their guarantees.

    Returns
    -------
    int
        Exit status: 1 if a plugin's pass can't be loaded.
    """
    console = Console(as_json)
    with console.users_code():
        found = [_described(name) for name in pass_names()]
    console.table(
        ["pass", "results", "never grows", "what it does"],
        [_row(each) for each in found],
    )
    console.document(found)
    return 1 if any(each["error"] for each in found) else 0


def _described(name: str) -> dict[str, Any]:
    plugin = plugin_of(name)
    try:
        item = find_pass(name)
    except PassError as error:
        return _entry(name, plugin, error=str(error))
    doc = (item.__doc__ or "").strip().splitlines()
    return _entry(
        name,
        plugin,
        exact=bool(getattr(item, "exact", True)),
        never_grows=list(getattr(item, "never_grows", ())),
        requires=list(getattr(item, "requires", ())),
        about=doc[0] if doc else "",
    )


def _entry(name: str, plugin: str | None, **known: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {
        "exact": None,
        "never_grows": [],
        "requires": [],
        "about": "",
        "error": None,
    }
    return {"name": name, "plugin": plugin, **nothing, **known}


def _row(found: dict[str, Any]) -> list[str]:
    if found["error"]:
        return [found["name"], "?", "?", found["error"]]
    about = found["about"]
    if found["requires"]:
        about += f" After {', '.join(found['requires'])}."
    if found["plugin"]:
        about += f" ({found['plugin']})"
    return [
        found["name"],
        "exact" if found["exact"] else "last bits",
        ", ".join(found["never_grows"]) or "-",
        about,
    ]
