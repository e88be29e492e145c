"""What every pass promises, checked on one program."""

from collections.abc import Callable, Hashable
from typing import Any

from lazyopt.backends import inferring_on
from lazyopt.errors import GraphError, PassError, VerificationError
from lazyopt.execute import run_values
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.keys import Identity, value_key
from lazyopt.layouts import suited
from lazyopt.ops import CONSTANT, Op
from lazyopt.ordering import peak_bytes
from lazyopt.pipeline import Fixpoint, Pipeline, Settings
from lazyopt.plan import plan_of
from lazyopt.reusing import check_donors
from lazyopt.testing.effects import bits
from lazyopt.testing.evaluating import given_to, outcome_by
from lazyopt.testing.nearness import Nearness
from lazyopt.testing.outcomes import Judge, require
from lazyopt.testing.programs import Program, prepared
from lazyopt.testing.trials import Trial
from lazyopt.verify import verify_structure

__all__ = [
    "MANNERS",
    "BrokenPromise",
    "applied",
    "check_executed",
    "check_promises",
    "check_relaid",
    "check_runs",
    "check_trial",
    "effects_of",
    "face_of",
    "promise",
]

Pass = Callable[[Graph], Graph]
#: Within so many applications a pass has to come to rest: more than there
#: are nodes in any program here, for passes that do one thing at a time.
ROUNDS = 200
#: What makes so many times as many nodes by then has come to no rest either.
GROWN = 10
DONE, GROWTH, REST = "says that it is done", "never grows", "comes to rest"
#: Promises whose breaking leaves the results as they are.
MANNERS = (DONE, GROWTH, REST)


def effects_of(graph: Graph) -> list[Any]:
    """Calls with an effect, in order: what is called, and on how much."""
    return [(n.op, len(n.operands)) for n in graph.nodes if not n.op.is_pure]


def check_promises(
    item: Pass, program: Program, graph: Graph, *, reordered: bool = True
) -> Graph:
    """Apply a pass to the graph of a program: see `check_trial`."""
    with prepared():
        trial = Trial.of_program(program, graph)
        return check_trial(item, trial, reordered=reordered)


def check_trial(
    item: Pass, trial: Trial, *, exact: bool = True, reordered: bool = True
) -> Graph:
    """Apply a pass to a graph, and check what all passes promise.

    The result is well formed and can't be told apart from the graph; applied
    again and again it comes to rest; if nothing changed, it is the object
    given; the same graph gives the same result; the graph given is left as
    it was; what the pass says never grows doesn't.

    Parameters
    ----------
    item : callable
    trial : Trial
        A graph and what to run it on.
    exact : bool
        Whether results must agree to the bit.
    reordered : bool
        Whether it may change the order of calls.

    Returns
    -------
    Graph
        What the pass made.

    Raises
    ------
    VerificationError
        If a promise is broken.
    """
    graph = trial.graph
    face, kept = face_of(graph), (graph.nodes, graph.outputs, graph.inputs)
    with promise("applies"):
        after = applied(item, graph, exact)
    unchanged = is_same(after, graph)
    with promise("leaves the graph given"):
        now = graph.nodes, graph.outputs, graph.inputs
        require(
            now == kept and face_of(graph) == face,
            "the graph given was changed",
        )
        require(not trial.is_changed(), "inputs or constants were changed")
    with promise("keeps its form"):
        _check_form(graph, after)
    with promise("keeps what it computes"):
        if not unchanged:
            check_runs(trial, after, exact=exact, reordered=reordered)
    with promise(DONE):
        require(
            after is graph or not unchanged or _on_record(graph, after),
            "nothing changed, but the graph returned is another object: "
            "return the one given, so that others see that the pass is done",
        )
    with promise(GROWTH):
        _check_growth(item, graph, after)
    with promise("is deterministic"):
        require(
            face_of(applied(item, trial.again(), exact)) == face_of(after),
            "the same graph gave two results: the pass is not deterministic",
        )
    with promise(REST):
        _check_rest(item, after, exact)
    return after


class BrokenPromise(VerificationError):
    """A promise that a pass does not keep.

    Parameters
    ----------
    promise : str
        Which one it is.
    what : str
        What is wrong.
    """

    def __init__(self, promise: str, what: str) -> None:
        super().__init__(what)
        self.promise = promise


class promise:
    """Context that says of what is found wrong which promise it breaks."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, PassError) and not isinstance(
            error, BrokenPromise
        ):
            raise BrokenPromise(self.name, str(error)) from error


def is_same(one: Graph, other: Graph) -> bool:
    """Whether two graphs make the same calls in the same way."""
    return (
        one.nodes == other.nodes
        and one.outputs == other.outputs
        and one.donors == other.donors
    )


def check_runs(
    trial: Trial, after: Graph, *, exact: bool = True, reordered: bool = True
) -> None:
    """Run a graph, call by call and by the executor, and check the results.

    Raises
    ------
    VerificationError
    """
    judge = None
    if not exact:
        judge = Nearness(trial.graph, trial.inputs, trial.divide)
    trial.check(trial.run(after), reordered, judge)
    check_executed(trial, after, reordered, judge)
    if exact and trial.strict:
        check_relaid(trial, after, reordered)


def check_relaid(trial: Trial, graph: Graph, reordered: bool = True) -> None:
    """Run a graph on inputs in other layouts than those it was made for."""
    try:
        other = trial.relaid()
    except GraphError:  # it writes into one of them
        return
    if other is not None:
        try:
            check_executed(other, graph, reordered)
        except VerificationError as error:
            raise VerificationError(
                f"with inputs in another layout: {error}"
            ) from error


def check_executed(
    trial: Trial,
    graph: Graph,
    reordered: bool = True,
    judge: Judge | None = None,
) -> None:
    """Run a graph twice as users run it, and check both results in the end.

    What one run writes in place must be seen neither by the other nor in
    what that returned.
    """
    plan = plan_of(suited(graph, list(trial.inputs)))
    runs = [
        outcome_by(
            lambda: run_values(plan, given_to(graph, trial.inputs)),
            trial.divide,
        )
        for _ in range(2)
    ]
    for found in runs:
        trial.check(found, reordered, judge)
    trial.check_apart(*runs)


def applied(item: Pass, graph: Graph, exact: bool = True) -> Graph:
    """What a pass makes of a graph; an error of its own is a failure."""
    try:
        with inferring_on(graph.backend):
            if isinstance(item, Pipeline | Fixpoint):
                after = item.run(graph, Settings(fast_math=not exact))
            else:
                after = item(graph)
    except PassError as error:
        raise VerificationError(str(error)) from error
    except Exception as error:
        raise VerificationError(
            f"it failed with {type(error).__name__}: {error}"
        ) from error
    require(
        isinstance(after, Graph),
        f"it returned {type(after).__name__} and not a Graph",
    )
    return after


def _on_record(graph: Graph, after: Graph) -> bool:
    """Whether passes inside have put on record that they were applied."""
    return len(after.history) > len(graph.history)


def face_of(graph: Graph) -> Hashable:
    """All of a graph but its identity, as something to compare."""
    number = {n: i for i, n in enumerate(graph.nodes)}

    def leaf(x: Any) -> Hashable:
        return number.get(x, -1) if type(x) is Node else Identity(x)

    calls = [
        (CONSTANT, bits(n.args[0]))
        if n.op is CONSTANT
        else (
            _op_face(n.op),
            value_key(n.args, leaf),
            value_key(n._kwargs, leaf),
        )
        for n in graph.nodes
    ]
    outputs = [number.get(n, -1) for n in graph.outputs]
    donors = {(number[n], number[x]) for n, x in graph.donors.items()}
    specs = tuple(n.specs for n in graph.nodes)
    return tuple(calls), tuple(outputs), frozenset(donors), specs


def _op_face(op: Op) -> Hashable:
    """An op; for a region, which is made anew each time, what it does."""
    if op.region is None:
        return op
    kind, body, options, _ = op.region
    return kind, face_of(body), value_key(options)


def _check_form(before: Graph, after: Graph) -> None:
    try:
        verify_structure(after, frozenset())
        check_donors(after)
    except GraphError as error:
        raise VerificationError(f"the graph is broken: {error}") from error
    except Exception as error:  # NumPy's own, of operands that don't fit
        raise VerificationError(
            f"the graph is broken: {type(error).__name__}: {error}"
        ) from error
    require(after.inputs == before.inputs, "the inputs are others")
    require(
        len(after.outputs) == len(before.outputs),
        f"{len(before.outputs)} outputs became {len(after.outputs)}",
    )
    pairs = zip(before.outputs, after.outputs, strict=True)
    for i, (a, b) in enumerate(pairs):
        said, found = (" and ".join(map(repr, n.specs)) for n in (a, b))
        require(
            a.specs == b.specs,
            f"output {i} was {said} and became {found}; shape, dtype, layout "
            "and kind must stay",
        )
    require(
        after.out_tree == before.out_tree and after.in_tree == before.in_tree,
        "the structure of inputs or outputs is another",
    )
    require(
        (after.backend, after.donated) == (before.backend, before.donated),
        "the library, or which inputs are donated, is another",
    )
    require(
        effects_of(after) == effects_of(before),
        "calls with effects were added, dropped, or put in another order",
    )


def _check_growth(item: Pass, before: Graph, after: Graph) -> None:
    """What a pass says in ``never_grows`` is true."""
    claimed = getattr(item, "never_grows", ())
    if "nodes" in claimed:
        require(
            len(after) <= len(before),
            f"{len(before)} nodes grew to {len(after)}",
        )
    if "peak" in claimed:
        peaks = peak_bytes(before), peak_bytes(after)
        require(
            peaks[1] <= peaks[0],
            f"the predicted peak grew from {peaks[0]} to {peaks[1]} bytes",
        )


def _check_rest(item: Pass, graph: Graph, exact: bool) -> None:
    given = graph
    for _ in range(ROUNDS):
        again = applied(item, graph, exact)
        if again is graph or is_same(again, graph):
            return
        require(
            len(again) <= GROWN * (len(given) + GROWN),
            f"applied again and again, it makes {len(again):,} nodes of "
            f"{len(given):,}: a fixpoint would not end",
        )
        graph = again
    raise VerificationError(
        f"after {ROUNDS} applications it still changes the graph: a fixpoint "
        "would not end"
    )
