"""Where a block's values lie: few places, used again and again.

A value may take the place of an operand that is read for the last time, as
elementwise calls may write over what they read. And until a result is
computed, its own memory serves for what is on the way there. So a chain needs
no buffer at all.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence

__all__ = ["Slots"]


class Slots:
    """Places for the values of one block, each up to a step."""

    def __init__(self) -> None:
        self._dtypes: dict[int, str] = {}
        self._until: dict[int, int] = {}
        self._free: dict[str, list[tuple[int, int]]] = {}

    def add(
        self, dtype: str, until: int, place: int, taken: bool = False
    ) -> None:
        """Let values of this dtype lie in a place, up to a step."""
        self._dtypes[place] = dtype
        self._until[place] = until
        if not taken:
            self._release(place)

    def _release(self, place: int) -> None:
        free = self._free.setdefault(self._dtypes[place], [])
        insort(free, (self._until[place], place))

    def holds(self, place: int) -> bool:
        """Whether values that are computed on the way may lie there."""
        return place in self._until

    def take(self, dtype: str, last: int, dying: Sequence[int]) -> int | None:
        """A place for a value that is read up to a step, if there is one.

        Parameters
        ----------
        dtype : str
        last : int
            The step.
        dying : sequence of int
            Places of values that nothing reads after this step. The others
            are free from now on.
        """
        found = next(
            (
                p
                for p in dying
                if self._dtypes[p] == dtype and self._until[p] >= last
            ),
            None,
        )
        if found is None:
            free = self._free.get(dtype, [])
            i = bisect_left(free, (last, -1))
            if i < len(free):
                found = free.pop(i)[1]
        for place in dying:
            if place != found:
                self._release(place)
        return found

    def close(self, place: int, dying: Sequence[int]) -> None:
        """Put a result where it stays."""
        free = self._free[self._dtypes[place]]
        entry = (self._until.pop(place), place)
        i = bisect_left(free, entry)
        if i < len(free) and free[i] == entry:
            del free[i]
        for other in dying:
            if other != place:
                self._release(other)

    def buffers(self) -> dict[int, str]:
        """The places that are no results', and their dtypes."""
        return {p: self._dtypes[p] for p in self._until}
