"""`optimize` and `optimized`: the library in one call."""

import functools
import inspect
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from threading import Lock
from typing import Any, get_args

from lazyopt.errors import InputError, PassError
from lazyopt.execute import compiled
from lazyopt.graph import Graph
from lazyopt.keys import value_key
from lazyopt.merging import within_peak
from lazyopt.own_rules import verify_own_rules
from lazyopt.pipeline import OnPass, Pipeline, Settings, Verify
from lazyopt.specs import ArraySpec, spec_of
from lazyopt.tracer import Tracer
from lazyopt.tracing import is_input_leaf, trace
from lazyopt.tree import flatten

__all__ = ["DEFAULT_PASSES", "optimize", "optimized"]

#: What `optimize` applies unless told otherwise.
DEFAULT_PASSES = (
    "fold",
    "simplify",
    "share",
    "lower",
    "share",
    "prune",
    "reorder",
    "fuse",
    "reuse",
)


def _default_passes(fast_math: bool) -> tuple[str, ...]:
    """What is applied unless told otherwise."""
    if not fast_math:
        return DEFAULT_PASSES
    installed = find_spec("opt_einsum") is not None
    more = ("contract", "powers") if installed else ("powers",)
    merged = DEFAULT_PASSES.index("share") + 1
    return (*DEFAULT_PASSES[:merged], *more, *DEFAULT_PASSES[merged:])


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
    reproducer: str | os.PathLike[str] | None = None,
    memory_limit: int | str | None = None,
    spill_folder: str | os.PathLike[str] | None = None,
) -> Graph:
    """Make a graph smaller, faster, and never hungrier for memory.

    Parameters
    ----------
    graph : Graph or pytree of autoray LazyArray
        LazyArrays are imported first, with ``inputs`` and ``dtypes``, as by
        `from_lazy`.
    passes : iterable, optional
        Names, instances, classes or functions, applied in this order.
        `DEFAULT_PASSES` by default; with ``fast_math``, `powers` too, and
        `contract`, if its extra is installed.
    verify : {"structure", "equivalence", "off"}, optional
        What is checked after each pass: that the graph is well formed; also
        that it computes the same on random inputs, and before the first,
        that functions given to `register_op` return what was said; nothing.
    fast_math : bool, optional
        Whether passes that may change last bits are allowed, and used where
        none are named.
    on_pass : callable, optional
        Called with the `PassRecord` of each pass as it ends, also of those
        whose result is given up for one with a lower peak.
    peaks : bool, optional
        Whether records tell the predicted peak before and after each pass.
    reproducer : path, optional
        A folder. If something fails, a script that shows it again is written
        there, with the graph; a note on the error says where.
    memory_limit : int or str, optional
        Bytes that a run may allocate beyond inputs and constants, as a number
        or as in ``"2 GiB"``. Where the passes don't get there, it is reached
        by the cheapest means that do: writing results into operands, fusing,
        computing again, slicing, and, with ``spill_folder``, files. See
        `lazyopt.budget`.
    spill_folder : path, optional
        A folder for values that wait, on a disk with room. Without it nothing
        is written. Outputs that don't fit beside each other are returned as
        `numpy.memmap` of files that stay there.

    Returns
    -------
    Graph
        Computes the same. Its predicted peak is not above that of the graph
        given, or not above ``memory_limit`` if that is higher: what is merged
        and would be kept for too long is computed again, or not merged, and if
        passes of others raise it, the graph given comes back.

    Raises
    ------
    PassError
        If a pass is unknown, fails, or returns a broken graph; or if the
        memory limit can't be reached.
    VerificationError
        With ``verify="equivalence"``, if one changes a result.
    """
    if not isinstance(graph, Graph):
        from lazyopt.from_lazy import from_lazy

        if inspect.isroutine(graph):
            raise InputError(
                f"optimize takes a graph, not the function {graph!r}: record "
                "it with lazyopt.trace(fn, *arrays), or use it as "
                "lazyopt.optimized(fn)"
            )
        graph = from_lazy(graph, inputs, dtypes)
    elif inputs is not None:
        raise InputError(
            "inputs=... says what is given to LazyArrays; a Graph has its "
            "inputs already"
        )
    if verify not in get_args(Verify):
        known = ", ".join(map(repr, get_args(Verify)))
        raise PassError(f"verify={verify!r} isn't one of {known}")
    if passes is None:
        passes = _default_passes(fast_math)
    chosen = Pipeline(passes)
    settings = Settings(verify, fast_math, on_pass, peaks)
    if memory_limit is not None:
        from lazyopt.budget import limit_in_bytes, within_limit

        memory_limit = limit_in_bytes(memory_limit)
    try:
        if verify == "equivalence":
            verify_own_rules(graph)
        result = within_peak(graph, chosen, settings, memory_limit or 0)
        if memory_limit is None:
            return result
        return within_limit(result, memory_limit, settings, spill_folder)
    except Exception as error:
        if reproducer is not None:
            from lazyopt.reproducer import write_reproducer

            options = {"verify": verify, "fast_math": fast_math}
            path = write_reproducer(reproducer, graph, chosen, options, error)
            error.add_note(f"a script that shows it again: {path}")
        raise


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
            if _has_tracers(args, kwargs):
                return fn(*args, **kwargs)  # part of a program being traced
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


def _has_tracers(args: Any, kwargs: Any) -> bool:
    leaves, _ = flatten((args, kwargs), lambda x: isinstance(x, Tracer))
    return any(isinstance(x, Tracer) for x in leaves)


def _tree_key(tree: Any) -> Any:
    if tree.is_static:
        return value_key(tree.value)
    children = tuple(map(_tree_key, tree.children))
    return tree.type, value_key(tree.keys), children
