"""Which calls may write their result into an operand that dies there."""

import functools
from collections.abc import Mapping, Sequence

import numpy as np

from lazyopt.errors import GraphError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import BUILT_IN, CONSTANT, INPUT, ITEM, OPERATOR_FORMS, Op
from lazyopt.ops.in_place import FROZEN, WRITEABLE_VIEWS, in_place
from lazyopt.ordering import (
    plain_storages_of,
    problem_of,
    resident_storages,
)
from lazyopt.schedule.bounds import EXACT_STEPS
from lazyopt.schedule.overwriting import (
    overwriting_bound,
    overwriting_floor,
    that_may_be_last,
)
from lazyopt.storages import viewed_operand

__all__ = [
    "Values",
    "check_donors",
    "donors_bound",
    "donors_floor",
    "donors_in_order",
    "reusing",
]


class Values:
    """What is known of a graph's values, whatever they are written into.

    Attributes
    ----------
    of : dict
        For each node, the numbers of its results' storages.
    barred : set of int
        Storages that nothing may be written into.
    readers : dict
        For each storage, the calls that read it, in order.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        storages = plain_storages_of(graph)
        self.of, self.sizes, reach = (
            storages.of,
            storages.sizes,
            storages.reach,
        )
        self.barred = resident_storages(graph, storages)
        self.readers: dict[int, list[Node]] = {}
        of, readers = self.of, self.readers
        for node in graph.nodes:
            if node.op is ITEM:
                continue
            known = is_known(node.op)
            if not known:
                self.barred.update(reach[node])
            for operand in node.operands:
                for s in of[operand]:
                    found = readers.get(s)
                    if found is None:
                        readers[s] = [node]
                    elif found[-1] is not node:
                        found.append(node)
                if not known:
                    self.barred.update(reach[operand])
        for node in graph.outputs:
            self.barred.update(reach[node])

    def certain(self) -> dict[Node, Node]:
        """Donors in whatever order it is run: nothing else reads them."""
        of, readers = self.of, self.readers
        found: dict[Node, Node] = {}
        for node, fitting in self.candidates.items():
            for x in fitting:
                if len(readers[of[x][0]]) == 1:
                    found[node] = x
                    break
        return found

    def in_order(self) -> dict[Node, Node]:
        """Donors in the order that it has: nothing reads them later."""
        of, readers = self.of, self.readers
        found: dict[Node, Node] = {}
        for node, fitting in self.candidates.items():
            for x in fitting:
                if readers[of[x][0]][-1] is node:
                    found[node] = x
                    break
        return found

    def rows(
        self, steps: Sequence[Node], certain: Mapping[Node, Node]
    ) -> list[tuple[int, ...]]:
        """For each step, the storages that it could write into, or not.

        Steps whose donor is certain have no choice, and none in their row.
        """
        of, candidates = self.of, self.candidates
        return [
            tuple([of[x][0] for x in candidates[n]])
            if n in candidates and n not in certain
            else ()
            for n in steps
        ]

    @functools.cached_property
    def candidates(self) -> dict[Node, list[Node]]:
        """For calls that have any, the operands they could write into."""
        found: dict[Node, list[Node]] = {}
        for node in self.graph.nodes:
            fitting = self.fitting(node)
            if fitting:
                found[node] = fitting
        return found

    def fitting(self, node: Node) -> list[Node]:
        """Operands that a call could write into, if they died there."""
        if len(node.specs) != 1 or node._kwargs or in_place(node.op) is None:
            return []
        specs, operands, of = node.specs, node.operands, self.of
        spec = specs[0]
        if spec.kind != "array" or spec.shape is None or spec.dtype is None:
            return []
        # To NumPy, one element written into itself is a reduction, which
        # rounds otherwise for complex numbers.
        if spec.size < 2:
            return []
        for a in node.args:
            if type(a) is not Node and not is_number(a):
                return []
        found = []
        for x in operands:
            if x.specs is not specs and x.specs != specs:
                continue
            own = of[x]
            if own[0] in self.barred or self.sizes[own[0]] != spec.nbytes:
                continue
            for y in operands:
                if y is not x and of[y] == own:
                    break
            else:
                if is_writeable(x):
                    found.append(x)
        return found


def is_number(x: object) -> bool:
    """Whether a static argument is one that a ufunc takes."""
    return isinstance(x, int | float | complex | np.generic)


def is_known(op: Op) -> bool:
    """Whether an op keeps its operands to itself as its rules say."""
    return (
        op in BUILT_IN
        or op is OPERATOR_FORMS.get(op.name)
        or op.region is not None
        or op in (INPUT, CONSTANT, ITEM)
    )


def is_writeable(node: Node) -> bool:
    """Whether a value can be written to, and a view's base, too."""
    viewed = viewed_operand(node)
    while viewed is not None:
        if node.op.name not in WRITEABLE_VIEWS:
            return False
        node, viewed = viewed, viewed_operand(viewed)
    made_by = node.args[0] if node.op is ITEM else node
    if made_by is not node and viewed_operand(made_by) is not None:
        return False
    return made_by.op.name not in FROZEN


def donors_in_order(graph: Graph) -> dict[Node, Node]:
    """For calls that can write into an operand as they stand, that operand."""
    return Values(graph).in_order()


def reusing(graph: Graph) -> Graph:
    """The graph as it stands, with results written into operands."""
    return graph.replace(donors=donors_in_order(graph))


def donors_bound(
    graph: Graph, values: Values, certain: Mapping[Node, Node]
) -> tuple[int, bool]:
    """Bytes that no order can do without, whatever is written into what.

    Parameters
    ----------
    graph : Graph
        With the donors that are certain.
    values : Values
        Of it without them.
    certain : mapping
        These donors.

    Returns
    -------
    bound : int
    uncertain : bool
        Whether in some orders other calls have donors, too.
    """
    problem, steps, _ = problem_of(graph)
    rows = values.rows(steps, certain)
    if len(steps) <= EXACT_STEPS:
        number = {node: i for i, node in enumerate(steps)}
        readers = {
            s: [number[n] for n in values.readers[s]]
            for row in rows
            for s in row
        }
        rows = that_may_be_last(problem, rows, readers)
    return overwriting_bound(problem, rows), any(rows)


def donors_floor(graph: Graph, values: Values) -> int:
    """Bytes that some call needs for its operands and results at least.

    Parameters
    ----------
    graph : Graph
        Without donors.
    values : Values
        Of it.

    Returns
    -------
    int
        At most what `donors_bound` finds, and found at once.
    """
    problem, steps, _ = problem_of(graph)
    return overwriting_floor(problem, values.rows(steps, {}))


def check_donors(graph: Graph) -> None:
    """Check that no call overwrites what is still needed.

    Raises
    ------
    GraphError
        Naming the call that does.
    """
    if not graph.donors:
        return
    values = Values(graph)
    of, readers = values.of, values.readers
    inside = set(graph.nodes)
    for node, x in graph.donors.items():
        if node not in inside:
            raise GraphError(f"{node!r} has a donor, but isn't in the graph")
        if x not in values.fitting(node):
            raise GraphError(f"{node!r} can't be written into {x!r}")
        last = readers[of[x][0]][-1]
        if last is not node:
            raise GraphError(
                f"{node!r} would overwrite {x!r}, which {last!r} reads later"
            )
