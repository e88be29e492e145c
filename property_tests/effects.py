"""Calls with effects, for programs to make: what they saw is on a log."""

from typing import Any

import numpy as np

import lazyopt as lo
from lazyopt.specs import ArraySpec

__all__ = ["LOG", "OPAQUE", "bits", "scribble", "stamp"]

#: What the calls saw, in the order they were made.
LOG: list[Any] = []


def bits(x: Any) -> Any:
    """All that a program can see of a value, as something to compare."""
    if isinstance(x, np.ndarray | np.generic):
        return (type(x), x.dtype.str, x.shape, x.tobytes())
    return (type(x), repr(x))


def observe(x: Any) -> Any:
    """Log a value and return a new one."""
    LOG.append(("observe", bits(x)))
    return np.positive(x) if np.asarray(x).dtype != bool else np.copy(x)


def forward(x: Any) -> Any:
    """Log a value and return it itself."""
    LOG.append(("forward", bits(x)))
    return x


def scribble(x: Any) -> Any:
    """Log a value, write into it, and return a copy of what it was."""
    LOG.append(("scribble", bits(x)))
    before = x.copy()
    x[...] = x[..., ::-1] if x.ndim else x + x
    return before


def stamp(x: Any) -> Any:
    """Log a value and double it; its spec is known."""
    LOG.append(("stamp", bits(x)))
    return np.array(x, order="C", copy=True)


def _stamped(x: Any) -> ArraySpec:
    return ArraySpec(x.shape, x.dtype)


lo.register_op(
    stamp, effects="writes", infer=_stamped, name="property_tests_stamp"
)

#: Those that leave their operand as it is.
OPAQUE = (observe, forward, stamp)
