"""A program with its arguments, and the random numbers they are made of."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Case", "normal", "uniform"]

Case = tuple[Callable[..., Any], tuple[Any, ...]]
"""A program, and the arguments that it is called with."""


def normal(*shape: int, seed: int = 0) -> NDArray[np.float64]:
    """Normal numbers, the same for the same arguments."""
    return np.random.default_rng(seed).normal(size=shape)


def uniform(*shape: int, seed: int = 0) -> NDArray[np.float64]:
    """Numbers between 0.5 and 2, the same for the same arguments."""
    return np.random.default_rng(seed).uniform(0.5, 2.0, size=shape)
