"""Which pass, and which of its rewrites, changes what a graph computes."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lazyopt.errors import GraphError, InputError, PassError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.pipeline import (
    Fixpoint,
    Pipeline,
    Settings,
    apply_alone,
    apply_pass,
)
from lazyopt.reducing import reduce
from lazyopt.registry import name_of
from lazyopt.render import call_text
from lazyopt.rewrite import RewritePass

__all__ = ["Culprit", "bisect"]

#: Structure is verified, and passes that change last bits are allowed.
_SETTINGS = Settings(fast_math=True)


@dataclass(frozen=True)
class Culprit:
    """What `bisect` has found: print it.

    Attributes
    ----------
    number : int
        Which application of a pass it is, from 1.
    name : str
        Of the pass.
    what : str
        What is wrong after it.
    before, after : Graph or None
        What it was given, and what it made of that up to the wrong rewrite;
        None if it fails.
    rewrite : int or None
        Which of its rewrites is the first that is wrong, from 1; None for a
        pass that is not made by `lazyopt.rewrite`.
    node, replacement : Node or None
        What that rewrite puts in the place of what.
    smallest : Graph or None
        A part of ``before`` on which the pass goes wrong as well.
    smallest_after : Graph or None
        What becomes of it.
    """

    number: int
    name: str
    what: str
    before: Graph
    after: Graph | None
    rewrite: int | None = None
    node: Node | None = None
    replacement: Node | None = None
    smallest: Graph | None = None
    smallest_after: Graph | None = None

    def __str__(self) -> str:
        lines = [
            f"the pass {self.name!r}, application {self.number}, is wrong: "
            f"{self.what}"
        ]
        if self.node is not None:
            source = self.node.source
            where = f", called at {source}" if source else ""
            by = self.replacement
            lines += [
                f"rewrite {self.rewrite} of the rule {self.name!r} replaces",
                f"  {call_text(self.node)}{where}",
                "by",
                f"  {'nothing' if by is None else call_text(by)}",
            ]
        for title, graph in (
            ("the smallest graph it goes wrong on", self.smallest),
            ("after it", self.smallest_after),
        ):
            if graph is not None:
                lines += ["", f"{title}:", str(graph).partition("\n")[2]]
        return "\n".join(lines)

    __repr__ = __str__


def bisect(
    graph: Graph, passes: Iterable[Any], *inputs: Any
) -> Culprit | None:
    """Find the first application of a pass that changes what is computed.

    Passes are applied as `optimize` does, pipelines and fixpoints included,
    and what each makes is run beside what it was given. In a pass made by
    `lazyopt.rewrite`, the first wrong rewrite is found by halving: the pass
    is applied again with its first rewrites only.

    Parameters
    ----------
    graph : Graph
    passes : iterable
        As given to `optimize`.
    *inputs : arrays
        What to run it on, flat and in the order of the graph's inputs. By
        default what they are bound to, else random values.

    Returns
    -------
    Culprit or None
        None if all passes are right, as far as these inputs tell.
    """
    search = _Search(graph, inputs)
    steps = _applications(graph, Pipeline(passes))
    for number, (item, before) in enumerate(steps, 1):
        what = search.wrong(item, before)
        if what is not None:
            return search.culprit(number, item, before, what)
    return None


def _applications(graph: Graph, item: Any) -> Iterator[tuple[Any, Graph]]:
    """Each pass that is applied, and the graph it is applied to.

    Runs the passes in between, so it must not be asked for more than the
    first that fails.
    """
    if not isinstance(item, Pipeline | Fixpoint):
        yield item, graph
        return
    rounds = item.max_rounds if isinstance(item, Fixpoint) else 1
    for _ in range(rounds):
        start = graph
        for inner in item.passes:
            yield from _applications(graph, inner)
            graph = apply_pass(graph, inner, _SETTINGS)
        if graph.nodes == start.nodes and graph.outputs == start.outputs:
            return


class _Search:
    """Runs graphs before and after passes on the same inputs."""

    def __init__(self, graph: Graph, inputs: tuple[Any, ...]) -> None:
        from lazyopt.testing.checking import inputs_for

        self.inputs = [tuple(x) for x in inputs_for(graph, inputs)]

    def wrong(self, item: Any, before: Graph) -> str | None:
        """What is wrong with what a pass makes of a graph, if anything."""
        from lazyopt.testing.checking import assert_equivalent

        exact = getattr(item, "exact", True)
        try:
            after = apply_alone(before, item)
            for inputs in self.inputs:
                assert_equivalent(before, after, *inputs, exact=exact)
        except PassError as error:
            return str(error)
        return None

    def culprit(
        self, number: int, item: Any, before: Graph, what: str
    ) -> Culprit:
        """All that can be told of a pass that is wrong."""
        some = item
        if isinstance(item, RewritePass):
            some = self._until_wrong(item, before)
            what = self.wrong(some, before) or what
        small = self._smallest(item, before)
        counted = isinstance(some, _Counted)
        return Culprit(
            number,
            name_of(item),
            what,
            before,
            _made(some, before),
            some.count if counted else None,
            some.node if counted else None,
            some.replacement if counted else None,
            small,
            None if small is None else _made(item, small),
        )

    def _until_wrong(self, item: RewritePass, before: Graph) -> "_Counted":
        """The pass up to its first rewrite with which it is wrong."""
        whole = _Counted(item, None)
        self.wrong(whole, before)
        right, bad = 0, whole.count
        while bad - right > 1:
            middle = (right + bad) // 2
            if self.wrong(_Counted(item, middle), before) is None:
                right = middle
            else:
                bad = middle
        some = _Counted(item, bad)
        self.wrong(some, before)
        return some

    def _smallest(self, item: Any, before: Graph) -> Graph | None:
        """A part of a graph on which a pass is wrong, if one is found."""
        from lazyopt.testing.failures import bound

        def fails(graph: Graph) -> bool:
            try:
                one = _Search(graph, graph.bound or ())
                return one.wrong(item, graph) is not None
            except GraphError:  # it writes into what is an input now
                return False

        for inputs in self.inputs:
            with suppress(InputError):  # another of the inputs shows it
                return reduce(bound(before, inputs), fails)
        return None


def _made(item: Any, graph: Graph) -> Graph | None:
    """What a pass makes of a graph, or None if it fails."""
    try:
        return apply_alone(graph, item)
    except PassError:
        return None


class _Counted:
    """A pass by rewriting that stops after so many rewrites.

    Attributes
    ----------
    count : int
        How many rewrites the last application has made.
    node, replacement : Node or None
        What the last of them was; the rule failed if it put nothing there.
    """

    def __init__(self, item: RewritePass, most: int | None) -> None:
        self.name = item.name
        self.exact = item.exact
        self.rule = item.rule
        self.most = most
        self.count = 0
        self.node: Node | None = None
        self.replacement: Node | None = None

    def __call__(self, graph: Graph) -> Graph:
        """Apply the rule, so many times."""
        self.count = 0
        return RewritePass(self.name, self._limited, self.exact)(graph)

    def _limited(self, node: Node) -> Any:
        if self.count == self.most:
            return None
        try:
            result = self.rule(node)
        except Exception:
            self._note(node, None)
            raise
        if result is not None and result is not node:
            self._note(node, result)
        return result

    def _note(self, node: Node, replacement: Any) -> None:
        self.count += 1
        self.node = node
        self.replacement = replacement if type(replacement) is Node else None
