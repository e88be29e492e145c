"""Ordering problems by themselves: random cells, trees, a million steps.

In all of them a step allocates one storage and reads those of other steps.
"""

import random
from collections.abc import Callable, Sequence

from benchmarks.programs.known import fft, from_operands
from lazyopt.schedule import Problem

__all__ = [
    "LARGE",
    "chained_cells",
    "large_fft",
    "large_gram_schmidt",
    "large_random",
    "random_tree",
    "random_wired",
]


def random_wired(
    seed: int, nodes: int = 32, near: int = 4, rewired: float = 0.75
) -> Problem:
    """A cell of a randomly wired network, with random sizes.

    A connected Watts-Strogatz graph, directed from the smaller number to the
    larger, between one source and one sink (Xie et al., "Exploring randomly
    wired neural networks for image recognition", 2019).
    """
    return chained_cells(seed, 1, nodes, near, rewired)


def chained_cells(
    seed: int,
    cells: int = 3,
    nodes: int = 32,
    near: int = 4,
    rewired: float = 0.75,
) -> Problem:
    """Cells as `random_wired` makes them, each on the one before."""
    rows: list[list[int]] = []
    for cell in range(cells):
        source = len(rows)
        rows.append([source - 1] if cell else [])
        inner = _cell(seed * cells + cell, nodes, near, rewired)
        rows += [[source + 1 + v for v in row] or [source] for row in inner]
        read = {v for row in inner for v in row}
        ends = [source + 1 + v for v in range(nodes) if v not in read]
        rows.append(ends)
    rng = random.Random(seed)
    return from_operands(rows, [rng.randint(1, 100) for _ in rows])


def _cell(seed: int, nodes: int, near: int, rewired: float) -> list[list[int]]:
    """For each node of a cell, those of smaller number that it reads."""
    import networkx

    wired = networkx.connected_watts_strogatz_graph(
        nodes, near, rewired, seed=seed
    )
    return [sorted(u for u in wired[v] if u < v) for v in range(nodes)]


def random_tree(seed: int, leaves: int) -> Problem:
    """A random binary tree with random sizes.

    Of the trees there are so far, two that are drawn at random are joined,
    until there is one. The order given makes all leaves first.
    """
    rng = random.Random(seed)
    rows: list[Sequence[int]] = [()] * leaves
    tops = list(range(leaves))
    while len(tops) > 1:
        pair = []
        for _ in range(2):
            at = rng.randrange(len(tops))
            tops[at], tops[-1] = tops[-1], tops[at]
            pair.append(tops.pop())
        tops.append(len(rows))
        rows.append(pair)
    return from_operands(rows, [rng.randint(1, 100) for _ in rows])


def large_gram_schmidt(steps: int = 1_000_000) -> Problem:
    """Modified Gram-Schmidt of about so many steps, without conjugates."""
    rows: list[Sequence[int]] = []
    sizes: list[int] = []

    def op(size: int, *operands: int) -> int:
        rows.append(operands)
        sizes.append(size)
        return len(rows) - 1

    n = int((2 * steps / 3) ** 0.5)
    done: list[int] = []
    for _ in range(n):
        q = op(n)
        for row in done:
            overlap = op(1, row, q)
            q = op(n, q, op(n, overlap, row))
        done.append(op(n, q))
    op(n * n, *done)
    return from_operands(rows, sizes)


def large_fft(points: int = 2**16) -> Problem:
    """Butterflies in radix two; 1,114,112 steps by default."""
    return fft(points)


def large_random(steps: int = 1_000_000, seed: int = 0) -> Problem:
    """Steps that read recent results, and mostly the oldest unread one."""
    rng = random.Random(seed)
    rows: list[Sequence[int]] = []
    read = bytearray(steps)
    oldest = 0
    for v in range(steps):
        reach = min(v, 50 if rng.random() < 0.99 else 5000)
        drawn = rng.randint(0, 2) if v else 0
        row = [v - rng.randint(1, reach) for _ in range(drawn)]
        if oldest < v and rng.random() < 0.75:
            row.append(oldest)
        for u in row:
            read[u] = 1
        while read[oldest]:
            oldest += 1
        rows.append(row)
    return from_operands(rows, [rng.randint(1, 100) for _ in rows])


LARGE: dict[str, Callable[[], Problem]] = {
    "Gram-Schmidt": large_gram_schmidt,
    "FFT": large_fft,
    "random": large_random,
}
"""Problems of about a million steps."""
