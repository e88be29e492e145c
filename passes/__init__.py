"""The built-in passes, one a file.

``share``
    Common subexpression elimination.
``fold``
    Constant folding.
``prune``
    Dead-node elimination.
``reorder``
    Scheduling for peak memory.
"""

from lazyopt.passes.fold import Fold
from lazyopt.passes.prune import Prune
from lazyopt.passes.reorder import Reorder
from lazyopt.passes.share import Share

__all__ = ["Fold", "Prune", "Reorder", "Share"]
