"""Views right before they are read: each is an object that is held for less.

To the peak it makes no difference, since a view has no memory of its own.
Python's objects do, and so do the registers that hold them: an order may take
all parts of an array at once and compute with them one by one.
"""

from collections.abc import Sequence

from lazyopt.schedule.problem import Problem, places

__all__ = ["views_late"]


def views_late(problem: Problem, order: Sequence[int]) -> list[int]:
    """Return an order with views put off until something reads them.

    Parameters
    ----------
    problem
    order
        A valid order.

    Returns
    -------
    list of int
        A valid order of no higher peak: what a view looks at is held for no
        longer than the first of its readers needs it anyway.
    """
    reads = problem.reads
    place = places(order)
    first: dict[int, int] = {}
    moved = False
    for step in reversed(order):
        reader = first.get(step)
        if (
            reader is not None
            and not problem.produces[step]
            and not problem.workspace[step]
            and set(reads[step]) <= set(reads[reader])
        ):
            moved = moved or place[reader] > place[step] + 1
            place[step] = place[reader]
        for other in problem.after[step]:
            known = first.get(other)
            if known is None or place[step] < place[known]:
                first[other] = step
    # Sorting is stable, so that views of views stay in their order.
    return sorted(order, key=place.__getitem__) if moved else list(order)
