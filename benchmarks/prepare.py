"""What preparing a graph costs, against autoray's own trace in the same run.

Two programs: Gram-Schmidt, where a quarter of the nodes are shared and all
others rewired, and a chain that is as deep as it has nodes. Each size runs in
a process of its own, so that its memory is its own.
"""

import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np
from autoray import lazy

import lazyopt as lo
from lazyopt.commands.programs import gram_schmidt

__all__ = ["main"]

SIZES = (10_000, 20_000, 100_000, 1_000_000)


def chain(x: Any, nodes: int) -> Any:
    """As many steps as asked for, each on the one before."""
    for _ in range(nodes // 2):
        x = x * 1.0000001 + 0.5
    return x


def program(name: str, nodes: int) -> Any:
    """The LazyArray of a program of about so many nodes."""
    if name == "chain":
        return chain(lazy.array(np.ones(3)), nodes)
    n = int((nodes / 2) ** 0.5)
    x = np.random.default_rng(0).normal(size=(n, n))
    return gram_schmidt(lazy.array(x))


def measure(name: str, nodes: int) -> None:
    """Time import and optimisation of one program, and print a row."""
    repeats = 5 if nodes <= 20_000 else 1
    rows = []
    for _ in range(repeats):
        start = time.perf_counter()
        outputs = program(name, nodes)
        traced = time.perf_counter()
        graph = lo.from_lazy(outputs)
        imported = time.perf_counter()
        better = lo.optimize(graph)
        ended = time.perf_counter()
        rows.append((traced - start, imported - traced, ended - imported))
    trace, load, optimise = np.median(rows, axis=0)
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{name:13}{len(graph):>10,}{len(better):>10,}{trace:>9.2f}"
        f"{load:>9.2f}{optimise:>9.2f}{(load + optimise) / trace:>8.1f}"
        f"{(load + optimise) / len(graph) * 1e6:>9.1f}{gib:>7.2f}",
        flush=True,
    )


def main() -> None:
    """Print a table over programs and sizes."""
    print(
        f"{'program':13}{'nodes':>10}{'after':>10}{'trace s':>9}"
        f"{'import s':>9}{'passes s':>9}{'ratio':>8}{'us/node':>9}"
        f"{'GiB':>7}"
    )
    for name in ("gram-schmidt", "chain"):
        for nodes in SIZES:
            subprocess.run(
                [sys.executable, "-m", "benchmarks.prepare", name, str(nodes)],
                check=True,
            )


if __name__ == "__main__":
    measure(sys.argv[1], int(sys.argv[2]))
