"""A body run in parts along an axis: the runner of a region."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lazyopt.cost import graph_flops
from lazyopt.dense import unwritten
from lazyopt.errors import GraphError
from lazyopt.execute import run_values
from lazyopt.graph import Graph
from lazyopt.ordering import peak_bytes
from lazyopt.plan import plan_of
from lazyopt.progress import PART_DONE
from lazyopt.slicing import chunked

__all__ = ["Sliced", "lengths_of_parts", "size_along"]


def lengths_of_parts(size: int, rows: int) -> list[int]:
    """Lengths of the parts that an axis is cut into: two at most.

    None is 1: NumPy goes through an axis of one element in another way.

    Parameters
    ----------
    size : int
        Of the axis, 2 or more.
    rows : int
        Length of a part, 2 or more. The last one has what is left, and is
        longer by one where that would be a single element.
    """
    count, left = divmod(size, rows)
    lengths = [rows] * count
    if left == 1 and lengths:
        lengths[-1] += 1
    elif left:
        lengths.append(left)
    return lengths


def size_along(body: Graph, axes: Sequence[int | str | None]) -> int:
    """Length of the sliced axis in a body.

    Raises
    ------
    GraphError
        If nothing is sliced, or axes of several lengths.
    """
    sizes = {
        (node.specs[0].shape or ())[axis]
        for node, axis in zip(body.nodes, axes, strict=True)
        if isinstance(axis, int)
    }
    if len(sizes) != 1:
        raise GraphError(
            f"a body is sliced along axes of lengths {sorted(sizes)}; they "
            "must be one"
        )
    return sizes.pop()


class Sliced:
    """Runs a body in parts along an axis, and puts the results together.

    Parameters
    ----------
    body : Graph
    axes : sequence of int, str or None
        One for each node of the body: the axis that is sliced, None for what
        is taken whole, or the name of a ufunc that combines the results of
        parts.
    rows : int
        Length of a part, 2 or more.

    Attributes
    ----------
    workspace_bytes : int
        Peak of the body on the longest part.
    flops : int

    Raises
    ------
    GraphError
        If the body can't be cut like that.
    """

    def __init__(
        self, body: Graph, *, axes: Sequence[int | str | None], rows: int
    ) -> None:
        if rows < 2:
            raise GraphError(f"a part has 2 rows or more, not {rows}")
        along = dict(zip(body.nodes, axes, strict=True))
        self._lengths = lengths_of_parts(size_along(body, axes), rows)
        parts = {
            n: chunked(body, axes, n) for n in dict.fromkeys(self._lengths)
        }
        self._plans = {n: plan_of(part) for n, part in parts.items()}
        self._inputs = [along[n] for n in body.inputs]
        self._outputs = [along[n] for n in body.outputs]
        self._specs = [
            (s.shape or (), s.strides or (), s.dtype)
            for s in [n.spec for n in body.outputs]
        ]
        self.workspace_bytes = max(map(peak_bytes, parts.values()))
        self.flops = graph_flops(body)

    def __call__(self, *values: Any) -> Any:
        """Compute the results."""
        results: list[Any] = [
            unwritten(*spec) if isinstance(axis, int) else None
            for spec, axis in zip(self._specs, self._outputs, strict=True)
        ]
        start = 0
        tell = PART_DONE.get()
        for done, length in enumerate(self._lengths):
            if tell is not None:
                tell(done, len(self._lengths))
            part = [
                x if axis is None else x[_along(axis, start, length)]
                for x, axis in zip(values, self._inputs, strict=True)
            ]
            found = run_values(self._plans[length], part)
            for i, axis in enumerate(self._outputs):
                if isinstance(axis, int):
                    results[i][_along(axis, start, length)] = found[i]
                elif start:
                    results[i] = _combined(str(axis), results[i], found[i])
                else:
                    results[i] = found[i]
            start += length
            del found
        return results[0] if len(results) == 1 else tuple(results)


def _along(axis: int | str, start: int, length: int) -> tuple[slice, ...]:
    assert isinstance(axis, int)
    return (*[slice(None)] * axis, slice(start, start + length))


def _combined(name: str, so_far: Any, part: Any) -> Any:
    """A result over some parts, and over one more; arrays stay arrays."""
    ufunc = getattr(np, name)
    if isinstance(so_far, np.ndarray):
        return ufunc(so_far, part, out=so_far)
    return ufunc(so_far, part)
