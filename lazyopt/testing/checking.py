"""`check_pass` and `assert_equivalent`: the proof for anybody's pass."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from lazyopt.errors import InputError, VerificationError
from lazyopt.execute import run_values
from lazyopt.graph import Graph
from lazyopt.ops import CONSTANT
from lazyopt.plan import plan_of
from lazyopt.registry import as_pass, name_of
from lazyopt.testing.equivalence import check_equivalent
from lazyopt.testing.evaluating import given_to
from lazyopt.testing.failures import Check, failure_of, smallest_failure
from lazyopt.testing.naming import named_by
from lazyopt.testing.nearness import Nearness
from lazyopt.testing.programs import prepared
from lazyopt.testing.promises import MANNERS, applied, check_trial
from lazyopt.testing.sources import Source, sources_for
from lazyopt.testing.trials import Trial
from lazyopt.verify import sample

__all__ = [
    "Checked",
    "assert_equivalent",
    "check_pass",
    "inputs_for",
    "undisturbed",
]

#: Programs to try for a worse failure, after one of manners alone.
MORE = 200


class GraphCase:
    """A graph with values to run it on.

    Parameters
    ----------
    graph : Graph
    inputs : sequence of arrays
        In the order of the graph's inputs.
    """

    def __init__(self, graph: Graph, inputs: Any) -> None:
        self.graph = graph
        self.inputs = tuple(inputs)
        errors = np.geterr().items()
        self.errors: dict[str, Any] = {k: v for k, v in errors if v != "warn"}

    @property
    def constants(self) -> list[np.ndarray]:
        """Arrays that the graph holds."""
        held = [n.args[0] for n in self.graph.nodes if n.op is CONSTANT]
        return [x for x in held if isinstance(x, np.ndarray)]

    @property
    def args(self) -> tuple[Any, ...]:
        """Positional arguments that hold the inputs."""
        return self.inputs

    def state(self) -> prepared:
        """Random state the same each time; errors as the caller has them.

        But that warnings of NumPy's are left out.
        """
        return prepared(**self.errors)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Leave NumPy's random state as it is."""
    state = np.random.get_state()
    try:
        yield
    finally:
        np.random.set_state(state)


def assert_equivalent(
    before: Graph,
    after: Graph,
    *arrays: Any,
    exact: bool = True,
    examples: int = 5,
) -> None:
    """Check that two graphs can't be told apart.

    Both are run on the same inputs, with the same random state. Values are
    compared to the bit, with NaN and the sign of zero; so are dtypes, shapes,
    strides, kinds, the structure of the outputs, errors, and which outputs
    share memory with one another or with inputs. Inputs and constants must
    stay as they are.

    Parameters
    ----------
    before, after : Graph
    *arrays
        One for each input, in order, of NumPy. By default the values that the
        inputs are bound to, else random ones, with NaN, infinities and zeros
        of both signs among them.
    exact : bool, optional
        If not, values may differ by what rounding can do to them.
    examples : int, optional
        How many random inputs to try.

    Raises
    ------
    VerificationError
        Saying what differs.
    InputError
        If the graphs take other inputs, or another number of them was given.
    """
    before, after = before.on("numpy"), after.on("numpy")
    specs = [[n.spec for n in g.inputs] for g in (before, after)]
    if specs[0] != specs[1]:
        raise InputError(
            f"one graph takes {specs[0]}, the other takes {specs[1]}"
        )
    with undisturbed():
        for inputs in inputs_for(before, arrays, examples):
            case = GraphCase(before, inputs)
            judge = None
            if not exact:
                judge = Nearness(
                    before, case.inputs, case.errors.get("divide", "ignore")
                )
            check_equivalent(
                case,
                _runner(before),
                _runner(after),
                reordered=True,
                judge=judge,
                strict=False,
            )


def _runner(graph: Graph) -> Any:
    plan = plan_of(graph)

    def run(*values: Any) -> Any:
        found = run_values(plan, given_to(graph, values))
        return graph.out_tree.unflatten(iter(found))

    return run


def inputs_for(
    graph: Graph, arrays: tuple[Any, ...] = (), examples: int = 5
) -> Iterator[Any]:
    """Inputs to try a graph on, as `assert_equivalent` does.

    Raises
    ------
    InputError
        If another number of arrays is given than the graph takes.
    """
    count = len(graph.inputs)
    if arrays and len(arrays) != count:
        raise InputError(
            f"the graph has {count} inputs, but {len(arrays)} arrays were "
            "given; give one for each, flat and in order"
        )
    if arrays or not count:
        yield arrays
    elif graph.bound is not None:
        yield graph.bound
    else:
        rng = np.random.default_rng(0)
        for i in range(examples):
            made = [sample(n.spec, rng) for n in graph.inputs]
            yield [_with_extremes(x, rng) if i % 2 else x for x in made]


def _with_extremes(x: Any, rng: np.random.Generator) -> Any:
    """Some elements replaced by NaN, infinities and zeros."""
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "fc":
        return x
    extremes = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0])
    where = np.asarray(rng.random(x.shape) < 0.3)
    x[where] = rng.choice(extremes, int(where.sum()))
    return x


@dataclass(frozen=True)
class Checked:
    """What `check_pass` found nothing wrong with, and on what.

    Attributes
    ----------
    name : str
        Of the pass.
    examples : int
        Programs tried.
    changed : int
        Those in which the pass changed anything: the others prove little.
    """

    name: str
    examples: int
    changed: int

    def __str__(self) -> str:
        tried = f"{self.name}: nothing wrong on {self.examples:,} programs"
        if self.changed:
            return f"{tried}; it changed {self.changed:,} of them"
        return (
            f"{tried}, but it changed none of them, so that nothing is "
            "proved. Does it look for the right op? A graph of your own can "
            "be checked with `assert_equivalent`."
        )

    __repr__ = __str__


def check_pass(
    pass_: Any,
    examples: int = 3000,
    *,
    exact: bool | None = None,
    strict: bool = False,
    seed: int = 0,
    on_example: Callable[[int], None] | None = None,
) -> Checked:
    """Prove a pass on random programs, as the built-in ones are.

    The pass is applied to the graph of each program, and what it made is run
    and held against eager NumPy. It must keep what every pass promises:
    results to the bit (see `assert_equivalent`), effects in number and order,
    inputs and outputs as they were; the graph given is untouched, and
    returned itself if nothing changed; the same graph gives the same result;
    after some applications it comes to rest; what ``never_grows`` names (of
    ``"nodes"`` and ``"peak"``) doesn't.

    The programs are made to catch what passes get wrong: calls that occur
    twice or almost twice, identities that aren't any, views, every dtype and
    layout, -0.0 and NaN, random draws, writes, errors, dead code, and
    outputs that repeat. If the pass's code names ops, two programs of
    three are short ones about those.

    Parameters
    ----------
    pass_ : str, pass or callable
        As given to `optimize`.
    examples : int, optional
        Programs to try.
    exact : bool, optional
        Whether results must agree to the bit. By default what the pass says.
        If not, they may differ by what rounding can do to them; no inputs are
        near the ends of ranges, and what comes of infinities in contractions
        is not looked at.
    strict : bool, optional
        Whether to ask for what the passes that come with the library promise
        on top of that. An output that was a view of all of an input, a
        constant or another output, as ``x.T.T`` is, doesn't become that array
        itself; and all of this is so for inputs in any layout, whichever the
        graph was made with.
    seed : int, optional
        Of the programs; the same for the same seed.
    on_example : callable, optional
        Called before each program with its number.

    Returns
    -------
    Checked
        On how many programs, and on how many of them the pass did anything.

    Raises
    ------
    VerificationError
        Saying what is wrong, on the smallest graph found that shows it.
    """
    item = as_pass(pass_)
    if exact is None:
        exact = bool(getattr(item, "exact", True))
    sources = sources_for(named_by(item), exact)
    changed = 0

    def check(trial: Trial) -> Graph:
        nonlocal changed
        trial.strict = strict
        after = check_trial(item, trial, exact=exact)
        changed += after is not trial.graph
        return after

    tell = on_example or (lambda number: None)
    with undisturbed(), prepared():
        found = _first_failure(check, examples, sources, seed, tell)
        if found is None:
            return Checked(name_of(item), examples, changed)
        number, codes, error = found
        make = sources[number % len(sources)].program
        failure = smallest_failure(codes, error, check, make)
        raise VerificationError(
            f"the pass {name_of(item)!r} is wrong: {failure.what}\n\n"
            + failure.text(lambda graph: applied(item, graph, exact))
            + f"\n\n(program {number} of seed {seed}, reduced)"
        )


def _first_failure(
    check: Check,
    examples: int,
    sources: Sequence[Source],
    seed: int,
    tell: Callable[[int], None],
) -> tuple[int, list[int], VerificationError] | None:
    """The number and the codes of a program that fails, and how it does.

    One that gives other results is what tells most. So after one that fails
    in another way, some more are tried.
    """
    first: tuple[int, list[int], VerificationError] | None = None
    for number in range(examples):
        if first is not None and number > first[0] + MORE:
            break
        tell(number)
        source = sources[number % len(sources)]
        codes = source.codes(seed, number)
        error = failure_of(check, Trial.of_program(source.program(codes)))
        if error is None:
            continue
        if getattr(error, "promise", None) not in MANNERS:
            return number, codes, error
        first = first or (number, codes, error)
    return first
