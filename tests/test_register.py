"""Functions of one's own as ops."""

import pickle
from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo

from .helpers import exact, names, normal, same

pytestmark = pytest.mark.usefixtures("own_registry")


def like_first(x: lo.ArraySpec, *_: Any, **__: Any) -> lo.ArraySpec:
    return lo.ArraySpec(x.shape, x.dtype)


def test_a_pure_function_is_merged_folded_and_dropped() -> None:
    calls: list[int] = []

    def gelu(x: Any) -> Any:
        calls.append(1)
        return x / (1 + np.exp(-1.702 * x))

    op = lo.register_op(gelu, infer=like_first, name="test_gelu")
    assert (op.name, op.effect, op.is_pure) == ("test_gelu", "pure", True)

    def fn(x: Any) -> Any:
        lo.call(gelu, x + 2)
        return lo.call(gelu, x) * lo.call("test_gelu", x)

    graph = lo.trace(fn, normal(3))
    better = lo.optimize(graph)
    assert calls == []
    assert names(better) == ["input", "test_gelu", "multiply"]
    same(better(normal(3)), gelu(normal(3)) ** 2)


def test_autoray_finds_it_by_name_while_tracing() -> None:
    def halve(x: Any) -> Any:
        return x / 2

    lo.register_op(halve, infer=like_first, name="test_halve")
    graph = lo.trace(lambda x: do("test_halve", x) + 1, normal(3))
    assert names(graph) == ["input", "test_halve", "add"]
    same(graph(normal(3)), normal(3) / 2 + 1)


def test_the_name_is_the_functions_own_by_default() -> None:
    def test_own_name_op(x: Any) -> Any:
        return x

    assert lo.register_op(test_own_name_op, infer=like_first).name == (
        "test_own_name_op"
    )


@pytest.mark.parametrize("effects", ["random", "writes", "opaque"])
def test_calls_with_effects_run_as_traced(effects: Any) -> None:
    calls: list[int] = []

    def effectful(x: Any) -> Any:
        calls.append(len(calls))
        return x + len(calls)

    name = f"test_effect_{effects}"
    lo.register_op(effectful, effects, like_first, name)

    def fn(x: Any) -> Any:
        lo.call(name, x)
        return lo.call(name, x), lo.call(name, x)

    better = lo.optimize(lo.trace(fn, normal(3)))
    assert names(better).count(name) == 3
    x = normal(3)
    same(better(x), (x + 2, x + 3))
    assert better.outputs[0].spec.shape == (3,)
    assert f"!{effects}" in str(better)


def test_a_registered_effect_is_not_assumed_pure() -> None:
    def counts(x: Any) -> Any:
        return x

    name = "test_effect_stays"
    lo.register_op(counts, "opaque", like_first, name)
    graph = lo.trace(
        lambda x: lo.call(name, x) + lo.call(name, x),
        normal(3),
        assume_pure=True,
    )
    assert names(lo.optimize(graph)).count(name) == 2


def test_several_results() -> None:
    def min_max(x: Any) -> Any:
        return x.min(), x.max()

    scalar = lo.ArraySpec((), "float64", kind="scalar")
    lo.register_op(
        min_max,
        infer=lambda x: (scalar, scalar),
        name="test_min_max",
        results=2,
    )

    def fn(x: Any) -> Any:
        low, high = lo.call("test_min_max", x)
        low2, _ = lo.call("test_min_max", x)
        return (x - low) / (high - low2)

    graph = lo.trace(fn, normal(5))
    better = lo.optimize(graph)
    assert names(better).count("test_min_max") == 1
    x = normal(5)
    for run in (graph, better, better.compile()):
        same(run(x), (x - x.min()) / (x.max() - x.min()))


def test_without_infer_the_shape_is_unknown() -> None:
    def surprise(x: Any) -> Any:
        return x[x > 0]

    lo.register_op(surprise, name="test_surprise")
    graph = lo.trace(lambda x: lo.call("test_surprise", x), normal(9))
    assert graph.outputs[0].spec.shape is None
    same(lo.optimize(graph)(normal(9)), normal(9)[normal(9) > 0])


def test_views_share_memory_in_the_profile() -> None:
    def head(x: Any) -> Any:
        return x[:2]

    lo.register_op(
        head,
        infer=lambda x: lo.ArraySpec((2,), x.dtype),
        name="test_head",
        views=(0,),
    )
    graph = lo.trace(lambda x: lo.call("test_head", x + 1), normal(100))
    assert graph.memory.peak_bytes == 800


def test_keyword_and_positional_forms_are_one() -> None:
    def scaled(x: Any, by: float = 2.0) -> Any:
        return x * by

    lo.register_op(
        scaled,
        infer=lambda x, by=2.0: lo.ArraySpec(x.shape, x.dtype),
        name="test_scaled",
    )

    def fn(x: Any) -> Any:
        return lo.call("test_scaled", x, 3.0) + lo.call(
            "test_scaled", x, by=3.0
        )

    x = normal(3)
    better = lo.optimize(lo.trace(fn, x))
    assert names(better).count("test_scaled") == 1
    same(better(x), x * 3.0 + x * 3.0)


def module_level(x: Any) -> Any:
    return x * 3


def test_a_graph_of_it_pickles() -> None:
    lo.register_op(module_level, infer=like_first, name="test_pickled")
    graph = lo.trace(lambda x: lo.call(module_level, x), normal(3))
    other = pickle.loads(pickle.dumps(graph))
    assert other.nodes[-1].op is graph.nodes[-1].op
    same(other(normal(3)), normal(3) * 3)


def test_names_and_functions_are_registered_once() -> None:
    def once(x: Any) -> Any:
        return x

    def other(x: Any) -> Any:
        return x

    lo.register_op(once, infer=like_first, name="test_once")
    with pytest.raises(lo.GraphError, match="registered already"):
        lo.register_op(once, infer=like_first, name="test_once_more")
    with pytest.raises(lo.GraphError, match="choose another"):
        lo.register_op(other, infer=like_first, name="test_once")
    with pytest.raises(lo.GraphError, match="registered already"):
        lo.register_op(np.exp, infer=like_first, name="test_exp")
    with pytest.raises(lo.GraphError, match="choose another"):
        lo.register_op(other, infer=like_first, name="exp")
    graph = lo.trace(lambda x: lo.call(other, x), normal(3))
    assert graph.nodes[-1].op.effect == "opaque"


def test_effects_are_checked() -> None:
    with pytest.raises(lo.GraphError, match="'random'"):
        lo.register_op(lambda x: x, effects="none")  # type: ignore[arg-type]


def test_what_infer_returns_is_checked() -> None:
    def vague(x: Any) -> Any:
        return x

    lo.register_op(vague, infer=lambda x: (3,), name="test_vague")
    with pytest.raises(lo.GraphError, match="should return an ArraySpec"):
        lo.trace(lambda x: lo.call(vague, x), normal(3))


def test_the_number_of_results_is_checked() -> None:
    def pair(x: Any) -> Any:
        return x, x

    lo.register_op(pair, infer=like_first, name="test_pair", results=2)
    with pytest.raises(lo.GraphError, match="2 results"):
        lo.trace(lambda x: lo.call(pair, x), normal(3))


def test_elementwise_functions_count_an_operation_an_element() -> None:
    def bump(x: Any) -> Any:
        return x + 1

    lo.register_op(bump, infer=like_first, name="test_bump", elementwise=True)
    better = exact(lambda x: do("exp", x), normal(7))
    graph = lo.trace(lambda x: lo.call(bump, x), normal(7))
    assert graph.flops == better.flops == 7


def test_an_unknown_op_suggests_the_near_miss() -> None:
    graph = lo.trace(lambda x: x, normal(2))
    with pytest.raises(lo.GraphError, match=r"did you mean '.*exp"):
        lo.call("expp", graph.inputs[0])


@pytest.mark.parametrize("rule", [lambda x: x + 1, lambda x: x.real])
def test_an_infer_that_takes_specs_for_arrays_is_told(rule: Any) -> None:
    def grown(x: Any) -> Any:
        return x + 1

    lo.register_op(grown, infer=rule)
    with pytest.raises(lo.GraphError, match="It gets an ArraySpec for each"):
        lo.trace(lambda x: do("grown", x), normal(3))


def test_an_error_that_infer_raises_itself_is_the_programs() -> None:
    def picky(x: Any) -> Any:
        return x

    def rule(x: lo.ArraySpec) -> lo.ArraySpec:
        raise ValueError("only vectors")

    lo.register_op(picky, infer=rule)
    with pytest.raises(ValueError, match="only vectors"):
        lo.trace(lambda x: do("picky", x), normal(3))
