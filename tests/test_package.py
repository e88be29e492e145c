"""What `import lazyopt` gives, and what it leaves for later."""

import subprocess
import sys

import pytest

import lazyopt as lo

RUN = """
import sys
from autoray import do
import numpy as np
import lazyopt as lo

graph = lo.trace(lambda x: do("exp", x) + do("exp", x), np.ones(3))
lo.optimize(graph).compile()(np.ones(3))
print(*sorted(sys.modules))
"""


def test_every_public_name_is_there() -> None:
    assert {name for name in lo.__all__ if not hasattr(lo, name)} == set()
    assert set(lo.__all__) <= set(dir(lo))


def test_what_comes_later_is_called_as_its_name_says() -> None:
    names = [*lo._LATER]
    assert [getattr(lo, name).__name__ for name in names] == names
    assert set(names) <= set(lo.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'lazyopt' has no attribute"):
        lo.optimise  # noqa: B018


def test_a_run_imports_no_more_than_it_needs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    later = {f"lazyopt.{name}" for name in lo._LATER.values()}
    more = {"jax", "matplotlib", "scipy", "torch", "lazyopt.looking"}
    assert loaded & (later | more | {"lazyopt.schedule.pieces"}) == set()
    assert "lazyopt.optimizing" in loaded
