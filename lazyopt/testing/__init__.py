"""Proof that a pass is right: random programs, run before and after it.

`check_pass` puts a pass through what the built-in ones go through;
`assert_equivalent` compares two graphs; `graphs` is a Hypothesis strategy, for
tests of one's own. ``python -m lazyopt.testing.fuzz`` goes on for as long as
it is told.
"""

from typing import TYPE_CHECKING

from lazyopt.testing.checking import assert_equivalent, check_pass

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from lazyopt.graph import Graph

__all__ = ["assert_equivalent", "check_pass", "graphs"]


def graphs() -> "SearchStrategy[Graph]":
    """Random graphs: deep, shared, with several outputs, and all that.

    Their inputs are bound to arrays, so that ``graph()`` runs: with views,
    broadcasting, reductions, contractions, decompositions, constants of every
    layout, random draws, errors, dead code, and outputs that repeat. Needs
    hypothesis.
    """
    from lazyopt.testing import strategies

    return strategies.graphs()
