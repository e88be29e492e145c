"""Autoray's own entry runs programs by lazyopt."""

import subprocess
import sys
from typing import Any

import autoray
import numpy as np
import pytest
from autoray import compiler as autorays
from autoray import do

import lazyopt as lo
from lazyopt.autojit import CompileLazyopt, register

from .helpers import modified_gram_schmidt, normal, same


def test_one_word_is_all_that_changes() -> None:
    x = normal(6, 6)
    found = autoray.autojit(modified_gram_schmidt, backend="lazyopt")(x)
    same(found, modified_gram_schmidt(x))


def test_what_autoray_itself_gets_wrong_is_right() -> None:
    """Its cache keys are hashes, and -1 and -2 have the same."""
    x = normal(4)
    fn = autoray.autojit(lambda x: x[-1] - x[-2], backend="lazyopt")
    same(fn(x), x[-1] - x[-2])


def test_as_a_decorator_with_options() -> None:
    seen: list[str] = []

    @autoray.autojit(
        backend="lazyopt",
        compiler_opts={
            "lazyopt": {
                "passes": ["share"],
                "on_pass": lambda record: seen.append(record.name),
            }
        },
    )
    def fn(x: Any, *, n: int) -> Any:
        return {"r": (do("exp", x) + do("exp", x)) * n}

    x = normal(3)
    same(fn(x, n=2), {"r": (np.exp(x) + np.exp(x)) * 2})
    assert seen == ["share"]


def test_each_signature_has_its_own_graph() -> None:
    fn = autoray.autojit(lambda x, n: x * n, backend="lazyopt")
    for x in (normal(2), normal(3), normal(2).astype("float32")):
        for n in (2, 3):
            same(fn(x, n), x * n)


def test_the_backend_may_be_chosen_at_the_call() -> None:
    fn = autoray.autojit(lambda x: do("sum", x * 2))
    same(fn(normal(3), backend="lazyopt"), np.sum(normal(3) * 2))


def test_errors_are_lazyopts() -> None:
    fn = autoray.autojit(lambda x: 1 if x.sum() > 0 else 2, backend="lazyopt")
    with pytest.raises(lo.TraceError):
        fn(normal(3))


def test_what_autoray_took_it_for_before_is_forgotten() -> None:
    autorays._backend_lookup["lazyopt", "numpy"] = "python-numpy"
    register()
    assert ("lazyopt", "numpy") not in autorays._backend_lookup
    assert autorays._compiler_lookup["lazyopt"] is CompileLazyopt


def test_importing_lazyopt_is_enough() -> None:
    script = """
import autoray, numpy as np
import lazyopt
fn = autoray.autojit(lambda x: x[-1] - x[-2], backend="lazyopt")
assert fn(np.array([1.0, 5.0])) == 4.0
"""
    subprocess.run([sys.executable, "-c", script], check=True)
