"""Every error lazyopt raises on its own account.

A program's own errors (a singular matrix, a wrong axis) keep their type, so
that an optimised program fails as the eager one does.
"""


class LazyoptError(Exception):
    """Base of all errors raised by lazyopt."""


class TraceError(LazyoptError):
    """The program can't be recorded as a graph of array operations."""


class GraphError(LazyoptError):
    """A graph or node is malformed, or is used in a way it can't be."""


class PassError(LazyoptError):
    """A pass is unknown, misused, failed, or returned a broken graph."""


class VerificationError(PassError):
    """A pass changed what a graph computes."""


class InputError(LazyoptError):
    """What was given to a graph is not what it was traced with."""
