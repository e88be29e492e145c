"""Which rule tells the workspace of a call, and that it is remembered."""

from typing import Any

import numpy as np
import pytest

import lazyopt as lo
from lazyopt.build import call, input_node
from lazyopt.ops import BUILT_IN, OPERATOR_FORMS, get_op, known_ops
from lazyopt.specs import ArraySpec
from lazyopt.workspace.lookup import has_rule, workspace_bytes

from .checking import array


def smoothed(x: Any, width: int = 1, *, weights: Any = None) -> Any:
    """A function of the user's own, with temporaries."""
    return np.cumsum(x) * width


def like_the_first(x: ArraySpec, width: int = 1, **options: Any) -> ArraySpec:
    return x


#: NumPy's. Those that go through files take nothing, and others are others'.
NUMPYS = [op for op in known_ops() if op in BUILT_IN]


@pytest.mark.parametrize("op", [*NUMPYS, *OPERATOR_FORMS.values()], ids=str)
def test_every_op_is_covered(op: lo.Op) -> None:
    assert has_rule(op)


@pytest.mark.usefixtures("own_registry")
def test_a_rule_of_the_users_own() -> None:
    seen = []

    def workspace(
        results: Any, x: ArraySpec, width: int = 1, *, weights: Any = None
    ) -> int:
        seen.append((results, x, width, weights))
        return width * x.nbytes

    op = lo.register_op(smoothed, infer=like_the_first, workspace=workspace)
    assert has_rule(op)
    x = array(1000)
    graph = lo.trace(lambda v: lo.call(smoothed, v, width=3, weights=v), x)
    spec = graph.inputs[0].spec
    assert graph.memory.workspace == (3 * x.nbytes,)
    assert graph.memory.peak_bytes == 4 * x.nbytes
    assert seen == [((spec,), spec, 3, spec)]


@pytest.mark.usefixtures("own_registry")
def test_without_a_rule_a_users_function_needs_nothing() -> None:
    op = lo.register_op(smoothed, infer=like_the_first)
    assert not has_rule(op)
    assert workspace_bytes(call(op, array(1000))) == 0


@pytest.mark.usefixtures("own_registry")
def test_equal_calls_are_asked_once() -> None:
    asked = []

    def workspace(results: Any, x: ArraySpec, width: int = 1) -> int:
        asked.append(width)
        return 1

    op = lo.register_op(smoothed, infer=like_the_first, workspace=workspace)
    x = array(1000)
    nodes = [call(op, x, 2), call(op, array(1000, "float64"), 2)]
    nodes += [call(op, x, width=2), call(op, x, 3)]
    assert [workspace_bytes(n) for n in nodes] == [1] * 4
    assert asked == [2, 3]


def test_what_is_not_known_counts_as_nothing() -> None:
    def mystery(x: Any) -> Any:
        return x

    graph = lo.trace(lambda x: lo.call(mystery, x) + 1.5, array(10, "int32"))
    assert graph.memory.workspace == (0, 0)


def test_dtypes_of_other_libraries_count_as_nothing() -> None:
    spec = ArraySpec((300, 400), "bfloat16")
    x = input_node("x", spec)
    assert workspace_bytes(lo.Node(get_op("exp"), (x,), None, (spec,))) == 0
    flags = input_node("y", ArraySpec((300, 400), "bool"))
    node = lo.Node(get_op("subtract"), (flags, flags), None, flags.specs)
    assert workspace_bytes(node) == 0


@pytest.mark.usefixtures("own_registry")
def test_errors_of_the_users_own_rule_are_raised() -> None:
    def workspace(results: Any) -> int:
        return 0

    op = lo.register_op(smoothed, infer=like_the_first, workspace=workspace)
    with pytest.raises(TypeError, match="workspace"):
        workspace_bytes(call(op, array(1000)))


def test_function_and_operator_differ_where_numpy_does() -> None:
    x = array((100, 100), "bool")
    by_operator = workspace_bytes(call(OPERATOR_FORMS["power"], x, 2))
    by_function = workspace_bytes(call(get_op("power"), x, 2))
    assert by_operator == 8192
    assert by_function == 8192 * 8


def test_what_cannot_be_written_to_is_copied() -> None:
    frozen = np.arange(5000.0)
    frozen.flags.writeable = False
    free = frozen.copy()
    assert workspace_bytes(call("argmin", free)) == 0
    assert workspace_bytes(call("argmin", frozen)) == frozen.nbytes
    view = call("reshape", frozen, (50, 100))
    assert workspace_bytes(call("argmax", view, axis=-1)) == frozen.nbytes
