"""Proofs that no order is better, or a better order.

Whether any order reaches a target peak is asked of a few steps first, the
milestones: if no sequence of them allows it, no order does. If one does,
moments can be found along it of which each holds the one before, since the
smallest minimum cuts of a chain of problems are nested. They cut the best
order known into parts, which put together again make an order that keeps to
the target at each milestone. If it does so everywhere, it is a better order.
If not, one of the steps at which it doesn't becomes a milestone too. With all
steps as milestones this would be exact; often a dozen are enough. The scheme
is that of Clarke et al., "Counterexample-guided abstraction refinement", 2000.
"""

from collections.abc import Sequence

from lazyopt.schedule.depth_first import depths
from lazyopt.schedule.greedy import eager_release
from lazyopt.schedule.milestones import Milestones, OutOfWork
from lazyopt.schedule.min_cut import CutNetwork
from lazyopt.schedule.problem import places
from lazyopt.schedule.simulate import peak
from lazyopt.schedule.tables import Tables

SHARES = 8
"""At first, a target just below the peak gets this part of the work."""

LOWER_SHARES = 4
"""Lower ones get this part of that: what can be refuted there is, soon."""

CLOSE = 100
"""A bound this part of the peak below a target that was given up will do."""

LAYER_STEPS = 512
"""The most steps that become milestones at a time."""


def probe(
    tables: Tables, order: Sequence[int], bound: int, max_work: int
) -> tuple[list[int], int]:
    """Return the best order found, and a bound on the peak of every order.

    Whether there is an order below the best peak is asked again and again.
    Where that can't be decided soon, lower targets are tried between the
    bound and the peak, then the same in another way, with twice the work for
    each.

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
    order : list of int
        Of a lower peak than the order given, or else the order given.
    bound : int
        Bytes; at least `bound`. If it is the peak of the order, that order
        is proven to be a best one.
    """
    if not tables.steps:
        return [], max(bound, tables.kept_bytes)
    search = _Search(tables, order)
    # Never none: each try must get to one cut at least.
    allowance = -(-max_work // SHARES)
    while bound < search.peak and search.work < max_work:
        # The lowest target that was given up; none so far.
        resists = search.peak
        while bound < resists and search.work < max_work:
            target, share = resists - 1, allowance
            if resists < search.peak:
                if (resists - bound) * CLOSE <= search.peak:
                    break
                target = (bound + resists) // 2
                share = -(-allowance // LOWER_SHARES)
            limit = min(search.work + share, max_work)
            try:
                if search.improve(target, limit):
                    resists = search.peak
                else:
                    bound = target + 1
            except OutOfWork:
                resists = target
        allowance *= 2
        search.vary()
    return search.order, bound


class _Search:
    """The best order so far, and what finds better ones."""

    def __init__(self, tables: Tables, order: Sequence[int]) -> None:
        self.order = list(order)
        self.peak = peak(tables, order)
        self._tables = tables
        self._network = CutNetwork(tables)
        self._together = _layers(tables)
        self._otherwise = [1 << v for v in range(tables.steps)]
        self._care = 1

    @property
    def work(self) -> int:
        """What was done so far, in arcs."""
        return self._network.work

    def vary(self) -> None:
        """Choose milestones otherwise: by layer or singly, and with care."""
        self._together, self._otherwise = self._otherwise, self._together
        self._care *= 2

    def improve(self, target: int, limit: int) -> bool:
        """Find an order that keeps to the target; False if there is none.

        Raises
        ------
        OutOfWork
            If that isn't known by the time that the work reaches the limit.
        """
        tables = self._tables
        place = places(self.order)
        milestones = Milestones(
            self._network, tables, place, self._together, target, limit
        )
        while (path := milestones.path()) is not None:
            joined, parts = milestones.joined(path)
            order = eager_release(tables, joined)
            reached = peak(tables, order)
            if reached < self.peak:
                self.order, self.peak = order, reached
            if reached <= target:
                return True
            milestones.refine(joined, parts, self._care)
        return False


def _layers(tables: Tables) -> list[int]:
    """Return for each step a bit set of those that it is a milestone with.

    They are as far from the first steps and the last ones and need as much,
    as they do where a program does the same for many blocks. Then what they
    make impossible is seen only when they are milestones together.
    """
    heights = [0] * tables.steps
    for v in range(tables.steps - 1, -1, -1):
        for earlier in tables.problem.after[v]:
            heights[earlier] = max(heights[earlier], heights[v] + 1)
    keys = list(
        zip(
            depths(tables),
            heights,
            tables.alloc.tolist(),
            tables.workspace.tolist(),
            strict=True,
        )
    )
    layers: dict[tuple[int, ...], int] = {}
    for v, key in enumerate(keys):
        layers[key] = layers.get(key, 0) | 1 << v
    return [
        layers[key] if layers[key].bit_count() <= LAYER_STEPS else 1 << v
        for v, key in enumerate(keys)
    ]
