"""A chain there and back, small, and the operations that it takes."""

from typing import Any

import lazyopt as lo
from benchmarks.programs import chains
from benchmarks.programs.chains import fewest_steps

__all__ = ["chain", "fewest_steps", "least_flops"]


def chain(layers: int, width: int = 16) -> tuple[Any, tuple[Any, ...]]:
    """Gradients of layers of tanh, reduced to their norms."""
    return chains.norms(layers, width)


def least_flops(graph: lo.Graph, layers: int, width: int, slots: int) -> int:
    """Operations of the chain's best schedule with so many slots."""
    return chains.least_flops(graph.flops, layers, width, slots)
