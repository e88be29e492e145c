"""Which arrays lie in the same memory, and why it matters for bits."""

import pickle
from typing import Any

import numpy as np
from autoray import do

import lazyopt as lo
from lazyopt.aliasing import groups_in_memory


def sets(groups: list[list[int]]) -> set[frozenset[int]]:
    return {frozenset(g) for g in groups}


def test_views_of_one_array_are_one_group() -> None:
    a, b = np.zeros((3, 3)), np.zeros(2)
    groups = groups_in_memory([a.T, b, a[1:], 1.0, a])
    assert sets(groups) == {
        frozenset({0, 2, 4}),
        frozenset({1}),
        frozenset({3}),
    }


def test_empty_arrays_and_none_stand_alone() -> None:
    assert sets(groups_in_memory([np.zeros(0), None])) == {
        frozenset({0}),
        frozenset({1}),
    }


def matrix() -> np.ndarray:
    rng = np.random.RandomState(0)
    return rng.normal(size=(41, 41))  # type: ignore[no-any-return]


def test_equal_constants_do_not_merge_into_two_views_of_one_array() -> None:
    """`a @ a.T` calls syrk, whose bits differ from those of `a @ copy.T`."""
    held = matrix()
    other = held.T

    def program(x: Any) -> Any:
        first = do("copy", other, like=x)
        second = do("copy", other, like=x)
        return held * x, other * x, first @ do("transpose", second)

    x = np.ones((41, 41))
    graph = lo.trace(program, x)
    for again in (graph, lo.optimize(graph)):
        for a, b in zip(again(x), program(x), strict=True):
            assert a.tobytes() == b.tobytes()


def test_constants_that_share_memory_do_so_after_pickling() -> None:
    held = matrix()
    x = np.ones((41, 41))
    graph = lo.trace(lambda x: held @ held.T + x, x)
    view = held.T
    also = lo.trace(lambda x: held @ view + x, x)
    separate = lo.trace(lambda x: held @ do("transpose", held, like=x) + x, x)
    for made in (graph, also, separate):
        again = pickle.loads(pickle.dumps(made))
        assert again(x).tobytes() == made(x).tobytes()
