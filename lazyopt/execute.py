"""Running a graph: values freed at last use, nothing shared between calls.

A plan is run in one of two ways: by a loop over its steps, which needs no
preparing, or as one straight Python function, which pays for itself when it
is called often. Both keep all their state in local variables, so a graph may
run in many threads at once.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from lazyopt.graph import Graph
from lazyopt.inputs import take_inputs
from lazyopt.ir import Node
from lazyopt.plan import Plan, plan_of
from lazyopt.straight_line import Program, straight_line

__all__ = ["compiled", "run", "run_values"]

#: Above this many steps, Python's own compiler costs more than it gives.
MAX_COMPILED = 100_000


def run(graph: Graph, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a graph once and return the outputs in the user's structure.

    Raises
    ------
    InputError
        Before anything runs, if the arrays are not such as it was made for.
    """
    values = take_inputs(graph, args, kwargs)
    results = run_values(plan_of(graph), values)
    return graph.out_tree.unflatten(iter(results))


def run_values(plan: Plan, values: Sequence[Any]) -> list[Any]:
    """Run a plan by its steps on checked inputs.

    The program's own errors pass through, with a note of where.
    """
    registers = plan.registers.copy()
    for place, value in zip(plan.inputs, values, strict=True):
        registers[place] = value
    step = None
    try:
        for step in plan.steps:
            function, ins, out, outs, dead, _ = step
            if outs is None:
                registers[out] = function(*[registers[i] for i in ins])
            else:
                several = function(*[registers[i] for i in ins])
                for place, which in outs:
                    registers[place] = several[which]
                several = None
            for i in dead:
                registers[i] = None
    except Exception as error:
        if step is not None:
            add_note(error, step.node)
        raise
    return [registers[i] for i in plan.outputs]


def add_note(error: Exception, node: Node) -> None:
    """Say on an error which call it came from, and where that was made."""
    from lazyopt.render import call_text

    where = f" at {node.source}" if node.source else ""
    error.add_note(f"in {call_text(node)}{where}")


def compiled(graph: Graph) -> Callable[..., Any]:
    """A graph as a plain function, for many calls.

    Returns
    -------
    callable
        With the graph's own signature and checks. Above `MAX_COMPILED` steps
        it runs the loop.
    """
    plan = plan_of(graph)
    if len(plan.steps) > MAX_COMPILED:
        return functools.partial(_call, graph, run_values, plan)
    return functools.partial(_call, graph, _run_program, straight_line(plan))


def _call(
    graph: Graph, runner: Any, program: Any, /, *args: Any, **kwargs: Any
) -> Any:
    values = take_inputs(graph, args, kwargs)
    return graph.out_tree.unflatten(iter(runner(program, values)))


def _run_program(program: Program, values: list[Any]) -> Any:
    try:
        return program.function(values)
    except Exception as error:
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code is program.code:
                node = program.nodes.get(trace.tb_lineno)
                if node is not None:
                    add_note(error, node)
            trace = trace.tb_next
        raise
