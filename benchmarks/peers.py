"""Ways to run a program: ours, and what people use instead.

Each is a function of a program and its arguments. It imports its library,
gets the program ready and returns what calls it. What a peer can't run it
refuses by an error of its own.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import autoray

__all__ = ["PEERS", "Peer", "Ready", "cpus"]


@dataclass(frozen=True)
class Ready:
    """A program that is ready.

    Attributes
    ----------
    call : callable
        Runs it once, and waits for the result.
    allocates : int or None
        Bytes that a call allocates, outputs included, as the library itself
        reckons, where NumPy's allocations don't tell.
    """

    call: Callable[[], Any]
    allocates: int | None = None


@dataclass(frozen=True)
class Peer:
    """A way to run programs.

    Attributes
    ----------
    ready : callable
        Makes a program `Ready`.
    needs : str or None
        The package that has to be installed.
    exact : bool
        Whether results are to be those of eager to the bit.
    measured : bool
        Whether it allocates by NumPy, so that a run can be measured.
    """

    ready: Callable[[Callable[..., Any], tuple[Any, ...]], Ready]
    needs: str | None = None
    exact: bool = False
    measured: bool = True


def cpus() -> int:
    """How many CPUs this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def eager(fn: Callable[..., Any], args: tuple[Any, ...]) -> Ready:
    """NumPy, called by autoray."""
    return Ready(lambda: fn(*args))


def lazyopt(fn: Callable[..., Any], args: tuple[Any, ...]) -> Ready:
    """Ours, with the passes that are the default."""
    import lazyopt as lo

    compiled = lo.optimize(lo.trace(fn, *args)).compile()
    return Ready(lambda: compiled(*args))


def fast_math(fn: Callable[..., Any], args: tuple[Any, ...]) -> Ready:
    """Ours, with passes that may change last bits."""
    import lazyopt as lo

    better = lo.optimize(lo.trace(fn, *args), fast_math=True)
    compiled = better.compile()
    return Ready(lambda: compiled(*args))


def function(fn: Callable[..., Any], args: tuple[Any, ...]) -> Ready:
    """Autoray's own graphs, compiled by autoray."""
    from autoray import lazy

    leaves = autoray.tree_map(lazy.array, args)
    compiled = lazy.Function(list(autoray.tree_iter(leaves)), fn(*leaves))
    given = list(autoray.tree_iter(args))
    return Ready(lambda: compiled(given))


def jax(fn: Callable[..., Any], args: tuple[Any, ...]) -> Ready:
    """``jax.jit`` in double precision."""
    import jax
    import jax.numpy

    jax.config.update("jax_enable_x64", True)
    given = autoray.tree_map(jax.numpy.asarray, args)
    compiled = jax.jit(fn).lower(*given).compile()
    memory = compiled.memory_analysis()
    return Ready(
        lambda: jax.block_until_ready(compiled(*given)),
        memory.temp_size_in_bytes + memory.output_size_in_bytes,
    )


def torch(fn: Callable[..., Any], args: tuple[Any, ...]) -> Ready:
    """``torch.compile``, which writes and compiles C++."""
    import torch
    import torch._dynamo

    torch.set_num_threads(cpus())
    given = autoray.tree_map(torch.as_tensor, args)
    with torch.no_grad():
        fn(*given)  # autoray looks up what it calls for torch
    # The compiler takes the bytecode of autoray's own wrappers for what it
    # isn't, so it is told to call them, and sees what they call.
    for (library, _), wrapper in list(autoray.autoray._FUNCS.items()):
        if library == "torch" and isinstance(wrapper, FunctionType):
            torch._dynamo.allow_in_graph(wrapper)
    compiled = torch.compile(lambda *args: fn(*args))
    with torch.no_grad():
        compiled(*given)

    def call() -> Any:
        with torch.no_grad():
            return compiled(*given)

    return Ready(call)


def pytensor(fn: Callable[..., Any], args: tuple[Any, ...]) -> Ready:
    """Pytensor, as autoray compiles by it."""
    compiled = autoray.autojit(fn, backend="pytensor")
    compiled(*args)
    return Ready(lambda: compiled(*args))


def dask(fn: Callable[..., Any], args: tuple[Any, ...]) -> Ready:
    """Dask arrays of one chunk; the graph is made once."""
    import dask.array

    given = autoray.tree_map(
        lambda x: dask.array.from_array(x, chunks=-1), args
    )
    outputs = fn(*given)
    leaves = list(autoray.tree_iter(outputs))
    return Ready(lambda: dask.compute(*leaves, scheduler="synchronous"))


def numexpr(fn: Callable[..., Any], args: tuple[Any, ...]) -> Ready:
    """Numexpr, where somebody wrote the expressions."""
    from benchmarks.expressions import EXPRESSIONS

    written = EXPRESSIONS.get(getattr(fn, "__qualname__", ""))
    if written is None:
        raise NotImplementedError("not written as expressions")
    written(*args)
    return Ready(lambda: written(*args))


PEERS: dict[str, Peer] = {
    "eager": Peer(eager, exact=True),
    "lazyopt": Peer(lazyopt, exact=True),
    "fast_math": Peer(fast_math),
    "Function": Peer(function),
    "jax.jit": Peer(jax, "jax", measured=False),
    "torch.compile": Peer(torch, "torch", measured=False),
    "pytensor": Peer(pytensor, "pytensor"),
    "dask": Peer(dask, "dask"),
    "numexpr": Peer(numexpr, "numexpr"),
}
"""By name; the first is what results and times are held against."""
