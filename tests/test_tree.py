"""Pytrees: taken apart, put together, held against each other."""

from collections import OrderedDict, defaultdict
from typing import Any, NamedTuple

import pytest

from lazyopt.errors import InputError
from lazyopt.tree import flatten


class Pair(NamedTuple):
    left: Any
    right: Any


class Leaf:
    """What counts as a leaf here."""


def is_leaf(x: Any) -> bool:
    return isinstance(x, Leaf)


A, B, C = Leaf(), Leaf(), Leaf()

TREES: list[Any] = [
    A,
    (),
    [],
    {},
    None,
    3.5,
    (A, B),
    [A, [B, (C,)]],
    {"b": A, "a": [B, {"c": C}]},
    Pair(A, Pair(B, 1)),
    OrderedDict(b=A, a=B),
    defaultdict(list, b=A, a=B),
    (A, "static", None, {"n": 1}),
    {1: A, (2, 3): B},
]


@pytest.mark.parametrize("value", TREES)
def test_flattening_and_back(value: Any) -> None:
    leaves, tree = flatten(value, is_leaf)
    assert all(map(is_leaf, leaves))
    made = tree.unflatten(iter(leaves))
    assert made == value
    assert type(made) is type(value)


def test_leaves_are_in_depth_first_order() -> None:
    leaves, _ = flatten({"z": [A, (B,)], "a": C}, is_leaf)
    assert leaves == [A, B, C]


@pytest.mark.parametrize("value", TREES)
def test_matching_yields_leaves_with_their_paths(value: Any) -> None:
    leaves, tree = flatten(value, is_leaf)
    found = list(tree.match(value, "x"))
    assert [leaf for _, leaf in found] == leaves
    assert len({path for path, _ in found}) == len(found)


def test_paths_read_as_python() -> None:
    _, tree = flatten({"a": [A, (B,)]}, is_leaf)
    paths = [path for path, _ in tree.match({"a": [A, (B,)]}, "x")]
    assert paths == ["x['a'][0]", "x['a'][1][0]"]


def test_dicts_match_in_any_order_and_lists_tuples() -> None:
    _, tree = flatten({"a": A, "b": [B, C]}, is_leaf)
    found = dict(tree.match({"b": (B, C), "a": A}, "x"))
    assert list(found.values()) == [A, B, C]


@pytest.mark.parametrize(
    ("made_with", "given", "said"),
    [
        ((A, B), (A,), r"x should be a tuple of 2, but is a tuple of 1"),
        ((A, B), A, "x should be a tuple of 2"),
        ([A], {"a": A}, "x should be a list of 1, but is a dict of 1"),
        ({"a": A}, {"b": A}, r"x should be a dict with the keys \['a'\]"),
        ({"a": A}, [A], "x should be a dict"),
        ((A, 1), (A, 2), r"x\[1\] is 2, but the graph was traced with 1"),
        ((A, 1), (A, 1.0), r"x\[1\] is 1.0"),
        ((A, None), (A, A), r"x\[1\] is .*traced with None"),
        ((A, 1), (A, "y" * 99), r"x\[1\] is a str"),
    ],
)
def test_another_structure_is_refused(
    made_with: Any, given: Any, said: str
) -> None:
    _, tree = flatten(made_with, is_leaf)
    with pytest.raises(InputError, match=said):
        list(tree.match(given, "x"))


def test_trees_compare_by_structure_and_static_values() -> None:
    def tree(value: Any) -> Any:
        return flatten(value, is_leaf)[1]

    assert tree((A, 1)) == tree((B, 1))
    assert hash(tree((A, 1))) == hash(tree((B, 1)))
    assert tree((A, 1)) != tree((A, 1.0))
    assert tree((A, 0.0)) != tree((A, -0.0))
    assert tree((A,)) != tree([A])
    assert tree({"a": A}) != tree({"b": A})
    assert tree(A) != 3


def test_knowing_whether_it_has_leaves() -> None:
    assert flatten({"a": [1, (A,)]}, is_leaf)[1].has_leaves()
    assert not flatten({"a": [1, (2,)]}, is_leaf)[1].has_leaves()


def test_reprs_show_the_structure() -> None:
    assert repr(flatten((A, {"k": [B, 3]}), is_leaf)[1]) == (
        "tuple(*, dict(list(*, 3)))"
    )
