"""The cheapest way along a chain and back within a limit.

The dynamic programme for chains of unequal links (Beaumont, Eyraud-Dubois,
Herrmann, Joly and Shilova, "Optimal checkpointing for heterogeneous chains",
2019), which is that of Griewank and Walther (2000) where all are equal: the
way back from link j to link i, with what link i is handed in memory, begins
either by running link i and keeping what its block reads, or by running on to
a later link, whose hand-over is kept, and coming back to link i after that.
"""

from collections.abc import Hashable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from lazyopt.recompute.measures import Link

__all__ = ["Plan", "checkpoints"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Into how many units memory is divided.
UNITS = 384
#: A size this much above a number of units is no unit more: the sequence is
#: measured afterwards.
ROUNDED = 0.02
#: How many tables of equal parts are kept at a time.
REMEMBERED = 4

Plan = list[tuple[str, Link]]
"""``("out", link)``: run its segment. ``("back", link)``: run its block."""


def checkpoints(
    links: Sequence[Link], parts: Sequence[Sequence[Link]], limit: int
) -> Plan | None:
    """What to run, in order, to go along a chain and back.

    Parameters
    ----------
    links : sequence of Link
    parts : sequence of sequence of Link
        For each, the shorter links that it consists of, if any: between
        where a long one begins and ends there are checkpoints, too.
    limit : int
        Bytes.

    Returns
    -------
    list of (str, Link), or None
        The cheapest, or None if there is no way within the limit.
    """
    unit = _unit([x for p in parts for x in p] or links, limit)
    top = int(limit // unit)
    tables: dict[Hashable, _Table] = {}

    def solved(part: Sequence[Link]) -> _Table:
        measures = _Measures(part, unit)
        key = measures.key()
        if key not in tables:
            tables[key] = _Table(measures, top, {})
            if len(tables) > REMEMBERED:
                del tables[next(iter(tables))]
        return tables[key]

    inner = {
        i: solved(part).best[0, -1] for i, part in enumerate(parts) if part
    }
    table = _Table(_Measures(links, unit), top, inner)
    plan: Plan = []
    todo = table.start()
    if todo is None:
        return None
    for way, i, units in table.steps(todo):
        if way != "part":
            plan.append((way, links[i]))
            continue
        part = parts[i]
        plan += [
            (inner_way, part[q])
            for inner_way, q, _ in solved(part).steps(units)
        ]
    return plan


class _Measures:
    """What links hold, in units, and what they cost."""

    def __init__(self, links: Sequence[Link], unit: float) -> None:
        def units(values: Sequence[int]) -> Ints:
            found: Ints = np.ceil(
                np.array(values, np.float64) / unit - ROUNDED
            ).astype(np.int64)
            return np.maximum(found, 0)

        self.handed = units([x.handed for x in links])
        self.both = units([x.both for x in links])
        self.saving = units([x.saving for x in links])
        self.around = units([x.around for x in links])
        self.block = units([x.block + x.saved for x in links])
        self.through = units([x.through for x in links])
        self.passing = units([x.passing for x in links])
        self.keeping = units([x.keeping for x in links])
        self.alone = np.array([x.alone for x in links])
        self.cost_through = np.array([x.cost_through for x in links])
        self.cost_saving = np.array([x.cost_saving for x in links])
        self.cost_last = np.array([x.cost_last for x in links])

    def key(self) -> Hashable:
        """What equal parts have in common."""
        return tuple([x.tobytes() for x in vars(self).values()])


class _Table:
    """Costs of the way back from link j to link i, for all numbers of units.

    Parameters
    ----------
    links : _Measures
    top : int
        Units there are.
    inner : dict
        For long links, costs of their own way back, by units.
    """

    def __init__(
        self, links: _Measures, top: int, inner: dict[int, Floats]
    ) -> None:
        self.links = links
        self.top = top
        self.inner = inner
        self.cost = np.cumsum([0, *links.cost_through])
        self.count = n = len(links.handed)
        shape = (n, n, self.top + 1)
        #: By first link, last link, units.
        self.best: Floats = np.full(shape, np.inf)
        #: The same by last link and first, with the hand-over paid for; and
        #: with what link i's block reads paid for, and its run.
        handed, kept = np.full(shape, np.inf), np.full(shape, np.inf)
        #: 0 to keep what link i's block reads; how far to run on, counted
        #: from 1 for its hand-over, down from -2 for what its block reads;
        #: -1 for the own way of a long link.
        self.choice = np.zeros(shape, np.int16)
        for length in range(n):
            for i in range(n - length):
                self._solve(i, i + length, handed, kept)

    def _solve(self, i: int, j: int, handed: Floats, kept: Floats) -> None:
        """Cost and choice for a part whose parts are solved."""
        links, choice = self.links, self.choice[i, j]
        value = self._keeping(i, j)
        kept[j, i] = np.inf
        if links.alone[i]:
            kept[j, i] = value
            kept[j, i, : self._enough(i, j, links.keeping)] = np.inf
        best = value
        best[: self._enough(i, j, links.saving)] = np.inf
        if j > i:
            # What it takes to run on to s, and to come back from there to i.
            way = (
                self.best[i, i:j]
                + ((self.cost[i + 1 : j + 1] - self.cost[i])[:, None])
            )
            need = np.maximum.accumulate(
                [links.passing[i], *links.through[i + 1 : j]]
            )
            need += links.around[j]
            way[np.arange(self.top + 1) < need[:, None]] = np.inf
            for after, first, step in ((handed, 1, 1), (kept, -2, -1)):
                found = after[j, i + 1 : j + 1] + way
                s = np.argmin(found, axis=0)
                value = np.take_along_axis(found, s[None], 0)[0]
                better = value < best
                choice[better] = (first + step * s)[better]
                best = np.minimum(value, best)
        elif i in self.inner:
            choice[:] = np.where(self.inner[i] <= best, -1, 0)
            best = np.minimum(self.inner[i], best)
        self.best[i, j] = best
        handed[j, i] = _shifted(best, int(links.handed[i]))

    def _keeping(self, i: int, j: int) -> Floats:
        """Cost if link i is run once and keeps what its block reads."""
        links = self.links
        if i == j:
            return np.full(self.top + 1, float(links.cost_last[i]))
        later = _shifted(self.best[i + 1, j], int(links.both[i]))
        later += links.cost_saving[i]
        return later

    def _enough(self, i: int, j: int, running: Ints) -> int:
        """Units for that, by what it takes while link i runs."""
        links = self.links
        need = max(links.around[j] + running[i], links.block[i])
        return min(int(need), self.top + 1)

    def start(self) -> int | None:
        """Units at the start; None if there is no way."""
        top = self.top - int(self.links.handed[0])
        if top < 0 or not np.isfinite(self.best[0, -1, top]):
            return None
        return top

    def steps(self, units: int) -> Iterator[tuple[str, int, int]]:
        """What is run with so many units, in order.

        Yields
        ------
        way : {"out", "back", "part"}
            A part goes its own way.
        link : int
        units : int
        """
        todo = [("way", 0, self.count - 1, units)]
        while todo:
            what, i, j, units = todo.pop()
            ahead = int(self.choice[i, j, units])
            if what == "back":
                yield "back", i, 0
            elif ahead == -1:
                yield "part", i, units
            elif ahead > 0:
                for q in range(i, i + ahead):
                    yield "out", q, 0
                s = i + ahead
                todo.append(("way", i, s - 1, units))
                todo.append(("way", s, j, units - int(self.links.handed[s])))
            else:
                s = i if not ahead else i - ahead - 1
                for q in range(i, s + 1):
                    yield "out", q, 0
                if s > i:
                    todo.append(("way", i, s - 1, units))
                todo.append(("back", s, s, 0))
                if j > s:
                    rest = units - int(self.links.both[s])
                    todo.append(("way", s + 1, j, rest))


def _shifted(values: Floats, units: int) -> Floats:
    """The costs if so many units are taken."""
    moved = np.full_like(values, np.inf)
    if units < len(values):
        moved[units:] = values[: len(values) - units]
    return moved


def _unit(links: Sequence[Link], limit: int) -> float:
    """Bytes of a unit: a part of what most links hand on."""
    sizes = [x.handed for x in links[1:] if x.handed] or [limit]
    common = float(np.median(sizes))
    parts = max(1, int(common * UNITS // max(limit, 1)))
    return max(common / parts, limit / (4 * UNITS), 1.0)
