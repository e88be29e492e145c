"""The rules applied to a window that moves over a problem."""

from itertools import chain, pairwise

from lazyopt.schedule import clock
from lazyopt.schedule.clusters import Cluster, Clusters
from lazyopt.schedule.dominance import Dominance
from lazyopt.schedule.precedence import bits
from lazyopt.schedule.problem import Problem


class Sweep:
    """A problem on its way to a smaller one.

    Parameters
    ----------
    problem
        The problem.

    Attributes
    ----------
    clusters : list of Cluster
        What its steps have become, in a valid order.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        steps = len(problem.after)
        # Each step's way to the last one of its cluster, and the step that
        # runs next in it.
        self._owner = list(range(steps))
        self._following = [-1] * steps
        self.clusters = _single(problem)

    def over(self, window: int) -> None:
        """Apply the rules to all clusters, so many at a time.

        Half of what is left of a window goes into the next: what a step waits
        for is then mostly in it, and how that hangs together is known.
        """
        given = self.clusters
        awaited, read = self._last_uses()
        begun: set[int] = set()
        done: list[Cluster] = []
        held: list[Cluster] = []
        end = 0
        while end < len(given) and not clock.is_over():
            begin, end = end, end + window - len(held)
            held += given[begin:end]
            closed = [i for i, c in enumerate(held) if awaited[c.last] >= end]
            shared = {
                s
                for c in held
                for s in (*c.makes, *c.reads)
                if s in begun or read[s] >= end
            }
            whole = not done and end >= len(given)
            held = self._reduced(held, closed, shared, whole, awaited)
            surplus = max(len(held) - window // 2, 0)
            done += held[:surplus]
            begun.update(s for c in held[:surplus] for s in c.reads)
            held = held[surplus:]
        self.clusters = done + held + given[end:]

    def _last_uses(self) -> tuple[list[int], list[int]]:
        """Return where what each cluster does is last used.

        First, by its last step, the place of the last cluster that waits for
        it; then, by storage, that of the last one that reads it.
        """
        awaited = [-1] * len(self._owner)
        read = [-1] * len(self._problem.sizes)
        for i, cluster in enumerate(self.clusters):
            for u in cluster.after:
                awaited[self._last(u)] = i
            for s in cluster.reads:
                read[s] = i
        return awaited, read

    def _reduced(
        self,
        held: list[Cluster],
        closed: list[int],
        shared: set[int],
        whole: bool,
        awaited: list[int],
    ) -> list[Cluster]:
        """Return what the rules make of some clusters."""
        place = {c.last: i for i, c in enumerate(held)}
        rows: list[set[int]] = []
        outside: list[list[int]] = []
        for i, cluster in enumerate(held):
            ends = dict.fromkeys(map(self._last, cluster.after))
            rows.append({place[u] for u in ends if u in place} - {i})
            outside.append([u for u in ends if u not in place])
        opened = [i for i, row in enumerate(outside) if row]
        part = Clusters(self._problem, held, rows, opened, closed, shared)
        Dominance(part, whole).run()
        part.dag.tidy(-1)
        found = []
        for v in part.dag.sorted():
            members = [held[i] for i in part.members[v]]
            before = bits(part.dag.pred[v] & part.dag.alive)
            after = [held[part.members[u][-1]].last for u in before]
            after += [u for i in part.members[v] for u in outside[i]]
            last = members[-1].last
            awaited[last] = max(awaited[c.last] for c in members)
            self._link(members)
            found.append(
                Cluster(
                    members[0].first,
                    last,
                    after,
                    part.hill[v],
                    part.makes[v],
                    part.reads[v],
                )
            )
        return found

    def _link(self, row: list[Cluster]) -> None:
        """Make the sequences of some clusters one."""
        for earlier, later in pairwise(row):
            self._following[earlier.last] = later.first
            self._owner[earlier.last] = row[-1].last

    def _last(self, v: int) -> int:
        """Return the last step of the cluster that a step is in."""
        owner = self._owner
        while owner[v] != v:
            owner[v] = owner[owner[v]]
            v = owner[v]
        return v

    def sequence(self, cluster: Cluster) -> tuple[int, ...]:
        """Return the steps of a cluster."""
        v = cluster.first
        steps = [v]
        while v != cluster.last:
            v = self._following[v]
            steps.append(v)
        return tuple(steps)

    def problem(self) -> Problem:
        """Return the problem of ordering the clusters.

        It has storages of its own: only those that clusters leave or read.
        """
        whole, clusters = self._problem, self.clusters
        place = {c.last: i for i, c in enumerate(clusters)}
        used = dict.fromkeys(s for c in clusters for s in (*c.makes, *c.reads))
        made = set(chain.from_iterable(whole.produces))
        used |= dict.fromkeys(sorted(whole.kept - made))
        number = {s: i for i, s in enumerate(used)}
        rows = [{place[self._last(u)] for u in c.after} for c in clusters]
        gross = [sum(whole.sizes[s] for s in c.makes) for c in clusters]
        return Problem(
            tuple(whole.sizes[s] for s in number),
            tuple(tuple(number[s] for s in c.makes) for c in clusters),
            tuple(tuple(number[s] for s in c.reads) for c in clusters),
            tuple(tuple(sorted(row)) for row in rows),
            tuple(c.hill - g for c, g in zip(clusters, gross, strict=True)),
            frozenset(i for s, i in number.items() if s in whole.kept),
        )


def _single(problem: Problem) -> list[Cluster]:
    """Return each step as a cluster of its own.

    Whether something kept or empty is read makes no difference, so it counts
    as not read; what nobody reads is gone when the step ends.
    """
    sizes, kept = problem.sizes, problem.kept
    reads = [
        [s for s in row if sizes[s] and s not in kept and s not in own]
        for row, own in zip(problem.reads, problem.produces, strict=True)
    ]
    lives = set(chain(kept, *reads))
    return [
        Cluster(
            v,
            v,
            list(problem.after[v]),
            sum(sizes[s] for s in made) + problem.workspace[v],
            [s for s in made if sizes[s] and s in lives],
            reads[v],
        )
        for v, made in enumerate(problem.produces)
    ]
