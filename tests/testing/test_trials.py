"""Trials know what they were given, and can put it back."""

import numpy as np

import lazyopt as lo
from lazyopt.testing.programs import prepared
from lazyopt.testing.trials import Trial


def test_what_was_changed_is_put_back_and_nothing_else() -> None:
    """A view that can't be written to is among the constants."""
    base, view = np.ones(3), np.broadcast_to(np.arange(3.0), (2, 3))
    x = np.full(3, 2.0)
    graph = lo.trace(lambda x: (x + base, x + view), x)
    with prepared():
        trial = Trial.of_graph(graph, (x,))
        base[...] = 0
        x.flags.writeable = False
        assert trial.is_changed()
        trial.put_back()
    assert not trial.is_changed()
    assert base.tolist() == [1.0] * 3
    assert x.flags.writeable and not view.flags.writeable
