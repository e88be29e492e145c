"""Value identity: equal keys mean interchangeable values."""

import enum
import functools
import gc
import struct
import weakref
from collections import OrderedDict, namedtuple
from typing import Any

import numpy as np
import pytest

from lazyopt.keys import ArrayKey, Identity, value_key


class Color(enum.Enum):
    RED = 1
    GREEN = 2


class Paint(enum.Enum):
    RED = 1


class Number(enum.IntEnum):
    ONE = 1


Pair = namedtuple("Pair", "a b")


class Sub(np.ndarray):
    pass


def nan(payload: int) -> float:
    """A NaN with these low bits."""
    bits = struct.pack("<Q", 0x7FF8_0000_0000_0000 | payload)
    return float(struct.unpack("<d", bits)[0])


def f(*args: Any, **kwargs: Any) -> Any:
    return args


#: No two of these may have the same key, whatever ``==`` says.
DISTINCT: list[Any] = [
    1,
    1.0,
    True,
    1 + 0j,
    np.float32(1),
    np.float64(1),
    np.int64(1),
    np.int8(1),
    np.bool(True),
    "1",
    b"1",
    Number.ONE,
    np.array(1),
    np.array(1.0),
    0,
    False,
    0.0,
    -0.0,
    0j,
    complex(-0.0, 0.0),
    complex(0.0, -0.0),
    np.float64(0.0),
    np.float64(-0.0),
    nan(0),
    nan(1),
    np.float64(nan(0)),
    np.float64(nan(1)),
    -1,
    -2,
    None,
    Ellipsis,
    "None",
    (),
    [],
    {},
    (1, 2),
    [1, 2],
    Pair(1, 2),
    (1, (2,)),
    ((1,), 2),
    ((1, 2),),
    (1.0, 2),
    range(2),
    range(1, 2),
    range(3),
    range(0, 2, 5),
    np.timedelta64(1, "s"),
    np.timedelta64(1, "ms"),
    slice(None),
    slice(0, None),
    slice(None, 0),
    slice(None, None, 1),
    slice(-1, None),
    slice(-2, None),
    (None, None, None),
    {"a": 1},
    {"a": 1.0},
    {"b": 1},
    {"a": 1, "b": 2},
    {"b": 2, "a": 1},
    OrderedDict(a=1),
    Color.RED,
    Color.GREEN,
    Paint.RED,
    np.dtype("float32"),
    np.dtype(">f4"),
    np.float32,
    "float32",
    float,
    int,
    functools.partial(f, 1),
    functools.partial(f, 1.0),
    functools.partial(f, 1, a=1),
    functools.partial(f),
    functools.partial(nan),
    f,
    np.zeros(3),
    -np.zeros(3),
    np.zeros(3, "float32"),
    np.zeros((3, 1)),
    np.zeros((1, 3)),
    np.zeros((3, 2)),
    np.zeros((2, 3)).T,
    np.zeros((3, 4))[:, ::2],
    np.zeros(3, ">f8"),
    np.zeros(3).view(Sub),
    np.array([0.0, 0.0, nan(0)]),
    np.array([0.0, 0.0, nan(1)]),
    [0.0, 0.0, 0.0],
]


def label(i: int) -> str:
    x = DISTINCT[i]
    return f"{i}-{type(x).__name__}"


@pytest.mark.parametrize("i", range(len(DISTINCT)), ids=label)
def test_different_values_have_different_keys(i: int) -> None:
    key = value_key(DISTINCT[i])
    same = [x for x in DISTINCT if value_key(x) == key]
    assert len(same) == 1, same


def fresh_copies() -> list[tuple[Any, Any]]:
    """Pairs of equal values that are not the same object."""

    def make() -> list[Any]:
        return [
            int("123456789012"),
            float("0.1"),
            complex("1+2j"),
            float("nan"),
            "".join(["a", "b"]),
            bytes([1, 2]),
            np.float32(0.1),
            np.float64("nan"),
            np.datetime64("2020-01-01"),
            (1, [2.0, {"a": slice(1, None)}]),
            [None, Ellipsis, np.int8(3)],
            range(1, 5, 2),
            np.dtype("f8"),
            Pair(1, (2,)),
            functools.partial(f, [1], a=2.0),
            np.arange(6.0).reshape(2, 3),
            np.arange(6.0).reshape(2, 3).T,
            np.arange(6)[::-2],
            np.array(nan(1)),
            np.zeros((0, 3)),
            np.zeros(200_000),
            np.zeros((2, 100_000)).T,
            [np.ones(2), {"x": np.ones(2)}],
        ]

    return list(zip(make(), make(), strict=True))


@pytest.mark.parametrize(
    ("a", "b"), fresh_copies(), ids=lambda x: type(x).__name__
)
def test_equal_values_share_a_key(a: Any, b: Any) -> None:
    assert value_key(a) == value_key(b)
    assert hash(value_key(a)) == hash(value_key(b))


def test_sets_are_keyed_by_what_is_in_them() -> None:
    assert value_key({1, 2}) == value_key({2, 1})
    sets: list[Any] = [{1}, {2}, {1.0}, {1, 2}, set(), frozenset({1})]
    assert len({value_key(x) for x in sets}) == len(sets)


def test_minus_one_and_minus_two_differ_though_their_hashes_agree() -> None:
    assert hash(-1) == hash(-2)
    assert value_key((-1,)) != value_key((-2,))
    assert value_key([slice(-1)]) != value_key([slice(-2)])


def test_large_arrays_are_told_apart_by_their_last_bit() -> None:
    a, b = np.zeros((500, 500)), np.zeros((500, 500))
    assert value_key(a) == value_key(b)
    b[-1, -1] = -0.0
    assert value_key(a) != value_key(b)


def test_an_array_of_objects_is_equal_to_itself_only() -> None:
    a, b = np.array([None]), np.array([None])
    assert value_key(a) == value_key(a)
    assert value_key(a) != value_key(b)


def test_an_object_is_equal_to_itself_only() -> None:
    class Equal:
        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 0

    a, b = Equal(), Equal()
    assert value_key(a) == value_key(a)
    assert value_key(a) != value_key(b)
    assert value_key((1, a)) != value_key((1, b))


def test_what_cannot_be_hashed_has_a_key() -> None:
    x = bytearray(b"x")
    assert len({value_key(x), value_key(x), value_key(bytearray(b"x"))}) == 2


def test_a_key_keeps_what_it_stands_for_alive() -> None:
    class Thing:
        pass

    thing = Thing()
    alive = weakref.ref(thing)
    key = value_key([thing])
    del thing
    gc.collect()
    assert alive() is not None
    del key
    gc.collect()
    assert alive() is None


def test_a_leaf_function_gives_keys_of_what_is_not_static() -> None:
    class Node:
        pass

    a, b = Node(), Node()
    numbers = {a: 7, b: 7}
    assert value_key([a, 1], numbers.__getitem__) == value_key(
        [b, 1], numbers.__getitem__
    )
    assert value_key(a) != value_key(b)


def test_keys_of_arrays_and_objects_do_not_mix() -> None:
    x = np.ones(3)
    assert ArrayKey(x) != Identity(x)
    assert Identity(x) != ArrayKey(x)
    assert value_key(x) == ArrayKey(x)


def test_arrays_of_a_subclass_are_no_plain_ones() -> None:
    x = np.zeros(3)
    assert ArrayKey(x) != ArrayKey(x.view(Sub))
    assert ArrayKey(x) == ArrayKey(x.copy())


def test_dtypes_are_the_same_by_what_they_say() -> None:
    fields = [("a", "f8"), ("b", "i4")]
    assert value_key(np.dtype(fields)) == value_key(np.dtype(fields))
    assert value_key(np.dtype(">f8")) != value_key(np.dtype("<f8"))
