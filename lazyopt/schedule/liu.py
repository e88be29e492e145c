"""The best order of a forest, by merging the profiles of its subtrees."""

from heapq import heapify, heappop, heappush

import numpy as np

from lazyopt.schedule.problem import Ints, flatten
from lazyopt.schedule.tables import Tables


def liu_order(tables: Tables) -> list[int] | None:
    """Return an order with the lowest peak there is, if it is a forest.

    A forest is a problem where the steps that come after any step are in a
    row, each before the next, and so are the readers of any storage. It is
    also solved backwards, where what comes before each step is in a row. Time
    is that of sorting, but for a factor of a logarithm in some shapes.

    Parameters
    ----------
    tables
        The problem.

    Returns
    -------
    list of int or None
        The order; None if the problem is no forest either way.

    Notes
    -----
    Liu, "An application of generalized tree pebbling to sparse matrix
    factorization" (1987); Lam et al. (2011) for tensor contractions. With
    storages that are there from the beginning, what a subtree holds may also
    fall below what it began with: the order of such parts is that of
    Abdel-Wahab and Kameda (1978).
    """
    steps = tables.steps
    earlier, later = _edges(tables)
    cost = tables.alloc + tables.workspace
    net = _net(tables)
    # Only what must come after a step can be its parent; that a storage's
    # readers are in a row is a condition, and puts none of them in order.
    behind, before = flatten(tables.problem.after)
    parent = np.full(steps, steps, dtype=np.int64)
    np.minimum.at(parent, before, behind)
    if _in_rows(parent, earlier, later):
        return _merge(parent.tolist(), cost.tolist(), net.tolist())
    # Backwards, a step undone allocates what it freed and frees what it
    # allocated; what is live while it runs stays the same.
    parent = np.full(steps, steps, dtype=np.int64)
    last = steps - 1
    np.minimum.at(parent, last - behind, last - before)
    if _in_rows(parent, last - later, last - earlier):
        undone = (cost - net)[::-1].tolist()
        order = _merge(parent.tolist(), undone, (-net)[::-1].tolist())
        return [last - v for v in reversed(order)]
    return None


def _edges(tables: Tables) -> tuple[Ints, Ints]:
    """Return all pairs that have to be in a row: the smaller, the larger.

    The last of a storage's readers is the same in every order only if each
    reader comes before the next.
    """
    later, earlier = flatten(tables.problem.after)
    _, first, readers = tables.reads_by_storage
    same = np.ones(max(readers.size - 1, 0), dtype=np.bool_)
    same[first[1:] - 1] = False
    return (
        np.concatenate((earlier, readers[:-1][same])),
        np.concatenate((later, readers[1:][same])),
    )


def _net(tables: Tables) -> Ints:
    """Return what each step adds to what is live, the last reader freeing."""
    storages, first, readers = tables.reads_by_storage
    end = tables.producer.copy()
    if storages.size:
        end[storages] = np.maximum.reduceat(readers, first)
    # What nobody makes, reads or frees has no step.
    freed = ~tables.kept & (end >= 0)
    net = tables.alloc.copy()
    np.subtract.at(net, end[freed], tables.sizes[freed])
    return net


def _in_rows(parent: Ints, earlier: Ints, later: Ints) -> bool:
    """Say whether every pair's second is above its first in the forest."""
    steps = parent.size
    above = parent.tolist()
    size = [1] * steps + [0]
    for v in range(steps):
        size[above[v]] += size[v]
    # Places in the order in which each step comes before its subtree.
    begin = [0] * (steps + 1)
    free = [1] * (steps + 1)
    for v in range(steps - 1, -1, -1):
        top = above[v]
        begin[v] = free[top]
        free[top] += size[v]
        free[v] = begin[v] + 1
    places = np.array(begin, dtype=np.int64)
    ends = places[:-1] + np.array(size[:-1], dtype=np.int64)
    place = places[earlier]
    return bool(np.all((places[later] <= place) & (place < ends[later])))


def _merge(parent: list[int], cost: list[int], net: list[int]) -> list[int]:
    """Return the best order of a forest whose steps add fixed amounts.

    The best order of a subtree is a row of segments, none of which is worth
    interrupting. Each has a hill, the most it adds while it runs, and a net,
    what it adds in the end, and is named by its last step. First come those
    with a net below 0, lowest hill first, then the others, largest hill - net
    first: sorted like this, the segments of several subtrees are merged at
    the least peak. One number stands for this order, so that each subtree is
    a heap with its last segment on top.

    Parameters
    ----------
    parent
        For each step the one that comes after it, a larger number; as many as
        there are steps where none does.
    cost, net
        Bytes that each step adds while it runs, and in the end.
    """
    steps = len(parent)
    hill, grown = cost.copy(), net.copy()
    first = list(range(steps))
    following = [-1] * steps
    scale = steps + 1
    # Above any hill - net, so that a falling segment comes before all others.
    above = 2 * (sum(map(abs, cost)) + sum(map(abs, net))) + 1
    heaps: list[list[int]] = [[] for _ in range(scale)]
    for v in range(steps):
        heap = heaps[v]
        high, change, begin = cost[v], net[v], v
        while heap:
            top = heap[0] % scale
            rise, before = hill[top], grown[top]
            reached = before + high
            # The earlier may wait for the later, or the later need not wait.
            if before >= 0:
                glued = change <= 0 or reached >= rise
            else:
                glued = change <= 0 and reached <= rise
            if not glued:
                break
            heappop(heap)
            high = max(rise, reached)
            change += before
            following[top] = begin
            begin = first[top]
        hill[v], grown[v], first[v] = high, change, begin
        key = high - change if change >= 0 else above - high
        heappush(heap, key * scale + v)
        up = parent[v]
        heaps[up] = _united(heaps[up], heap)
        heaps[v] = []
    order: list[int] = []
    for entry in sorted(heaps[steps], reverse=True):
        step = first[entry % scale]
        while step >= 0:
            order.append(step)
            step = following[step]
    return order


def _united(some: list[int], others: list[int]) -> list[int]:
    """Return one heap of two; the smaller moves into the larger."""
    if len(some) < len(others):
        some, others = others, some
    if len(others) * 8 > len(some):
        some += others
        heapify(some)
    else:
        for entry in others:
            heappush(some, entry)
    return some
