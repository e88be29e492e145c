"""Both ways to run a graph: equal, re-entrant, and they let go of values."""

import copy
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from hypothesis import given, note

from lazyopt.execute import run_values
from lazyopt.graph import Graph
from lazyopt.plan import Plan, Step, plan_of
from lazyopt.straight_line import straight_line
from lazyopt.testing.decoder import decode
from lazyopt.testing.effects import LOG, bits
from lazyopt.testing.equivalence import check_equivalent
from lazyopt.testing.programs import Program
from lazyopt.testing.strategies import CODES

THREADS = ThreadPoolExecutor(4)


@given(CODES)
def test_loop_and_compiled_program_agree(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    graph = program.trace()
    check_equivalent(program, program, graph)
    function = graph.compile()
    check_equivalent(program, graph, function)
    if not program.has_effects and not program.fails:
        check_threads(program, graph)
        check_threads(program, function)


def check_threads(program: Program, run: Callable[..., Any]) -> None:
    """Four threads at once get what one gets."""

    def call(_: int) -> list[Any]:
        with np.errstate(all="ignore"):
            return [bits_in(run(*program.args)) for _ in range(3)]

    found = list(THREADS.map(call, range(4)))
    assert all(one == found[0][0] for several in found for one in several)


def bits_in(x: Any) -> Any:
    """The bits of all that is returned."""
    if isinstance(x, tuple | list):
        return [bits_in(v) for v in x]
    if isinstance(x, dict):
        return [bits_in(v) for v in x.values()]
    return bits(x)


@given(CODES)
def test_values_are_freed_at_their_last_use(codes: list[int]) -> None:
    program = decode(codes)
    note(program)
    graph = program.trace()
    if program.fails:
        return
    for run in (run_values, run_straight):
        check_freeing(program, graph, run)


def run_straight(plan: Plan, values: list[Any]) -> Any:
    """Run a plan as straight-line code."""
    return straight_line(plan).function(values)


def check_freeing(program: Program, graph: Graph, run: Any) -> None:
    """While a call runs, no array is there that no later call reads."""
    watch = Watch(plan_of(graph), list(program.inputs))
    with program.state():
        results = run(watch.plan, list(program.inputs))
        watch.look(len(watch.plan.steps), results)
    LOG.clear()


class Watch:
    """A plan that keeps an eye on the arrays it makes.

    Parameters
    ----------
    plan : Plan
    inputs : list
        What it will be called with.
    """

    def __init__(self, plan: Plan, inputs: list[Any]) -> None:
        self.plan = copy.copy(plan)
        self.plan.forms = [None] * len(plan.steps)
        self.plan.steps = [
            step._replace(function=self.watched(i, step))
            for i, step in enumerate(plan.steps)
        ]
        self.held = [*inputs, *plan.registers]
        #: An array, the last step that reads it, and what made it.
        self.made: list[tuple[Any, int, str]] = []
        self.last = last_uses(plan)

    def watched(self, i: int, step: Step) -> Callable[..., Any]:
        """A step's function, with a look around before it runs."""

        def function(*values: Any) -> Any:
            self.look(i, values)
            result = step.function(*values)
            outs = ((step.out, None),) if step.outs is None else step.outs
            for place, which in outs:
                x = result if which is None else result[which]
                if isinstance(x, np.ndarray):
                    last = self.last[i, place]
                    self.made.append((weakref.ref(x), last, repr(step.node)))
            return result

        return function

    def look(self, i: int, values: Any) -> None:
        """Check that what is there is needed, or the base of what is."""
        wanted = [*self.held, *values]
        dead = []
        for ref, last, name in self.made:
            x = ref()
            if x is None:
                continue
            if last >= i:
                wanted.append(x)
            else:
                dead.append((x, name))
        reachable = set()
        for x in wanted:
            while x is not None:
                reachable.add(id(x))
                x = getattr(x, "base", None)
        for x, name in dead:
            assert id(x) in reachable, f"{name} is kept at step {i}"


def last_uses(plan: Plan) -> dict[tuple[int, int], int]:
    """For each step and register it fills, the last step to read that."""
    last: dict[tuple[int, int], int] = {}
    filled: dict[int, int] = {}
    for i, step in enumerate(plan.steps):
        for place in step.ins:
            if place in filled:
                last[filled[place], place] = i
        for place in step.results():
            filled[place] = i
            last[i, place] = -1
    for place in plan.outputs:
        if place in filled:
            last[filled[place], place] = len(plan.steps)
    return last
