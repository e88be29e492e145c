"""Numbers of bytes, as people write and read them."""

import math
import re

__all__ = ["format_bytes", "format_gap", "parse_bytes"]

_UNITS = {
    "": 1,
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}


def parse_bytes(size: int | float | str) -> int:
    """A number of bytes, or one with a unit such as ``"1.5 GiB"``.

    Raises
    ------
    ValueError
        If it is neither, negative, or not finite.
    """
    if isinstance(size, str):
        found = re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)\s*([a-zA-Z]*)\s*", size)
        if not found or found[2].lower() not in _UNITS:
            raise ValueError(
                f"{size!r} is no number of bytes; write it as '512 MiB' or "
                "'2 GB'"
            )
        size = float(found[1]) * _UNITS[found[2].lower()]
    if size < 0:
        raise ValueError(f"a number of bytes can't be negative: {size}")
    if not math.isfinite(size):
        raise ValueError(f"{size} is no number of bytes")
    return int(size)


def format_bytes(size: int) -> str:
    """Bytes in the largest binary unit that they fill: ``"2.4 MiB"``."""
    value = float(size)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(value) < 1024:
            return f"{size} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"


def format_gap(peak: int, bound: int) -> str:
    """How far a peak can be above the lowest, by a bound on all of them.

    Parameters
    ----------
    peak, bound : int
        Bytes, with ``0 < bound < peak``.
    """
    gap = max(peak / bound - 1, 0.001)
    if gap >= 1:
        return f"at most {peak / bound:.1f} times that of any order"
    return f"within {gap:.1%} of any order"
