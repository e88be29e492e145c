"""Places where a problem falls into parts that are ordered one by one.

Let live(S) be what is live after a set S of steps with all that comes before
them. It is submodular: live(P & S) + live(P | S) <= live(P) + live(S). If S
has the least live of all such sets, both sets on the left have no less than S,
and so no more than P. Take any order, with P for what has run before each step
of it. Let the steps of S run first, each after P & S, and then the others,
each after P | S. Each finds no more live than it did before, so it needs no
more, and the peak is no higher: some best order passes through S. The same
holds between two sets that every order, or some best one, passes through.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import gcd

import numpy as np

from lazyopt.schedule.problem import Ints, Problem, flatten
from lazyopt.schedule.tables import Tables

FEW = 6
"""So many steps are ordered at once as fast as places to cut are found."""

LARGEST = 2**31 - 1
"""SciPy computes flows in integers of 32 bits."""


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive steps of a best order, as a problem of their own.

    Attributes
    ----------
    problem : Problem
        What is made earlier and last read here has no producer; what is read
        later is kept; what is live throughout is left out.
    steps : tuple of int
        For each of its steps, the step of the whole problem.
    offset : int
        The bytes live throughout.
    """

    problem: Problem
    steps: tuple[int, ...]
    offset: int


def split(tables: Tables) -> list[Part]:
    """Return parts to order one by one, for a best order of the whole.

    The orders of the parts, one after the other, are an order of the whole,
    whose peak is the most of the parts' peaks and offsets. With the best order
    of each part it is a best one.

    Parameters
    ----------
    tables
        The problem.

    Returns
    -------
    list of Part
        In the order in which they run. Steps in a row that can only run in
        one order are one part.
    """
    whole = Part(tables.problem, tuple(range(tables.steps)), 0)
    todo = [whole] if tables.steps else []
    found = []
    while todo:
        part = todo.pop()
        inside = tables if part is whole else Tables(part.problem)
        cuts = _forced(inside)
        if len(cuts) > len(part.steps):
            found.append(part)
            continue
        order = list(range(inside.steps))
        cuts = [
            cut
            for i, cut in enumerate(cuts[1:-1], start=1)
            if cuts[i + 1] - cuts[i - 1] > 2
        ]
        if not cuts and len(order) > FEW:
            stages = _stages(inside)
            order.sort(key=stages.__getitem__)
            cuts = [
                at
                for at in range(1, len(order))
                if stages[order[at - 1]] < stages[order[at]]
            ]
        if cuts:
            todo += reversed(_cut(part, inside, order, cuts))
        else:
            found.append(part)
    return found


def _forced(tables: Tables) -> list[int]:
    """Return after how many steps of the order given all orders agree.

    That is where all last steps so far directly precede all first steps of
    the rest. The steps between which an edge leads are counted.
    """
    steps = tables.steps
    later, earlier = flatten(tables.problem.after)
    first = np.full(steps, steps)
    np.minimum.at(first, earlier, later)
    last = np.full(steps, -1)
    np.maximum.at(last, later, earlier)
    each = np.arange(steps)
    ends = _covered(each, first, steps)
    starts = _covered(last, each, steps)
    edges = _covered(last[later], first[earlier], steps)
    cuts: list[int] = np.flatnonzero(edges == ends * starts).tolist()
    return cuts


def _covered(low: Ints, high: Ints, steps: int) -> Ints:
    """Return for each number up to `steps` how many (low, high] it is in."""
    change = np.zeros(steps + 2, dtype=np.int64)
    some = high > low
    np.add.at(change, low[some] + 1, 1)
    np.subtract.at(change, high[some] + 1, 1)
    return np.cumsum(change)[:-1]


def _stages(tables: Tables) -> list[int]:
    """Return for each step its stage; between two stages the least is live.

    The sets with the least live are the minimum cuts of a network. With one
    maximum flow, they are the sets of nodes that no arc with room left leads
    out of, so that what such arcs join both ways stays together (Picard and
    Queyranne, "On the structure of all minimum cuts in a network", 1980).
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import (
        breadth_first_order,
        connected_components,
        maximum_flow,
    )

    tail, head, room = _network(tables)
    if int(room.max(initial=0)) > LARGEST:
        return [0] * tables.steps
    size = tables.steps + tables.storages + 2
    source, sink = size - 2, size - 1
    network = csr_array(
        (room.astype(np.int32), (tail, head)), shape=(size, size)
    )
    left = (network - maximum_flow(network, source, sink).flow).tocoo()
    tail, head = left.row[left.data > 0], left.col[left.data > 0]
    ahead = csr_array((np.ones_like(tail), (tail, head)), shape=(size, size))
    count, block = connected_components(ahead, connection="strong")
    early = breadth_first_order(ahead, source, return_predecessors=False)
    late = breadth_first_order(
        ahead.T.tocsr(), sink, return_predecessors=False
    )
    place = _places(block[tail], block[head], count)
    place[block[early]] = -1
    place[block[late]] = count
    stages: list[int] = place[block[: tables.steps]].tolist()
    return stages


def _network(tables: Tables) -> tuple[Ints, Ints, Ints]:
    """Return the arcs of the network, their heads and their room.

    Its nodes are the steps, the storages, the source and the sink. A storage
    whose producer is in the set pays its size unless all its readers are too;
    a step in the set takes along what must come before it.
    """
    problem = tables.problem
    steps, storages = tables.steps, tables.storages
    source, sink = steps + storages, steps + storages + 1
    used = (tables.sizes > 0) & (tables.kept | (tables.readers > 0))
    unit = gcd(*tables.sizes[used].tolist()) or 1
    sizes = tables.sizes // unit
    endless = int(sizes[used].sum()) + 1
    own = np.flatnonzero(used)
    kept = np.flatnonzero(used & tables.kept)
    read = used[tables.read_storage] & ~tables.kept[tables.read_storage]
    # What a step reads of its own making is not held for others.
    read &= tables.producer[tables.read_storage] != tables.read_step
    later, earlier = flatten(problem.after)
    origin = np.where(tables.producer < 0, source, tables.producer)
    tail = (
        origin[own],
        steps + kept,
        steps + tables.read_storage[read],
        later,
    )
    head = (steps + own, np.full(kept.size, sink), tables.read_step[read])
    free = np.full(kept.size + int(read.sum()) + later.size, endless)
    return (
        np.concatenate(tail),
        np.concatenate((*head, earlier)),
        np.concatenate((sizes[own], free)),
    )


def _places(tail: Ints, head: Ints, count: int) -> Ints:
    """Return for each block a place behind all those it has arcs to."""
    waiting = [0] * count
    behind: list[list[int]] = [[] for _ in range(count)]
    for a, b in zip(tail.tolist(), head.tolist(), strict=True):
        if a != b:
            waiting[a] += 1
            behind[b].append(a)
    order = [b for b in range(count) if not waiting[b]]
    for b in order:
        for a in behind[b]:
            waiting[a] -= 1
            if not waiting[a]:
                order.append(a)
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    return place


def _cut(
    part: Part, tables: Tables, order: list[int], cuts: list[int]
) -> list[Part]:
    """Return the parts of a part that lie between cuts of an order.

    Parameters
    ----------
    part, tables
        The part, and the tables of its problem.
    order
        A valid order of its steps.
    cuts
        After how many steps of it to cut, ascending, not at either end.
    """
    problem = tables.problem
    bounds = list(pairwise([0, *cuts, len(order)]))
    at = np.empty(len(order), dtype=np.int64)
    at[order] = np.repeat(
        np.arange(len(bounds)), [end - begin for begin, end in bounds]
    )
    born, dead = _lifetimes(tables, at, len(bounds))
    change = np.zeros(len(bounds) + 2, dtype=np.int64)
    through = born < dead
    np.add.at(change, born[through] + 1, tables.sizes[through])
    np.subtract.at(change, dead[through], tables.sizes[through])
    offsets = np.cumsum(change)
    return [
        Part(
            _restricted(problem, order[begin:end], i, born, dead),
            tuple(part.steps[v] for v in order[begin:end]),
            part.offset + int(offsets[i]),
        )
        for i, (begin, end) in enumerate(bounds)
    ]


def _lifetimes(tables: Tables, at: Ints, count: int) -> tuple[Ints, Ints]:
    """Return for each storage the parts that make it and read it last.

    The first is -1 if none makes it, the second `count` if it is kept.
    """
    born = np.where(tables.producer < 0, -1, at[tables.producer])
    dead = born.copy()
    storages, first, readers = tables.reads_by_storage
    if storages.size:
        dead[storages] = np.maximum.reduceat(at[readers], first)
    dead[tables.kept] = count
    return born, dead


def _restricted(
    problem: Problem, steps: list[int], part: int, born: Ints, dead: Ints
) -> Problem:
    """Return the problem of one part's steps.

    A storage that is live throughout the part is left out.
    """
    number: dict[int, int] = {}
    for v in steps:
        for s in (*problem.produces[v], *problem.reads[v]):
            if born[s] == part or dead[s] == part:
                number.setdefault(s, len(number))
    place = {v: i for i, v in enumerate(steps)}
    return Problem(
        tuple(problem.sizes[s] for s in number),
        _within(problem.produces, steps, number),
        _within(problem.reads, steps, number),
        _within(problem.after, steps, place),
        tuple(problem.workspace[v] for v in steps),
        frozenset(i for s, i in number.items() if dead[s] > part),
    )


def _within(
    rows: Sequence[Sequence[int]], steps: list[int], number: dict[int, int]
) -> tuple[tuple[int, ...], ...]:
    """Return the rows of some steps, with what has a number renumbered."""
    return tuple(
        tuple(number[entry] for entry in rows[v] if entry in number)
        for v in steps
    )
