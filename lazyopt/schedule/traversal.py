"""Depth-first orders: visits that begin with the outputs."""

from collections.abc import Iterable, Sequence

from lazyopt.schedule.problem import Problem

__all__ = [
    "Order",
    "allocated",
    "ascend",
    "least_post_order",
    "outputs_first",
    "post_order",
    "visited_by",
]

Order = list[int]
"""The steps, in the order that they run."""


def outputs_first(problem: Problem) -> list[int]:
    """Return the steps whose results are kept, then those nobody needs.

    Peers visit a program from its outputs. What has an effect alone, or is
    wasted, is visited last, so that every step is.
    """
    needed = bytearray(len(problem.after))
    for row in problem.after:
        for earlier in row:
            needed[earlier] = 1
    made = enumerate(problem.produces)
    kept = [v for v, row in made if not problem.kept.isdisjoint(row)]
    last = [v for v, some in enumerate(needed) if not some]
    return list(dict.fromkeys(kept + last))


def post_order(rows: Sequence[Sequence[int]], roots: Iterable[int]) -> Order:
    """Return the steps in the order in which depth-first visits leave them.

    Parameters
    ----------
    rows
        For each step what must come before it, in the order of visiting.
    roots
        Where to begin, one after the other.
    """
    entered = [0] * len(rows)
    done = bytearray(len(rows))
    order: Order = []
    for root in roots:
        stack = [root]
        while stack:
            step = stack[-1]
            row = rows[step]
            at = entered[step]
            while at < len(row) and done[row[at]]:
                at += 1
            entered[step] = at + 1
            if at < len(row):
                stack.append(row[at])
                continue
            stack.pop()
            if not done[step]:
                done[step] = 1
                order.append(step)
    return order


def visited_by(
    key: Sequence[int], rows: Sequence[Sequence[int]]
) -> list[Sequence[int]]:
    """Return the rows, each by ascending key."""
    look = key.__getitem__
    return [sorted(row, key=look) if len(row) > 1 else row for row in rows]


def allocated(problem: Problem) -> list[int]:
    """Return for each step the bytes of its results."""
    sizes = problem.sizes
    return [sum([sizes[s] for s in row]) for row in problem.produces]


def ascend(problem: Problem) -> Order:
    """Return the depth-first order that goes to the deepest operand first.

    Depth is the longest way from an input. Of equally deep operands, and
    outputs, the last one comes first, as in ``autoray.lazy.ascend``.
    """
    depth: list[int] = []
    rows: list[Sequence[int]] = []
    for row in problem.after:
        ordered: Sequence[int] = row
        if len(row) > 1:
            ordered = sorted(row, key=depth.__getitem__)[::-1]
        rows.append(ordered)
        depth.append(1 + depth[ordered[0]] if row else 0)
    roots = sorted(outputs_first(problem), key=depth.__getitem__)
    return post_order(rows, roots[::-1])


def least_post_order(problem: Problem) -> Order:
    """Return the depth-first order with the lowest peak, on trees.

    Operands are visited by descending difference of what their subtree needs
    and what it leaves (Liu, "On the storage requirement in the out-of-core
    multifrontal method for sparse factorization", 1986). Where a result has
    several readers, its subtree counts for the first of them.
    """
    needs = allocated(problem)
    counted = bytearray(len(needs))
    need: list[int] = []
    left: list[int] = []
    spare: list[int] = []
    rows: list[Sequence[int]] = []
    for v, row in enumerate(problem.after):
        ordered: Sequence[int] = row
        if len(row) > 1:
            ordered = sorted(row, key=spare.__getitem__)
        rows.append(ordered)
        held = most = 0
        for operand in ordered:
            if not counted[operand]:
                counted[operand] = 1
                reached = held + need[operand]
                if reached > most:
                    most = reached
                held += left[operand]
        need.append(max(most, held + needs[v] + problem.workspace[v]))
        # What allocates nothing is a view and holds what it was made of.
        left.append(needs[v] if problem.produces[v] else held)
        spare.append(left[v] - need[v])
    roots = sorted(outputs_first(problem), key=spare.__getitem__)
    return post_order(rows, roots)
