"""Sequences of some steps that a target peak may allow.

Some steps are chosen as milestones. Every order runs them in some sequence,
and just before each of them comes a moment at which those before it have run
and the others have not. The least that can be live at such a moment is a
minimum cut. So a peak of at most some target takes a path over sets of
milestones, from none to all, on which no cut is above the target. If there is
none, no order reaches the target.
"""

from collections.abc import Iterator, Sequence

from lazyopt.schedule.min_cut import CutNetwork
from lazyopt.schedule.simulate import timeline
from lazyopt.schedule.tables import Tables

CANDIDATES = 4
"""How many steps above the target are compared for the next milestone."""

PART_CANDIDATES = 2
"""How many of them may come from one part of an order."""

BACKWARD, FORWARD = True, False

TURNS = (BACKWARD, BACKWARD, FORWARD)
"""Which search goes on when: the one from the end mostly fails sooner."""

Part = tuple[int, int]
"""Two moments, the first a part of the second."""

Found = tuple[int, int, int]
"""A moment, the bytes live then, and the milestone it is the smallest for."""


class OutOfWork(Exception):
    """The work allowed for a target was not enough to decide it."""


class _Level:
    """What was found while the milestones were the same.

    A set of milestones stands for all moments that hold these and no others.
    What was found of it is true as well when some others have become
    milestones, whichever of them it then holds.

    Attributes
    ----------
    milestones : int
        All of them, as a bit set.
    refuted : set of tuple
        Sets of milestones, and one that can't come next.
    dead : dict
        By direction, the sets from which the search gets nowhere.
    """

    def __init__(self, milestones: int) -> None:
        self.milestones = milestones
        self.refuted: set[tuple[int, int]] = set()
        self.dead: dict[bool, set[int]] = {BACKWARD: set(), FORWARD: set()}


class Milestones:
    """The milestones for one target, and the paths over sets of them.

    Parameters
    ----------
    network, tables
        The problem.
    place
        For each step its place in the best order known.
    together
        For each step a bit set of those that become milestones when it does,
        itself among them.
    target
        Bytes: the most that may be live.
    limit
        When the work of the network reaches this, `OutOfWork` is raised.
    """

    def __init__(
        self,
        network: CutNetwork,
        tables: Tables,
        place: Sequence[int],
        together: Sequence[int],
        target: int,
        limit: int,
    ) -> None:
        self._network = network
        self._tables = tables
        self._all = (1 << tables.steps) - 1
        self._place = place
        self._target = target
        self._limit = limit
        self._together = together
        self._chosen: list[int] = []
        self._levels = [_Level(0)]
        self._found: list[Found] = []
        self._by_done: dict[int, list[Found]] = {}

    def path(self) -> list[int] | None:
        """Return a sequence of the milestones on which no cut is too much.

        One search goes forward from none of them and one backward from all.
        If either gets nowhere, there is no such sequence.
        """
        if not self._chosen:
            return []
        walks = {back: self._walk(back) for back in (BACKWARD, FORWARD)}
        while True:
            for back in TURNS:
                path = next(walks[back])
                if path is not None:
                    return path or None

    def _walk(self, back: bool) -> Iterator[list[int] | None]:
        """Search depth first; yield None before each cut, then the path.

        The path is empty if there is none.
        """
        level = self._levels[-1]
        start, goal = 0, level.milestones
        if back:
            start, goal = goal, start
        seen = {start}
        taken: list[int] = []
        stack = [(start, self._moves(start, back))]
        while stack:
            at, moves = stack[-1]
            if at == goal:
                yield taken[::-1] if back else taken
            for step, to in moves:
                if to in seen or self._is_dead(to, back):
                    continue
                yield None
                if self._possible(at & to, step):
                    seen.add(to)
                    taken.append(step)
                    stack.append((to, self._moves(to, back)))
                    break
            else:
                level.dead[back].add(at)
                stack.pop()
                del taken[-1:]
        yield []

    def _moves(self, at: int, back: bool) -> Iterator[tuple[int, int]]:
        """Yield which milestones may come next, and the sets after them."""
        every = self._levels[-1].milestones
        if back:
            behind = self._network.behind
            for step in reversed(self._chosen):
                if at >> step & 1 and not behind[step] & every & at:
                    yield step, at ^ 1 << step
            return
        before = self._network.before
        for step in self._chosen:
            if not (at >> step & 1 or before[step] & every & ~at):
                yield step, at | 1 << step

    def _is_dead(self, at: int, back: bool) -> bool:
        return any(
            at & level.milestones in level.dead[back] for level in self._levels
        )

    def _possible(self, done: int, step: int) -> bool:
        """Say whether a milestone may come next after a set of others."""
        for level in self._levels:
            if (done & level.milestones, step) in level.refuted:
                return False
        inside, outside = self._around(done)
        inside |= self._network.before[step]
        room = self._target - self._tables.cost[step]
        for moment, live, _ in self._by_done.get(done, ()):
            if live <= room and not inside & ~moment:
                return True
        live, _ = self._cut(inside, outside, step)
        if live > room:
            self._levels[-1].refuted.add((done, step))
        return live <= room

    def _around(self, done: int) -> tuple[int, int]:
        """Return what has run after a set of milestones, and what has not."""
        inside, outside = done, 0
        for step in self._chosen:
            if done >> step & 1:
                inside |= self._network.before[step]
            else:
                outside |= self._network.behind[step] | 1 << step
        return inside, outside

    def _cut(self, inside: int, outside: int, step: int) -> tuple[int, int]:
        """Return the least live at a moment, and it; remember both.

        The step is the milestone that is next, or -1 if the moment isn't the
        smallest that holds the milestones it does and all before the step.
        """
        if self._network.work >= self._limit:
            raise OutOfWork
        live, moment = self._network.least_live(inside, outside)
        self._found.append((moment, live, step))
        self._file(self._found[-1])
        return live, moment

    def _file(self, found: Found) -> None:
        done = found[0] & self._levels[-1].milestones
        self._by_done.setdefault(done, []).append(found)

    def _smallest(self, done: int, step: int) -> int:
        """Return the smallest of the moments at which a milestone is next.

        One that was found for fewer milestones is still the smallest.
        """
        for moment, _, following in self._by_done.get(done, ()):
            if following == step:
                return moment
        inside, outside = self._around(done)
        inside |= self._network.before[step]
        return self._cut(inside, outside, step)[1]

    def joined(self, path: list[int]) -> tuple[list[int], list[Part]]:
        """Return an order that keeps to the target at each milestone.

        Also return its parts, each as the moments at which it begins and
        ends.
        """
        order: list[int] = []
        parts = []
        begin = done = 0
        for step in path:
            end = self._smallest(done, step)
            parts.append((begin, end))
            order += self._listed(end & ~begin)
            order.append(step)
            done |= 1 << step
            begin = end | 1 << step
        parts.append((begin, self._all))
        return order + self._listed(self._all & ~begin), parts

    def _listed(self, steps: int) -> list[int]:
        """Return the members of a bit set by their place in the order."""
        found = []
        while steps:
            lowest = steps & -steps
            found.append(lowest.bit_length() - 1)
            steps ^= lowest
        found.sort(key=self._place.__getitem__)
        return found

    def refine(self, order: list[int], parts: list[Part], care: int) -> None:
        """Add a milestone: a step at which an order needs too much.

        Of those that need most, it is the one that needs most even if all
        other steps of its part are run when that is best for it; of equals,
        the one whose sequence with the other milestones is least open. The
        steps that go together with it become milestones as well.
        """
        during = timeline(self._tables, order).tolist()
        need = dict(zip(order, during, strict=True))
        network, cost = self._network, self._tables.cost
        above = []
        for part in parts:
            steps = self._listed(part[1] & ~part[0])
            over = [v for v in steps if need[v] > self._target]
            over.sort(key=need.__getitem__, reverse=True)
            above += [(v, part) for v in over[: PART_CANDIDATES * care]]
        above.sort(key=lambda entry: need[entry[0]], reverse=True)
        found = []
        for v, (begin, end) in above[: CANDIDATES * care]:
            inside = begin | network.before[v]
            outside = self._all & ~end | network.behind[v] | 1 << v
            live, _ = self._cut(inside, outside, -1)
            related = network.before[v] | network.behind[v]
            open_to = self._levels[-1].milestones & ~related
            found.append((live + cost[v], -open_to.bit_count(), need[v], v))
        if not found:
            # Only where sizes are rounded: a cut was not as low as it seemed.
            raise OutOfWork
        new = self._together[max(found)[-1]] | self._levels[-1].milestones
        self._chosen = self._listed(new)
        self._levels.append(_Level(new))
        self._by_done.clear()
        for moment in self._found:
            self._file(moment)
