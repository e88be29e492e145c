"""Whether a few steps together may always run before another, or behind it.

A step may free much once others have run that each add a little. Let B be
what must come before some step u, and J the few steps that another one, v,
waits for beyond B, with v. All of J may run before u if, after B and any part
of J, no less is live than after B and J, nor less than after B unless the part
is J, and if in some order of J after B no step needs more than u does there.

For whatever has run before u in an order, P, holds B and a part of J. Let the
rest of J move there, in its order. As live is submodular, after B and more of
J at most as much is added as after B alone, and after P no more than that: so
the steps of J need no more than u did. All later steps find J complete, and so
find no more live than before. Backwards in time the same holds for steps that
may run behind another.
"""

from lazyopt.schedule.clusters import Clusters
from lazyopt.schedule.precedence import bits

BUNDLE = 4
"""The most steps that are moved together; their parts are all looked at."""


def add_bundles(clusters: Clusters) -> int:
    """Add the edges that follow from moving a few steps together.

    Parameters
    ----------
    clusters
        The steps.

    Returns
    -------
    int
        The ends of the edges added, as a bit set.
    """
    dag = clusters.dag
    changed = 0
    for u in bits(dag.alive):
        for v in bits(dag.others(u)):
            if not dag.others(u) >> v & 1:
                continue
            if _may_lead(clusters, u, v):
                changed |= dag.put_before(v, 1 << u)
            elif _may_follow(clusters, u, v):
                changed |= dag.put_behind(v, 1 << u)
    return changed


def _may_lead(clusters: Clusters, u: int, v: int) -> bool:
    """Whether `v` and all it waits for may always run before `u`."""
    dag = clusters.dag
    done = dag.before[u]
    bundle = (dag.before[v] | 1 << v) & ~done & dag.present
    if not _is_few(clusters, bundle):
        return False
    live = _Live(clusters, bundle)
    base, end = live.after(done), live.after(done | bundle)
    if end > base or live.need(done) - base > clusters.hill[u]:
        return False
    return all(
        live.after(done | some) >= (end if some == bundle else base)
        for some in live.parts()
    )


def _may_follow(clusters: Clusters, u: int, v: int) -> bool:
    """Whether `v` and all that waits for it may always run behind `u`."""
    dag = clusters.dag
    bundle = (dag.behind[v] | 1 << v) & ~dag.behind[u] & dag.present
    if not _is_few(clusters, bundle):
        return False
    live = _Live(clusters, bundle)
    done = ~dag.behind[u] & ~bundle
    base, end = live.after(done | bundle), live.after(done)
    room = clusters.hill[u] - clusters.most(u)
    if end > base or live.need(done) - base > room:
        return False
    return all(
        live.after(done | some) >= (base if some else end)
        for some in live.parts()
    )


def _is_few(clusters: Clusters, bundle: int) -> bool:
    """Whether these are some, few steps, with all they wait for known.

    A single step has rules of its own.
    """
    known = not bundle & ~clusters.dag.alive
    return known and 2 <= bundle.bit_count() <= BUNDLE


class _Live:
    """What is live after sets of steps, of the storages that a few touch."""

    def __init__(self, clusters: Clusters, bundle: int) -> None:
        self._clusters = clusters
        before = clusters.dag.before
        self._order = sorted(
            bits(bundle), key=lambda v: (before[v] & bundle).bit_count()
        )
        self._bundle = bundle
        self._maker: dict[int, int] = {}
        for v in self._order:
            for s in clusters.reads[v]:
                self._maker.setdefault(s, 0)
            for s in clusters.makes[v]:
                self._maker[s] = 1 << v

    def after(self, done: int) -> int:
        """Return the bytes live once some steps are done."""
        clusters = self._clusters
        return sum(
            clusters.sizes[s]
            for s, maker in self._maker.items()
            if not maker & ~done
            and (s in clusters.kept or clusters.readers[s] & ~done)
        )

    def need(self, done: int) -> int:
        """Return the most the bundle needs once some steps are done."""
        most = 0
        for v in self._order:
            most = max(most, self.after(done) + self._clusters.hill[v])
            done |= 1 << v
        return most

    def parts(self) -> list[int]:
        """Return all sets of steps of the bundle that may run first."""
        before = self._clusters.dag.before
        found = [0]
        for v in self._order:
            needed = before[v] & self._bundle
            found += [some | 1 << v for some in found if not needed & ~some]
        return found
