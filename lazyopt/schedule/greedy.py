"""Orders that take the ready step which looks best at the moment.

Each breaks ties by a base order, any valid one: on equal terms a greedy choice
otherwise opens every branch of a graph before it closes the first.
"""

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

from lazyopt.schedule.front import FitQueue, Front
from lazyopt.schedule.problem import places
from lazyopt.schedule.tables import Tables


def largest_release(tables: Tables, base: Sequence[int]) -> list[int]:
    """Return the order that always takes the largest net release of bytes.

    This is list scheduling with the priority of XLA's
    ``hlo_memory_scheduler``.

    Parameters
    ----------
    tables
        The problem.
    base
        All steps, in the order that breaks ties.
    """
    steps = tables.steps
    place = places(base)
    front = Front(tables)
    net = front.net
    # One integer sorts by bytes, then by place.
    heap = [net[v] * steps + place[v] for v in front.ready()]
    heapify(heap)
    done = bytearray(steps)
    order: list[int] = []
    while heap:
        step = base[heappop(heap) % steps]
        if done[step]:
            continue
        done[step] = 1
        order.append(step)
        for changed in front.run(step):
            heappush(heap, net[changed] * steps + place[changed])
    return order


def eager_release(tables: Tables, base: Sequence[int]) -> list[int]:
    """Return a base order, with what frees memory moved forward.

    Before each step of the base order, ready steps run that leave no more
    live than before them and need no more than was needed so far or that step
    needs itself. So the peak is never above that of the base order: what a
    step frees only grows as others run before it.

    Parameters
    ----------
    tables
        The problem.
    base
        A valid order of the steps.
    """
    steps = tables.steps
    place = places(base)
    front = Front(tables)
    net, cost = front.net, tables.cost
    heap = [net[v] * steps + place[v] for v in front.ready() if net[v] <= 0]
    heapify(heap)
    done = bytearray(steps)
    order: list[int] = []
    most = 0
    for upcoming in base:
        # Others go first while they need no more than this step will anyway.
        while not done[upcoming]:
            most = max(most, front.live + cost[upcoming])
            step = base[heap[0] % steps] if heap else upcoming
            if done[step]:
                heappop(heap)
                continue
            if front.live + cost[step] > most:
                step = upcoming
            done[step] = 1
            order.append(step)
            for changed in front.run(step):
                if net[changed] <= 0:
                    heappush(heap, net[changed] * steps + place[changed])
    return order


def least_peak(tables: Tables, base: Sequence[int]) -> list[int]:
    """Return the order that raises the peak as late as possible.

    Of the ready steps that fit under the peak so far it takes the one with
    the largest net release, else the one that needs least. This is LPMF of
    PyTorch Inductor's ``memory.py`` with heaps in place of its scan. It runs
    all small leaves first, so it should not be the only order tried.

    Parameters
    ----------
    tables
        The problem.
    base
        All steps, in the order that breaks ties.
    """
    front = Front(tables)
    net, cost = front.net, tables.cost
    queue = FitQueue(base)
    for step in front.ready():
        queue.push(step, net[step], cost[step])
    order = []
    most = 0
    while (step := queue.pop(most - front.live)) >= 0:
        order.append(step)
        most = max(most, front.live + cost[step])
        for changed in front.run(step):
            queue.push(changed, net[changed], cost[changed])
    return order
