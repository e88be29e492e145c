"""Small ordering problems whose optimum is known."""

from collections.abc import Callable, Sequence
from functools import partial

from lazyopt.schedule import Problem

__all__ = ["KNOWN", "binary_tree", "fft", "from_operands"]


def from_operands(
    operands: Sequence[Sequence[int]],
    sizes: Sequence[int] | None = None,
    kept: Sequence[int] | None = None,
) -> Problem:
    """Return the problem of steps that make one storage each.

    Parameters
    ----------
    operands
        For each step those it reads, all of them smaller.
    sizes
        Of the results; one each by default.
    kept
        The steps whose results live to the end; by default those that no
        step reads.
    """
    steps = len(operands)
    rows = tuple(tuple(dict.fromkeys(row)) for row in operands)
    if kept is None:
        read = {v for row in rows for v in row}
        kept = [v for v in range(steps) if v not in read]
    return Problem(
        sizes=(1,) * steps if sizes is None else tuple(sizes),
        produces=tuple((v,) for v in range(steps)),
        reads=rows,
        after=rows,
        workspace=(0,) * steps,
        kept=frozenset(kept),
    )


def fft(points: int = 8) -> Problem:
    """Butterflies in radix two; each of two results has a step of its own."""
    rows: list[tuple[int, ...]] = [()] * points
    stride = 1
    while stride < points:
        first = len(rows) - points
        rows += [(first + i, first + (i ^ stride)) for i in range(points)]
        stride *= 2
    return from_operands(rows)


def grid(size: int = 6) -> Problem:
    """Each cell of a square after the one above and the one to its left."""
    rows = []
    for i in range(size):
        for j in range(size):
            here = i * size + j
            rows.append([here - size] * (i > 0) + [here - 1] * (j > 0))
    return from_operands(rows)


def stencil(width: int = 6, steps: int = 4) -> Problem:
    """Each cell after its three neighbours of the step before, then a sum."""
    rows: list[Sequence[int]] = [()] * width
    for _ in range(steps):
        first = len(rows) - width
        for i in range(width):
            near = range(max(i - 1, 0), min(i + 2, width))
            rows.append([first + j for j in near])
    first = len(rows) - width
    total = first
    for i in range(1, width):
        rows.append((total, first + i))
        total = len(rows) - 1
    return from_operands(rows)


def strassen() -> Problem:
    """One level of Strassen's product, its quarters made by steps."""
    rows: list[Sequence[int]] = [()] * 8

    def op(*operands: int) -> int:
        rows.append(operands)
        return len(rows) - 1

    a11, a12, a21, a22, b11, b12, b21, b22 = range(8)
    m1 = op(op(a11, a22), op(b11, b22))
    m2 = op(op(a21, a22), b11)
    m3 = op(a11, op(b12, b22))
    m4 = op(a22, op(b21, b11))
    m5 = op(op(a11, a12), b22)
    m6 = op(op(a21, a11), op(b11, b12))
    m7 = op(op(a12, a22), op(b21, b22))
    op(op(op(m1, m4), m5), m7)
    op(m3, m5)
    op(m2, m4)
    op(op(op(m1, m2), m3), m6)
    return from_operands(rows)


def cholesky(tiles: int = 4) -> Problem:
    """The last tile of a right-looking factorisation of lower tiles."""
    rows: list[Sequence[int]] = []
    at: dict[tuple[int, int], int] = {}

    def put(i: int, j: int, *operands: tuple[int, int]) -> None:
        rows.append([at[place] for place in operands])
        at[i, j] = len(rows) - 1

    for i in range(tiles):
        for j in range(i + 1):
            put(i, j)
    for k in range(tiles):
        put(k, k, (k, k))
        for i in range(k + 1, tiles):
            put(i, k, (i, k), (k, k))
        for i in range(k + 1, tiles):
            for j in range(k + 1, i + 1):
                put(i, j, (i, j), (i, k), (j, k))
    return from_operands(rows, kept=[len(rows) - 1])


def binary_tree(depth: int) -> Problem:
    """A complete binary tree; its optimum is `depth` + 2."""
    rows: list[Sequence[int]] = [()] * 2**depth
    first = 0
    while first < len(rows) - 1:
        level = range(first, len(rows))
        rows += list(zip(level[::2], level[1::2], strict=True))
        first = level.stop
    return from_operands(rows)


KNOWN: dict[str, tuple[Callable[[], Problem], int]] = {
    "FFT, 8 points": (fft, 10),
    "grid 6x6": (grid, 7),
    "stencil 6 wide, 4 steps, and sum": (stencil, 8),
    "Strassen, one level": (strassen, 10),
    "Cholesky, 4x4 tiles": (cholesky, 7),
    "binary tree, depth 3": (partial(binary_tree, 3), 5),
    "binary tree, depth 6": (partial(binary_tree, 6), 8),
    "binary tree, depth 9": (partial(binary_tree, 9), 11),
}
"""Small problems, all of unit sizes, and the lowest peak of any order."""
