"""Random pipelines of the passes that come with the library."""

import dataclasses
import functools
import itertools
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from lazyopt.graph import Graph
from lazyopt.pipeline import Fixpoint, Settings, apply_pass
from lazyopt.registry import find_pass, pass_names
from lazyopt.testing.coverage import Coverage
from lazyopt.testing.instructions import bait_for
from lazyopt.testing.nearness import Nearness
from lazyopt.testing.outcomes import require
from lazyopt.testing.promises import (
    check_executed,
    check_relaid,
    effects_of,
    promise,
)
from lazyopt.testing.trials import Trial

__all__ = [
    "DIGITS",
    "baited",
    "check_pipeline",
    "is_exact",
    "own_passes",
    "passes_of",
]

#: Values to try for the options of a pass; the default stands among them.
OPTIONS: dict[str, dict[str, Sequence[Any]]] = {
    "fuse": {"least": (0, 0, 8, 1 << 16)},
    "fold": {"max_growth": ("1 MiB", "1 MiB", 0, 64, 400)},
    "share": {"max_bytes": (None, None, None, 40, 200)},
    "reorder": {"effort": ("fast", "fast", "fast", "default")},
    "reuse": {"effort": ("fast", "fast", "fast", "default")},
    "rematerialise": {"limit": (6_200, 0, 6_200)},
    "slice": {"limit": (0, 0, 100, 400)},
    "spill": {"limit": (0, 0, 100, 400)},
}
#: How often a pass is drawn; `USUAL` for those that aren't here. Most of these
#: search, or compile, which takes many times as long as all else.
WEIGHTS = {
    "contract": 4,
    "fuse": 6,
    "lower": 24,
    "powers": 4,
    "rematerialise": 1,
    "reorder": 4,
    "reuse": 4,
    "slice": 4,
    "spill": 4,
}
USUAL = 120
#: Those drawn less often than this search.
RARE = 20
#: One pass in so many is a fixpoint of several.
FIXPOINTS = 12
#: Instructions of programs for passes that search: what they take grows fast.
FEW = 4
#: How many whole numbers a pipeline and its bait are drawn with.
DIGITS = 5


def own_passes() -> tuple[str, ...]:
    """Names of the passes that come with the library.

    But for those that need a package that isn't installed.
    """
    missing = set() if find_spec("opt_einsum") else {"contract"}
    return tuple(
        name
        for name in pass_names()
        if type(find_pass(name)).__module__.startswith("lazyopt.passes.")
        and name not in missing
    )


def is_exact(passes: Sequence[Any]) -> bool:
    """Whether all of them keep every bit."""
    return all(getattr(item, "exact", True) for item in passes)


def passes_of(digits: Sequence[int], names: tuple[str, ...]) -> list[Any]:
    """One to three passes, two on average, with options of all kinds.

    Parameters
    ----------
    digits : sequence of int
        Four whole numbers.
    names : tuple of str
        Of which to draw.
    """
    pool = _pool(names)
    count = (1, 2, 2, 3)[digits[3] % 4]
    return [pool[digit % len(pool)] for digit in digits[:count]]


def baited(codes: list[int], passes: Sequence[Any], digit: int) -> list[int]:
    """Codes of a program that passes find work in, every other time.

    For passes that search it is a short one.

    Parameters
    ----------
    codes : list of int
        Of a program at random.
    passes : sequence
    digit : int
        What to draw with.
    """
    names = [name for item in passes for name in _names(item)]
    searching = [n for n in names if WEIGHTS.get(n, USUAL) < RARE]
    if searching:
        names, codes = searching, codes[:FEW]
    digit, which = divmod(digit, 2 * len(names))
    bait = bait_for(names[which % len(names)], digit)
    return codes if bait is None or which < len(names) else [*codes, bait]


def _names(item: Any) -> Iterator[str]:
    """The pass's name; of a fixpoint, those of its passes."""
    for part in getattr(item, "passes", (item,)):
        yield getattr(part, "name", "")


@functools.cache
def _pool(names: tuple[str, ...]) -> list[Any]:
    """Passes, each as often as it is to be drawn."""
    single = [_variants(name) for name in names]
    pool = [item for many in single for item in many]
    cheap = [many[0] for many in single if many[0].name not in WEIGHTS]
    pairs = list(itertools.permutations(cheap or pool[:1], 2))
    count = len(pool) // (FIXPOINTS - 1) if pairs else 0
    # Far apart, for pairs of all passes.
    return pool + [Fixpoint(pairs[7 * i % len(pairs)]) for i in range(count)]


def _variants(name: str) -> list[Any]:
    """A pass with all its options, in all as often as its weight says."""
    default, options = find_pass(name), OPTIONS.get(name, {})
    items = [default] * (not options)
    for key, values in options.items():
        items += [dataclasses.replace(default, **{key: v}) for v in values]
    weight = WEIGHTS.get(name, USUAL)
    return list(itertools.islice(itertools.cycle(items), weight))


_SETTINGS = Settings(fast_math=True)


def needs_executor(graph: Graph) -> bool:
    """Whether only the executor runs a graph as it is meant.

    It alone writes in place, and regions have memory between calls.
    """
    return bool(graph.donors) or any(n.op.region for n in graph.nodes)


def check_pipeline(
    trial: Trial,
    passes: Sequence[Any],
    coverage: Coverage | None = None,
    executed: bool = False,
) -> Graph:
    """Apply passes one after the other, and check what comes out.

    Parameters
    ----------
    trial : Trial
    passes : sequence
        If they do not keep every bit, results may differ by rounding.
    coverage : Coverage, optional
        Where to count what was done.
    executed : bool, optional
        Whether the executor is to run the result, and not only where call by
        call is another thing; and whether inputs in other layouts are to be
        tried.

    Raises
    ------
    VerificationError
    """
    graph = trial.graph
    for item in passes:
        with promise("applies"):
            after = apply_pass(graph, item, _SETTINGS)
        if "nodes" in getattr(item, "never_grows", ()):
            _check_growth(graph, after)
        if coverage is not None:
            coverage.note_pass(graph, after)
        graph = after
    with promise("keeps its effects"):
        require(
            effects_of(graph) == effects_of(trial.graph),
            "calls with effects were added, dropped, or put in another order",
        )
    with promise("keeps what it computes"):
        _check_results(trial, graph, is_exact(passes), executed)
    return graph


def _check_growth(before: Graph, after: Graph) -> None:
    with promise("never grows"):
        require(
            len(after) <= len(before),
            f"{len(before)} nodes grew to {len(after)}",
        )


def _check_results(
    trial: Trial, graph: Graph, exact: bool, executed: bool
) -> None:
    judge = None
    if not exact:
        judge = Nearness(trial.graph, trial.inputs, trial.divide)
    if executed or needs_executor(graph):
        check_executed(trial, graph, judge=judge)
    else:
        trial.check(trial.run(graph), judge=judge)
    if executed and exact:
        check_relaid(trial, graph)
