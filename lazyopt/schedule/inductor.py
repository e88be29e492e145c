"""The orders that TorchInductor tries, from ``torch/_inductor/memory.py``."""

from bisect import insort
from heapq import heappop, heappush

from lazyopt.schedule.problem import Problem, successors
from lazyopt.schedule.releases import Releases
from lazyopt.schedule.traversal import (
    Order,
    allocated,
    post_order,
    visited_by,
)

__all__ = ["breadth_first", "least_peak_first", "smallest_first"]


def smallest_first(problem: Problem) -> Order:
    """Return a depth-first order that begins with what touches least memory.

    Steps and operands are visited by the bytes they allocate and read.
    """
    sizes = problem.sizes
    touched = allocated(problem)
    for v, row in enumerate(problem.reads):
        touched[v] += sum([sizes[s] for s in row])
    steps = len(touched)
    # One integer sorts by bytes, then by step.
    key = [bytes_ * steps + v for v, bytes_ in enumerate(touched)]
    rows = visited_by(key, problem.after)
    return post_order(rows, sorted(range(steps), key=key.__getitem__))


def breadth_first(problem: Problem) -> Order:
    """Return the order that goes on with what was computed first.

    Of the ready steps it takes the one whose dependencies ran earliest.
    """
    waiting = [len(row) for row in problem.after]
    later = successors(problem)
    place = [0] * len(waiting)
    heap: list[tuple[list[int], int]] = [
        ([], v) for v, count in enumerate(waiting) if not count
    ]
    order: Order = []
    while heap:
        _, step = heappop(heap)
        place[step] = len(order)
        order.append(step)
        for v in later[step]:
            waiting[v] -= 1
            if not waiting[v]:
                ran = sorted([place[u] for u in problem.after[v]])
                heappush(heap, (ran, v))
    return order


def least_peak_first(problem: Problem) -> Order:
    """Return the order that raises the peak as late as possible (LPMF).

    Of the ready steps that fit under the peak so far it takes the one that
    leaves least, else the one that needs least. The peak so far begins at
    the bytes of the outputs. The choice is that of a scan over all ready
    steps, found faster by looking at one heap for each size.
    """
    sizes, needs = problem.sizes, allocated(problem)
    given, wasted = _ends(problem)
    live = sum([sizes[s] for s in given])
    most = max(live, sum([sizes[s] for s in problem.kept]))
    waiting = [len(row) for row in problem.after]
    later = successors(problem)
    releases = Releases(problem)
    ready = _Ready(len(waiting))
    for v, count in enumerate(waiting):
        if not count:
            ready.push(v, needs[v], needs[v] - wasted[v] - releases.freed[v])
    order: Order = []
    while (step := ready.pop(most - live)) >= 0:
        order.append(step)
        live += needs[step]
        most = max(most, live)
        live -= wasted[step] + releases.freed[step]
        changed = releases.run(step)
        for v in later[step]:
            waiting[v] -= 1
            changed.append(v)
        for v in dict.fromkeys(changed):
            if not waiting[v]:
                left = needs[v] - wasted[v] - releases.freed[v]
                ready.push(v, needs[v], left)
    return order


def _ends(problem: Problem) -> tuple[set[int], list[int]]:
    """The storages that are there before, and each step's unused bytes."""
    read = {s for row in problem.reads for s in row} | problem.kept
    wasted = [
        sum([problem.sizes[s] for s in row if s not in read])
        for row in problem.produces
    ]
    return read.difference(*problem.produces), wasted


class _Ready:
    """Ready steps by what they need, then by what they leave."""

    def __init__(self, steps: int) -> None:
        self._done = bytearray(steps)
        self._needs: list[int] = []
        self._heaps: dict[int, list[tuple[int, int]]] = {}

    def push(self, step: int, need: int, left: int) -> None:
        """Add a step, or what it leaves now, which is never more."""
        if need not in self._heaps:
            self._heaps[need] = []
            insort(self._needs, need)
        heappush(self._heaps[need], (left, step))

    def pop(self, room: int) -> int:
        """Remove and return the step to run, or -1 if there is none."""
        best: tuple[int, int] | None = None
        for need in self._needs.copy():
            if need > room and best is not None:
                break
            heap = self._heaps[need]
            while heap and self._done[heap[0][1]]:
                heappop(heap)
            if not heap:
                self._needs.remove(need)
                del self._heaps[need]
            elif best is None or heap[0] < best:
                best = heap[0]
        if best is None:
            return -1
        self._done[best[1]] = 1
        return best[1]
