"""Which steps may always run together, or one before the other.

Let live(S) be the bytes live after a set S of steps with all that comes
before them. It is submodular, each storage being there once its producer has
run, less those whose producer and readers all have: what a step adds to S only
falls as S grows. So it is at most what the step adds right behind what must
come before it, and at least what it adds once all has run but what must come
behind it; `most` and `least` are these bounds. While a step runs, it needs
live(S) and a fixed amount, its hill.

Each rule changes any order into one that keeps to it, without a higher peak.
A step moves over others only where it adds nothing to what these find live,
and where it arrives, something that the order needs anyway is no less. So the
lowest peak stays the same, rule by rule, each judged on the problem as those
before it left it; and what held once goes on to hold, as new edges only
narrow the bounds.
"""

from lazyopt.schedule.bundles import add_bundles
from lazyopt.schedule.clusters import Clusters
from lazyopt.schedule.precedence import Ranked, bits

BUNDLED = 500
"""Up to this many steps, all pairs are looked at for bundles."""


class Dominance:
    """The rules, applied to the steps of some clusters until none is left.

    Parameters
    ----------
    clusters
        What to join and to add edges to.
    whole
        Whether these are all the steps there are.
    """

    def __init__(self, clusters: Clusters, whole: bool) -> None:
        self._clusters = clusters
        self._dag = clusters.dag
        self._hill = clusters.hill
        self._whole = whole
        self._changed = 0

    def run(self) -> None:
        """Apply the rules until none finds anything."""
        while True:
            self._changed = 0
            self._rank()
            self._apply(self._dag.alive)
            few = self._dag.alive.bit_count() <= BUNDLED
            if not self._changed and self._whole and few:
                self._changed = add_bundles(self._clusters)
            if not self._changed:
                return
            # What one change makes possible is mostly next to it.
            while near := self._near(self._changed):
                self._changed = 0
                self._dag.tidy(near)
                self._apply(near)

    def _apply(self, steps: int) -> None:
        """Try the rules on some steps."""
        self._glue(steps)
        self._order(steps)

    def _near(self, steps: int) -> int:
        """Return some steps, their neighbours and who shares their reads."""
        dag, clusters = self._dag, self._clusters
        found = steps
        for v in bits(steps & dag.alive):
            found |= dag.pred[v] | dag.succ[v]
            for s in clusters.reads[v]:
                found |= clusters.readers[s]
        return found & dag.alive

    def _rank(self) -> None:
        """Sort the steps by what the rules compare.

        Hills and falls only grow from here on, so that until the next time a
        step may be taken for smaller than it is, which does no harm.
        """
        self._dag.tidy(-1)
        alive = bits(self._dag.alive)
        fall = [0] * self._dag.count
        highest = [0] * self._dag.count
        for v in alive:
            fall[v] = self._hill[v] - self._clusters.most(v)
            highest[v] = self._hill[v] - self._clusters.least(v)
        self._by_hill = Ranked(alive, self._hill)
        self._by_fall = Ranked(alive, fall)
        self._by_highest = Ranked(alive, highest)

    def _glue(self, steps: int) -> None:
        """Join steps with the ones they may always run right behind."""
        dag = self._dag
        todo = bits(steps)[::-1]
        queued = set(todo)
        while todo:
            v = todo.pop()
            queued.discard(v)
            if not dag.alive >> v & 1:
                continue
            for u, w in self._links(v):
                if self._tie(u, w):
                    into = u if dag.alive >> u & 1 else w
                    near = dag.pred[into] | dag.succ[into] | 1 << into
                    fresh = bits(near & dag.alive)
                    todo += [x for x in fresh if x not in queued]
                    queued.update(fresh)
                    break

    def _links(self, v: int) -> list[tuple[int, int]]:
        """Return the edges at a step one of whose ends has no other."""
        dag = self._dag
        pred, succ = dag.pred[v], dag.succ[v]
        links = [
            (u, v)
            for u in bits(pred & dag.alive)
            if pred == 1 << u or dag.succ[u] == 1 << v
        ]
        if succ & dag.alive and not succ & (succ - 1):
            links.append((v, succ.bit_length() - 1))
        return links

    def _tie(self, u: int, v: int) -> bool:
        """Join two steps if the second may always run right behind the first.

        Where their hill depends on what ran before, they stay two, and all
        others are kept from coming between them by what they wait for.
        """
        dag, hill = self._dag, self._hill
        most, least = self._clusters.most(u), self._clusters.least(u)
        joint = most + hill[v]
        forward = dag.pred[v] == 1 << u and self._hastens(u, v, joint)
        if not forward and not (
            dag.succ[u] == 1 << v and self._waits(u, v, least)
        ):
            return False
        if most == least or joint <= hill[u]:
            # By this name its hill and its fall are no less than they were.
            into = u if forward else v
            if self._clusters.join(u, v, into, max(hill[u], joint)):
                self._changed |= 1 << into
                return True
        if forward:
            late = dag.succ[u] & ~(1 << v) & ~dag.behind[v]
            if late:
                self._changed |= dag.put_before(v, late)
        else:
            early = dag.pred[v] & ~(1 << u) & ~dag.before[u]
            if early:
                self._changed |= dag.put_behind(u, early)
        return False

    def _hastens(self, u: int, v: int, joint: int) -> bool:
        """Whether a step that only waits for `u` may run right behind it.

        It must add nothing. It needs no more there than `u` did, or than what
        came next instead.
        """
        if self._clusters.most(v) > 0:
            return False
        return joint <= self._hill[u] or self._none_below(
            self._by_hill, v, self._hill[v]
        )

    def _waits(self, u: int, v: int, least: int) -> bool:
        """Whether a step that only `v` waits for may run right before it.

        It must free nothing on balance. It needs no more there than `v` does
        anyway, or than what came last instead.
        """
        if least < 0:
            return False
        rise = self._hill[u] - least
        return rise <= self._hill[v] or self._none_below(
            self._by_fall, u, rise
        )

    def _none_below(self, ranked: Ranked, v: int, value: int) -> bool:
        """Whether no step that may run on either side has a lesser key."""
        if value <= 0 or not self._whole:
            return value <= 0
        return not self._dag.others(v) & ranked.below(value)

    def _order(self, steps: int) -> None:
        """Add edges between steps of which one may always go first."""
        for v in bits(steps & self._dag.alive):
            first = self._dominators(v)
            if first:
                self._changed |= self._dag.put_behind(v, first)
            later = self._dominated(v)
            if later:
                self._changed |= self._dag.put_before(v, later)

    def _dominators(self, v: int) -> int:
        """Return the steps that may always run before one.

        Whatever waits for `v` must wait for such a step `u` too, and `v` must
        free nothing on balance before it: then `v` can move right behind it.
        What `u` and `v` need from then on is no more than `u` did, if u's hill
        less what it adds is not below that of `v`.
        """
        dag, hill = self._dag, self._hill
        among = dag.others(v)
        for w in bits(dag.succ[v]):
            among &= dag.before[w]
        least, most = self._clusters.least(v), self._clusters.most(v)
        if not among or most < 0:
            return 0
        found = 0
        if least >= 0:
            rise = hill[v] - least
            found = among & ~self._by_fall.below(rise)
            among &= ~found & ~self._by_highest.below(rise)
        else:
            among &= self._blocking(v)
        for u in bits(among):
            fall = hill[u] - self._clusters.most(u, dag.before[v])
            if fall < hill[v] - most:
                continue
            least = self._clusters.least(v, 1 << u | dag.behind[u])
            if least >= 0 and fall >= hill[v] - least:
                found |= 1 << u
        return found

    def _blocking(self, v: int) -> int:
        """Return the steps before which another one can't free some storage.

        That is because they or what comes behind them read it as well.
        """
        behind = self._dag.behind[v]
        before = self._dag.before
        found = 0
        for s in self._clusters.reads[v]:
            others = self._clusters.readers[s] & self._dag.alive & ~(1 << v)
            if not others & behind:
                for u in bits(others):
                    found |= before[u] | 1 << u
        return found

    def _dominated(self, v: int) -> int:
        """Return the steps that may always run behind one.

        They must wait for all that `v` waits for and have no lower hill, and
        `v` must add nothing at their place: then it can move right before.
        """
        dag = self._dag
        among = dag.others(v) & ~self._by_hill.below(self._hill[v])
        for u in bits(dag.pred[v]):
            among &= dag.behind[u]
        if not among or self._clusters.most(v) <= 0:
            return among
        if self._clusters.least(v) > 0:
            return 0
        found = 0
        for w in bits(among & self._releasing(v)):
            if self._clusters.most(v, dag.before[w]) <= 0:
                found |= 1 << w
        return found

    def _releasing(self, v: int) -> int:
        """Return the steps behind all other readers of something read."""
        dag = self._dag
        found = 0
        for s in self._clusters.reads[v]:
            others = self._clusters.readers[s] & ~dag.before[v] & ~(1 << v)
            if others & ~dag.alive:
                continue
            behind = dag.alive
            for u in bits(others):
                behind &= dag.behind[u]
            found |= behind
        return found
