"""Calls with effects, for programs to make: what they saw is on a log."""

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from lazyopt.register import register_op
from lazyopt.specs import ArraySpec

if TYPE_CHECKING:
    from lazyopt.testing.steps import Step

__all__ = ["LOG", "OPAQUE", "bits", "is_unknown", "scribble", "stamp"]

#: What the calls saw, in the order they were made.
LOG: list[Any] = []


_ARRAYS = (np.ndarray, np.generic)


def bits(x: Any) -> Any:
    """All that a program can see of a value, as something to compare."""
    if isinstance(x, _ARRAYS):
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
    """Log a value and copy it; its spec is known."""
    LOG.append(("stamp", bits(x)))
    return np.array(x, order="C", copy=True)


def _stamped(x: Any) -> ArraySpec:
    return ArraySpec(x.shape, x.dtype)


register_op(stamp, effects="writes", infer=_stamped, name="testing.stamp")

#: Those that leave their operand as it is.
OPAQUE = (observe, forward, stamp)
_UNKNOWN = (observe, forward, scribble)
_BY_VALUE = ("linalg.eig", "linalg.eigvals")


def is_unknown(step: "Step") -> bool:
    """Whether the spec of its result isn't known before it runs.

    Nothing is known of what some functions return; whether eigenvalues are
    complex depends on the values; and a mask may be of any size.
    """
    if step.form == "call":
        return step.target in _UNKNOWN
    if step.form == "do":
        return step.target in _BY_VALUE
    return step.target is operator.getitem and type(step.args[1]) is bool
