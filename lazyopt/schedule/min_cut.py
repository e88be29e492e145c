"""The least that can be live at a moment, as a minimum cut.

A moment is what has run so far: a set of steps that holds, with each step,
all that must come before it. What is live then are the storages that a step
inside it made and that a step outside it reads, or that are kept. Over all
moments that hold some given steps and none of some others, the least bytes
live are a minimum cut of a network with a node for each step and for each
storage (Picard, "Maximal closure of a graph and applications to
combinatorial problems", 1976). A moment is passed as a bit set of steps.
"""

from collections.abc import Sequence
from math import gcd

import numpy as np
from numpy.typing import NDArray

from lazyopt.schedule import clock
from lazyopt.schedule.problem import Ints, flatten
from lazyopt.schedule.simulate import timeline
from lazyopt.schedule.tables import Tables

Mask = NDArray[np.bool_]

FREE, INSIDE, OUTSIDE = 0, 1, 2

LARGEST = 2**31 - 1
"""SciPy computes flows in integers of 32 bits."""

CUT_WORK = 2000
"""What a cut costs beside its arcs, in arcs."""

ENOUGH = 2**62
"""The work done when the time is over: more than anyone allows."""


class CutNetwork:
    """A problem as a flow network, for one minimum cut after another.

    A storage's node takes its size from its producer, and cannot be cut from
    its readers: the cut pays for it if its producer is inside and any of its
    readers is not. A step cannot be cut from those that come before it.

    Attributes
    ----------
    before, behind : list of int
        For each step a bit set of those that must come before or after it.
    work : int
        What the cuts so far have cost, in arcs looked at.
    """

    def __init__(self, tables: Tables) -> None:
        self.before = _closure(tables.problem.after, range(tables.steps))
        self.behind = _closure(
            tables.successors, range(tables.steps - 1, -1, -1)
        )
        self.work = 0
        self._steps = tables.steps
        matters = (tables.readers > 0) | tables.kept
        self._unit = _unit(tables.sizes[matters])
        sizes = tables.sizes // self._unit
        used = np.flatnonzero(matters & (sizes > 0))
        self._make_arcs(tables, used, sizes[used])

    def _make_arcs(self, tables: Tables, used: Ints, sizes: Ints) -> None:
        """Sort all arcs and their reverses, so that any part is a CSR array.

        The sink has the highest number but for the source, which has no
        arcs into it that matter: so both stay last when others are left out.
        """
        steps, count = tables.steps, used.size
        self._sink = sink = steps + count
        self._source = source = sink + 1
        nodes = np.arange(steps, sink)
        number = np.full(tables.storages, -1, dtype=np.int64)
        number[used] = nodes
        reads = number[tables.read_storage] >= 0
        # A step that reads what it makes itself keeps nothing live by that.
        reads &= tables.producer[tables.read_storage] != tables.read_step
        self._reader = tables.read_step[reads]
        self._read = number[tables.read_storage[reads]] - steps
        self._kept = tables.kept[used]
        self._producer = np.where(
            tables.producer[used] < 0, source, tables.producer[used]
        )
        made = np.flatnonzero(tables.producer[used] >= 0)
        later, earlier = flatten(tables.problem.after)
        self._later, self._earlier = later, earlier
        total = int(sizes.sum())
        whole = np.full(self._read.size + count + later.size, total + 1)
        last = np.full(count, source), np.full(count, sink)
        tail = np.concatenate(
            (self._producer[made], last[0], self._read + steps, nodes, later)
        )
        head = np.concatenate(
            (nodes[made], nodes, self._reader, last[1], earlier)
        )
        capacity = np.concatenate((sizes[made], sizes, whole))
        # SciPy's flow has an entry for each arc and each reverse. With both
        # here from the start, residual capacities are one subtraction.
        tail, head = np.append(tail, head), np.append(head, tail)
        capacity = np.append(capacity, np.zeros_like(capacity))
        order = np.lexsort((head, tail))
        self._tail, self._head = tail[order], head[order]
        self._capacity = capacity[order].astype(np.int32)
        slots = np.arange(order.size)
        self._from_source = slots[(tail == source)[order]]
        self._to_source = slots[(head == source)[order]]
        self._to_sink = slots[(head == sink)[order]]
        self._from_sink = slots[(tail == sink)[order]]

    def least_live(self, inside: int, outside: int) -> tuple[int, int]:
        """Return the least bytes live at a moment, and such a moment.

        Parameters
        ----------
        inside, outside
            Bit sets of the steps that the moment holds, with all that come
            before them, and of those it doesn't, with all that come after.

        Returns
        -------
        live : int
            Bytes. Where the sizes don't fit SciPy's integers they are
            rounded down, so that this is too low but never too high.
        moment : int
            The steps that have run; of the sets that reach this, the
            smallest, which is a part of all the others.
        """
        begun = self._as_mask(inside)
        role = np.zeros(self._source + 1, dtype=np.int8)
        role[: self._steps][begun] = INSIDE
        role[: self._steps][self._as_mask(outside)] = OUTSIDE
        role[self._source] = INSIDE
        origin = role[self._producer]
        role[self._steps : self._sink][origin == OUTSIDE] = OUTSIDE
        free = role == FREE
        free[self._source] = True
        value, marked = self._solve(free, self._active(role, origin, free))
        undecided = free[: self._steps]
        begun[undecided] = marked[: np.count_nonzero(undecided)]
        packed = np.packbits(begun, bitorder="little").tobytes()
        return value * self._unit, int.from_bytes(packed, "little")

    def _active(
        self, role: NDArray[np.int8], origin: NDArray[np.int8], free: Mask
    ) -> Mask:
        """Say which arcs there are, given what is inside and outside."""
        needed = self._kept.copy()
        needed[self._read[role[self._reader] == OUTSIDE]] = True
        given = origin == INSIDE
        active: Mask = free[self._tail] & free[self._head]
        active[self._from_source] &= given
        active[self._to_source] &= given
        active[self._from_sink] &= needed
        active[self._to_sink] &= needed
        return active

    def _solve(self, free: Mask, active: Mask) -> tuple[int, Mask]:
        """Return the maximum flow, and which free nodes it leaves in reach."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import breadth_first_order, maximum_flow

        number = np.cumsum(free, dtype=np.int32) - 1
        size = int(number[-1]) + 1
        shape = (size, size)
        source, sink = size - 1, size - 2
        head = number[self._head[active]]
        tails = np.bincount(number[self._tail[active]], minlength=size)
        begin = _running_sum(tails)
        capacity = self._capacity[active]
        self.work += CUT_WORK + head.size
        if clock.is_over():
            self.work = max(self.work, ENOUGH)
        network = csr_array((capacity, head, begin), shape)
        found = maximum_flow(network, source, sink)
        left = capacity > found.flow.data
        begin = _running_sum(left)[begin]
        residual = csr_array((capacity[left], head[left], begin), shape)
        marked = np.zeros(size, dtype=np.bool_)
        marked[
            breadth_first_order(residual, source, return_predecessors=False)
        ] = True
        return int(found.flow_value), marked

    def ready(self, moment: int) -> Mask:
        """Mark the steps that can run next at a moment."""
        undone = np.logical_not(self._as_mask(moment))
        ready: Mask = undone.copy()
        ready[self._later[undone[self._earlier]]] = False
        return ready

    def _as_mask(self, steps: int) -> Mask:
        """Return a bit set of steps as an array."""
        packed = steps.to_bytes(-(-self._steps // 8), "little")
        bits = np.frombuffer(packed, dtype=np.uint8)
        return np.unpackbits(
            bits, count=self._steps, bitorder="little"
        ).astype(np.bool_)


def min_cut_bound(
    tables: Tables, order: Sequence[int], bound: int, max_work: int
) -> int:
    """Return a lower bound on the peak of every order.

    When a step runs, all that come before it have run, and neither it nor
    any that comes after. So no order needs less than the least that is live
    at such a moment, and what the step adds. The steps are taken by how much
    they may need at the most, which every moment known to be possible
    limits, those of the order given first.

    Parameters
    ----------
    tables
        The problem. The memory needed grows with the square of its steps:
        100 MB for 20,000.
    order
        A valid order of its steps.
    bound
        Bytes: a lower bound that is known.
    max_work
        After how much work to stop, in arcs of flow networks. A millisecond
        is about 10,000.

    Returns
    -------
    int
        Bytes; at least `bound`.
    """
    if not tables.steps:
        return bound
    network = CutNetwork(tables)
    cost = tables.alloc + tables.workspace
    most = np.empty(tables.steps, dtype=np.int64)
    most[np.asarray(order, dtype=np.int64)] = timeline(tables, order)
    while network.work < max_work:
        step = int(most.argmax())
        if most[step] <= bound:
            break
        live, moment = network.least_live(
            network.before[step], network.behind[step] | 1 << step
        )
        bound = max(bound, live + tables.cost[step])
        most[step] = bound
        ready = network.ready(moment)
        most[ready] = np.minimum(most[ready], live + cost[ready])
    return bound


def _closure(
    neighbours: Sequence[Sequence[int]], among: Sequence[int]
) -> list[int]:
    """Return for each step a bit set of those that are reached from it."""
    reached = [0] * len(neighbours)
    for v in among:
        found = 0
        for u in neighbours[v]:
            found |= reached[u] | 1 << u
        reached[v] = found
    return reached


def _unit(sizes: Ints) -> int:
    """Return a divisor that makes the sum of sizes fit SciPy's integers."""
    amounts: list[int] = sizes.tolist()
    total = sum(amounts)  # which may not fit integers of 64 bits either
    unit = gcd(*amounts) or 1
    if total // unit >= LARGEST:
        unit = -(-total // (LARGEST - 1))
    return unit


def _running_sum(counts: NDArray[np.generic]) -> NDArray[np.int32]:
    """Return where each row begins, given its length, and the end."""
    total = np.zeros(counts.size + 1, dtype=np.int32)
    np.cumsum(counts, out=total[1:])
    return total
