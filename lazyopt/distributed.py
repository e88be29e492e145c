"""Programs on dask: spread over processes or machines.

A graph is given to dask as tasks that each hold a part of it: see
`lazyopt.tasks`. Dask's own arrays go through dask's own functions, chunk by
chunk.
"""

from typing import Any

try:
    import dask
    import dask.array
except ImportError as error:
    raise ImportError(
        "this needs the extra 'dask': pip install 'autoray-lazyopt[dask]'"
    ) from error

from lazyopt.errors import GraphError
from lazyopt.graph import Graph
from lazyopt.inputs import take_inputs
from lazyopt.ops import CONSTANT, INPUT
from lazyopt.tasks import Tasks
from lazyopt.tracer import is_array
from lazyopt.tree import flatten

__all__ = ["compute", "to_dask"]


def to_dask(
    graph: Graph, args: tuple[Any, ...] = (), kwargs: Any = None
) -> Any:
    """The program on these arrays, for dask to compute.

    Parameters
    ----------
    graph : Graph
    args : tuple
    kwargs : dict, optional
        Arrays as the graph is called with.

    Returns
    -------
    pytree of dask.delayed.Delayed
        In the outputs' structure; of dask arrays if one was given.

    Raises
    ------
    GraphError
        If a call has an effect, or dask arrays are given and dask.array
        lacks a function.
    InputError
        As when the graph is called.
    """
    kwargs = kwargs or {}
    if graph.backend == "dask" or _holds_chunks((args, kwargs)):
        return _by_chunks(graph, args, kwargs)
    values = take_inputs(graph, args, kwargs)
    return Tasks(graph, values).delayed()


def compute(
    graph: Graph, args: tuple[Any, ...], kwargs: Any, scheduler: Any = None
) -> Any:
    """Run a graph by one of dask's schedulers.

    Parameters
    ----------
    graph : Graph
    args, kwargs
        Arrays as the graph is called with.
    scheduler : distributed.Client or str, optional
        A client of a cluster, or what ``dask.compute`` takes: ``"threads"``,
        ``"processes"``, ``"synchronous"``. A client is first sent what is
        large, to each of its workers.

    Returns
    -------
    pytree of arrays
        In the outputs' structure.

    Raises
    ------
    GraphError, InputError
        As for `to_dask`.
    """
    if not hasattr(scheduler, "scatter"):
        made = to_dask(graph, args, kwargs)
        return dask.compute(made, scheduler=scheduler)[0]
    if graph.backend == "dask" or _holds_chunks((args, kwargs)):
        made = _by_chunks(graph, args, kwargs)
        return scheduler.gather(scheduler.compute(made))
    tasks = Tasks(graph, take_inputs(graph, args, kwargs))
    # A worker that dies takes along what only it holds; all hold these.
    large = tasks.take_large()
    futures = scheduler.scatter(large, broadcast=True) if large else {}
    leaves = scheduler.gather(scheduler.compute(tasks.leaves()))
    del futures
    return graph.out_tree.unflatten(iter(leaves))


# ------------------------------------------------------------ dask's arrays


def _is_chunked(x: Any) -> bool:
    return isinstance(x, dask.array.Array)


def _holds_chunks(x: Any) -> bool:
    return bool(flatten(x, _is_chunked)[0])


def _by_chunks(graph: Graph, args: Any, kwargs: Any) -> Any:
    """The program by dask's own functions, which go chunk by chunk.

    Raises
    ------
    GraphError
        If dask.array lacks one.
    """
    moved = graph.on("dask")
    lacking: dict[str, None] = {}
    for node in moved.nodes:
        try:
            if node.op not in (INPUT, CONSTANT):
                node.op.implementation("dask")
        except (ImportError, AttributeError):
            where = f" (at {node.source})" if node.source else ""
            lacking[f"{node.op.name}{where}"] = None
    if lacking:
        names = list(lacking)
        more = f" and {len(names) - 4} more" * (len(names) > 4)
        raise GraphError(
            f"this can't go chunk by chunk: dask.array has no "
            f"{', '.join(names[:4])}{more}. Give the arrays whole, as "
            "x.compute(), and the calls are spread over the workers instead."
        )
    leaves, tree = flatten((args, kwargs), is_array)
    args, kwargs = tree.unflatten(map(dask.array.asarray, leaves))
    return moved(*args, **kwargs)
