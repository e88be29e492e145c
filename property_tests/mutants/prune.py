"""`prune` that drops too much, or not what it should."""

from collections.abc import Iterable

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, ITEM
from lazyopt.passes import Prune

from .spoiling import Pass

__all__ = ["MUTANTS"]

ALL = ("random", "writes", "opaque")


def pruned(
    graph: Graph,
    wanted: Iterable[Node],
    effects: tuple[str, ...] = ALL,
    of_effects: bool = True,
) -> Graph:
    """What is wanted, with calls of some effects and what they read."""
    needed = {*wanted}
    for node in reversed(graph.nodes):
        if node in needed:
            needed.update(node.operands)
        elif node.op.effect in effects:
            needed.add(node)
            if of_effects:
                needed.update(node.operands)
    if len(needed) == len(graph.nodes):
        return graph
    return graph.replace([n for n in graph.nodes if n in needed])


def without(effect: str) -> Pass:
    """Calls with this effect are dropped as if they were pure."""

    def prune(graph: Graph) -> Graph:
        wanted = (*graph.outputs, *graph.inputs)
        left = tuple(e for e in ALL if e != effect)
        return pruned(graph, wanted, left)

    return prune


def inputs_too(graph: Graph) -> Graph:
    """Inputs that nothing reads go as well."""
    return pruned(graph, graph.outputs)


def what_effects_read(graph: Graph) -> Graph:
    """Calls with effects stay, what they read goes."""
    wanted = (*graph.outputs, *graph.inputs)
    return pruned(graph, wanted, of_effects=False)


def only_sinks(graph: Graph) -> Graph:
    """Outputs that something else reads are taken for intermediates."""
    sinks = [n for n in graph.outputs if not graph.users(n)]
    return pruned(graph, (*sinks, *graph.inputs))


def constants_too(graph: Graph) -> Graph:
    """Constants that are returned as they are go."""
    wanted = [n for n in graph.outputs if n.op is not CONSTANT]
    return pruned(graph, (*wanted, *graph.inputs))


def equal_outputs(graph: Graph) -> Graph:
    """Return the first output wherever one looks the same."""
    first: dict[object, Node] = {}
    outputs = [first.setdefault(n.specs, n) for n in graph.outputs]
    if tuple(outputs) == graph.outputs:
        return Prune()(graph)
    return Prune()(graph.replace(outputs=outputs))


def once_each(graph: Graph) -> Graph:
    """Outputs that repeat are returned once."""
    outputs = list(dict.fromkeys(graph.outputs))
    if len(outputs) == len(graph.outputs):
        return Prune()(graph)
    return Prune()(graph.replace(outputs=outputs))


def in_order(graph: Graph) -> Graph:
    """Outputs are put in the order in which they are computed."""
    outputs = sorted(graph.outputs, key=graph.number)
    if tuple(outputs) == graph.outputs:
        return Prune()(graph)
    return Prune()(graph.replace(outputs=outputs))


def other_results(graph: Graph) -> Graph:
    """Of several results, the first is taken for all that are not used."""
    used = {n for n in graph.nodes if graph.users(n)} | set(graph.outputs)
    gone = {n for n in graph.nodes if n.op is ITEM and n not in used}
    gone |= {n for n in graph.nodes if n.op.multi and gone}
    if not gone:
        return graph
    return graph.replace([n for n in graph.nodes if n not in gone])


def always_new(graph: Graph) -> Graph:
    """Return another graph even if nothing was dead."""
    after = Prune()(graph)
    return graph.replace(nodes=graph.nodes) if after is graph else after


MUTANTS: dict[str, Pass] = {
    "calls that write are dropped": without("writes"),
    "unknown calls are dropped": without("opaque"),
    "random draws are dropped": without("random"),
    "inputs are dropped": inputs_too,
    "what calls with effects read is dropped": what_effects_read,
    "outputs that are read are dropped": only_sinks,
    "constants that are returned are dropped": constants_too,
    "outputs that look the same are one": equal_outputs,
    "outputs that repeat are one": once_each,
    "outputs come in another order": in_order,
    "a call goes with one of its results": other_results,
    "nothing was dead, and yet another graph": always_new,
}
