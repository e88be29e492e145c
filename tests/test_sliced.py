"""Bodies run in parts: lengths, layouts, memory, errors."""

from typing import Any

import numpy as np
import pytest
from autoray import do

import lazyopt as lo
from lazyopt.passes import Slice
from lazyopt.sliced import Sliced, lengths_of_parts

from .helpers import normal, same


@pytest.mark.parametrize("rows", [2, 3, 7, 100])
@pytest.mark.parametrize("size", [2, 3, 4, 5, 6, 7, 20, 101])
def test_parts_make_up_the_axis_and_none_is_of_one(
    size: int, rows: int
) -> None:
    lengths = lengths_of_parts(size, rows)
    assert sum(lengths) == size
    assert min(lengths) >= 2
    assert max(lengths) <= rows + 1
    assert len(set(lengths[:-1])) <= 1
    assert all(n == rows for n in lengths[:-1])


def pairs(x: Any) -> Any:
    difference = x[:, None, :] - x[None, :, :]
    return do("sum", do("tanh", difference), axis=1)


def test_results_lie_as_eager_ones_do() -> None:
    x = np.asfortranarray(normal(20, 4))
    graph = lo.trace(lambda x: do("exp", x + 1) * 2, x)
    found = lo.optimize(graph, [Slice()])
    assert [n.op.name for n in found][-1] == "sliced"
    same(found(x), graph(x))
    assert found(x).strides == graph(x).strides
    assert found(x).flags.owndata


def test_workspace_is_a_part_at_its_peak() -> None:
    x = normal(60, 3)
    graph = lo.optimize(lo.trace(pairs, x), [Slice(60_000)])
    node = graph.outputs[0]
    assert node.op.region is not None
    profile = graph.memory
    assert profile.workspace[profile.steps.index(node)] == (
        node.op.region.runner.workspace_bytes
    )
    measured = graph.measure(x)
    assert measured.parts_at is None
    assert node.op.region.runner.workspace_bytes <= measured.measured_peak


def test_flops_are_those_of_the_whole() -> None:
    graph = lo.trace(pairs, normal(60, 3))
    assert lo.optimize(graph, [Slice()]).flops == graph.flops


def test_an_error_says_which_call_it_comes_from() -> None:
    def program(x: Any) -> Any:
        y = do("linalg.inv", x * 2)
        return do("sum", y + 1, axis=0)

    x = normal(50, 3, 3)
    graph = lo.optimize(lo.trace(program, x), [Slice()])
    assert any(n.op.region for n in graph)
    x[33] = 0
    with pytest.raises(np.linalg.LinAlgError) as caught:
        graph(x)
    notes = "\n".join(caught.value.__notes__)
    assert "linalg.inv" in notes
    assert "sliced" in notes


def test_sums_of_parts_stay_arrays_or_scalars() -> None:
    def program(x: Any) -> Any:
        y = do("exp", x)
        return do("sum", y * 2), do("tensordot", y, y, 2), do("max", y)

    x = normal(40, 30)
    graph = lo.trace(program, x)
    found = lo.optimize(graph, [Slice(exact=False)], fast_math=True)
    assert any(n.op.region for n in found)
    for a, b in zip(found(x), graph(x), strict=True):
        assert type(a) is type(b)
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_what_can_not_be_cut_is_refused() -> None:
    graph = lo.trace(lambda x: x * 2, normal(6))
    with pytest.raises(lo.GraphError, match="2 rows"):
        Sliced(graph, axes=(0, 0), rows=1)
    with pytest.raises(lo.GraphError, match="must be one"):
        Sliced(graph, axes=(None, None), rows=2)
    other = lo.trace(lambda x: do("transpose", x) * 2, normal(6, 6))
    with pytest.raises(lo.GraphError, match="lie in memory"):
        Sliced(other, axes=(0, 0, 0), rows=3)
