"""Ops that write arrays away and read them back: see `lazyopt.spilling`."""

from typing import TYPE_CHECKING, Any

from lazyopt.ops.core import Op, Specs, add_op
from lazyopt.specs import ArraySpec

if TYPE_CHECKING:
    from lazyopt.spilling import Filed, Spilled

__all__ = [
    "FILED",
    "MAPPED",
    "SPILL",
    "TO_FILE",
    "UNSPILL",
    "register",
    "unspill",
]


def _handle(spec: ArraySpec) -> Specs:
    made = ArraySpec(
        spec.shape, spec.dtype, kind="object", strides=spec.strides
    )
    return (made,)


def _array(spec: ArraySpec) -> Specs:
    return (ArraySpec(spec.shape, spec.dtype, strides=spec.strides),)


def infer_spill(x: ArraySpec, folder: str | None = None) -> Specs:
    return _handle(x)


def infer_unspill(handle: ArraySpec, time: int = 0) -> Specs:
    return _array(handle)


def infer_filed(handle: ArraySpec) -> Specs:
    return _array(handle)


def spill(x: Any, folder: str | None = None) -> "Spilled":
    """Write an array away."""
    from lazyopt.spilling import Spilled

    return Spilled(x, folder)


def to_file(x: Any, folder: str) -> "Filed":
    """Write an array to a file that is to be returned."""
    from lazyopt.spilling import Filed

    return Filed(x, folder)


def unspill(handle: "Spilled | Filed", time: int = 0) -> Any:
    """Read it again, for the time of this number: each has its own array."""
    try:
        return handle.read()
    except BaseException:
        # The error keeps this frame, which must not keep the file.
        handle.discard()
        raise


def mapped(handle: "Spilled | Filed", time: int = 0) -> Any:
    """The array where it is, in its file."""
    try:
        return handle.mapped()
    except BaseException:
        handle.discard()
        raise


def filed(handle: "Filed") -> Any:
    """The array as a map of its file."""
    return handle.keep()


def _nothing(*args: Any, **kwargs: Any) -> tuple[int, ...]:
    """Bytes that a handle, or a map of a file, takes of memory."""
    return (0,)


SPILL = Op("spill", infer_spill, function=spill, allocates=_nothing)
TO_FILE = Op("to_file", infer_spill, function=to_file, allocates=_nothing)
UNSPILL = Op("unspill", infer_unspill, function=unspill)
MAPPED = Op("mapped", infer_unspill, function=mapped, allocates=_nothing)
FILED = Op("filed", infer_filed, function=filed, allocates=_nothing)


def register() -> None:
    """Add them to the registry."""
    for op in (SPILL, TO_FILE, UNSPILL, MAPPED, FILED):
        add_op(op)
