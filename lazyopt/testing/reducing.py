"""Smaller programs that fail as a larger one does."""

from collections.abc import Callable

__all__ = ["reduced"]


def reduced(codes: list[int], fails: Callable[[list[int]], bool]) -> list[int]:
    """Drop instructions, for as long as the program still fails.

    Any part of a program is a program, so every deletion can be tried: large
    parts first, then single ones, until none can go (Zeller and Hildebrandt,
    "Simplifying and isolating failure-inducing input", 2002).

    Parameters
    ----------
    codes : list of int
        Of which ``fails`` is true.
    fails : callable

    Returns
    -------
    list of int
        Of which it is true as well.
    """
    length = -1
    while length != len(codes):
        length = len(codes)
        size = max(1, length // 2)
        while size:
            at = len(codes) - size
            while at >= 0:
                less = codes[:at] + codes[at + size :]
                if fails(less):
                    codes = less
                at -= size
            size //= 2
    return codes
