"""What rules are proven on: every dtype, shape, layout and special value."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import lazyopt as lo
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.verify import same_bits

DTYPES = (
    "bool",
    "int8",
    "uint8",
    "int64",
    "uint64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
)
#: The last are long enough for what works on several elements at once.
SHAPES: tuple[tuple[int, ...], ...] = (
    (),
    (0,),
    (1,),
    (3,),
    (2, 3),
    (3, 1),
    (1, 4),
    (0, 3),
    (2, 3, 4),
    (150,),
    (13, 12),
)
LAYOUTS = ("C", "F", "strided", "reversed", "broadcast", "rotated")


def specials(dtype: str) -> np.ndarray:
    """Signed zeros, infinities, denormals, extremes, NaN of many payloads."""
    kind, size = np.dtype(dtype).kind, np.dtype(dtype).itemsize
    if kind == "b":
        return np.array([True, False, False])
    if kind in "iu":
        info = np.iinfo(dtype)
        numbers = [info.max, info.min, 0, 1, 2, info.max - 1, info.min + 1]
        return np.array(numbers, dtype)
    if kind == "c":
        parts = specials(f"float{4 * size}")
        made = np.empty((len(parts), len(parts)), dtype)
        made.real, made.imag = parts[:, None], parts
        return made.ravel()[np.random.RandomState(0).permutation(made.size)]
    bits = {2: 10, 4: 23, 8: 52}[size]
    sign, top = 1 << (8 * size - 1), 1 << bits
    inf = sign - top
    payloads = (1, 3, top // 2 - 1, top // 2, top // 2 + 5, top - 1)
    plain = [inf + p for p in payloads]
    plain += [inf, inf - 1, 0, 1, top - 1, top, (inf >> 1) // top * top]
    both = [b | s for b in plain for s in (0, sign)]
    return np.array(both, f"uint{8 * size}").view(dtype)


def array(dtype: str, shape: tuple[int, ...], layout: str) -> np.ndarray:
    """Special values in an array of this layout."""
    values = specials(dtype)
    size = int(np.prod(shape, dtype=int))
    flat = np.resize(values, size) if size else values[:0]
    dense = flat.reshape(shape)
    if layout == "F":
        return dense.copy(order="F")
    if layout == "strided" and shape:
        gaps = np.zeros((*shape[:-1], 2 * shape[-1]), dtype)[..., ::2]
        gaps[...] = dense
        return gaps
    if layout == "reversed":
        key = (..., *[slice(None, None, -1)] * len(shape))
        return dense[key].copy()[key]
    if layout == "broadcast" and shape and shape[0]:
        return np.broadcast_to(dense[0].copy(), shape)
    if layout == "rotated":
        moved = np.moveaxis(dense, 0, -1) if shape else dense
        return np.moveaxis(moved.copy(), -1, 0) if shape else moved.copy()
    return dense.copy()


def arrays() -> Iterator[Any]:
    """All of them, and NumPy's scalars."""
    for dtype in DTYPES:
        for shape in SHAPES:
            for layout in LAYOUTS:
                yield array(dtype, shape, layout)
        yield from specials(dtype)[:40]


def traced(fn: Callable[..., Any], *values: Any) -> Graph | None:
    """The graph of a call, if NumPy takes such operands."""
    try:
        with np.errstate(all="ignore"):
            return lo.trace(fn, *values)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def returning(graph: Graph, node: Node) -> Graph:
    """The graph with another output, which may be new to it."""
    known = set(graph.nodes)
    nodes = [*graph.nodes, *[n for n in (node,) if n not in known]]
    return graph.replace(nodes=nodes, outputs=[node])


def alike(found: Any, expected: Any) -> None:
    """Assert that nothing tells two results apart but their memory."""
    assert type(found) is type(expected)
    assert same_bits(found, expected), (found, expected)
    if isinstance(expected, np.ndarray) and expected.size:
        steps = [
            [s for d, s in zip(x.shape, x.strides, strict=True) if d > 1]
            for x in (found, expected)
        ]
        assert steps[0] == steps[1]
