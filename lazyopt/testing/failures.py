"""The smallest graph on which something goes wrong, and how it is told."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from lazyopt.errors import (
    GraphError,
    InputError,
    LazyoptError,
    VerificationError,
)
from lazyopt.graph import Graph
from lazyopt.reducing import reduce
from lazyopt.testing.decoder import decoded
from lazyopt.testing.programs import Program
from lazyopt.testing.reducing import reduced
from lazyopt.testing.trials import Trial, graph_of

__all__ = ["Failure", "failure_of", "listing", "smallest_failure"]

#: Raises a VerificationError if something is wrong.
Check = Callable[[Trial], object]


@dataclass(frozen=True)
class Failure:
    """A graph on which something goes wrong.

    Attributes
    ----------
    graph : Graph
        Bound to the inputs it goes wrong on.
    divide : str
        What happens on a division by zero.
    what : str
        What is wrong.
    """

    graph: Graph
    divide: str
    what: str

    def text(self, apply: Callable[[Graph], Graph]) -> str:
        """The graph before and after, and its inputs."""
        lines = ["before:", listing(self.graph)]
        try:
            lines += ["", "after:", listing(apply(self.graph))]
        except LazyoptError:
            lines += ["", "after: nothing"]
        values = self.graph.bound or ()
        for node, value in zip(self.graph.inputs, values, strict=True):
            lines += ["", f"{node.args[0]} = {_shown(value)}"]
        return "\n".join(lines)


def listing(graph: Graph) -> str:
    """A graph's calls, without its heading."""
    return str(graph).partition("\n")[2]


def _shown(x: Any) -> str:
    with np.printoptions(threshold=24, edgeitems=2):
        text = repr(x)
    if np.ndim(x) and not x.flags.c_contiguous:
        text += f"  # strides {x.strides}"
    return text


def failure_of(check: Check, trial: Trial) -> VerificationError | None:
    """What a check finds wrong, or None; the arrays are as they were then."""
    try:
        check(trial)
    except VerificationError as error:
        return error.with_traceback(None)
    finally:
        trial.put_back()  # or a smaller graph would not fail any more
    return None


def _alike(a: VerificationError, b: VerificationError | None) -> bool:
    """Whether two failures break one promise."""
    return b is not None and (
        getattr(a, "promise", None) == getattr(b, "promise", None)
    )


def smallest_failure(
    codes: Sequence[int],
    first: VerificationError,
    check: Check,
    make: Callable[[Sequence[int]], Program] = decoded,
) -> Failure:
    """Reduce a program that fails a check. Used inside `prepared`.

    First instructions are left out, then nodes, for as long as it fails in
    the same way.

    Parameters
    ----------
    codes : sequence of int
        A program that fails.
    first : VerificationError
        How it fails.
    check : callable
    make : callable, optional
        From codes to the program.
    """

    def of_codes(less: Sequence[int]) -> VerificationError | None:
        return failure_of(check, Trial.of_program(make(less)))

    less = list(codes)
    if _alike(first, of_codes(less)):  # else it fails now and then
        less = reduced(less, lambda less: _alike(first, of_codes(less)))
    program = make(less)
    graph, divide = bound(graph_of(program), program.inputs), program.divide

    def of_graph(less: Graph) -> VerificationError | None:
        try:
            trial = Trial.of_graph(less, less.bound or (), divide)
        except GraphError:
            return None
        return failure_of(check, trial)

    with suppress(InputError):  # it fails as a program, but not as a graph
        graph = reduce(graph, lambda less: _alike(first, of_graph(less)))
    last = of_graph(graph) or of_codes(less) or first
    return Failure(graph, divide, str(last))


def bound(graph: Graph, values: Sequence[Any]) -> Graph:
    """The same graph, its inputs bound to values."""
    return Graph(
        graph.nodes,
        graph.inputs,
        graph.outputs,
        graph.in_tree,
        graph.out_tree,
        backend=graph.backend,
        bound=tuple(values),
        history=graph.history,
        parameters=graph.parameters,
        donated=graph.donated,
        donors=graph.donors,
    )
