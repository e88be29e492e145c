"""Pruning removes exactly what no output needs."""

from typing import Any

import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes import Prune
from lazyopt.registry import find_pass, pass_names

from ..helpers import exact, names, normal, same


def test_what_no_output_needs_goes() -> None:
    def fn(x: Any) -> Any:
        y = do("exp", x)
        do("sin", do("cos", y))
        return y + 1

    better = exact(fn, normal(3), passes=["prune"])
    assert names(better) == ["input", "exp", "add"]


def test_nothing_to_prune_is_the_same_object() -> None:
    graph = lo.trace(lambda x: do("exp", x), normal(3))
    assert Prune()(graph) is graph


def test_inputs_stay() -> None:
    better = exact(lambda x, y: y * 2, normal(3), normal(2), passes=["prune"])
    assert len(better.inputs) == 2
    assert names(better) == ["input", "input", "multiply"]


def test_constants_that_nothing_uses_go() -> None:
    c = normal(3)

    def fn(x: Any) -> Any:
        _ = x + c
        return x * 2

    graph = lo.optimize(lo.trace(fn, normal(3)), ["prune"])
    assert names(graph) == ["input", "multiply"]


def test_effects_and_what_they_use_stay() -> None:
    calls: list[int] = []

    def log(x: Any) -> Any:
        calls.append(1)
        return x

    def fn(x: Any) -> Any:
        lo.call(log, do("exp", x))
        do("sin", x)
        return x + 1

    graph = lo.trace(fn, normal(3))
    better = Prune()(graph)
    assert names(better) == ["input", "exp", "log", "add"]
    same(better(normal(3)), normal(3) + 1)
    assert calls == [1]


def test_random_draws_stay_since_they_move_the_stream() -> None:
    def fn(x: Any) -> Any:
        do("random.normal", size=(3,), like=x)
        return x + 1

    better = Prune()(lo.trace(fn, normal(3)))
    assert [n.op.effect for n in better].count("random") == 1


def test_one_used_result_of_several_keeps_the_call() -> None:
    def fn(x: Any) -> Any:
        q, _ = do("linalg.qr", x)
        return q

    better = exact(fn, normal(3, 3), passes=["prune"])
    assert names(better) == ["input", "linalg.qr", "item"]


def test_outputs_of_outputs_stay() -> None:
    def fn(x: Any) -> Any:
        y = x + 1
        z = y * 2
        return z, y, y

    better = exact(fn, normal(3), passes=["prune"])
    assert len(better) == 3


def test_the_order_is_kept() -> None:
    def fn(x: Any) -> Any:
        c = do("cos", x)
        do("sin", x)
        e = do("exp", x)
        return e + c

    graph = lo.trace(fn, normal(3))
    better = Prune()(graph)
    kept = [n for n in graph if n in set(better.nodes)]
    assert list(better.nodes) == kept


@pytest.mark.parametrize("name", pass_names())
def test_passes_are_values_that_say_what_they_guarantee(name: str) -> None:
    """They can be keys, and be compared; what they claim is checked."""
    item = find_pass(name)
    assert hash(item) == hash(type(item)())
    assert item == type(item)()
    assert set(item.never_grows) <= {"nodes", "peak"}


def test_fewer_nodes_are_no_more() -> None:
    assert Prune.never_grows == ("nodes", "peak")
