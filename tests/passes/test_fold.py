"""Folding computes what no input changes, within its budget."""

import warnings
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes import Fold

from ..helpers import exact, names, normal, same


def folded(fn: Any, *args: Any, **options: Any) -> lo.Graph:
    return exact(fn, *args, passes=[Fold(**options), "prune"])


def like(x: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    """A call that is recorded although it is of constants alone."""
    return do(name, *args, like=x, **kwargs)


def test_calls_of_constants_become_a_constant() -> None:
    c = normal(3)

    def fn(x: Any) -> Any:
        return x * like(x, "exp", like(x, "sin", c))

    better = folded(fn, normal(3))
    assert names(better) == ["input", "constant", "multiply"]
    same(better.nodes[1].value, np.exp(np.sin(c)))


def test_creation_is_folded() -> None:
    def fn(x: Any) -> Any:
        return x @ (like(x, "eye", 3) + like(x, "arange", 3))

    assert names(folded(fn, normal(3, 3))) == ["input", "constant", "matmul"]


def test_what_depends_on_an_input_stays() -> None:
    graph = lo.trace(lambda x: do("exp", x) * 2, normal(3))
    assert Fold()(graph) is graph


def test_random_draws_and_what_follows_stay() -> None:
    def fn(x: Any) -> Any:
        return x + like(x, "exp", like(x, "random.normal", size=(3,)))

    graph = lo.trace(fn, normal(3))
    assert Fold()(graph) is graph


def test_opaque_calls_stay() -> None:
    calls: list[int] = []

    def noisy(x: Any) -> Any:
        calls.append(1)
        return x

    c = normal(3)
    graph = lo.trace(lambda x: x + lo.call(noisy, like(x, "asarray", c)), c)
    better = lo.optimize(graph)
    assert calls == []
    better(c)
    assert calls == [1]


@pytest.mark.parametrize(
    "make",
    [
        lambda c: c.T,
        np.asfortranarray,
        lambda c: c[::2, ::-1],
        lambda c: np.broadcast_to(c[:, :1], c.shape),
        lambda c: c.transpose(1, 0)[::-1],
    ],
)
def test_strides_are_kept(make: Any) -> None:
    c = make(normal(44, 44))
    n, m = c.shape

    def fn(x: Any) -> Any:
        y = like(x, "multiply", c, 2.0)
        t = like(x, "transpose", c)
        return do("sum", x * y), do("sum", x.T * t, 0), do("sum", y + x, 1)

    folded(fn, normal(n, m, seed=1))


def test_a_folded_view_is_a_copy_that_nobody_can_write() -> None:
    c = normal(4, 4)

    def fn(x: Any) -> Any:
        return x + like(x, "transpose", c)

    better = folded(fn, normal(4, 4))
    (constant,) = [n for n in better if n.is_constant]
    assert not np.shares_memory(constant.value, c)
    assert constant.value.flags.f_contiguous
    assert not constant.value.flags.writeable
    assert c.flags.writeable


def test_the_callers_constants_stay_writable() -> None:
    c = normal(3)
    exact(lambda x: x + like(x, "exp", c) + c, normal(3))
    assert c.flags.writeable


def skips(graph: lo.Graph, **options: Any) -> list[str]:
    better = lo.optimize(graph, [Fold(**options)])
    return [s.reason for s in better.history[-1].skips]


def test_it_stays_within_its_budget_and_says_so() -> None:
    def fn(x: Any) -> Any:
        big = like(x, "ones", (100, 100))
        return do("sum", big * x) + like(x, "arange", 3)[1]

    graph = lo.trace(fn, np.float64(2.0))
    better = lo.optimize(graph, [Fold(max_growth="1 KiB")])
    assert better.memory.resident_bytes <= graph.memory.resident_bytes + 1024
    assert "ones" in names(better)
    assert any("1,024 B" in r for r in skips(graph, max_growth=1024))
    same(better(np.float64(2.0)), fn(np.float64(2.0)))


def test_the_budget_is_for_the_net_growth() -> None:
    c = normal(1000)

    def fn(x: Any) -> Any:
        return x + like(x, "exp", c)

    graph = lo.trace(fn, normal(1000))
    better = lo.optimize(graph, [Fold(max_growth=0), "prune"])
    assert names(better) == ["input", "constant", "add"]


def test_a_budget_of_nothing_still_lets_it_shrink() -> None:
    c = normal(1000)

    def fn(x: Any) -> Any:
        return x + like(x, "sum", c) + like(x, "tile", c, 50)[:1]

    better = folded(fn, np.float64(1.0), max_growth=0)
    assert better.memory.resident_bytes <= 8000 + 16
    assert "sum" not in names(better)


def test_what_is_returned_stays_the_callers() -> None:
    c = normal(3)
    graph = lo.trace(lambda x: (x, like(x, "exp", c)), normal(3))
    better = lo.optimize(graph)
    first = better(normal(3))[1]
    first[:] = 0
    same(better(normal(3))[1], np.exp(c))
    assert any("write into" in r for r in skips(graph))


@pytest.mark.parametrize(
    ("name", "args", "error"),
    [
        ("linalg.inv", (np.zeros((2, 2)),), np.linalg.LinAlgError),
        ("linalg.cholesky", (-np.eye(2),), np.linalg.LinAlgError),
    ],
)
def test_what_raises_stays_and_raises_when_run(
    name: str, args: Any, error: type[Exception]
) -> None:
    def fn(x: Any) -> Any:
        return x + like(x, "exp", like(x, name, *args)) * 2

    graph = lo.trace(fn, normal(2, 2))
    better = lo.optimize(graph)
    assert any("it raises" in r for r in skips(graph))
    with pytest.raises(error):
        better(normal(2, 2))


def test_what_warns_stays_and_warns_when_run() -> None:
    zero = np.zeros(2)

    def fn(x: Any) -> Any:
        return x + like(x, "log", zero)

    graph = lo.trace(fn, normal(2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        better = lo.optimize(graph)
    assert any("it raises" in r for r in skips(graph))
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        better(normal(2))


def test_operands_of_what_raises_are_folded() -> None:
    c = np.zeros((2, 2))

    def fn(x: Any) -> Any:
        y = like(x, "multiply", like(x, "add", c, 0.0), 0.0)
        return x + like(x, "linalg.inv", y)

    better = lo.optimize(lo.trace(fn, normal(2, 2)))
    assert "multiply" not in names(better)
    assert "linalg.inv" in names(better)


def test_decompositions_of_constants_are_folded() -> None:
    c = normal(3, 3)

    def fn(x: Any) -> Any:
        q, r = like(x, "linalg.qr", c)
        return q @ x + r

    better = folded(fn, normal(3, 3))
    assert "linalg.qr" not in names(better)


def test_scalars_are_folded_as_scalars() -> None:
    c = normal(5)

    def fn(x: Any) -> Any:
        s = like(x, "sum", c)
        z = like(x, "tensordot", c, c, 1)
        return x * s**3, x * z**3, (s * z) ** 3 * x

    folded(fn, normal(5))


def test_it_works_on_the_errstate_of_the_call() -> None:
    big = np.array([1e308])

    def fn(x: Any) -> Any:
        return x + like(x, "multiply", big, 10.0)

    with np.errstate(over="ignore"):
        better = exact(fn, normal(1))
    assert "multiply" in names(better)


def test_a_budget_that_is_no_size_is_an_error() -> None:
    graph = lo.trace(lambda x: x + like(x, "eye", 3), normal(3))
    with pytest.raises((ValueError, lo.PassError), match="number of bytes"):
        lo.optimize(graph, [Fold(max_growth="lots")])


@pytest.mark.parametrize("shape", [(4, 6), (1, 6), (4, 1, 6)])
def test_views_with_gaps_stay_views(shape: tuple[int, ...]) -> None:
    c = normal(*shape)

    def fn(x: Any) -> Any:
        return x * do("negative", c, like=x)[..., ::2]

    after = Fold()(lo.trace(fn, normal(3)))
    assert names(after)[-2:] == ["getitem", "multiply"]
    assert "negative" not in names(after)


def test_the_largest_results_are_left_first() -> None:
    """And no more of them than it takes."""

    def fn(x: Any) -> Any:
        sizes = (10, 100, 50)
        made = [like(x, "exp", like(x, "arange", float(n))) for n in sizes]
        return [x * each for each in made]

    for budget, left in ((1280, 0), (1279, 1), (480, 1), (479, 2), (79, 3)):
        better = folded(fn, np.ones(1), max_growth=budget)
        assert names(better).count("exp") == left
        kept = {n.spec.size for n in better if n.is_constant}
        assert kept >= set(sorted((10, 50, 100))[: 3 - left])


def test_views_of_what_a_contraction_takes_twice_stay() -> None:
    """NumPy calls another routine for an array and its own transpose."""
    C = normal(40, 90)

    def fn(x: Any) -> Any:
        y = like(x, "exp", C)
        # What is returned isn't folded, but its operands are.
        return like(x, "matmul", y, y.T), x + 1

    better = folded(fn, np.float64(2.0))
    assert names(better) == ["input", "constant", "transpose", "matmul", "add"]


BACKWARDS, PAIR = np.full(3, -1.0)[:1][::-1], np.ones(2)


@pytest.mark.parametrize(
    "view",
    [
        lambda x: do("real", BACKWARDS, like=x),
        lambda x: do("negative", np.ones(1), like=x)[::-1],
        lambda x: do("flip", do("negative", np.ones((1, 1)), like=x), 1),
        lambda x: do("split", do("exp", np.ones(2), like=x)[::-1], 2)[0] - 9,
        lambda x: do("split", do("negative", PAIR, like=x)[::-1], 2)[0],
    ],
)
def test_one_element_that_lies_backwards_stays(view: Any) -> None:
    """``log(-1)`` is a NaN whose sign tells which way a loop goes."""

    def program(x: Any) -> Any:
        return do("log2", view(x)), x

    x = np.ones(2)
    with np.errstate(all="ignore"):
        same(lo.optimize(lo.trace(program, x), [Fold()])(x), program(x))


def test_memory_that_another_constant_lies_in_is_not_gained() -> None:
    shared = np.ones(8)

    def program(x: Any) -> Any:
        made = do("exp", do("exp", shared, like=x))
        return shared[:], made, x

    graph = lo.trace(program, np.ones(2))
    assert lo.optimize(graph, [Fold(0)]).counts["exp"] == 2
    assert lo.optimize(graph, [Fold(64)]).counts["exp"] == 1
