"""What to write away and read back, on plain integers.

The choice is that of offline paging: what is used again latest goes first
(Belady 1966, A study of replacement algorithms for a virtual-storage
computer). Sizes differ here, for which that is a heuristic: what is freed
beyond need stays, and going by size instead is tried too.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

__all__ = ["Pages", "Paging", "lowest", "paging", "with_maps"]


@dataclass(frozen=True)
class Pages:
    """A schedule's demands for storages.

    Attributes
    ----------
    sizes : sequence of int
        Bytes of each storage.
    uses : sequence of tuple of int
        For each step the storages that it needs in memory, those that it
        makes included. A last one, where nothing runs, is for what is to be
        there at the end.
    workspace : sequence of int
        Bytes that each step takes for itself.
    movable : frozenset of int
        Storages that may be written away.
    given : frozenset of int
        Storages that are there at the start.
    filed : frozenset of int
        Storages whose place at the end may be a file.
    mapped : sequence of tuple of int
        For each step what it reads where it is, in a mapped file; nothing by
        default. It must not be in memory then.
    """

    sizes: Sequence[int]
    uses: Sequence[tuple[int, ...]]
    workspace: Sequence[int]
    movable: frozenset[int]
    given: frozenset[int] = frozenset()
    filed: frozenset[int] = frozenset()
    mapped: Sequence[tuple[int, ...]] = ()


@dataclass
class Paging:
    """What is moved before each step.

    Attributes
    ----------
    out, back, maps : dict
        From a step to the storages that leave memory, that return, and that
        it reads in their files.
    written : set of int
        Storages that are written to a file, once each.
    in_files : set of int
        Storages of ``filed`` that are only there at the end.
    moved_bytes : int
        Bytes written and read.
    """

    out: dict[int, list[int]] = field(default_factory=dict)
    back: dict[int, list[int]] = field(default_factory=dict)
    maps: dict[int, list[int]] = field(default_factory=dict)
    written: set[int] = field(default_factory=set)
    in_files: set[int] = field(default_factory=set)
    moved_bytes: int = 0


def _steps_used(pages: Pages) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in pages.sizes]
    for step, used in enumerate(pages.uses):
        for s in (*used, *_mapped(pages, step)):
            found[s].append(step)
    return found


def _mapped(pages: Pages, step: int) -> tuple[int, ...]:
    return pages.mapped[step] if pages.mapped else ()


def lowest(pages: Pages) -> tuple[int, int]:
    """Bytes below which no paging gets, and the step that needs them."""
    needs = _needs(pages)
    return max(needs), needs.index(max(needs))


def with_maps(
    pages: Pages, readable: Sequence[frozenset[int]], limit: int
) -> Pages:
    """The same, with steps that need too much reading in mapped files.

    Parameters
    ----------
    pages : Pages
    readable : sequence of frozenset of int
        For each step, which of the storages that it uses it can read so.
    limit : int
        Bytes. A step above it reads its largest storages so, as many as it
        takes.
    """
    uses: list[tuple[int, ...]] = []
    mapped: list[tuple[int, ...]] = []
    for step, need in enumerate(_needs(pages)):
        chosen: list[int] = []
        could = readable[step] & pages.movable
        for s in sorted(could, key=lambda s: (-pages.sizes[s], s)):
            if need > limit:
                chosen.append(s)
                need -= pages.sizes[s]
        mapped.append(tuple(chosen))
        uses.append(tuple([s for s in pages.uses[step] if s not in chosen]))
    return replace(pages, uses=uses, mapped=mapped)


def _needs(pages: Pages) -> list[int]:
    """Bytes that each step needs, however little else is in memory."""
    end = len(pages.uses)
    change = [0] * (end + 1)
    for s, steps in enumerate(_steps_used(pages)):
        if steps and s not in pages.movable:
            first = 0 if s in pages.given else steps[0]
            change[first] += pages.sizes[s]
            change[steps[-1] + 1] -= pages.sizes[s]
    fixed, needs = 0, []
    for step, used in enumerate(pages.uses):
        fixed += change[step]
        need = fixed + pages.workspace[step]
        need += sum(
            pages.sizes[s]
            for s in used
            if s in pages.movable
            and not (step == end - 1 and s in pages.filed)
        )
        needs.append(need)
    return needs


def paging(pages: Pages, limit: int) -> Paging | None:
    """What to move for a schedule to fit, with few bytes moved.

    Parameters
    ----------
    pages : Pages
    limit : int
        Bytes, `lowest` or more.

    Returns
    -------
    Paging or None
        None if it does not fit.
    """
    orders: list[Callable[[int, int], tuple[int, int]]] = [
        lambda size, use: (-use, -size),
        lambda size, use: (-size, -use),
    ]
    found = [_Run(pages, limit, order).run() for order in orders]
    fitting = [p for p in found if p is not None]
    return min(fitting, key=lambda p: p.moved_bytes, default=None)


class _Run:
    """One pass over the schedule."""

    def __init__(
        self,
        pages: Pages,
        limit: int,
        order: Callable[[int, int], tuple[int, int]],
    ) -> None:
        self.pages = pages
        self.limit = limit
        self.order = order
        self.steps = _steps_used(pages)
        self.next = [0] * len(pages.sizes)
        self.resident = {s for s in pages.given if self.steps[s]}
        self.live = sum(pages.sizes[s] for s in self.resident)
        self.heap: list[tuple[tuple[int, int], int, int]] = []
        self.found = Paging()
        for s in sorted(self.resident):
            self._push(s)

    def run(self) -> Paging | None:
        """The moves, or None if they don't suffice."""
        end = len(self.pages.uses) - 1
        for step, used in enumerate(self.pages.uses):
            wanted = [
                s for s in used if not (step == end and s in self.pages.filed)
            ]
            self._map(step)
            absent = [s for s in wanted if s not in self.resident]
            need = self.pages.workspace[step]
            need += sum(self.pages.sizes[s] for s in absent)
            if not self._make_room(step, need, set(wanted)):
                return None
            for s in absent:
                self._enter(step, s)
            for s in used:
                self._used(step, s)
        self.found.in_files = {
            s
            for s in self.pages.filed
            if s in self.found.written and s not in self.resident
        }
        return self.found

    def _make_room(self, step: int, need: int, wanted: set[int]) -> bool:
        excess = self.live + need - self.limit
        chosen: list[int] = []
        freed = 0
        while freed < excess and self.heap:
            _, use, s = heapq.heappop(self.heap)
            if s in self.resident and use == self._next_use(s, step):
                if s in wanted:
                    continue  # it comes back with its next use
                chosen.append(s)
                freed += self.pages.sizes[s]
        if freed < excess:
            return False
        for s in reversed(chosen):
            if freed - self.pages.sizes[s] >= excess:
                freed -= self.pages.sizes[s]
                self._push(s)
            else:
                self._leave(step, s)
        return True

    def _next_use(self, s: int, step: int) -> int:
        return self.steps[s][self.next[s]]

    def _push(self, s: int) -> None:
        if s in self.pages.movable:
            use = self.steps[s][self.next[s]]
            key = self.order(self.pages.sizes[s], use)
            heapq.heappush(self.heap, (key, use, s))

    def _map(self, step: int) -> None:
        for s in _mapped(self.pages, step):
            if s in self.resident:
                self._leave(step, s)
            self.found.maps.setdefault(step, []).append(s)
            self.found.moved_bytes += self.pages.sizes[s]
            self.next[s] += 1

    def _leave(self, step: int, s: int) -> None:
        self.resident.discard(s)
        self.live -= self.pages.sizes[s]
        self.found.out.setdefault(step, []).append(s)
        if s not in self.found.written:
            self.found.written.add(s)
            self.found.moved_bytes += self.pages.sizes[s]

    def _enter(self, step: int, s: int) -> None:
        self.resident.add(s)
        self.live += self.pages.sizes[s]
        if s in self.found.written:
            self.found.back.setdefault(step, []).append(s)
            self.found.moved_bytes += self.pages.sizes[s]

    def _used(self, step: int, s: int) -> None:
        self.next[s] += 1
        if s not in self.resident:
            return
        if self.next[s] < len(self.steps[s]):
            self._push(s)
        elif step < len(self.pages.uses) - 1:
            self.resident.discard(s)
            self.live -= self.pages.sizes[s]
