"""Graphs as scripts: they say the same, bit by bit."""

from typing import Any

import numpy as np
import pytest

import lazyopt as lo
from lazyopt.testing.decoder import decode
from lazyopt.testing.effects import bits
from lazyopt.testing.failures import bound
from lazyopt.testing.operands import (
    DTYPES,
    LAYOUTS,
    PATTERNS,
    laid_out,
    make_array,
)
from lazyopt.testing.programs import random_codes
from lazyopt.testing.scripts import array_text, script_of
from lazyopt.testing.trials import graph_of


def evaluated(text: str) -> Any:
    return eval(text, {"np": np, "laid_out": laid_out})


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_come_back_bit_by_bit(dtype: str) -> None:
    for shape in ((), (3,), (2, 3), (0, 3), (2, 3, 4)):
        for layout in LAYOUTS:
            for pattern in PATTERNS:
                x = make_array(dtype, shape, layout, pattern)
                again = evaluated(array_text(x))
                assert bits(again) == bits(x)
                assert again.flags.writeable == x.flags.writeable
                if x.size:
                    assert again.strides == x.strides
                if not shape:
                    assert bits(evaluated(array_text(x[()]))) == bits(x[()])


def test_scripts_of_random_graphs_run() -> None:
    rng = np.random.RandomState(0)
    ran = 0
    for _ in range(60):
        program = decode(random_codes(rng, 4, 10))
        if program.fails:
            continue
        graph = bound(graph_of(program), program.inputs)
        passes = [lo.passes.Share(), lo.Fixpoint(["prune", "simplify"])]
        text = script_of(graph, passes, program.divide, ["A program"])
        assert text.startswith("# A program\n# lazyopt ")
        names: dict[str, Any] = {"__name__": "script"}
        with np.errstate(all="ignore"):
            exec(compile(text, "script", "exec"), names)
        made = names["graph"]
        assert [n.specs for n in made.outputs] == [
            n.specs for n in graph.outputs
        ]
        assert len(made.donated) == len(graph.donated)
        ran += 1
    assert ran > 40
