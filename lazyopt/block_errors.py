"""Floating point errors of calls that run in blocks, told as of one call.

NumPy looks for errors after each call, and warns, raises or calls as
`numpy.errstate` says. Of a call in blocks this would come once a block, from
whatever thread. So blocks only note what occurred, with an element that shows
it; when all is done, that element is computed again as the caller wants it.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

__all__ = ["BlockErrors", "tell"]

Function = Callable[..., Any]
#: A step, the bit of an error that it showed, and operands that do.
Seen = dict[tuple[int, int], tuple[list[Any], np.ndarray]]

#: What NumPy tells apart, by the bits it has for them, in the order in which
#: it sees to them.
_BITS = {"divide": 1, "over": 2, "under": 4, "invalid": 8}


class BlockErrors:
    """What one thread notes. Made in the caller's context.

    Attributes
    ----------
    flags : int
        What occurred since it was last set to 0, as bits.
    seen : dict
    """

    def __init__(self) -> None:
        wanted = [k for k, v in np.geterr().items() if v != "ignore"]
        self._watched = sum(_BITS[k] for k in wanted)
        self._modes: dict[str, Any] = dict.fromkeys(wanted, "call")
        self.flags = 0
        self.seen: Seen = {}

    def watching(self) -> AbstractContextManager[Any]:
        """The context to run blocks in."""
        return np.errstate(call=self._take, **self._modes)

    def _take(self, text: str, flags: int) -> None:
        self.flags |= flags & self._watched

    def unseen(self, step: int) -> list[int]:
        """Bits of what occurred and was not noted of this step before."""
        flags, self.flags = self.flags, 0
        return [
            b
            for b in _BITS.values()
            if flags & b and (step, b) not in self.seen
        ]

    def note(
        self,
        step: int,
        bits: Sequence[int],
        function: Function,
        args: Sequence[Any],
        out: np.ndarray,
    ) -> None:
        """Find an element for each of these errors of a step.

        Parameters
        ----------
        step : int
        bits : sequence of int
        function : callable
            Of the arguments and an array for the result.
        args : sequence
            Arrays of the result's shape, and numbers.
        out : numpy.ndarray
            Of the result's shape and dtype.
        """
        for bit in bits:
            self.seen[step, bit] = self._part(function, args, out, bit)

    def _part(
        self, function: Function, args: Sequence[Any], out: Any, bit: int
    ) -> tuple[list[Any], np.ndarray]:
        """Copies of as few elements of the operands as show an error."""
        found = True
        while found and out.size > 1:
            axis = next(i for i, size in enumerate(out.shape) if size > 1)
            half = out.shape[axis] // 2
            for part in (slice(half), slice(half, None)):
                key = (slice(None),) * axis + (part,)
                tried = [_part_of(a, key) for a in args]
                model = np.empty(out[key].shape, out.dtype)
                self.flags = 0
                function(*tried, model)
                found = bool(self.flags & bit)
                if found:
                    args, out = tried, model
                    break
        copies = [a.copy() if type(a) is np.ndarray else a for a in args]
        return copies, np.empty(out.shape, out.dtype)


def _part_of(x: Any, key: Any) -> Any:
    return x[key] if type(x) is np.ndarray and x.ndim else x


def tell(
    threads: Sequence[BlockErrors], functions: Sequence[Function], end: int
) -> None:
    """Warn, raise or call as the caller's `numpy.errstate` says.

    Parameters
    ----------
    threads : sequence of BlockErrors
        What each of them noted.
    functions : sequence of callable
        What each step calls.
    end : int
        The step that raised, or how many there are: none after it counts.

    Raises
    ------
    FloatingPointError
    """
    seen: Seen = {}
    for errors in threads:
        for key, value in errors.seen.items():
            seen.setdefault(key, value)
    for step, bit in sorted(seen):
        if step < end:
            args, out = seen[step, bit]
            others: Any = {k: "ignore" for k, b in _BITS.items() if b != bit}
            with np.errstate(**others):
                functions[step](*args, out)
