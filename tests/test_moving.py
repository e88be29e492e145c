"""Graphs for libraries that aren't there."""

import pytest

import lazyopt as lo

from .helpers import normal


def test_a_library_that_nobody_knows_is_named() -> None:
    graph = lo.trace(lambda x: x + 1, normal(3))
    with pytest.raises(lo.InputError, match="did you mean 'torch'"):
        graph.on("torchh")
    with pytest.raises(lo.InputError, match=r"'nosuch' is installed\. A lib"):
        graph.on("nosuch")
    with pytest.raises(lo.InputError, match=r"no library .. is"):
        graph.on("")


def test_a_graph_may_be_planned_for_a_library_that_is_elsewhere() -> None:
    graph = lo.trace(lambda x: x + 1, normal(3)).on("cupy")
    assert graph.backend == "cupy"
    assert graph.memory.peak_bytes == 24
