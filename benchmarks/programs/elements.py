"""A graph's ordering problem in elements, with nothing but order in it.

Papers and other tools count elements, and ask of an order alone. So here a
storage counts its elements whatever their dtype, no call borrows workspace,
views are free, and inputs and constants are resident.
"""

from dataclasses import replace

import lazyopt as lo
from lazyopt.ordering import problem_of
from lazyopt.schedule import Problem, Tables, forced_live, peak

__all__ = ["bound_of", "in_elements", "peak_of"]


def in_elements(graph: lo.Graph) -> Problem:
    """Return the ordering problem of a graph with sizes in elements.

    Parameters
    ----------
    graph
        All its shapes are known.

    Returns
    -------
    Problem
        Its order given is the graph's schedule.
    """
    problem, steps, *_ = problem_of(graph)
    sizes = [0] * len(problem.sizes)
    for made, node in zip(problem.produces, steps, strict=True):
        # Whoever allocates at all allocates each of its results, in order.
        for storage, spec in zip(made, node.specs, strict=bool(made)):
            sizes[storage] = spec.size
    return replace(
        problem, sizes=tuple(sizes), workspace=(0,) * len(problem.after)
    )


def peak_of(graph: lo.Graph) -> int:
    """Return the most elements live at once in a graph's schedule."""
    problem = in_elements(graph)
    return peak(problem, range(len(problem.after)))


def bound_of(graph: lo.Graph) -> int:
    """Return the forced-live bound of a graph, in elements."""
    return forced_live(Tables(in_elements(graph)))
