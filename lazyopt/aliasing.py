"""Which arrays at hand lie in the same memory."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

__all__ = ["groups_in_memory"]


def groups_in_memory(values: Sequence[Any]) -> list[list[int]]:
    """Group arrays whose extents in memory overlap.

    Parameters
    ----------
    values : sequence
        NumPy arrays; what is none stands alone.

    Returns
    -------
    list of list of int
        Places in ``values`` that belong together, each in one group. Arrays
        that interleave without sharing an element are in one group as well.
    """
    extents = sorted(
        (*byte_bounds(value), i)
        for i, value in enumerate(values)
        if isinstance(value, np.ndarray) and value.size
    )
    placed = {i for *_, i in extents}
    groups = [[i] for i in range(len(values)) if i not in placed]
    end = -1
    for low, high, i in extents:
        if low < end:
            groups[-1].append(i)
        else:
            groups.append([i])
        end = max(end, high)
    return groups
