"""`optimize` and `optimized`: the library in one call."""

import functools
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace
from threading import Lock
from typing import Any, get_args

from lazyopt.errors import InputError, PassError
from lazyopt.execute import compiled
from lazyopt.graph import Graph
from lazyopt.keys import value_key
from lazyopt.memory import peak_bytes
from lazyopt.pipeline import Fixpoint, OnPass, Pipeline, Settings, Verify
from lazyopt.records import PassRecord
from lazyopt.specs import ArraySpec, spec_of
from lazyopt.tracing import gc_paused, is_input_leaf, trace
from lazyopt.tree import flatten

__all__ = ["DEFAULT_PASSES", "optimize", "optimized"]

#: What `optimize` applies unless told otherwise.
DEFAULT_PASSES = ("fold", "share", "prune", "reorder")


def optimize(
    graph: Any,
    passes: Iterable[Any] | None = None,
    *,
    inputs: Any = None,
    dtypes: Any = "float64",
    verify: Verify = "structure",
    fast_math: bool = False,
    on_pass: OnPass | None = None,
    peaks: bool = False,
) -> Graph:
    """Make a graph smaller, faster, and never hungrier for memory.

    Parameters
    ----------
    graph : Graph or pytree of autoray LazyArray
        LazyArrays are imported first, with ``inputs`` and ``dtypes``, as by
        `from_lazy`.
    passes : iterable, optional
        Names, instances, classes or functions, applied in this order.
        `DEFAULT_PASSES` by default.
    verify : {"structure", "equivalence", "off"}, optional
        What is checked after each pass: that the graph is well formed; also
        that it computes the same on random inputs; nothing.
    fast_math : bool, optional
        Whether passes that may change last bits are allowed.
    on_pass : callable, optional
        Called with the `PassRecord` of each pass as it ends, also of those
        whose result is given up for one with a lower peak.
    peaks : bool, optional
        Whether records tell the predicted peak before and after each pass.

    Returns
    -------
    Graph
        Computes the same. Its predicted peak is not above that of the graph
        given: merges that keep large values alive for too long are undone,
        and if passes of others raise it, the graph given comes back.

    Raises
    ------
    PassError
        If a pass is unknown, fails, or returns a broken graph.
    VerificationError
        With ``verify="equivalence"``, if one changes a result.
    """
    if not isinstance(graph, Graph):
        from lazyopt.from_lazy import from_lazy

        graph = from_lazy(graph, inputs, dtypes)
    elif inputs is not None:
        raise InputError(
            "inputs=... says what is given to LazyArrays; a Graph has its "
            "inputs already"
        )
    if verify not in get_args(Verify):
        known = ", ".join(map(repr, get_args(Verify)))
        raise PassError(f"verify={verify!r} isn't one of {known}")
    chosen = Pipeline(DEFAULT_PASSES if passes is None else passes)
    settings = Settings(verify, fast_math, on_pass, peaks)
    with gc_paused():
        limit = peak_bytes(graph)
        result = chosen.run(graph, settings)
        for max_bytes in _merge_limits(result, chosen):
            if peak_bytes(result) <= limit:
                break
            less = _sharing_at_most(chosen, max_bytes)
            result = less.run(graph, settings)
        if peak_bytes(result) <= limit:
            return result
        return _given_back(graph, result)


def _given_back(graph: Graph, result: Graph) -> Graph:
    """The graph given, with what was tried on record."""
    tried = result.history[len(graph.history) :]
    undone = PassRecord(
        f"undo: the peak would be {peak_bytes(result):,} bytes",
        len(result),
        len(graph),
        0.0,
        True,
    )
    return graph.replace(history=(*graph.history, *tried, undone))


def _merge_limits(graph: Graph, passes: Pipeline) -> list[int]:
    """Sizes of merged values to try, if merging is what raised the peak."""
    if peak_bytes(graph) == 0 or not _shares(passes):
        return []
    largest = max((s.nbytes for n in graph for s in n.specs), default=0)
    limits = []
    while largest > 0:
        largest //= 8
        limits.append(largest)
    return limits


def _is_share(item: Any) -> bool:
    return getattr(item, "name", None) == "share" and hasattr(
        item, "max_bytes"
    )


def _shares(item: Any) -> bool:
    if isinstance(item, Pipeline | Fixpoint):
        return any(map(_shares, item.passes))
    return _is_share(item)


def _sharing_at_most(item: Any, max_bytes: int) -> Any:
    if isinstance(item, Pipeline | Fixpoint):
        passes = [_sharing_at_most(p, max_bytes) for p in item.passes]
        if isinstance(item, Pipeline):
            return Pipeline(passes, item.name)
        return Fixpoint(passes, item.max_rounds)
    return replace(item, max_bytes=max_bytes) if _is_share(item) else item


#: Graphs that one decorated function keeps.
MAX_SIGNATURES = 64

#: Calls after which a graph is compiled: by then, compiling it at the first
#: would about have paid for itself.
COMPILE_AFTER = 20


def optimized(
    fn: Callable[..., Any] | None = None,
    *,
    passes: Iterable[Any] | None = None,
    **options: Any,
) -> Any:
    """Trace, optimise and run a function, with a graph per signature.

    Parameters
    ----------
    fn : callable
    passes, **options
        As for `optimize`.

    Returns
    -------
    callable
        Called as ``fn`` is. The first call with new shapes, dtypes or static
        arguments makes a graph, which is compiled after `COMPILE_AFTER`
        calls; the graphs of the last `MAX_SIGNATURES` are kept. ``fn``'s own
        Python effects happen while tracing only.
    """
    if fn is None:
        return functools.partial(optimized, passes=passes, **options)
    chosen = None if passes is None else tuple(passes)
    cache: OrderedDict[Any, _Entry] = OrderedDict()
    lock = Lock()

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        key = _signature(args, kwargs)
        with lock:
            entry = cache.get(key)
            if entry is not None:
                cache.move_to_end(key)
        if entry is None:
            graph = trace(fn, *args, **kwargs)
            entry = _Entry(optimize(graph, chosen, **options))
            with lock:
                cache[key] = entry
                if len(cache) > MAX_SIGNATURES:
                    cache.popitem(last=False)
        return entry.program()(*args, **kwargs)

    return call


class _Entry:
    """A graph, and its compiled form once it has been called often."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._calls = 0
        self._compiled: Callable[..., Any] | None = None

    def program(self) -> Callable[..., Any]:
        """What to call now. Counting a call too few in a race is harmless."""
        self._calls += 1
        if self._compiled is None and self._calls > COMPILE_AFTER:
            self._compiled = compiled(self._graph)
        return self._compiled or self._graph


def _signature(args: Any, kwargs: Any) -> Any:
    """What two calls that one graph serves have in common."""
    import autoray

    leaves, tree = flatten((args, kwargs), is_input_leaf)
    arrays = tuple(
        (autoray.infer_backend(x), spec_of(x))
        for x in leaves
        if not isinstance(x, ArraySpec)
    )
    return arrays, _tree_key(tree)


def _tree_key(tree: Any) -> Any:
    if tree.is_static:
        return value_key(tree.value)
    children = tuple(map(_tree_key, tree.children))
    return tree.type, value_key(tree.keys), children
