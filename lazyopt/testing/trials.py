"""A graph with what to run it on, and what it gives."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lazyopt.errors import GraphError, VerificationError
from lazyopt.graph import Graph
from lazyopt.ir import Node, substitute
from lazyopt.ops import CONSTANT, INPUT
from lazyopt.testing.building import built
from lazyopt.testing.effects import bits
from lazyopt.testing.evaluating import given_to, outcome
from lazyopt.testing.operands import laid_out
from lazyopt.testing.outcomes import Judge, Outcome, compare, shared_pairs
from lazyopt.testing.programs import Program

__all__ = ["Trial", "copied", "graph_of"]


class Trial:
    """A graph with inputs, and what is to come out. Used inside `prepared`.

    Parameters
    ----------
    graph : Graph
        On NumPy.
    inputs : sequence of arrays
    expected : Outcome
    divide : str
        What happens on a division by zero.
    again : callable
        Makes the same graph of other nodes.

    Attributes
    ----------
    strict : bool
        Whether outputs that were views of an array may not be that array
        itself, and inputs in other layouts must do as well.
    """

    def __init__(
        self,
        graph: Graph,
        inputs: Sequence[Any],
        expected: Outcome,
        divide: str,
        again: Callable[[], Graph],
    ) -> None:
        self.graph = graph
        self.inputs = tuple(inputs)
        self.expected = expected
        self.divide = divide
        self.again = again
        self.strict = True
        constants = [n.args[0] for n in graph.nodes if n.op is CONSTANT]
        kept = [
            x
            for n, x in zip(graph.inputs, inputs, strict=True)
            if n not in graph.donated
        ]
        self.held = [
            x for x in (*kept, *constants) if isinstance(x, np.ndarray)
        ]
        self._state = self._states()

    @classmethod
    def of_program(
        cls, program: Program, graph: Graph | None = None
    ) -> "Trial":
        """A program's graph; eager NumPy says what is to come out."""
        made = graph_of(program) if graph is None else graph
        return cls(
            made,
            program.inputs,
            program.eager,
            program.divide,
            lambda: copied(made),
        )

    @classmethod
    def of_graph(
        cls, graph: Graph, inputs: Sequence[Any], divide: str = "ignore"
    ) -> "Trial":
        """Any graph; it says itself what is to come out.

        Raises
        ------
        GraphError
            If running it changes its inputs: then nothing can be said.
        """
        nothing = Outcome(None, [], [])
        made = cls(graph, inputs, nothing, divide, lambda: copied(graph))
        made.expected = made.run(graph)
        made.expected.structure = graph.out_tree
        if made.is_changed():
            raise GraphError("the graph writes into what it is given")
        return made

    def run(self, graph: Graph) -> Outcome:
        """What a graph gives on the same inputs."""
        return outcome(graph, given_to(graph, self.inputs), self.divide)

    def is_changed(self) -> bool:
        """Whether inputs or constants are not what they were."""
        return self._states() != self._state

    def put_back(self) -> None:
        """Give inputs and constants that were changed what they held."""
        for x, now, then in zip(
            self.held, self._states(), self._state, strict=True
        ):
            if now != then:
                (*_, data), writeable = then
                x.flags.writeable = True
                x[...] = np.frombuffer(data, x.dtype).reshape(x.shape)
                x.flags.writeable = writeable

    def _states(self) -> list[Any]:
        return [(bits(x), x.flags.writeable) for x in self.held]

    def relaid(self) -> "Trial | None":
        """The same graph on inputs in other layouts, if there are any.

        Raises
        ------
        GraphError
            If running it changes its inputs.
        """
        inputs = [_other_layout(x) for x in self.inputs]
        pairs = zip(inputs, self.inputs, strict=True)
        if all(new is old for new, old in pairs):
            return None
        other = Trial.of_graph(self.graph, inputs, self.divide)
        other.strict = self.strict
        return other

    def check(
        self,
        found: Outcome,
        reordered: bool = True,
        judge: Judge | None = None,
    ) -> None:
        """Raise a VerificationError unless a run gave what it should.

        Parameters
        ----------
        found : Outcome
            Flat: that its structure is right is seen on the graph.
        reordered : bool
            Whether calls may be made in another order.
        judge : callable, optional
            Asked about outputs whose bits differ.
        """
        if self.is_changed():
            raise VerificationError("inputs or constants were changed")
        found.structure = self.expected.structure
        compare(
            self.expected,
            found,
            self.held,
            reordered=reordered,
            judge=judge,
            strict=self.strict,
        )

    def check_apart(self, one: Outcome, other: Outcome) -> None:
        """Check that what two runs gave shares no memory.

        Unless it is an input or a constant that is returned.
        """
        n = len(one.leaves)
        for i, j in shared_pairs([*one.leaves, *other.leaves], n):
            if i < n and not self._is_given(j - n):
                raise VerificationError(
                    f"output {j - n} is the same memory in two calls"
                )

    def _is_given(self, i: int) -> bool:
        arrays = [*self.held, self.expected.leaves[i]]
        return bool(shared_pairs(arrays, len(self.held)))


def _other_layout(x: Any) -> Any:
    """An array in Fortran's order or with gaps; in C's if it was not."""
    if not isinstance(x, np.ndarray) or not x.ndim or not x.size:
        return x
    if not x.flags.c_contiguous:
        return x.copy(order="C")
    if x.ndim > 1:
        return x.copy(order="F")
    return laid_out(x, (2 * x.itemsize,))


def graph_of(program: Program) -> Graph:
    """A program's graph, its inputs given away if it does that."""
    graph = built(program)
    return graph.donate() if program.donates else graph


def copied(graph: Graph) -> Graph:
    """The same graph, of nodes of its own."""
    new: dict[Node, Node] = {}
    for node in graph.nodes:
        if node.op is INPUT or node.op is CONSTANT:
            args, kwargs = node.args, node._kwargs
        else:
            args = tuple([substitute(a, new) for a in node.args])
            kwargs = {k: substitute(v, new) for k, v in node._kwargs.items()}
        new[node] = Node(
            node.op, args, kwargs, node.specs, node.source, node._inferred
        )
    return Graph(
        new.values(),
        [new[n] for n in graph.inputs],
        [new[n] for n in graph.outputs],
        graph.in_tree,
        graph.out_tree,
        backend=graph.backend,
        bound=graph.bound,
        history=graph.history,
        parameters=graph.parameters,
        donated=frozenset(new[n] for n in graph.donated),
        donors={new[n]: new[x] for n, x in graph.donors.items()},
    )
