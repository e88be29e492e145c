"""A process that gets one program ready by one peer, and runs it on demand.

    python -m benchmarks.worker PEER PROGRAM SMALL FD

Libraries don't share a process, so that what one imports, keeps or sets up
weighs on no other. The other end of the connection sends how often to run the
program, or `PEAK`, and gets seconds or bytes.
"""

import gc
import os
import sys
import time
import traceback
import tracemalloc
from multiprocessing.connection import Connection
from typing import Any

__all__ = ["PEAK", "main"]

PEAK = "peak"
"""Asks for the most bytes that a call allocates."""


def main(peer: str, program: str, small: bool, connection: Connection) -> None:
    """Say how getting ready went, then answer until the other end hangs up."""
    # All of these are part of what every peer runs on.
    import autoray
    import numpy as np

    from benchmarks.peers import PEERS
    from benchmarks.timed import TIMED

    case = TIMED[program].small if small else TIMED[program].make
    fn, args = case()
    start = spent(small_steps=False)
    try:
        ready = PEERS[peer].ready(fn, args)
        found = ready.call()
    except Exception as error:
        traceback.print_exc()
        connection.send(("refused", f"{type(error).__name__}: {error}"))
        return
    seconds = spent(small_steps=False) - start
    results = [np.asarray(x) for x in autoray.tree_iter(found)]
    del found
    connection.send(("ready", seconds, results))
    del results
    gc.collect()
    while True:
        try:
            asked = connection.recv()
        except EOFError:
            return
        if asked != PEAK:
            connection.send(timed(ready.call, asked))
        elif PEERS[peer].measured:
            connection.send(measured(ready.call))
        else:
            connection.send(ready.allocates)


def timed(call: Any, count: int) -> float:
    """Seconds of a call, of so many."""
    start = spent()
    for _ in range(count):
        call()
    return (spent() - start) / count


def spent(small_steps: bool = True) -> float:
    """Seconds that this process has run, on however many CPUs it may.

    On one CPU that is its CPU time, so that what else runs there doesn't
    count. With ``small_steps`` processes that it started are left out.
    """
    from benchmarks.peers import cpus

    if cpus() > 1:
        return time.perf_counter()
    return time.process_time() if small_steps else sum(os.times()[:4])


def measured(call: Any) -> int:
    """The most bytes that a call holds at once, results included."""
    gc.collect()
    gc.disable()
    tracemalloc.start()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    result = call()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    gc.enable()
    del result
    return peak - held


if __name__ == "__main__":
    # What libraries print isn't meant for whoever reads the table.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    main(
        sys.argv[1],
        sys.argv[2],
        sys.argv[3] == "small",
        Connection(int(sys.argv[4])),
    )
