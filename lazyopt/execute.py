"""Running a graph: values freed at last use, nothing shared between calls.

A plan is run in one of two ways: by a loop over its steps, which needs no
preparing, or as one straight Python function, which pays for itself when it
is called often. Both keep all their state in local variables, so a graph may
run in many threads at once.
"""

from collections.abc import Callable
from typing import Any

from lazyopt.graph import Graph
from lazyopt.inputs import take_inputs
from lazyopt.ir import Node
from lazyopt.layouts import suited
from lazyopt.plan import Plan, is_subclass, plan_of
from lazyopt.quick import quick_inputs, quick_outputs
from lazyopt.straight_line import straight_line

__all__ = ["compiled", "run", "run_values"]


def run(graph: Graph, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a graph once and return the outputs in the user's structure.

    Raises
    ------
    InputError
        Before anything runs, if the arrays are not such as it was made for.
    """
    shown = "progress" in kwargs and _wants_progress(graph, kwargs)
    values = take_inputs(graph, args, kwargs)
    plain = not any(map(is_subclass, values))
    fitting = suited(graph, values)
    plan = plan_of(fitting, plain)
    if shown:
        from lazyopt.watching import watched

        with watched(fitting, plan) as plan:
            results = run_values(plan, values)
    else:
        results = run_values(plan, values)
    return graph.out_tree.unflatten(iter(results))


def _wants_progress(graph: Graph, kwargs: dict[str, Any]) -> bool:
    """Take ``progress`` out of the arguments, unless it is the program's."""
    from lazyopt.watching import has_keyword

    if has_keyword(graph, "progress"):
        return False
    return bool(kwargs.pop("progress"))


def run_values(plan: Plan, values: list[Any]) -> list[Any]:
    """Run a plan by its steps on checked inputs, taken out of the list.

    The program's own errors pass through, with a note of where.
    """
    registers = plan.registers.copy()
    for place in reversed(plan.inputs):
        registers[place] = values.pop()
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
    except BaseException as error:
        # The error keeps this frame, which must not keep the arrays.
        registers.clear()
        several = None
        if step is not None and isinstance(error, Exception):
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
        With the graph's own signature and checks.
    """
    function, lines = straight_line(plan_of(graph))
    take = quick_inputs(graph)
    give = quick_outputs(graph)

    def call(*args: Any, **kwargs: Any) -> Any:
        values = take(args, kwargs)
        checked = values is not None
        if values is None:
            values = take_inputs(graph, args, kwargs)
        # A donated array dies at its last use if only the run holds it.
        del args, kwargs
        if not checked:
            plain = not any(map(is_subclass, values))
            fitting = suited(graph, values)
            if fitting is not graph or not plain:
                return give(run_values(plan_of(fitting, plain), values))
        try:
            results = function(values)
        except BaseException as error:
            _let_go(error, lines)
            raise
        return give(results)

    return call


def _let_go(error: BaseException, lines: dict[int, list[Node | None]]) -> None:
    """Say on an error where it came from; free what the program held.

    The error keeps the program's frames, which must not keep the arrays.
    """
    trace = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        nodes = lines.get(id(frame.f_code))
        if nodes is not None:
            node = nodes[trace.tb_lineno - 1]
            if node is not None and isinstance(error, Exception):
                add_note(error, node)
            frame.clear()
        trace = trace.tb_next
