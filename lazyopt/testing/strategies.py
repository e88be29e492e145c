"""Random programs for Hypothesis, which this needs."""

# Imported here, since Hypothesis takes a first example that imports for slow.
import scipy.linalg  # noqa: F401
from hypothesis import strategies as st

from lazyopt.graph import Graph
from lazyopt.testing.building import built
from lazyopt.testing.decoder import decode
from lazyopt.testing.failures import bound
from lazyopt.testing.instructions import bait_for
from lazyopt.testing.programs import CODE, Program

__all__ = ["CODES", "codes_for", "graphs", "programs"]

#: 0 is no instruction at all, so the shortest lists can stay this long.
CODES = st.lists(st.integers(0, CODE - 1), min_size=14, max_size=34)


def codes_for(name: str) -> st.SearchStrategy[list[int]]:
    """Codes of programs, up to twice with what a pass looks for."""
    digits = st.lists(st.integers(0, CODE - 1), max_size=2)
    return st.builds(
        lambda codes, digits: [
            *codes,
            *filter(None, [bait_for(name, digit) for digit in digits]),
        ],
        CODES,
        digits,
    )


def programs() -> st.SearchStrategy[Program]:
    """Random array programs, with inputs to run them on."""
    return CODES.map(decode)


def graphs() -> st.SearchStrategy[Graph]:
    """Random graphs, their inputs bound to arrays: see `lazyopt.testing`."""
    return programs().map(lambda p: bound(built(p), p.inputs))
