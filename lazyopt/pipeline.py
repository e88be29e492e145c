"""Running passes: in order, checked, on record."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from lazyopt.backends import inferring_on
from lazyopt.errors import GraphError, PassError
from lazyopt.graph import Graph
from lazyopt.ordering import peak_bytes
from lazyopt.records import PassRecord, recording
from lazyopt.registry import as_pass, name_of
from lazyopt.reusing import check_donors
from lazyopt.tracing import gc_paused
from lazyopt.verify import verify_equivalence, verify_structure

__all__ = ["Fixpoint", "Pipeline", "Settings", "apply_alone", "apply_pass"]

#: Rules that undo each other may double the nodes in each round, none of
#: them needed; what is meant to end has come to rest long before so many.
GROWTH, SLACK = 100, 10_000

Verify = Literal["off", "structure", "equivalence"]
OnPass = Callable[[PassRecord], None]


def _as_passes(passes: Iterable[Any]) -> tuple[Any, ...]:
    if isinstance(passes, str) or not isinstance(passes, Iterable):
        raise PassError(f"passes are given as a list: [{passes!r}]")
    return tuple(as_pass(p) for p in passes)


@dataclass(frozen=True)
class Settings:
    """How passes are run; see `optimize` for what each means."""

    verify: Verify = "structure"
    fast_math: bool = False
    on_pass: OnPass | None = None
    peaks: bool = False


class Pipeline:
    """Passes that run one after the other; itself a pass.

    Parameters
    ----------
    passes : iterable
        Names, instances, classes or functions.
    name : str, optional
    """

    exact = True

    def __init__(self, passes: Iterable[Any], name: str = "pipeline") -> None:
        self.passes = _as_passes(passes)
        self.name = name

    def __call__(self, graph: Graph) -> Graph:
        """Apply the passes, with structure verified in between."""
        return self.run(graph, Settings())

    def run(self, graph: Graph, settings: Settings) -> Graph:
        """Apply the passes with settings of one's own."""
        for item in self.passes:
            graph = apply_pass(graph, item, settings)
        return graph

    def __repr__(self) -> str:
        return f"Pipeline({list(self.passes)!r})"


class Fixpoint:
    """Repeat passes until none of them changes the graph; itself a pass.

    Parameters
    ----------
    passes : iterable
    max_rounds : int, optional
        An absolute cap, however large the graph is.

    Raises
    ------
    PassError
        When called, if the cap is reached, or the graph has grown to a
        hundred times its nodes and more; it names the passes that still
        change the graph, which undo each other.
    """

    exact = True

    def __init__(self, passes: Iterable[Any], max_rounds: int = 50) -> None:
        self.passes = _as_passes(passes)
        self.max_rounds = max_rounds
        self.name = "fixpoint"

    def __call__(self, graph: Graph) -> Graph:
        """Apply the passes in rounds until a round changes nothing."""
        return self.run(graph, Settings())

    def run(self, graph: Graph, settings: Settings) -> Graph:
        """Apply the passes with settings of one's own."""
        changing: list[str] = []
        given = graph
        for done in range(self.max_rounds):
            changing = []
            for item in self.passes:
                before = graph
                graph = apply_pass(graph, item, settings)
                if graph.nodes != before.nodes or (
                    graph.outputs != before.outputs
                ):
                    changing.append(name_of(item))
            if not changing:
                return graph
            if len(graph) > GROWTH * len(given) + SLACK:
                raise PassError(
                    f"no fixpoint: after {done + 1} rounds {len(given):,} "
                    f"nodes have become {len(graph):,}, and "
                    f"{_listed(changing)} still change the graph. Either they "
                    "undo each other, or a rule makes what it matches."
                )
        raise PassError(
            f"no fixpoint after {self.max_rounds} rounds: "
            f"{_listed(changing)} still change the graph in "
            "every round. Either they undo each other, or a rule makes what "
            "it matches; raise max_rounds only if each round makes progress."
        )

    def __repr__(self) -> str:
        return f"Fixpoint({list(self.passes)!r}, {self.max_rounds})"


def _listed(names: Iterable[str]) -> str:
    return " and ".join(map(repr, names))


def apply_pass(graph: Graph, item: Any, settings: Settings) -> Graph:
    """Apply one pass: checked before, verified after, on record.

    Raises
    ------
    PassError
        If it may not run here, fails, or returns no well-formed graph; the
        message names it and the passes before it.
    VerificationError
        With ``verify="equivalence"``, if the graph computes something else.
    """
    name = name_of(item)
    _check_allowed(graph, item, name, settings.fast_math)
    start = time.perf_counter()
    with gc_paused(), inferring_on(graph.backend), recording() as notes:
        if isinstance(item, Pipeline | Fixpoint):
            return item.run(graph, settings)
        result = _called(graph, item, name)
        if result is not graph and settings.verify != "off":
            _check_structure(graph, result, name)
    record = PassRecord(
        name,
        len(graph),
        len(result),
        time.perf_counter() - start,
        result is not graph,
        notes.rewrites,
        tuple(notes.skips),
        (peak_bytes(graph), peak_bytes(result)) if settings.peaks else None,
        tuple(notes.remarks),
    )
    if settings.verify == "equivalence" and result is not graph:
        verify_equivalence(graph, result, f"the pass {name!r}")
    result = result.replace(history=(*graph.history, record))
    if settings.on_pass is not None:
        settings.on_pass(record)
    return result


def apply_alone(graph: Graph, item: Any) -> Graph:
    """Apply one pass, its result checked, with nothing put on record.

    Raises
    ------
    PassError
        If it fails, or returns no well-formed graph.
    """
    if isinstance(item, Pipeline | Fixpoint):
        return item.run(graph, Settings(fast_math=True))
    name = name_of(item)
    with gc_paused(), inferring_on(graph.backend):
        result = _called(graph, item, name)
        if result is not graph:
            _check_structure(graph, result, name)
    return result


def _check_allowed(
    graph: Graph, item: Any, name: str, fast_math: bool
) -> None:
    if not getattr(item, "exact", True) and not fast_math:
        raise PassError(
            f"the pass {name!r} may change last bits; allow it with "
            "optimize(..., fast_math=True), or leave it out"
        )
    done = {record.name for record in graph.history}
    missing = [r for r in getattr(item, "requires", ()) if r not in done]
    if missing:
        raise PassError(
            f"the pass {name!r} requires {', '.join(map(repr, missing))} to "
            "run before it; put it earlier in passes=[...]"
        )


def _called(graph: Graph, item: Any, name: str) -> Graph:
    try:
        result = item(graph)
    except PassError:
        raise
    except Exception as error:
        raise PassError(
            f"the pass {name!r}{_after(graph)} failed on {graph!r} with "
            f"{type(error).__name__}: {error}"
        ) from error
    if not isinstance(result, Graph):
        raise PassError(
            f"the pass {name!r}{_after(graph)} returned "
            f"{type(result).__name__} and not a Graph; return "
            "graph.replace(nodes=...), or the graph itself if nothing changed"
        )
    return result


def _check_structure(before: Graph, after: Graph, name: str) -> None:
    try:
        if after.inputs != before.inputs:
            raise GraphError("the inputs are not those of the graph given")
        expected = [n.specs for n in before.outputs]
        found = [n.specs for n in after.outputs]
        if found != expected:
            raise GraphError(
                f"the outputs are {found}, and were {expected} before"
            )
        verify_structure(after, frozenset(before.nodes))
        check_donors(after)
    except Exception as error:
        # NumPy's own errors are those of operands that don't fit.
        own = isinstance(error, GraphError)
        raise PassError(
            f"the pass {name!r}{_after(before)} returned a broken graph: "
            + (str(error) if own else f"{type(error).__name__}: {error}")
        ) from error


def _after(graph: Graph) -> str:
    names = [record.name for record in graph.history]
    return f", after {', '.join(names)}," if names else ""
