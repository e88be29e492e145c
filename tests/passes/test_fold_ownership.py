"""Folding never touches the arrays that a program closes over."""

import numpy as np
from autoray import do

import lazyopt as lo


def test_a_users_array_that_a_call_returns_stays_writeable() -> None:
    held = np.ones((3, 3))
    graph = lo.trace(lambda x: x + do("asarray", held), np.ones((3, 3)))
    lo.optimize(graph, ["fold"])
    assert held.flags.writeable
