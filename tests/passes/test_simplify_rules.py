"""Every rule of simplify, proven over dtypes, values, shapes and layouts."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes.matching import first, same
from lazyopt.passes.simplify_rules import (
    IDEMPOTENT,
    RULES,
    rules_of,
)

from .identities import LAYOUTS, alike, array, arrays, returning, traced

Call = Callable[[Any], Any]


def quiet(fn: Call) -> Call:
    """A call on what arithmetic returned; its payloads stay."""
    return lambda x: fn(x - 0.0)


NUMBERS = (0, 1, 0.0, 1.0, -0.0, -1, -1.0, True, np.int8(1), np.float32(1))
NUMBERS += (np.float32(-0.0), np.float64(1), np.uint64(0), np.int64(1))
OPERATIONS = (
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.pow,
    operator.or_,
    operator.xor,
    operator.and_,
    operator.mod,
    operator.lshift,
    operator.rshift,
    *[
        lambda x, y, name=name: do(name, x, y, like="numpy")
        for name in ("multiply", "power", "floor_divide", "add", "maximum")
    ],
)


def numbers() -> list[Call]:
    """Numbers on either side of every operation, few of them neutral."""
    made: list[Call] = []
    for op in OPERATIONS:
        for c in NUMBERS:
            made.append(lambda x, op=op, c=c: op(x, c))
            made.append(lambda x, op=op, c=c: op(c, x))
            made.append(quiet(made[-2]))
            made.append(quiet(made[-2]))
    return made


def named(*names: str, times: int = 1, **kwargs: Any) -> list[Call]:
    """Functions called by name, on what they returned if asked."""

    def one(name: str) -> Call:
        def call(x: Any) -> Any:
            for _ in range(times):
                x = do(name, x, **kwargs)
            return x

        return call

    return [one(name) for name in names]


KEYS: tuple[Any, ...] = (
    ...,
    (),
    slice(None),
    slice(0, 100),
    slice(0, None, 1),
    slice(0, 2),
    slice(-3, None),
    slice(None, None, -1),
    (..., slice(None)),
    (slice(None), ...),
    (slice(0, 2), ..., slice(0, 4)),
    (slice(0, 4), ..., slice(0, 2)),
    (slice(None), slice(0, 3)),
    (..., slice(1, None)),
    None,
    (..., None),
    0,
)
AXES: tuple[Any, ...] = ((0,), (1, 0), (0, 1), (2, 0, 1), (0, 1, 2), None)
PAIRS = ((0, 0), (0, 1), (-1, 0), (1, -1), (2, 0), (0, 2), (1, 2), (-1, -2))


def moves() -> list[Call]:
    """Ways to move axes, or none."""
    made: list[Call] = [lambda x, a=a: do("transpose", x, a) for a in AXES]
    for name in ("swapaxes", "moveaxis", "rollaxis"):
        for i, j in PAIRS:
            made.append(lambda x, n=name, i=i, j=j: do(n, x, i, j))
    return [*made, lambda x: do("matrix_transpose", x)]


SIZES: tuple[Any, ...] = (
    (-1,),
    (3, 2),
    (2, 3),
    (1, -1),
    (-1, 1),
    (2, 1, 3),
    (4, 3, 2),
    (2, 12),
    (2, 3, 4),
    (13, 12),
    (0, 3),
    (),
)


def shapes() -> list[Call]:
    """Ways to give an array another shape, or the one that it has."""
    made: list[Call] = [lambda x, s=s: do("reshape", x, s) for s in SIZES]
    made += [lambda x, s=s: do("reshape", x, s, order="F") for s in SIZES[1:6]]
    made += [lambda x, i=i: do("expand_dims", x, i) for i in (0, 1, -1)]
    made += [lambda x, i=i: do("squeeze", x, i) for i in (0, 1, -1, None)]
    return made


def twice(calls: list[Call]) -> list[Call]:
    """Each of them, and each after each."""
    pairs = [lambda x, f=f, g=g: g(f(x)) for f in calls for g in calls]
    return [*calls, *pairs]


#: What each rule is tried on, and much that it must leave.
CASES: dict[str, list[Call]] = {
    "positive": [*named("positive"), operator.pos],
    "conj of real": named("conj"),
    "cast to the same dtype": [
        lambda x, d=d: do("astype", x, d)
        for d in ("float64", np.float32, "int8", bool, "complex128", ">f8")
    ],
    "copy": [
        *named("copy"),
        *[lambda x, o=o: do("copy", x, order=o) for o in "CFAK"],
    ],
    "concatenate of one": [
        lambda x: do("concatenate", (x,)),
        lambda x: do("concatenate", [x], axis=1),
        lambda x: do("concatenate", [x], axis=-1),
        lambda x: do("concatenate", [x], axis=None),
    ],
    "where of equal branches": [
        lambda x: do("where", x == x, x, x),
        lambda x: do("where", (x == x).reshape(-1)[:1], x, x),
    ],
    "neutral number": numbers(),
    "done and undone": [
        *named("negative", "conj", "invert", times=2),
        lambda x: -do("negative", x),
        lambda x: -(~x),
        lambda x: ~~x,
    ],
    "done twice": [
        *named(*IDEMPOTENT, times=2),
        *map(quiet, named(*IDEMPOTENT, times=2)),
    ],
    "real of real": named("real"),
    "array as an array": named(
        "asarray", "atleast_1d", "atleast_2d", "atleast_3d"
    ),
    "broadcast to the same shape": [
        lambda x, s=s: do("broadcast_to", x, s)
        for s in ((3,), (2, 3), (2, 3, 4), (1,), (5, 3), (150,))
    ],
    "slice of everything": [lambda x, k=k: x[k] for k in KEYS],
    "flip of flip": [
        *named("flip", "fliplr", "flipud", times=2),
        *[lambda x, i=i: do("flip", do("flip", x, 0), i) for i in (0, 1, -1)],
        lambda x: do("flip", do("flip", x, (0, 1)), axis=(0, 1)),
    ],
    "transpose": twice(moves()),
    "reshape": twice(shapes()),
}


def test_every_rule_is_proven() -> None:
    assert list(CASES) == [rule.name for rule in RULES]


def applications(name: str, fn: Call, x: Any, make: Any = None) -> int:
    """Hold a rule against NumPy for one call; whether it applied."""
    graph = traced(fn, x)
    if graph is None or len(graph.outputs) != 1:
        return 0
    node = graph.outputs[0]
    for rule in rules_of(node.op):
        if rule.name != name:
            continue
        found = (make or rule.make)(node)
        if found is None or found is node:
            continue
        assert found.specs == node.specs
        with np.errstate(all="ignore"):
            alike(returning(graph, found)(x), fn(x))
        return 1
    return 0


def of_any(x: Any) -> bool:
    return True


def of_two_dtypes(x: Any) -> bool:
    """Values don't matter where only axes move."""
    kept = np.shape(x) in ((2, 3), (3, 1), (2, 3, 4))
    return kept and x.dtype in ("float64", "complex64")


def of_few_shapes(x: Any) -> bool:
    """Enough where it is the values that matter."""
    return np.shape(x) in ((3,), (150,)) and x.flags.owndata


#: Of rules with many cases, the arrays that tell.
FEWER: dict[str, Call] = {
    "neutral number": of_few_shapes,
    "reshape": of_two_dtypes,
    "transpose": of_two_dtypes,
}


@pytest.mark.parametrize("name", CASES)
def test_a_rule_returns_the_same_bits(name: str) -> None:
    calls = CASES[name]
    applied = 0
    for x in filter(FEWER.get(name, of_any), arrays()):
        for fn in calls:
            applied += applications(name, fn, x)
    assert applied > 20, applied


#: Rules for views, which show the memory of the operand.
VIEWS = (
    "real of real",
    "array as an array",
    "broadcast to the same shape",
    "slice of everything",
    "flip of flip",
    "transpose",
    "reshape",
)


@pytest.mark.parametrize("name", VIEWS)
def test_axes_of_one_place_keep_their_strides(name: str) -> None:
    # Where one element lies backwards, log2 is another loop of NumPy's, and
    # its NaN of -1 has another sign; and dot looks at them.
    applied = 0
    for shape in ((1,), (3, 1), (1, 3), (1, 1), (2, 3), (2, 1, 3)):
        for layout in LAYOUTS:
            x = array("float64", shape, layout)
            for fn in CASES[name]:
                applied += strides_kept(name, fn, x)
    assert applied > 5, applied


def strides_kept(name: str, fn: Call, x: Any) -> bool:
    """Hold a rule against NumPy for strides; whether it applied."""
    graph = traced(fn, x)
    if graph is None or len(graph.outputs) != 1:
        return False
    node = graph.outputs[0]
    for rule in rules_of(node.op):
        found = rule.make(node) if rule.name == name else None
        if found is not None:
            assert returning(graph, found)(x).strides == fn(x).strides
            return True
    return False


def test_one_element_backwards_is_put_forwards() -> None:
    x = np.array([-1.0])[::-1]
    for fn in (
        lambda x: do("log2", do("reshape", x, -1)),
        lambda x: do("log2", do("broadcast_to", x, x.shape)),
        lambda x: do("log2", do("squeeze", do("expand_dims", x, 1), 1)),
    ):
        with np.errstate(all="ignore"):
            alike(lo.optimize(lo.trace(fn, x))(x), fn(x))


def with_number(number: float) -> Any:
    """A rule for calls with this number, in whatever way it is written."""

    def rule(node: Any) -> Any:
        x, *rest = node.args
        return same(node, x) if rest == [number] and x not in rest else None

    return rule


def without_order(node: Any) -> Any:
    """A reshape of a reshape, whichever order they read in."""
    x = first(node)
    return same(node, first(x)) if x and x.op is node.op else None


WRONG: dict[str, tuple[str, list[Call], Any]] = {
    "x + 0 of floats": (
        "neutral number",
        [lambda x: x + 0],
        with_number(0),
    ),
    "x * 1 of complex numbers": (
        "neutral number",
        [lambda x: x * 1],
        with_number(1),
    ),
    "x * 1 of a signalling NaN": (
        "neutral number",
        [lambda x: x.real * 1],
        with_number(1),
    ),
    "x ** 1 of half precision": (
        "neutral number",
        [lambda x: (x - 0.0) ** 1],
        with_number(1),
    ),
    "abs of a complex NaN": (
        "done twice",
        [lambda x: do("abs", do("abs", x))],
        lambda node: same(node, first(node)),
    ),
    "reshape of reshape in other orders": (
        "reshape",
        [lambda x: x.reshape(-1, order="F").reshape(x.shape)],
        without_order,
    ),
    "slices without their bounds": (
        "slice of everything",
        [lambda x: x[::-1][::-1][1:]],
        lambda node: first(first(node)),
    ),
    "sums over no axes": (
        "real of real",
        [lambda x: do("real", do("sum", x, axis=()))],
        lambda node: same(node, first(first(node))),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_caught(name: str) -> None:
    rule, calls, make = WRONG[name]
    with pytest.raises(AssertionError):
        for x in filter(of_few_shapes, arrays()):
            for fn in calls:
                applications(rule, fn, x, make)
        for x in filter(of_two_dtypes, arrays()):
            for fn in calls:
                applications(rule, fn, x, make)
