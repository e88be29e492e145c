"""Graphs with calls repeated until they stay below a limit."""

from collections.abc import Iterator

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import ITEM
from lazyopt.ordering import is_step, peak_bytes, problem_of
from lazyopt.recompute.calls import calls_of
from lazyopt.recompute.rebuild import rebuilt
from lazyopt.recompute.sequences import Patience, best_sequence
from lazyopt.reusing import reusing
from lazyopt.schedule import best_order

__all__ = ["remade", "smallest_call", "why_kept"]

#: How often what was made is looked at again, as a graph like any other.
ROUNDS = 3
#: Limits that are tried above one that can't be reached, and the nodes that
#: there may be for that.
BETWEEN, SEARCHED = 4, 3_000
#: How many times as many nodes there may be before that is left.
LONGER = 4
#: So many runs, and so many more for each call, are enough: what isn't found
#: by then is hardly ever found.
ENOUGH, EACH = 60_000, 40
#: Up to so many steps a graph is ordered again.
ORDERED = 30_000


def remade(graph: Graph, limit: int, runs: int) -> tuple[Graph, str]:
    """The graph with calls repeated for a peak below a limit.

    Parameters
    ----------
    graph : Graph
        Where it has donors, so has the result.
    limit : int
        Bytes beyond what is resident.
    runs : int
        Calls in all sequences that are tried.

    Returns
    -------
    graph : Graph
        The cheapest within the limit that is found. If there is none, the
        one with the lowest peak, which may be the graph given.
    method : str
        What found it.
    """
    ordered = _ordered(graph)
    best, method = ordered, "another order"
    if peak_bytes(ordered) <= limit:
        return best, method
    # Lower than what one call needs it can't be, and there it is done.
    limit = max(limit, smallest_call(graph)[0])
    patience = Patience(min(runs, ENOUGH + EACH * len(graph)))
    for base, inner, in_place in _tries(graph, ordered, limit):
        if inner > limit >= peak_bytes(best) or patience.left < 0:
            break
        found, how = _repeated(base, inner, limit, in_place, patience)
        if _rank(found, limit) < _rank(best, limit):
            best, method = found, how
    return best, method


def _tries(
    graph: Graph, ordered: Graph, limit: int
) -> Iterator[tuple[Graph, int, bool]]:
    """Graphs to begin with, limits to keep to, whether to count on donors.

    If a limit can't be reached, a higher one may still lead to it: what goes
    wrong at too low a limit may go well above it.
    """
    for base in dict.fromkeys((graph, ordered)):
        yield base, limit, True
    if len(graph) > SEARCHED:
        return
    low = max(limit, smallest_call(graph)[0])
    for i in range(1, BETWEEN):
        inner = low + (peak_bytes(ordered) - low) * i // BETWEEN
        yield ordered, inner, True
        if graph.donors:
            yield ordered, inner, False


def _rank(graph: Graph, limit: int) -> tuple[int, int]:
    return max(peak_bytes(graph) - limit, 0), graph.flops


def _repeated(
    graph: Graph, inner: int, limit: int, in_place: bool, patience: Patience
) -> tuple[Graph, str]:
    """Repeat calls in rounds, each on what the last one made."""
    donors = bool(graph.donors)
    best, method = graph, "as given"
    last = graph
    current = graph.replace(donors={}) if donors else graph
    for _ in range(ROUNDS):
        calls = calls_of(current, donors and in_place)
        found = best_sequence(calls, inner, patience)
        made = rebuilt(current, calls, found.sequence)
        made = reusing(made) if donors else made
        if peak_bytes(made) >= peak_bytes(last):
            break
        for one in (made, _ordered(made, limit)):
            if _rank(one, limit) < _rank(best, limit):
                best, method = one, found.method
        last, current = made, made.replace(donors={}) if donors else made
        if peak_bytes(last) <= inner or len(last) > LONGER * len(graph):
            break
        if patience.left < 0:
            break
    return best, method


def _ordered(graph: Graph, limit: int = 0) -> Graph:
    """The graph in a better order, if there is a quick way to one."""
    from lazyopt.passes.reorder import scheduled

    donors = bool(graph.donors)
    plain = graph.replace(donors={}) if donors else graph
    problem, steps, _ = problem_of(plain)
    if peak_bytes(graph) <= limit or len(steps) > ORDERED:
        return graph
    order = best_order(problem, "fast").order
    if list(order) == list(range(len(steps))):
        return graph
    result = plain.replace(nodes=scheduled(plain, [steps[i] for i in order]))
    result = reusing(result) if donors else result
    return result if peak_bytes(result) < peak_bytes(graph) else graph


def smallest_call(graph: Graph) -> tuple[int, Node | None]:
    """Bytes that no sequence of a graph's calls can do without, and why.

    Returns
    -------
    nbytes : int
        What all outputs take at the end, or one call with its operands.
    node : Node or None
        That call; None if it is the outputs.
    """
    calls = calls_of(graph.replace(donors={}), bool(graph.donors))
    sizes = calls.sizes
    least, at = sum([sizes[s] for s in calls.kept]), None
    for v, node in enumerate(calls.nodes):
        held = {*calls.produces[v], *calls.reads[v]}
        needed = sum([sizes[s] for s in held]) + calls.workspace[v]
        needed -= max([sizes[s] for s in calls.fits[v]], default=0)
        if needed > least:
            least, at = needed, node
    return least, at


def why_kept(graph: Graph) -> Iterator[tuple[Node, str]]:
    """What is live at the peak and wasn't made again, with the reason."""
    m = graph.memory
    if m.peak_step is None:
        return
    reads = set(m.peak_step.operands)
    outputs = {n.args[0] if n.op is ITEM else n for n in graph.outputs}
    for held in m.live_at_peak:
        node = held.node
        if node is m.peak_step:
            yield node, f"it runs at the peak and needs {held.nbytes:,} B"
        elif node in reads:
            yield node, "it is read at the peak"
        elif not is_step(node):
            yield node, "it is given, and can't be made again"
        elif not node.op.is_pure:
            yield node, "it has an effect, and runs once"
        elif node in outputs:
            yield node, "it is returned"
