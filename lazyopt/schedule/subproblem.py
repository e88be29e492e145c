"""Parts of a problem, and the form in which each step's change is fixed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import gcd

import numpy as np
from numpy.typing import NDArray

from lazyopt.schedule.problem import Problem, places
from lazyopt.schedule.tables import Tables

Relation = NDArray[np.bool_]
"""Whether the event of a column comes before that of a row."""


def window_problem(
    tables: Tables, order: Sequence[int], begin: int, end: int
) -> tuple[Problem, list[int], int]:
    """Return the problem of ordering consecutive steps of an order anew.

    All other steps keep their places. What is live before the window and
    freed in it has no producer; what is made in it and read after it is kept;
    what is live throughout is left out. With the window in another order, the
    peak of the whole is that of the steps outside or what is left out plus
    the peak of the window, whichever is more.

    Parameters
    ----------
    tables
        The whole problem.
    order
        A valid order of its steps; it is not checked.
    begin, end
        The window is ``order[begin:end]``, with ``0 <= begin <= end``.

    Returns
    -------
    problem : Problem
        Its order given is that of the window.
    steps : list of int
        For each of its steps, the step of the whole.
    offset : int
        The bytes that are live throughout the window and left out.
    """
    whole = tables.problem
    place = places(order)
    steps = list(order[begin:end])
    readers = _readers(tables)
    sizes: list[int] = []
    number: dict[int, int] = {}
    kept: list[int] = []
    offset = 0
    for storage, made in enumerate(tables.producer.tolist()):
        born = place[made] if made >= 0 else -1
        stays = storage in whole.kept
        last = max([place[step] for step in readers[storage]], default=born)
        if born >= end or not (stays or last >= begin):
            continue
        if born < begin and (stays or last >= end):
            offset += whole.sizes[storage]
            continue
        if stays or last >= end:
            kept.append(len(sizes))
        number[storage] = len(sizes)
        sizes.append(whole.sizes[storage])
    problem = Problem(
        sizes=tuple(sizes),
        produces=_within(whole.produces, steps, number),
        reads=_within(whole.reads, steps, number),
        after=_within(
            whole.after, steps, {step: at for at, step in enumerate(steps)}
        ),
        workspace=tuple(whole.workspace[step] for step in steps),
        kept=frozenset(kept),
    )
    return problem, steps, offset


def _within(
    rows: Sequence[Iterable[int]], steps: list[int], number: dict[int, int]
) -> tuple[tuple[int, ...], ...]:
    """Return the rows of some steps, with what has a number renumbered."""
    return tuple(
        tuple(number[entry] for entry in rows[step] if entry in number)
        for step in steps
    )


@dataclass(frozen=True, slots=True)
class Events:
    """A problem in which each event changes what is live by a fixed amount.

    Which step frees a storage depends on the order where several read it. So
    here, if none of them comes after all the others, its end is an event of
    its own, which needs nothing and comes after the readers. Then what is
    live after some events is a sum over them, and the same holds backwards
    in time.

    Attributes
    ----------
    steps : int
        The events below are the steps of the problem, the others are ends.
    unit : int
        Bytes: what sizes are counted in here, their greatest common divisor.
    cost, net : tuple of int
        For each event what it adds to what is live while it happens, and
        after it.
    after : tuple of tuple of int
        For each event, those that must come before it.
    order : range
        All events, in an order that is valid.
    storages : tuple of (size, birth, death)
        The storages, with the events at which they become live and are
        freed: -1 if they are live before the first, or after the last.
    start, end : int
        What is live before the first event and after the last.
    backward : bool
        Whether time runs backwards.
    """

    steps: int
    unit: int
    cost: tuple[int, ...]
    net: tuple[int, ...]
    after: tuple[tuple[int, ...], ...]
    order: range
    storages: tuple[tuple[int, int, int], ...]
    start: int
    end: int
    backward: bool = False

    @staticmethod
    def of(tables: Tables) -> "Events":
        """Return the events of a problem, in the order given."""
        problem = tables.problem
        unit = gcd(*problem.sizes, *problem.workspace) or 1
        cost = [amount // unit for amount in tables.cost]
        after = list(problem.after)
        storages: list[tuple[int, int, int]] = []
        readers = _readers(tables)
        before = _before(problem.after, range(tables.steps))
        for storage, birth in enumerate(tables.producer.tolist()):
            size = problem.sizes[storage] // unit
            if storage in problem.kept:
                storages.append((size, birth, -1))
            elif size and readers[storage]:
                death = _last(readers[storage], before)
                if death < 0:
                    death = len(after)
                    after.append(tuple(readers[storage]))
                    cost.append(0)
                storages.append((size, birth, death))
        net = [0] * len(after)
        for size, birth, death in storages:
            if birth >= 0:
                net[birth] += size
            if death >= 0:
                net[death] -= size
        return Events(
            steps=tables.steps,
            unit=unit,
            cost=tuple(cost),
            net=tuple(net),
            after=tuple(after),
            order=range(len(after)),
            storages=tuple(storages),
            start=tables.start_bytes // unit,
            end=tables.kept_bytes // unit,
        )

    def reverse(self) -> "Events":
        """Return the same events with time running backwards.

        An event undone allocates what it freed and frees what it allocated;
        what is live while it happens stays the same.
        """
        return replace(
            self,
            cost=tuple(
                cost - net
                for cost, net in zip(self.cost, self.net, strict=True)
            ),
            net=tuple(-net for net in self.net),
            after=tuple(map(tuple, self.later())),
            order=self.order[::-1],
            storages=tuple(
                (s, death, birth) for s, birth, death in self.storages
            ),
            start=self.end,
            end=self.start,
            backward=not self.backward,
        )

    def before(self) -> Relation:
        """Return what comes before what in every order."""
        count = len(self.after)
        rows = _before(self.after, self.order)
        width = -(-count // 8)
        flat = b"".join(row.to_bytes(width, "little") for row in rows)
        packed = np.frombuffer(flat, dtype=np.uint8).reshape(count, width)
        bits = np.unpackbits(packed, axis=1, count=count, bitorder="little")
        return bits.astype(np.bool_)

    def waiting(self, target: int) -> list[bool]:
        """Say which events can always wait for the first that needs them.

        An event `v` can wait if its net is not negative, and its cost less its
        net is no more than the cost of any `w` that comes after it. In an
        order whose peak is at most `target`, let v wait for the first such w.
        In between no more is live than before. While v happens, what is live
        is what was live just before w, plus v's cost less its net: no more
        than while w happened. Of events that wait for others that can wait,
        the last are moved first, and w is what cannot wait. If nothing comes
        after v, it waits for the end.
        """
        later = self.later()
        limit = [0] * len(later)
        waits = [False] * len(later)
        for v in reversed(self.order):
            limit[v] = min(
                [limit[w] if waits[w] else self.cost[w] for w in later[v]],
                default=target - self.end,
            )
            short = self.cost[v] - self.net[v] <= limit[v]
            waits[v] = short and self.net[v] >= 0
        return waits

    def blocks(self, waits: Sequence[bool]) -> list[list[int]]:
        """Return for each event that can't wait those that wait for it.

        They come before it, with nothing in between that does not wait, and
        are in a valid order.
        """
        found: list[list[int]] = [[] for _ in self.after]
        for v, wait in enumerate(waits):
            block: set[int] = set()
            todo = [] if wait else [v]
            while todo:
                new = [
                    u
                    for u in self.after[todo.pop()]
                    if waits[u] and u not in block
                ]
                block.update(new)
                todo += new
            found[v] = sorted(block, reverse=self.backward)
        return found

    def later(self) -> list[list[int]]:
        """Return for each event those that directly come after it."""
        later: list[list[int]] = [[] for _ in self.after]
        for event, row in enumerate(self.after):
            for earlier in row:
                later[earlier].append(event)
        return later

    def as_steps(self, sequence: Sequence[int]) -> list[int]:
        """Return the order of the problem's steps in a sequence of events."""
        order = [event for event in sequence if event < self.steps]
        return order[::-1] if self.backward else order


def bit_sets(relation: Relation) -> list[int]:
    """Return the rows of a relation as bits of integers."""
    packed = np.packbits(relation, axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]


def members(bits: int) -> Iterator[int]:
    """Yield the numbers in a bit set, ascending."""
    while bits:
        lowest = bits & -bits
        bits ^= lowest
        yield lowest.bit_length() - 1


def _before(after: Sequence[Sequence[int]], order: range) -> list[int]:
    """Return for each row a bit set of all that has to come before it."""
    before = [0] * len(after)
    for v in order:
        for u in after[v]:
            before[v] |= before[u] | 1 << u
    return before


def _readers(tables: Tables) -> list[list[int]]:
    """Return for each storage the steps that read it, ascending."""
    readers: list[list[int]] = [[] for _ in range(tables.storages)]
    for step, row in enumerate(tables.problem.reads):
        for storage in row:
            readers[storage].append(step)
    return readers


def _last(readers: list[int], before: list[int]) -> int:
    """Return the reader that comes after all others; -1 if none has to."""
    others = sum(1 << reader for reader in readers[:-1])
    last = readers[-1]
    return last if others & ~before[last] == 0 else -1
