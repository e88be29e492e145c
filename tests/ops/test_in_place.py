"""Ufuncs that write into an operand give the bits they give elsewhere."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from lazyopt.ops import (
    BUILT_IN,
    OPERATOR_FORMS,
    find_op,
    get_op,
    known_ops,
    opaque,
)
from lazyopt.ops.in_place import (
    FROZEN,
    WRITEABLE_VIEWS,
    in_place,
    writer,
)

from .cases import CASES, OPERATOR_CASES
from .checking import calls_of, outcome
from .test_views import claims_view, results_of

OPS = [
    op
    for op in (*known_ops(), *OPERATOR_FORMS.values())
    if in_place(op) is not None
]
#: Around the widths of vector registers, and of blocks of them; more than the
#: iterator's buffers hold. One element alone is another loop.
LENGTHS = (2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 130, 1000, 8193)
DTYPES = "?bBhHiIlLefdFD"
SPECIAL = (0.0, -0.0, np.nan, np.inf, -np.inf, 1.0, -1.0, 5e-324, 1e308)


def values(dtype: str, n: int, seed: int) -> np.ndarray:
    """Random numbers, with special ones among them."""
    rng = np.random.default_rng([seed, n])
    made: Any = rng.normal(size=n) * 10.0 ** rng.integers(-3, 4, n)
    if dtype in "FD":
        made = made + 1j * rng.normal(size=n)
    if dtype in "efdFD":
        places = rng.random(n) < 0.2
        made[places] = rng.choice(SPECIAL, places.sum())
    with np.errstate(all="ignore"):
        return np.asarray(made).astype(dtype)


def laid_out(x: np.ndarray) -> Iterator[np.ndarray]:
    """Copies of an array in dense memory orders."""
    yield x.copy()
    if x.size % 2 == 0 and x.size > 2:
        yield np.asfortranarray(x.reshape(2, -1))


def others(x: np.ndarray, number: Any) -> Iterator[Any]:
    """What the other operand may be for an array: smaller, or strided."""
    yield x
    yield number
    yield x.ravel()[:1].copy()
    yield np.repeat(x, 2, axis=-1)[..., ::2]
    if x.ndim == 2:
        yield x[:1].copy()
        yield x[:, :1].copy()


def check(op: Any, operands: list[Any]) -> int:
    """Write into each operand that the result fits; count those."""
    try:
        expected = in_place(op)(*operands)
    except (TypeError, ValueError):
        return 0
    if not isinstance(expected, np.ndarray):
        return 0
    checked = 0
    for i, x in enumerate(operands):
        if not isinstance(x, np.ndarray) or x.shape != expected.shape:
            continue
        if (x.dtype, x.strides) != (expected.dtype, expected.strides):
            continue
        given = [y if y is not x else x.copy(order="K") for y in operands]
        found = writer(op)(*given, given[i])
        assert found is given[i]
        assert found.tobytes("A") == expected.tobytes("A"), (op, operands)
        checked += 1
    return checked


@pytest.mark.parametrize("op", OPS, ids=lambda op: f"{op!r}{op.function}")
def test_in_place_bits_are_those_of_a_new_array(op: Any) -> None:
    ufunc = in_place(op)
    assert ufunc is not None
    checked = 0
    with np.errstate(all="ignore"):
        for dtypes in itertools.product(DTYPES, repeat=ufunc.nin):
            for n in LENGTHS:
                flat = [values(d, n, i) for i, d in enumerate(dtypes)]
                for operands in zip(*map(laid_out, flat), strict=True):
                    checked += check(op, list(operands))
                    if ufunc.nin == 2 and dtypes[0] == dtypes[1]:
                        x, y = operands
                        for other in others(x, y.flat[0]):
                            checked += check(op, [x, other])
                            checked += check(op, [other, x])
    assert checked


def test_ufuncs_of_the_library_are_known() -> None:
    names = {op.name for op in OPS}
    assert {"add", "exp", "maximum", "conjugate", "less", "invert"} <= names
    add = find_op("add")
    assert add in BUILT_IN and in_place(add) is np.add
    assert in_place(OPERATOR_FORMS["add"]) is np.add


def test_what_is_no_ufunc_or_takes_another_path_is_left_out() -> None:
    assert in_place(OPERATOR_FORMS["power"]) is None
    assert in_place(OPERATOR_FORMS["matmul"]) is None
    for name in ("matmul", "where", "clip", "sum"):
        op = find_op(name)
        assert op is not None and in_place(op) is None
    assert in_place(opaque(np.add)) is None


def frozen(op: Any, patterns: Any) -> bool:
    """Whether some call's result can't be written to, nor is seen twice."""
    for call in calls_of(patterns):
        value = outcome(op.implementation("numpy"), *call)
        if isinstance(value, Exception):
            continue
        viewed = claims_view(op, call)
        if viewed is not None and (
            op.name not in WRITEABLE_VIEWS
            or not call[0][viewed].flags.writeable
        ):
            continue
        results = results_of(op, value)
        if not all(x.flags.writeable for x in results):
            return True
        pairs = itertools.combinations(results, 2)
        if viewed is None and any(np.may_share_memory(*p) for p in pairs):
            return True
    return False


@pytest.mark.parametrize("name", CASES)
def test_new_results_can_be_written_to(name: str) -> None:
    assert frozen(get_op(name), CASES[name]) is (name in FROZEN)


@pytest.mark.parametrize("name", OPERATOR_CASES)
def test_new_results_of_operators_can_be_written_to(name: str) -> None:
    assert not frozen(OPERATOR_FORMS[name], OPERATOR_CASES[name])
