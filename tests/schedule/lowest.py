"""The lowest peak of a small problem by dynamic programming, and problems."""

import random
from collections.abc import Sequence

from lazyopt.schedule import Problem


def lowest_peak(problem: Problem) -> int:
    """Return the lowest peak of any order, over all sets of steps."""
    steps = len(problem.after)
    waits = [sum(1 << u for u in row) for row in problem.after]
    cost = [
        sum(problem.sizes[s] for s in made) + borrowed
        for made, borrowed in zip(
            problem.produces, problem.workspace, strict=True
        )
    ]
    readers = [0] * len(problem.sizes)
    maker = [0] * len(problem.sizes)
    for v in range(steps):
        for s in problem.reads[v]:
            readers[s] |= 1 << v
        for s in problem.produces[v]:
            maker[s] = 1 << v

    def live(done: int) -> int:
        return sum(
            size
            for s, size in enumerate(problem.sizes)
            if not maker[s] & ~done
            and (s in problem.kept or readers[s] & ~done)
        )

    best = {0: live((1 << steps) - 1)}
    for _ in range(steps):
        found: dict[int, int] = {}
        for done, peak in best.items():
            held = live(done)
            for v in range(steps):
                if not done >> v & 1 and not waits[v] & ~done:
                    after = done | 1 << v
                    needed = max(peak, held + cost[v])
                    found[after] = min(needed, found.get(after, needed))
        best = found
    return min(best.values())


def random_order(problem: Problem, seed: int) -> list[int]:
    """Return a random valid order."""
    rng = random.Random(seed)
    order: list[int] = []
    todo = list(range(len(problem.after)))
    while todo:
        ready = [v for v in todo if set(problem.after[v]) <= set(order)]
        v = rng.choice(ready)
        order.append(v)
        todo.remove(v)
    return order


def layered(seed: int, steps: int) -> Problem:
    """Return a random problem like programs: each step on some before it.

    Sizes are equal more often than not, so that many rules apply.
    """
    rng = random.Random(seed)
    largest = rng.choice([1, 2, 6])
    reach = rng.choice([3, 5, 12])
    fan = rng.choice([[1, 1, 2], [0, 1, 2, 2], [1, 2, 3]])
    after = [
        tuple(
            sorted(
                {
                    rng.randrange(max(0, v - reach), v)
                    for _ in range(min(v, rng.choice(fan)))
                }
            )
        )
        for v in range(steps)
    ]
    used = {u for row in after for u in row}
    return from_edges(
        after,
        [rng.randint(0 if largest > 1 else 1, largest) for _ in after],
        [rng.choice([0, 0, 0, rng.randint(1, 3)]) for _ in after],
        {v for v in range(steps) if v not in used or rng.random() < 0.05},
    )


def from_edges(
    after: Sequence[tuple[int, ...]],
    sizes: Sequence[int],
    workspace: Sequence[int],
    kept: set[int],
) -> Problem:
    """Return the problem of steps with one result, read along the edges."""
    return Problem(
        tuple(sizes),
        tuple((v,) for v in range(len(after))),
        tuple(after),
        tuple(after),
        tuple(workspace),
        frozenset(kept),
    )
