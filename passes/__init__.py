"""The built-in passes, one a file.

``contract``
    Products of several arrays by the cheapest path; may change last bits.
``share``
    Common subexpression elimination.
``fold``
    Constant folding.
``powers``
    Small whole powers as products; may change last bits.
``prune``
    Dead-node elimination.
``simplify``
    Calls that return what they are given.
``lower``
    Cheaper calls for the same bits.
``rematerialise``
    Values made again instead of kept.
``fuse``
    Elementwise calls run together, block by block.
``reorder``
    Scheduling for peak memory.
``reuse``
    Results written into operands that die.
``slice``
    Calls around large values made in parts along an axis.
``spill``
    Values that wait, written to files.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lazyopt.passes.contract import Contract
    from lazyopt.passes.fold import Fold
    from lazyopt.passes.fuse import Fuse
    from lazyopt.passes.lower import Lower
    from lazyopt.passes.powers import Powers
    from lazyopt.passes.prune import Prune
    from lazyopt.passes.rematerialise import Rematerialise
    from lazyopt.passes.reorder import Reorder
    from lazyopt.passes.reuse import Reuse
    from lazyopt.passes.share import Share
    from lazyopt.passes.simplify import Simplify
    from lazyopt.passes.slice import Slice
    from lazyopt.passes.spill import Spill

__all__ = [
    "Contract",
    "Fold",
    "Fuse",
    "Lower",
    "Powers",
    "Prune",
    "Rematerialise",
    "Reorder",
    "Reuse",
    "Share",
    "Simplify",
    "Slice",
    "Spill",
]


def __getattr__(name: str) -> Any:
    """A pass's class, imported when it is first asked for.

    Most programs use some of the passes, and imports take longer than
    preparing a small graph does.
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{name.lower()}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
