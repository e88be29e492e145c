"""Elementwise calls run block by block: the runner of a fused region."""

import math
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from lazyopt.block_errors import BlockErrors, tell
from lazyopt.block_program import LINE, BlockProgram
from lazyopt.blockwise import LANES, is_blockwise
from lazyopt.cost import graph_flops
from lazyopt.errors import GraphError
from lazyopt.execute import run_values
from lazyopt.graph import Graph
from lazyopt.ops import INPUT
from lazyopt.plan import plan_of
from lazyopt.specs import ArraySpec
from lazyopt.workers import on_threads, usable_threads

__all__ = ["Fused"]

#: There is a thread for each so many elements that are computed.
WORTH_A_THREAD = 1 << 19
#: All threads' buffers are no larger than this part of the results.
SHARE = 0.5
#: What calls need for themselves they need at the same time by chance, if
#: they are on several threads, and Python's objects for each thread aren't
#: counted. Threads that could make so large a part of the results uncertain
#: aren't started: the peak is to be known, whatever the processors.
CHANCE = 0.01
#: Bytes of these objects, as measured: frames, views of blocks, and what
#: hands the work over.
HELPER = 5 << 10


class Fused:
    """Elementwise calls on blocks that stay in cache, on several threads.

    What is computed on the way lives in buffers of a block each; results are
    whole arrays, allocated at the start, of the strides that NumPy gives
    them. Each call is NumPy's own, on the same dtypes and strides, so that
    the bits are those of the calls on whole arrays. Errors are told once a
    call, as `numpy.errstate` says where it is called.

    Parameters
    ----------
    body : Graph
        Of calls for which `lazyopt.blockwise.is_blockwise` holds, all of one
        shape and order of axes.
    block : int, optional
        Elements of a block, a multiple of 64; by default as many as fit into
        cache.
    threads : int, optional
        At most so many, the caller's among them; by default as many as there
        are processors, and enough to compute and room for.

    Raises
    ------
    GraphError
        If the body or the options are others.

    Attributes
    ----------
    workspace_bytes, flops : int
    """

    workspace_bytes: int
    flops: int

    def __init__(
        self,
        body: Graph,
        block: int | None = None,
        threads: int | None = None,
    ) -> None:
        _check(body, block, threads)
        self._body = body
        self._program = program = BlockProgram(body, block)
        if threads is None:
            threads = min(usable_threads(), _worth(program))
        self._threads = min(threads, len(program.starts))
        self.workspace_bytes = self._threads * (
            program.thread_bytes + program.call_bytes
        )
        self.flops = graph_flops(body)

    def __call__(self, *values: Any) -> Any:
        """Compute the results.

        Parameters
        ----------
        *values
            The operands. Where one is not such as it was traced, the calls
            are made on whole arrays.

        Returns
        -------
        array, or tuple of arrays
        """
        results: Sequence[Any]
        if not self._fits(values):
            results = run_values(plan_of(self._body, False), list(values))
        else:
            results = [np.empty_like(m) for m in self._program.models]
            _Run(self._program, values, results).on(self._threads)
        return results[0] if len(results) == 1 else tuple(results)

    def _fits(self, values: Sequence[Any]) -> bool:
        for place, _, strides, *_ in self._program.operands:
            value = values[place]
            if type(value) is not np.ndarray:
                return False
            if value.strides != strides:
                given = ArraySpec(
                    value.shape, value.dtype, strides=value.strides
                )
                if given.strides != strides:
                    return False
        return True


def _worth(program: BlockProgram) -> int:
    """Threads that there is enough to compute for, and memory."""
    size = math.prod(program.shape)
    results = size * sum(m.itemsize for m in program.models)
    found = 1 + size * len(program.steps) // WORTH_A_THREAD
    uncertain = program.call_bytes + HELPER
    found = min(found, 1 + int(CHANCE * results) // uncertain)
    if program.thread_bytes:
        found = min(found, int(SHARE * results) // program.thread_bytes)
    return max(found, 1)


def _check(body: Graph, block: int | None, threads: int | None) -> None:
    if block is not None and (block < LANES or block % LANES):
        raise GraphError(
            f"a block has a multiple of {LANES} elements, not {block!r}"
        )
    if threads is not None and threads < 1:
        raise GraphError(f"at least one thread is needed, not {threads!r}")
    for node in body.nodes:
        if node.op is not INPUT and not is_blockwise(node):
            raise GraphError(f"{node!r} can't be run in blocks")


class _Run:
    """One call: its arrays, and what is left to do."""

    def __init__(
        self,
        program: BlockProgram,
        values: Sequence[Any],
        results: Sequence[np.ndarray],
    ) -> None:
        self._program = program
        self._registers = program.registers.copy()
        for place, register in program.numbers:
            self._registers[register] = values[place]
        shape, order = program.shape, program.order
        self._arrays: list[tuple[int, np.ndarray]] = []
        for place, register, _, steps, even in program.operands:
            value = values[place]
            if even:
                view = value.transpose(order).reshape(shape)
            else:
                view = as_strided(value, shape, steps)
            self._arrays.append((register, view))
        for register, result in zip(program.results, results, strict=True):
            view = result.transpose(order).reshape(shape)
            self._arrays.append((register, view))
        self._left: Iterator[int] = iter(program.starts)
        self._memory: list[np.ndarray] = []
        self._lock = Lock()
        self._noted: list[BlockErrors] = []
        #: The first step that raised, or how many there are.
        self._end = len(program.steps)
        self._error: Exception | None = None

    def on(self, threads: int) -> None:
        """Run on so many threads, and raise what NumPy would."""
        size = self._program.thread_bytes
        self._memory += [np.empty(size, np.uint8) for _ in range(threads)]
        if threads == 1:
            self._work()
        else:
            try:
                on_threads(self._work, threads)
            finally:
                # Another thread may hold this object a little longer: one
                # that comes late finds nothing to do, nor any memory.
                self._arrays.clear()
                self._memory.clear()
                self._registers.clear()
        functions = [function for function, _, _ in self._program.steps]
        tell(self._noted, functions, self._end)
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        """Take blocks until none is left."""
        errors = BlockErrors()
        with self._lock:
            buffers = self._buffers(self._memory.pop())
            self._noted.append(errors)
        with errors.watching():
            try:
                while (start := self._next()) is not None:
                    self._compute(start, buffers, errors)
            except BaseException:
                self._left = iter(())
                raise

    def _next(self) -> int | None:
        """Where the next block starts that nobody has taken."""
        with self._lock:
            return next(self._left, None)

    def _buffers(self, memory: np.ndarray) -> list[tuple[int, np.ndarray]]:
        program = self._program
        shape = (program.longest, *program.shape[1:])
        first = -memory.ctypes.data % LINE
        return [
            (register, np.ndarray(shape, dtype, memory.data, first + start))
            for register, dtype, start in program.buffers
        ]

    def _compute(
        self,
        start: int,
        buffers: list[tuple[int, np.ndarray]],
        errors: BlockErrors,
    ) -> None:
        program = self._program
        stop = start + program.starts.step
        if start == program.starts[-1]:
            stop = program.shape[0]
        registers = self._registers.copy()
        for register, array in self._arrays:
            registers[register] = array[start:stop]
        for register, buffer in buffers:
            registers[register] = buffer[: stop - start]
        number = 0
        try:
            steps = self._program.steps[: self._end]
            for number, (function, ins, out) in enumerate(steps):
                function(*[registers[i] for i in ins], registers[out])
                if errors.flags:
                    self._note(number, registers, errors)
        except Exception as error:
            with self._lock:
                if number < self._end:
                    self._end, self._error = number, error

    def _note(
        self, number: int, registers: list[Any], errors: BlockErrors
    ) -> None:
        """Keep an element that shows the error of a step.

        What the step read may be overwritten, so it is computed anew.
        """
        bits = errors.unseen(number)
        if bits:
            for function, ins, out in self._program.steps[:number]:
                function(*[registers[i] for i in ins], registers[out])
            function, ins, out = self._program.steps[number]
            args = [registers[i] for i in ins]
            errors.note(number, bits, function, args, registers[out])
            function(*args, registers[out])
        errors.flags = 0
