"""A body of elementwise calls, made ready to run in blocks.

All its results have one shape and lie in memory in one order of axes. Axes
that every array steps through evenly are taken as one, and the slowest that
is left is cut into blocks. What a block computes on the way goes to buffers
that are used again and again, and stay in the processor's cache.
"""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, NamedTuple

from lazyopt.block_slots import Slots
from lazyopt.blockwise import (
    LANES,
    axis_order,
    block_function,
    is_one_loop,
)
from lazyopt.build import call_key, input_node, make_node
from lazyopt.graph import Graph
from lazyopt.ir import Node, substitute
from lazyopt.keys import Identity
from lazyopt.ops import INPUT
from lazyopt.ops.families import dummy
from lazyopt.specs import ArraySpec, itemsize
from lazyopt.workspace import workspace_bytes
from lazyopt.workspace.buffers import strides_along

__all__ = ["BlockProgram", "Buffer", "Operand"]

Function = Callable[..., Any]
#: What to call on which registers, and where the result goes.
Step = tuple[Function, tuple[int, ...], int]

#: Bytes of all arrays that a block touches: they stay in the second cache of
#: one processor.
CACHE = 1 << 20
#: Elements of a block: enough that computing takes longer than calling, and
#: few enough that threads have something to share.
LEAST, MOST = 1 << 10, 1 << 15
#: Into so many blocks an array is cut, if they are not too short then.
PARTS = 4
#: Buffers start at multiples of so many bytes, as caches do.
LINE = 64


class Operand(NamedTuple):
    """An array operand: its place among the operands, and how it is met.

    Attributes
    ----------
    place, register : int
    strides : tuple of int
        Of the array itself, in bytes, 0 along axes of one element.
    steps : tuple of int
        Bytes along the axes of the blocks, 0 where it repeats.
    even : bool
        Whether it lies in memory as the results do.
    """

    place: int
    register: int
    strides: tuple[int, ...]
    steps: tuple[int, ...]
    even: bool


class Buffer(NamedTuple):
    """What a block computes on the way: where it starts, in bytes."""

    register: int
    dtype: str
    start: int


class BlockProgram:
    """Steps over registers, and the blocks that they are taken for.

    Parameters
    ----------
    body : Graph
        Of blockwise calls, whose results have one shape and order.
    block : int, optional
        Elements of a block, a multiple of `LANES`.

    Attributes
    ----------
    registers : list
        Static values in their places, None elsewhere.
    numbers : list of (int, int)
        Places of operands that have no axes, and their registers.
    operands : list of Operand
        The others.
    results : list of int
        Registers of the results.
    models : list of numpy.ndarray
        Of the results' shape, dtype and strides, without memory.
    order : list of int
        The results' axes, from the slowest to the fastest.
    shape : tuple of int
        Of the axes of the blocks, as long as all of them together.
    steps : list of (callable, tuple of int, int)
        What to call on which registers, and where the result goes.
    starts : range
        Where blocks start along the first axis. Each goes on to the next
        start, the last one to the end.
    longest : int
        Length of the longest along the first axis.
    buffers : list of Buffer
    thread_bytes : int
        What a thread needs for buffers.
    call_bytes : int
        What one of its calls needs beside them.
    """

    def __init__(self, body: Graph, block: int | None = None) -> None:
        self.registers: list[Any] = []
        self._places: dict[Node, int] = {}
        specs = [n.specs[0] for n in body.outputs]
        self.order = axis_order(specs[0])
        self.models = [dummy(s) for s in specs]
        self._take_operands(body.inputs, specs[0])
        self.results = [self._new(n) for n in body.outputs]
        calls = [n for n in body.nodes if n.op is not INPUT]
        self.steps, kinds = self._allocated(calls)
        arrays = [
            *body.outputs,
            *[body.inputs[o.place] for o in self.operands],
        ]
        touched = [*kinds.values(), *map(_dtype, arrays)]
        each = sum(map(itemsize, touched))
        self.starts = _cut(self.shape, each, block)
        rest = self.shape[0] - self.starts[-1]
        several = len(self.starts) > 1
        self.longest = max(self.starts.step, rest) if several else rest
        elements = self.longest * math.prod(self.shape[1:])
        self.thread_bytes = self._lay_out(kinds, elements)
        self.call_bytes = _most_bytes(calls, self._block_specs(body))

    def _new(self, node: Node) -> int:
        self._places[node] = place = self._register(None)
        return place

    def _register(self, value: Any) -> int:
        self.registers.append(value)
        return len(self.registers) - 1

    def _take_operands(
        self, inputs: Sequence[Node], result: ArraySpec
    ) -> None:
        shape = result.shape
        assert shape is not None
        specs = [n.specs[0] for n in inputs]
        arrays = [i for i, s in enumerate(specs) if s.shape]
        rows = [strides_along(shape, specs[i]) for i in arrays]
        axes = _even_axes(shape, self.order, rows)
        self.shape = tuple([size for size, _ in axes])
        self.numbers = [
            (i, self._new(n)) for i, n in enumerate(inputs) if i not in arrays
        ]
        self.operands = [
            Operand(
                i,
                self._new(inputs[i]),
                specs[i].strides or (),
                tuple([steps[k] for _, steps in axes]),
                is_one_loop([specs[i]], result),
            )
            for k, i in enumerate(arrays)
        ]

    def _allocated(
        self, calls: Sequence[Node]
    ) -> tuple[list[Step], dict[int, str]]:
        """The steps, and the dtypes of the buffers that they need."""
        last = {n: i for i, call in enumerate(calls) for n in call.operands}
        slots = Slots()
        for i, node in enumerate(calls):
            if node in self._places:
                slots.add(_dtype(node), i, self._places[node])
        steps = []
        for i, node in enumerate(calls):
            ins = [
                self._places[a] if type(a) is Node else self._register(a)
                for a in node.args
            ]
            dying = [
                self._places[n]
                for n in node.operands
                if last[n] == i and slots.holds(self._places[n])
            ]
            if node in self._places:
                slots.close(self._places[node], dying)
            else:
                place = slots.take(_dtype(node), last.get(node, i), dying)
                if place is None:
                    place = self._register(None)
                    slots.add(_dtype(node), len(calls), place, taken=True)
                self._places[node] = place
            function, _ = block_function(node)
            steps.append((function, tuple(ins), self._places[node]))
        return steps, slots.buffers()

    def _block_specs(self, body: Graph) -> dict[Node, ArraySpec]:
        """What stands for each node in the longest block."""
        shape = (self.longest, *self.shape[1:])
        found = {
            n: ArraySpec(shape, n.specs[0].dtype)
            if n.specs[0].shape
            else n.specs[0]
            for n in body.nodes
        }
        for place, _, _, steps, _ in self.operands:
            node = body.inputs[place]
            dtype = node.specs[0].dtype
            found[node] = ArraySpec(shape, dtype, strides=steps)
        return found

    def _lay_out(self, kinds: dict[int, str], elements: int) -> int:
        """Give the buffers their places; the bytes of all of them."""
        self.buffers = []
        end = 0
        for register, dtype in kinds.items():
            self.buffers.append(Buffer(register, dtype, end))
            end += -(-elements * itemsize(dtype) // LINE) * LINE
        return end + LINE if end else 0


def _dtype(node: Node) -> str:
    return str(node.specs[0].dtype)


def _even_axes(
    shape: Sequence[int], order: Sequence[int], rows: Sequence[Sequence[int]]
) -> list[tuple[int, tuple[int, ...]]]:
    """Sizes of axes, and each operand's steps, with what runs on joined."""
    found: list[tuple[int, tuple[int, ...]]] = []
    for axis in order:
        size = shape[axis]
        if size == 1:
            continue
        steps = tuple([row[axis] for row in rows])
        if found:
            before, outer = found[-1]
            if all(a == b * size for a, b in zip(outer, steps, strict=True)):
                found[-1] = (before * size, steps)
                continue
        found.append((size, steps))
    return found or [(1, (0,) * len(rows))]


def _cut(shape: Sequence[int], each: int, block: int | None) -> range:
    """Where blocks start along the first axis.

    Parameters
    ----------
    shape : sequence of int
    each : int
        Bytes that are touched for one element.
    block : int or None
        Elements of a block.
    """
    size, inner = shape[0], math.prod(shape[1:])
    if block is None:
        block = min(max(CACHE // each, LEAST), MOST)
        block = min(block, max(size * inner // PARTS, LEAST))
    unit = LANES // math.gcd(inner, LANES)
    length = max(block // inner // unit, 1) * unit
    starts = range(0, size, length)
    if len(starts) > 1 and (size - starts[-1]) * inner < LANES:
        return starts[:-1]
    return starts


_BYTES: dict[Hashable, int] = {}
_BYTES_SIZE = 1 << 14


def _most_bytes(calls: Sequence[Node], specs: Mapping[Node, ArraySpec]) -> int:
    """Bytes that the hungriest call needs for a block, beside its result."""

    def leaf(x: Any) -> Hashable:
        return specs[x] if type(x) is Node else Identity(x)

    keys = {call_key(n.op, n.args, n._kwargs, leaf): n for n in calls}
    found = [_bytes_of(k, n, specs) for k, n in keys.items()]
    return max(found, default=0)


def _bytes_of(
    key: Hashable, node: Node, specs: Mapping[Node, ArraySpec]
) -> int:
    found = _BYTES.get(key)
    if found is None:
        new = {n: input_node("x", specs[n]) for n in node.operands}
        args = tuple([substitute(a, new) for a in node.args])
        made = make_node(node.op, args, node._kwargs)
        own = 0 if block_function(node)[1] else made.specs[0].nbytes
        found = workspace_bytes(made) + own
        if len(_BYTES) > _BYTES_SIZE:
            _BYTES.clear()
        _BYTES[key] = found
    return found
