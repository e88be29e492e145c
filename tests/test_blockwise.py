"""Calls said to be blockwise are: every op, dtype, layout and odd length."""

import functools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lazyopt.blockwise import INDIFFERENT, LANES, is_blockwise
from lazyopt.build import input_node, make_node
from lazyopt.fused import Fused
from lazyopt.graph import Graph
from lazyopt.ops import OPERATOR_FORMS, Op, get_op
from lazyopt.ops.elementwise import BINARY, OTHERS, UNARY
from lazyopt.regions import cut_out
from lazyopt.specs import spec_of
from lazyopt.testing.operands import PATTERNS, make_array
from lazyopt.verify import same_bits

DTYPES = (
    "bool",
    "int8",
    "uint8",
    "int32",
    "uint32",
    "int64",
    "uint64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
)
MIXED = (
    ("float64", "float32"),
    ("int64", "float64"),
    ("float32", "int32"),
    ("int8", "int32"),
    ("uint8", "float16"),
    ("complex128", "float32"),
    ("bool", "float64"),
)
#: Whole lanes, some over, and a single element over.
LENGTHS = (63, 64, 65, 128, 129, 191, 200, 8192 + 65)
#: More than what NumPy's iterator takes into a buffer at once.
SHAPE = (230, 40)


@functools.cache
def array(dtype: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Numbers of all kinds, mixed: NaN of many payloads among them."""
    rng = np.random.default_rng(seed)
    count = int(np.prod(shape))
    parts = [make_array(dtype, (count,), "C", p) for p in PATTERNS]
    if np.dtype(dtype).kind in "fc":
        bits = rng.bytes(count * np.dtype(dtype).itemsize)
        parts.append(np.frombuffer(bits, dtype))
        parts.append((30 * rng.normal(size=count)).astype(dtype))
        parts.append(np.resize(np.array([2, 3, 0.5, -1, 0], dtype), count))
    mixed = rng.permutation(np.concatenate(parts))[:count]
    return mixed.reshape(shape)


def layouts(dtype: str, seed: int) -> Iterator[np.ndarray]:
    """Arrays of one size, as they can lie in memory."""
    made = array(dtype, SHAPE, seed)
    yield made
    yield made.copy(order="F")
    yield np.repeat(made, 2, axis=1)[:, ::2]
    yield made[::-1].copy()[::-1]
    yield made[:, ::-1].copy()[:, ::-1]
    yield np.repeat(made, 2, axis=0)[::2]


def smaller(dtype: str, seed: int) -> Iterator[Any]:
    """What can be broadcast to those."""
    made = array(dtype, SHAPE, seed)
    yield made[0].copy()
    yield made[:, :1].copy()
    yield made[:1, :1].copy()
    yield made[3, 4].reshape(()).copy()
    yield made[3, 4]
    yield made[3, 5].item()


def pairs_of(a: str, b: str) -> Iterator[tuple[Any, Any]]:
    for n in LENGTHS:
        yield array(a, (n,), 1), array(b, (n,), 2)
    first, *others = layouts(a, 3)
    for other in layouts(b, 4):
        yield first, other
    for other in others:
        yield other, first
        yield other, other
    for one in smaller(b, 5):
        yield first, one
        yield others[0], one
        yield others[1], one
        if not isinstance(one, int | float | complex):
            yield one, others[0]
    for exponent in (2, 3, 0.5, -1, 0, 2.0, np.float32(2)):
        yield first, exponent


def operands_of(name: str) -> Iterator[tuple[Any, ...]]:
    """Arguments that a function takes, and many that it doesn't."""
    twos = [(d, d) for d in DTYPES] + list(MIXED)
    if name in BINARY or name in ("complex", "isclose"):
        for a, b in twos:
            yield from pairs_of(a, b)
    elif name == "where":
        masks = [array("bool", SHAPE, 9), array("bool", (40,), 9)]
        for a, b in twos:
            for x, y in pairs_of(a, b):
                if np.ndim(x) == 2 and np.ndim(y) in (0, 2):
                    yield from ((mask, x, y) for mask in masks)
    elif name == "clip":
        for a, b in twos:
            for x, y in pairs_of(a, b):
                yield x, y, None
                yield x, -1, y
    elif name == "astype":
        for a in DTYPES:
            for b in DTYPES:
                for x in layouts(a, 1):
                    yield x, b
                yield array(a, (8192 + 65,), 2), b
    else:
        for d in DTYPES:
            for x in layouts(d, 1):
                yield (x,)
            for n in LENGTHS:
                yield (array(d, (n,), 2),)
            if name == "round":
                yield array(d, (200,), 3), 1
                yield array(d, (200,), 3), -1


def body_of(
    op: Op, args: tuple[Any, ...], copied: int | None = None
) -> tuple[Graph, list[Any]] | None:
    """A body of this call and its operands, if it can be in one.

    With the operand at a place copied first, the call writes over the copy
    where it can.
    """
    given = [
        input_node(f"x{i}", spec_of(a))
        if isinstance(a, np.ndarray | np.generic)
        else a
        for i, a in enumerate(args)
    ]
    try:
        if copied is not None:
            given[copied] = make_node("positive", (given[copied],))
        node = make_node(op, tuple(given))
    except (TypeError, OverflowError, ValueError):
        return None
    calls = [node] if copied is None else [given[copied], node]
    if not all(map(is_blockwise, calls)):
        return None
    body, taken = cut_out(calls, [node])
    return body, [args[int(n.args[0][1:])] for n in taken]


def check_one(
    op: Op, args: tuple[Any, ...], copied: int | None = None
) -> bool:
    """Compare a call in blocks with the whole one, if it can be in any."""
    made = body_of(op, args, copied)
    if made is None:
        return False
    body, values = made
    whole = list(args)
    if copied is not None:
        whole[copied] = +whole[copied]
    try:
        expected = op.implementation("numpy")(*whole)
    except ValueError:  # a negative power of integers
        return True
    result = Fused(body, LANES, 1)(*values)
    told = op, copied, [(getattr(a, "dtype", a), np.shape(a)) for a in args]
    assert same_bits(result, expected), told
    assert result.strides == expected.strides, told
    return True


def check(op: Op) -> int:
    """Compare all of an op's calls; say how many."""
    found = 0
    with np.errstate(all="ignore"):
        for args in operands_of(op.name):
            found += check_one(op, args)
            for i, a in enumerate(args[:2]):
                if np.ndim(a) == 1 and op.name != "astype":
                    found += check_one(op, args, i)
    return found


OPS = [get_op(name) for name in (*UNARY, *BINARY, *OTHERS, "astype")]
FORMS = [op for op in OPERATOR_FORMS.values() if op.elementwise]


def named(op: Op) -> str:
    return f"{op.name}{'-operator' * (op in FORMS)}"


@pytest.mark.parametrize("op", [*OPS, *FORMS], ids=named)
def test_blocks_give_the_bits_of_the_whole(op: Op) -> None:
    assert check(op) > 20


#: Of those that NumPy has special code for.
DISPATCHED = (
    "absolute",
    "add",
    "complex",
    "exp",
    "fmax",
    "log",
    "maximum",
    "multiply",
    "power",
    "sin",
    "square",
    "subtract",
    "tanh",
)


@pytest.mark.parametrize("level", ["X86_V4", "X86_V3"])
def test_on_lesser_processors(level: str) -> None:
    """NumPy's code for a processor without this and what comes after it."""
    features: dict[str, bool] = np._core._multiarray_umath.__cpu_features__
    order = ["X86_V3", "X86_V4", "AVX512_ICL", "AVX512_SPR"]
    if not features.get(level):
        pytest.skip(f"this processor, or this NumPy, has no {level}")
    off = [f for f in order[order.index(level) :] if f in features]
    program = (
        f"from {__name__} import check, DISPATCHED, get_op\n"
        "for name in DISPATCHED: check(get_op(name))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "NPY_DISABLE_CPU_FEATURES": " ".join(off)},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_what_is_indifferent_is_known() -> None:
    for name in INDIFFERENT:
        assert get_op(name).elementwise
