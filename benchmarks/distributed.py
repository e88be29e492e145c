"""Gram-Schmidt on a cluster, by tasks of ours and by dask.array's.

    python -m benchmarks distributed [--size=N]

The cluster is of this machine's processes, with one thread each. dask.array
takes about a minute.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import lazyopt as lo
from lazyopt.commands.programs import gram_schmidt

__all__ = ["main", "timed"]


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of a call, and what it returns."""
    start = time.perf_counter()
    value = call()
    return time.perf_counter() - start, value


def main(options: Sequence[str] = ()) -> None:
    """Print a line for each step of both ways."""
    import dask.array
    from distributed import Client, LocalCluster

    parser = argparse.ArgumentParser(prog="python -m benchmarks distributed")
    parser.add_argument("--size", type=int, default=100)
    size = parser.parse_args(options).size
    x = np.random.default_rng(0).normal(size=(size, size))
    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    )
    with cluster, Client(cluster) as client:
        client.run(lambda: __import__("lazyopt"))
        traced, graph = timed(lambda: lo.trace(gram_schmidt, x))
        ran, ours = timed(lambda: graph.compute(x, scheduler=client))
        print(f"{len(graph):,} nodes on {len(client.nthreads())} workers")
        print(f"lazyopt     trace {traced:6.2f} s   compute {ran:6.2f} s")
        chunked = dask.array.from_array(x, chunks=-1)
        built, made = timed(lambda: gram_schmidt(chunked))
        computed, theirs = timed(made.compute)
        print(f"dask.array  build {built:6.2f} s   compute {computed:6.2f} s")
    np.testing.assert_allclose(ours, theirs, atol=1e-8)
    print(f"{(built + computed) / (traced + ran):.0f} times sooner")
