"""Small graphs are put in the best order there is, by trying every one.

What is live is found from the arrays that a run makes: which of them own
memory, and which are views.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from autoray import do
from hypothesis import given
from hypothesis import strategies as st

import lazyopt as lo

X = np.linspace(0.1, 1.0, 6)

#: The name of each call, how many operands it reads, and the call.
OPS: dict[str, tuple[int, Callable[..., Any]]] = {
    "exp": (1, lambda a: do("exp", a)),
    "hypot": (2, lambda a, b: do("hypot", a, b)),
    "head": (1, lambda a: a[:2]),
    "flip": (1, lambda a: do("flip", a)),
    "sum": (1, lambda a: do("sum", a, axis=0, keepdims=True)),
    "modf": (1, lambda a: do("modf", a)),
    "concatenate": (2, lambda a, b: do("concatenate", (a, b))),
    "draw": (0, lambda like: do("random.normal", size=(7,), like=like)),
}


@dataclass
class Step:
    """A call: the arrays it reads and returns, and whether it draws."""

    reads: list[Any]
    made: list[Any]
    draws: bool = False


@dataclass
class Run:
    """Calls op after op, on arrays or on what is traced."""

    code: list[tuple[str, int, int]]
    kept: list[int]
    steps: list[Step] = field(default_factory=list)

    def __call__(self, *inputs: Any) -> list[Any]:
        self.steps = []
        values = list(inputs)
        for name, *chosen in self.code:
            count, call = OPS[name]
            reads = [values[i % len(values)] for i in chosen[:count]]
            if len({a.shape for a in reads}) > 1:
                name, call = "concatenate", OPS["concatenate"][1]
            found = call(*reads or inputs[:1])
            made = list(found) if isinstance(found, tuple | list) else [found]
            self.steps.append(Step(reads, made, name == "draw"))
            values += made
        return [values[k % len(values)] for k in self.kept]


def owner(array: Any) -> int:
    """The array whose memory another one is in, by its identity."""
    while array.base is not None:
        array = array.base
    return id(array)


def lowest_peak(
    run: Run, workspace: tuple[int, ...], donated: list[Any], kept: list[Any]
) -> int:
    """The lowest peak of any order of the calls of a run on arrays."""
    steps = range(len(run.steps))
    size: dict[int, int] = {}
    maker: dict[int, int] = {}
    readers: dict[int, int] = {}
    read = {owner(array) for step in run.steps for array in step.reads}
    for array in donated:
        if id(array) in read:  # else nothing could free it
            size[id(array)] = array.nbytes
            maker[id(array)] = 0
    waits = []
    makers: dict[int, int] = {}
    draw = -1
    for v, step in enumerate(run.steps):
        needs = 0
        for array in step.reads:
            needs |= makers.get(id(array), 0)
            s = owner(array)
            readers[s] = readers.get(s, 0) | 1 << v
        if step.draws:
            needs |= 1 << draw if draw >= 0 else 0
            draw = v
        waits.append(needs)
        for array in step.made:
            makers[id(array)] = 1 << v
            if array.base is None:
                size[id(array)] = array.nbytes
                maker[id(array)] = 1 << v
    ends = {owner(array) for array in kept}
    fresh = [sum(size[s] for s in size if maker[s] == 1 << v) for v in steps]

    def live(done: int) -> int:
        return sum(
            size[s]
            for s in size
            if not maker[s] & ~done
            and (s in ends or readers.get(s, 0) & ~done)
        )

    @cache
    def lowest(done: int) -> int:
        now = live(done)
        return min(
            (
                max(
                    now + fresh[v] + workspace[v],
                    lowest(done | 1 << v),
                )
                for v in steps
                if not done >> v & 1 and not waits[v] & ~done
            ),
            default=now,
        )

    return lowest(0)


CODE = st.lists(
    st.tuples(
        st.sampled_from(sorted(OPS)), st.integers(0, 20), st.integers(0, 20)
    ),
    min_size=1,
    max_size=9,
)


@given(
    CODE,
    st.lists(st.integers(0, 20), min_size=1, max_size=3),
    st.sets(st.sampled_from([0, 1])),
)
def test_no_order_of_a_small_graph_is_better(
    code: list[tuple[str, int, int]], kept: list[int], donated: set[int]
) -> None:
    run = Run(code, kept)
    arrays = [X.copy(), X + 1]
    with np.errstate(over="ignore"):
        outputs = run(*arrays)
    graph = lo.trace(Run(code, kept), *arrays)
    if donated:
        graph = graph.donate(*donated)
    before = graph.memory
    assert len(before.steps) == len(run.steps)
    given_away = [arrays[i] for i in donated]
    wanted = lowest_peak(run, before.workspace, given_away, outputs)
    after = lo.optimize(graph, ["reorder"]).memory
    assert after.peak_bytes == after.lower_bound_bytes == wanted
