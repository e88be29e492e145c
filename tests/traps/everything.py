"""All exact passes at their most eager, one after the other."""

from typing import Any

import lazyopt as lo
from lazyopt.passes import Fuse, Rematerialise, Reuse, Slice

from ..helpers import exact

__all__ = ["EVERYTHING", "exact_by_everything"]

#: Fusion of small arrays too, and an order as good as can be had at once.
EVERYTHING: tuple[Any, ...] = (
    "fold",
    "simplify",
    "share",
    "prune",
    "lower",
    Rematerialise(),
    Slice(),
    "reorder",
    Fuse(least=1),
    Reuse(effort="fast"),
)


def exact_by_everything(fn: Any, /, *args: Any) -> lo.Graph:
    """Assert that a program is equal to eager, by each pass and by all.

    Returns
    -------
    Graph
        By all of them.
    """
    for item in EVERYTHING:
        exact(fn, *args, passes=[item])
    return exact(fn, *args, passes=EVERYTHING)
