"""The graph: nodes in the order they run, inputs and outputs.

Nothing here, or in what is built on it, walks a graph by recursion: a chain
of a million nodes is an ordinary graph.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lazyopt.errors import GraphError
from lazyopt.graph_views import GraphViews
from lazyopt.ir import Node
from lazyopt.tree import Tree

if TYPE_CHECKING:
    import os

    import networkx

    from lazyopt.memory import MemoryProfile
    from lazyopt.records import PassRecord

__all__ = ["Graph"]

_set = object.__setattr__
#: Derived facts that the nodes alone decide.
_OF_NODES = ("users", "numbers", "calls", "plain storages")


class Graph(GraphViews):
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
    donated : frozenset of Node
        Inputs that the caller gives away: see `donate`.
    donors : mapping of Node to Node, optional
        Calls that write their result into an operand that dies there. For
        this order of these nodes: `replace` forgets them.
    """

    __slots__ = (
        "_cache",
        "backend",
        "bound",
        "donated",
        "donors",
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
    donated: frozenset[Node]
    donors: Mapping[Node, Node]
    _cache: dict[Any, Any]

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
        donated: frozenset[Node] = frozenset(),
        donors: Mapping[Node, Node] | None = None,
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
        _set(self, "donated", donated)
        _set(self, "donors", MappingProxyType(dict(donors or {})))
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
        donated: frozenset[Node] | None = None,
        donors: Mapping[Node, Node] | None = None,
    ) -> "Graph":
        """A graph like this one with some of its parts replaced."""
        same = nodes is None and outputs is None and donated is None
        if same and donors is None:
            donors = self.donors
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
            donated=self.donated if donated is None else donated,
            donors=donors,
        )
        if same and donors is self.donors:
            _set(other, "_cache", self._cache)
        elif nodes is None:
            known = {k: self._cache[k] for k in _OF_NODES if k in self._cache}
            _set(other, "_cache", known)
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
    def memory(self) -> "MemoryProfile":
        """Peak memory of a run in bytes, before running it."""
        from lazyopt.memory import profile

        if "memory" not in self._cache:
            self._cache["memory"] = profile(self)
        found: MemoryProfile = self._cache["memory"]
        # Not in the cache: a graph that its own cache holds is never freed
        # but by the garbage collector.
        return dataclasses.replace(found, graph=self)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Run it on arrays, given as they were to the traced function.

        With ``progress=True`` it says on standard error which step it is at,
        how many bytes are live by then, and about how long the rest takes: a
        bar with the extra ``cli``, else a line. That is not passed on, unless
        the traced function has a parameter ``progress`` itself: then it is
        that one.

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

    def donate(self, *inputs: Any) -> "Graph":
        """The same graph, with inputs that the caller gives away.

        A donated input is freed after its last reader, and counts in the
        peak until then instead of being resident. Memory can only be freed
        if nobody else holds the array: call what `compile` returns, with
        arrays that no variable refers to.

        Parameters
        ----------
        *inputs : int, str or Node
            Place among the graph's inputs, name as printed, or node. All
            inputs, if there are none.

        Raises
        ------
        InputError
            If there is no such input.
        """
        from lazyopt.inputs import named_inputs

        chosen = named_inputs(self, inputs)
        return self.replace(donated=self.donated | chosen)

    def on(self, backend: str) -> "Graph":
        """The same program on another library's arrays.

        Dtypes are inferred again, by the library's own rules where it can be
        asked without data (torch, jax, dask), else by NumPy's, and checked
        against what is given when it runs.
        """
        from lazyopt.moving import moved

        return self if backend == self.backend else moved(self, backend)

    def to_networkx(self) -> "networkx.DiGraph":
        """The graph for networkx: nodes by number, with what they are."""
        from lazyopt.export import to_networkx

        return to_networkx(self)

    def to_lazy(self, *arrays: Any) -> Any:
        """The program as autoray LazyArrays, in the outputs' structure."""
        from lazyopt.export import to_lazy

        return to_lazy(self, arrays)

    def to_dask(self, /, *args: Any, **kwargs: Any) -> Any:
        """The program on these arrays, for dask. Needs the ``dask`` extra.

        Returns
        -------
        pytree of dask.delayed.Delayed
            In the outputs' structure; of dask arrays if one is given, and
            then it goes chunk by chunk.

        Raises
        ------
        GraphError
            If a call has an effect, or dask.array lacks a function for its
            own arrays.
        """
        from lazyopt.distributed import to_dask

        return to_dask(self, args, kwargs)

    def compute(self, /, *args: Any, scheduler: Any, **kwargs: Any) -> Any:
        """Run it by a dask scheduler: a cluster's client, or its name.

        Raises as `to_dask` does. Matrix products on workers may differ in
        the last bits, since these run BLAS with one thread.
        """
        from lazyopt.distributed import compute

        return compute(self, args, kwargs, scheduler)

    def save(self, path: "str | os.PathLike[str]") -> None:
        """Write it to a file that `lazyopt.load` reads: JSON and npy.

        Raises
        ------
        GraphError
            If it calls functions that nobody registered, or holds values
            that no file can hold.
        """
        from lazyopt.saving import save

        save(self, path)

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
