"""The graph: nodes in the order they run, inputs and outputs.

Nothing here, or in what is built on it, walks a graph by recursion: a chain
of a million nodes is an ordinary graph.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lazyopt.errors import GraphError
from lazyopt.ir import Node
from lazyopt.tree import Tree

if TYPE_CHECKING:
    import networkx

    from lazyopt.memory import MemoryProfile
    from lazyopt.records import PassRecord

__all__ = ["Graph"]

_set = object.__setattr__


class Graph:
    """An array program: nodes in the order they run, inputs and outputs.

    Calling it runs it. It can't be changed; passes make others.

    Parameters
    ----------
    nodes : iterable of Node
        The schedule: every node after those it uses.
    inputs, outputs : iterable of Node
        The leaves of what the program takes and returns, in order. An output
        may repeat, be an input, or be used by other outputs.
    in_tree, out_tree : Tree
        The user's own structure of ``(args, kwargs)`` and of the result.
    backend : str
        The library whose arrays it runs on.
    bound : tuple of arrays, optional
        Values the inputs have when none are given.
    history : tuple of PassRecord
        What was done to it.
    parameters : tuple of str
        Names that positional arguments can be given by as well.
    """

    __slots__ = (
        "_cache",
        "backend",
        "bound",
        "history",
        "in_tree",
        "inputs",
        "nodes",
        "out_tree",
        "outputs",
        "parameters",
    )

    nodes: tuple[Node, ...]
    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    in_tree: Tree
    out_tree: Tree
    backend: str
    bound: tuple[Any, ...] | None
    history: tuple["PassRecord", ...]
    parameters: tuple[str, ...]
    _cache: dict[str, Any]

    def __init__(
        self,
        nodes: Iterable[Node],
        inputs: Iterable[Node],
        outputs: Iterable[Node],
        in_tree: Tree,
        out_tree: Tree,
        *,
        backend: str = "numpy",
        bound: tuple[Any, ...] | None = None,
        history: tuple["PassRecord", ...] = (),
        parameters: tuple[str, ...] = (),
    ) -> None:
        _set(self, "nodes", tuple(nodes))
        _set(self, "inputs", tuple(inputs))
        _set(self, "outputs", tuple(outputs))
        _set(self, "in_tree", in_tree)
        _set(self, "out_tree", out_tree)
        _set(self, "backend", backend)
        _set(self, "bound", bound)
        _set(self, "history", history)
        _set(self, "parameters", parameters)
        # Derived facts (users, memory, plan), computed when first asked for.
        _set(self, "_cache", {})

    def __setattr__(self, name: str, value: object = None) -> None:
        raise AttributeError(
            "a graph can't be changed; graph.replace(...) makes another"
        )

    __delattr__ = __setattr__

    def replace(
        self,
        nodes: Iterable[Node] | None = None,
        outputs: Iterable[Node] | None = None,
        history: Sequence["PassRecord"] | None = None,
    ) -> "Graph":
        """A graph like this one with other nodes, outputs or history."""
        other = Graph(
            self.nodes if nodes is None else nodes,
            self.inputs,
            self.outputs if outputs is None else outputs,
            self.in_tree,
            self.out_tree,
            backend=self.backend,
            bound=self.bound,
            history=self.history if history is None else tuple(history),
            parameters=self.parameters,
        )
        if nodes is None and outputs is None:
            _set(other, "_cache", self._cache)
        return other

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def users(self, node: Node) -> tuple[Node, ...]:
        """The nodes that use a node's results, in the order they run."""
        users = self._cache.get("users")
        if users is None:
            users = {n: [] for n in self.nodes}
            for n in self.nodes:
                for operand in n.operands:
                    users[operand].append(n)
            self._cache["users"] = users
        if node not in users:
            raise GraphError(f"{node!r} is not in this graph")
        return tuple(users[node])

    def number(self, node: Node) -> int:
        """Place of a node in the schedule, from 0."""
        numbers = self._cache.get("numbers")
        if numbers is None:
            numbers = {n: i for i, n in enumerate(self.nodes)}
            self._cache["numbers"] = numbers
        if node not in numbers:
            raise GraphError(f"{node!r} is not in this graph")
        return int(numbers[node])

    @property
    def counts(self) -> dict[str, int]:
        """How often each op is called, by name."""
        counts: dict[str, int] = {}
        for node in self.nodes:
            counts[node.op.name] = counts.get(node.op.name, 0) + 1
        return counts

    @property
    def flops(self) -> int:
        """Floating point operations of one run, multiply and add apart."""
        from lazyopt.cost import graph_flops

        return graph_flops(self)

    @property
    def memory(self) -> "MemoryProfile":
        """Peak memory of a run in bytes, before running it."""
        from lazyopt.memory import profile

        if "memory" not in self._cache:
            self._cache["memory"] = profile(self)
        found: MemoryProfile = self._cache["memory"]
        return found

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Run it on arrays, given as they were to the traced function.

        Raises
        ------
        InputError
            For another number, structure, shape or dtype of arrays than
            traced, or arrays of several libraries; before anything runs.
        """
        from lazyopt.execute import run

        return run(self, args, kwargs)

    def compile(self) -> Any:
        """The same as a plain function, for many calls."""
        from lazyopt.execute import compiled

        return compiled(self)

    def on(self, backend: str) -> "Graph":
        """The same program on another library's arrays.

        Dtypes are inferred again, by NumPy's rules, and checked against what
        is given when it runs.
        """
        if backend == self.backend:
            return self
        return Graph(
            self.nodes,
            self.inputs,
            self.outputs,
            self.in_tree,
            self.out_tree,
            backend=backend,
            history=self.history,
            parameters=self.parameters,
        )

    def show(self, max_lines: int | None = 200) -> None:
        """Print the graph as a tree from its outputs down."""
        from lazyopt.render import tree_text

        print(tree_text(self, max_lines))

    def to_networkx(self) -> "networkx.DiGraph":
        """The graph for networkx: nodes by number, with what they are."""
        from lazyopt.export import to_networkx

        return to_networkx(self)

    def to_lazy(self, *arrays: Any) -> Any:
        """The program as autoray LazyArrays, in the outputs' structure."""
        from lazyopt.export import to_lazy

        return to_lazy(self, arrays)

    def __str__(self) -> str:
        from lazyopt.render import graph_text

        return graph_text(self)

    def __repr__(self) -> str:
        def words(n: int, word: str) -> str:
            return f"{n:,} {word}{'s' * (n != 1)}"

        return (
            f"<Graph: {words(len(self.nodes), 'node')}, "
            f"{words(len(self.inputs), 'input')}, "
            f"{words(len(self.outputs), 'output')}, on {self.backend}>"
        )

    def __copy__(self) -> "Graph":
        return self

    def __deepcopy__(self, memo: Any) -> "Graph":
        return self

    def __reduce__(self) -> Any:
        from lazyopt.export import flat_state, from_flat_state

        return from_flat_state, flat_state(self)
