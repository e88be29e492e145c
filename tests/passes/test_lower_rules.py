"""Every rule of lower, proven over dtypes, values, shapes and layouts."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes.lower_rules import RULES, lowered
from lazyopt.rewrite import replace_nodes

from .identities import DTYPES, LAYOUTS, SHAPES, alike, array, traced

Call = Callable[..., Any]


def contract(axes: Any) -> Call:
    """A tensordot over these axes."""
    return lambda x, y: do("tensordot", x, y, axes)


#: What each rule is tried on, and much that it must leave.
ONE: dict[str, list[Call]] = {
    "expand_dims as reshape": [
        lambda x, i=i: do("expand_dims", x, i)
        for i in (0, 1, 2, -1, -2, (0, 1), (0, -1), [0, 2], ())
    ],
    "moveaxis as transpose": [
        lambda x, i=i, j=j, n=n: do(n, x, i, j)
        for n in ("moveaxis", "rollaxis")
        for i in (0, 1, -1)
        for j in (0, 1, 2, -1)
    ],
    "einsum as transpose": [
        lambda x, e=e: do("einsum", e, x)
        for e in (
            "i->i",
            "ij->ij",
            "ij->ji",
            "i j -> j i",
            "ijk->kij",
            "kij->ijk",
            "zyx->xyz",
            "ii->i",
            "ij->i",
            "ij->",
            "ij",
            "...i->i...",
        )
    ],
    "take as an index": [
        lambda x, i=i, a=a: do("take", x, i, axis=a)
        for i in (0, 2, -1, -3, [1])
        for a in (None, 0, -1)
    ],
    "stacks as concatenate": [
        lambda x, n=n, k=k: do(n, (x,) * k)
        for n in ("hstack", "vstack")
        for k in (1, 2, 3)
    ],
}
TWO: dict[str, list[Call]] = {
    "tensordot as dot": [
        contract(axes)
        for axes in (
            0,
            1,
            2,
            3,
            (0, 0),
            (-1, -1),
            ((1,), (0,)),
            ((0, 1), (0, 1)),
            ((0, 1), (1, 0)),
            ((-1, 0), (-1, 0)),
            ((2, 0, 1), (2, 0, 1)),
            ((), ()),
        )
    ],
}


def test_every_rule_is_proven() -> None:
    assert set(ONE) | set(TWO) == {rule.name for rule in RULES}


def applications(name: str, fn: Call, *values: Any) -> int:
    """Hold a rule against NumPy for one call; whether it applied."""
    graph = traced(fn, *values)
    if graph is None:
        return 0
    found = lowered(graph.outputs[0])
    if found is None or found[0] != name:
        return 0
    better = replace_nodes(graph, rule(name))
    with np.errstate(all="ignore"):
        alike(better(*values), fn(*values))
    return 1


def rule(name: str) -> Call:
    """The rule of this name, for `replace_nodes`."""

    def make(node: Any) -> Any:
        found = lowered(node)
        return found[1] if found is not None and found[0] == name else None

    return make


@pytest.mark.parametrize("name", ONE)
def test_axes_of_one_place_keep_their_strides(name: str) -> None:
    # dot, inner and vdot look at them: how BLAS goes along such an axis says
    # which of two NaNs is kept.
    applied = 0
    for shape in ((3,), (3, 3), (3, 1, 3)):
        for layout in LAYOUTS:
            x = array("float64", shape, layout)
            for fn in ONE[name]:
                graph = traced(fn, x)
                if graph is None:
                    continue
                better = replace_nodes(graph, rule(name))
                applied += better is not graph
                assert better(x).strides == fn(x).strides
    assert applied, name


def test_dot_keeps_the_same_nan() -> None:
    # Found by the fuzzer, after some ten million graphs.
    nans = np.array([0x7FF8000000000001, 0x7FF8000000000000], np.uint64)
    x = nans[:1].view(np.float64).reshape(1, 1, 1)
    y = nans[[1, 1]].view(np.float64).reshape(1, 2)

    def fn(x: Any, y: Any) -> Any:
        return do("dot", x, do("expand_dims", y, -2))

    better = lo.optimize(lo.trace(fn, x, y), passes=["lower"])
    assert better.history[-1].changed
    with np.errstate(all="ignore"):
        alike(better(x, y), fn(x, y))


@pytest.mark.parametrize("name", ONE)
def test_a_rule_returns_the_same_bits(name: str) -> None:
    applied = 0
    for dtype in DTYPES:
        for shape in SHAPES:
            for layout in LAYOUTS:
                x = array(dtype, shape, layout)
                for fn in ONE[name]:
                    applied += applications(name, fn, x)
    assert applied > 100, applied


PAIRS = (
    ((3,), (3,)),
    ((0,), (0,)),
    ((150,), (150,)),
    ((1,), (1,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 2)),
    ((13, 12), (12, 17)),
    ((13, 12), (13, 12)),
    ((1, 12), (12, 1)),
    ((4, 1), (1, 4)),
    ((0, 3), (3, 2)),
    ((2, 3, 4), (2, 3, 4)),
    ((2, 3, 4), (4, 3, 2)),
    ((3, 2, 4), (2, 3)),
)


def _normal(dtype: str, shape: Any, seed: int) -> np.ndarray:
    values = np.random.RandomState(seed).normal(size=shape)
    return values.astype(dtype) * np.dtype(dtype).type(
        0.6 - 0.8j if dtype[0] == "c" else 1
    )


def normal(dtype: str, shape: Any, layout: str, seed: int) -> np.ndarray:
    """An array of this layout, of numbers that round."""
    made = array(dtype, shape, layout)
    values = made if dtype[0] in "biu" else _normal(dtype, shape, seed)
    if layout in ("strided", "reversed"):
        made = np.empty((*shape[:-1], 2 * shape[-1]), dtype)[..., ::2]
        made = made[..., ::-1] if layout == "reversed" else made
    else:
        made = made.copy("K")
    made[...] = values
    return made


@pytest.mark.parametrize("name", TWO)
@pytest.mark.parametrize("special", [False, True])
def test_a_product_returns_the_same_bits(name: str, special: bool) -> None:
    applied = 0
    for dtype in DTYPES:
        for left, right in PAIRS:
            for i, layout in enumerate(LAYOUTS):
                other = LAYOUTS[(i * 2 + len(left)) % len(LAYOUTS)]
                if special:
                    x = array(dtype, left, layout)
                    y = array(dtype, right, other)
                else:
                    x = normal(dtype, left, layout, 0)
                    y = normal(dtype, right, other, 1)
                for fn in TWO[name]:
                    applied += applications(name, fn, x, y)
                    if left == right:
                        applied += applications(name, fn, x, x)
    assert applied > 100, applied


@pytest.mark.parametrize("name", [*ONE, *TWO])
def test_inputs_may_come_in_another_layout(name: str) -> None:
    calls = ONE.get(name) or TWO[name]
    count = 2 if name in TWO else 1
    applied = 0
    for shape in ((40,), (40, 40), (12, 12, 12)):
        for fn in calls:
            values = [normal("float64", shape, "C", i) for i in range(count)]
            graph = traced(fn, *values)
            if graph is None:
                continue
            better = replace_nodes(graph, rule(name))
            applied += better is not graph
            for layout in LAYOUTS:
                others = [
                    normal("float64", shape, layout, i) for i in range(count)
                ]
                alike(better(*others), fn(*others))
    assert applied


def test_wrong_rules_are_caught() -> None:
    """The proof tells a product in another order of axes."""
    x, y = (
        normal("float64", (13, 12), "F", 0),
        normal("float64", (12, 17), "C", 1),
    )
    graph = lo.trace(contract(1), x, y)
    swapped = lo.trace(lambda x, y: do("dot", y.T, x.T).T, x, y)
    with pytest.raises(AssertionError):
        alike(swapped(x, y), graph(x, y))
