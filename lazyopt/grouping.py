"""Which calls make up a task: enough work to be worth sending, no cycles.

Sending a task costs about a millisecond, a call of NumPy about a microsecond.
So calls are grouped by how long they take, as far as that can be told from
shapes. Two groups never wait for each other.
"""

from collections.abc import Iterable, Sequence

from lazyopt.cost import node_flops
from lazyopt.ir import Node
from lazyopt.ops import BUILT_IN, OPERATOR_FORMS

__all__ = ["grouped", "seconds_of"]

#: Seconds that a call takes however little it does.
CALL = 2e-6
#: Of one operation in a product, of one elsewhere, of writing one byte. They
#: need not be right: they decide what is sent together, nothing else.
PRODUCT, OPERATION, BYTE = 1e-10, 1e-9, 2e-10
#: A grain, in units of work.
UNITS = 1 << 30
#: Groups of more grains than this are cut.
MOST = 4


def seconds_of(node: Node, grain: float) -> float:
    """Seconds that a call takes, about.

    Parameters
    ----------
    node : Node
    grain : float
        What is assumed of functions that nothing is known of.
    """
    op = node.op
    known = op in BUILT_IN or op is OPERATOR_FORMS.get(op.name)
    if not (known or op.region or op.elementwise):
        return grain
    rate = PRODUCT if op.contraction else OPERATION
    moved = sum(s.nbytes for s in node.specs if s.shape and s.dtype)
    return CALL + rate * node_flops(node) + BYTE * moved


def grouped(
    costs: Sequence[float], needs: Sequence[Sequence[int]], grain: float
) -> list[list[int]]:
    """Cut a schedule into groups of calls, each to be run by one task.

    Calls are put into bands by how early they could start if there were
    workers enough. What hangs together within a band is a group; small ones
    of a band are put together, and large ones cut in two by time. Results go
    to later bands, so that groups make no cycle. A call of a grain or more is
    a group of its own: others of its band may lead up to it, but nothing
    there waits for it.

    Parameters
    ----------
    costs : sequence of float
        Seconds of each call, more than 0, in the order of the schedule.
    needs : sequence of sequences of int
        The calls that each one needs.
    grain : float
        Seconds that a group should take at least.

    Returns
    -------
    list of lists of int
        The groups, each after those that it needs, and in each the calls in
        the order of the schedule.
    """
    # In whole numbers, for which sums and quotients are exact.
    work = [max(round(UNITS * cost / grain), 1) for cost in costs]
    starts = _earliest(work, needs)
    groups: list[list[int]] = []
    # The last is next; with each, whether it is a group already.
    parts = [(b, False) for b in reversed(_bands(starts))]
    while parts:
        members, done = parts.pop()
        if done:
            groups.append(members)
            continue
        finer, small = [], []
        light = [i for i in members if work[i] < UNITS]
        for one in _components(light, needs):
            if sum(work[i] for i in one) > MOST * UNITS:
                finer += [(h, False) for h in _halves(one, starts, work)]
            else:
                small.append(one)
        finer += [(g, True) for g in _packed(small, work)]
        finer += [([i], True) for i in members if work[i] >= UNITS]
        parts += reversed(finer)
    return groups


def _earliest(
    work: Sequence[int], needs: Sequence[Sequence[int]]
) -> list[int]:
    """When each call could start if it had only to wait for its operands."""
    starts: list[int] = []
    for mine in needs:
        starts.append(max((starts[j] + work[j] for j in mine), default=0))
    return starts


def _bands(starts: Sequence[int]) -> list[list[int]]:
    bands: dict[int, list[int]] = {}
    for i, start in enumerate(starts):
        bands.setdefault(start // UNITS, []).append(i)
    return [bands[b] for b in sorted(bands)]


def _halves(
    members: Sequence[int], starts: Sequence[int], work: Sequence[int]
) -> tuple[list[int], list[int]]:
    """What starts earlier and what later, of about the same cost.

    Calls that start at one time don't need each other, so that a group that
    is cut again and again falls into small ones.
    """
    order = sorted(members, key=lambda i: starts[i])
    left = sum(work[i] for i in members) / 2
    cut = first = starts[order[0]]
    for i in order:
        left -= work[i]
        if starts[i] > first:
            cut = starts[i]
            if left < 0:
                break
    return (
        [i for i in members if starts[i] < cut],
        [i for i in members if starts[i] >= cut],
    )


def _components(
    members: Sequence[int], needs: Sequence[Sequence[int]]
) -> list[list[int]]:
    """What hangs together, in the order of the first calls."""
    root = {i: i for i in members}

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    for i in members:
        for j in needs[i]:
            if j in root:
                a, b = find(i), find(j)
                root[max(a, b)] = min(a, b)
    found: dict[int, list[int]] = {}
    for i in members:
        found.setdefault(find(i), []).append(i)
    return list(found.values())


def _packed(
    groups: Iterable[list[int]], work: Sequence[int]
) -> list[list[int]]:
    """Groups that don't need each other, put together up to a grain."""
    packed: list[list[int]] = []
    room = 0
    for group in groups:
        cost = sum(work[i] for i in group)
        if packed and cost <= room:
            packed[-1] += group
            room -= cost
        else:
            packed.append(group)
            room = UNITS - cost
    return [sorted(group) for group in packed]
