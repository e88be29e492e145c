"""The orders that XLA tries on the CPU, from its ``hlo_memory_scheduler``."""

from heapq import heappop, heappush

from lazyopt.schedule.problem import Problem, successors
from lazyopt.schedule.releases import Releases
from lazyopt.schedule.traversal import (
    Order,
    allocated,
    outputs_first,
    post_order,
    visited_by,
)

__all__ = ["depth_first", "list_order", "plain_post_order"]


def plain_post_order(problem: Problem) -> Order:
    """Return the depth-first order that visits operands as they are given."""
    return post_order(problem.after, outputs_first(problem))


def depth_first(problem: Problem) -> Order:
    """Return the depth-first order that visits what has most users first.

    Counted are the users beyond the first of a step and of all that leads to
    it, once for each way; then, in the same manner, the bytes allocated.
    """
    sizes = allocated(problem)
    steps = len(sizes)
    readers = [0] * steps
    for row in problem.after:
        for u in row:
            readers[u] += 1
    most = sum(sizes)
    users: list[int] = []
    total: list[int] = []
    cap = 0
    for v, row in enumerate(problem.after):
        cap += sizes[v]
        extra = max(readers[v] - 1, 0) + sum([users[u] for u in row])
        users.append(min(extra, steps))
        total.append(min(sizes[v] + sum([total[u] for u in row]), cap))
    # One integer sorts by users, then bytes, then step.
    key = [
        v - (users[v] * (most + 1) + total[v]) * steps for v in range(steps)
    ]
    roots = sorted(outputs_first(problem), key=key.__getitem__)
    return post_order(visited_by(key, problem.after), roots)


def list_order(problem: Problem) -> Order:
    """Return the order that frees as much and allocates as little as it can.

    Of the ready steps it takes a scalar, else the one with the largest net
    release, else the one with most users; of equals, what got its rank last.
    What has one element counts as a scalar unless everything has.
    """
    waiting = [len(row) for row in problem.after]
    later = successors(problem)
    sizes = allocated(problem)
    scalar = 1 if max(sizes, default=0) > 1 else -1
    releases = Releases(problem)
    done = bytearray(len(waiting))
    heap: list[tuple[float, float, int, int]] = []
    pushed = 0

    def push(v: int) -> None:
        nonlocal pushed
        pushed += 1
        net = float("-inf"), float("-inf")
        if sizes[v] != scalar:
            net = sizes[v] - releases.freed[v], -len(later[v])
        heappush(heap, (*net, -pushed, v))

    for v, count in enumerate(waiting):
        if not count:
            push(v)
    order: Order = []
    while heap:
        step = heappop(heap)[-1]
        if done[step]:
            continue
        done[step] = 1
        order.append(step)
        more = releases.run(step)
        for v in later[step]:
            waiting[v] -= 1
            if not waiting[v]:
                push(v)
        for v in more:
            if not waiting[v]:
                push(v)
    return order
