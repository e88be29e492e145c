"""Running passes: in order, checked, on record."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from lazyopt.errors import GraphError, PassError
from lazyopt.graph import Graph
from lazyopt.memory import peak_bytes
from lazyopt.records import PassRecord, recording
from lazyopt.registry import as_pass, name_of
from lazyopt.tracing import gc_paused
from lazyopt.verify import verify_equivalence, verify_structure

__all__ = ["Fixpoint", "Pipeline", "Settings", "apply_pass"]

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
        When called, if the cap is reached; it names the passes that still
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
        for _ in range(self.max_rounds):
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
        raise PassError(
            f"no fixpoint after {self.max_rounds} rounds: "
            f"{' and '.join(map(repr, changing))} still change the graph in "
            "every round. Either they undo each other, or a rule makes what "
            "it matches; raise max_rounds only if each round makes progress."
        )

    def __repr__(self) -> str:
        return f"Fixpoint({list(self.passes)!r}, {self.max_rounds})"


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
    with gc_paused(), recording() as notes:
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
    )
    if settings.verify == "equivalence" and result is not graph:
        verify_equivalence(graph, result, f"the pass {name!r}")
    result = result.replace(history=(*graph.history, record))
    if settings.on_pass is not None:
        settings.on_pass(record)
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
    except GraphError as error:
        raise PassError(
            f"the pass {name!r}{_after(before)} returned a broken graph: "
            f"{error}"
        ) from error


def _after(graph: Graph) -> str:
    names = [record.name for record in graph.history]
    return f", after {', '.join(names)}," if names else ""
