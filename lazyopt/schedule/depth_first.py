"""Orders that finish what one operand needs before starting the next."""

from collections.abc import Sequence

import numpy as np

from lazyopt.schedule.simulate import live_between
from lazyopt.schedule.tables import Tables


def depth_first(
    tables: Tables, rank: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Return the depth-first order that takes the highest rank first.

    Parameters
    ----------
    tables
        The problem.
    rank
        For each step how early to visit it among its siblings; ties go to
        the smaller step.

    Returns
    -------
    order : list of int
        The steps, each right after those of its dependencies that nothing
        before it needed.
    first : list of int
        For each position, where the part of the order that was visited for
        that step's sake begins.
    """
    after = tables.problem.after
    key = rank.__getitem__
    begun = [-1] * tables.steps
    done = bytearray(tables.steps)
    order: list[int] = []
    first: list[int] = []
    # Descending before the stable sort, so that ties leave the smaller on top.
    stack = tables.roots[::-1]
    stack.sort(key=key)
    while stack:
        step = stack[-1]
        if done[step]:
            stack.pop()
            continue
        todo = [earlier for earlier in after[step] if not done[earlier]]
        if begun[step] < 0:
            begun[step] = len(order)
        if todo:
            if len(todo) > 1:
                todo.sort(reverse=True)
                todo.sort(key=key)
            stack += todo
        else:
            stack.pop()
            done[step] = 1
            first.append(begun[step])
            order.append(step)
    return order, first


def depths(tables: Tables) -> list[int]:
    """Return for each step the longest way to it from one without any."""
    found: list[int] = []
    for row in tables.problem.after:
        if row:
            found.append(1 + max([found[earlier] for earlier in row]))
        else:
            found.append(0)
    return found


def deepest_first(tables: Tables) -> tuple[list[int], list[int]]:
    """Return the depth-first order that visits the deepest operand first.

    This is the order of autoray's ``ascend``; the result is that of
    `depth_first`.
    """
    return depth_first(tables, depths(tables))


def best_post_order(
    tables: Tables, order: list[int], first: list[int]
) -> tuple[list[int], list[int]]:
    """Return a depth-first order from what another one's subtrees need.

    The tree is that of the first visits of a depth-first order. On a tree,
    visiting the operand with the largest need less remainder first is the
    best post-order (Sethi and Ullman, 1970; Liu, 1986); where results are
    shared it is a heuristic, and repeating it may help.

    Parameters
    ----------
    tables
        The problem.
    order, first
        A depth-first order, as `depth_first` returns it.
    """
    return depth_first(tables, _spare(tables, order, first))


def _spare(tables: Tables, order: list[int], first: list[int]) -> list[int]:
    """Return for each step what its subtree needs beyond what it leaves."""
    live = live_between(tables, order)
    left: list[int] = (live[1:] - live[np.array(first, np.int64)]).tolist()
    cost = tables.cost
    need = [0] * tables.steps
    spare = [0] * tables.steps
    for at, step in enumerate(order):
        held = most = 0
        children = []
        child = at - 1
        while child >= first[at]:
            children.append(child)
            child = first[child] - 1
        if len(children) > 1:
            children.sort(key=lambda c: left[c] - need[c])
        for child in children:
            most = max(most, held + need[child])
            held += left[child]
        need[at] = max(most, held + cost[step])
        spare[step] = need[at] - left[at]
    return spare
