"""The methods of `Graph` that look at it: totals, runs, text and pictures.

They are doors: each imports the part of the library that does it when it is
called. They stand apart from `lazyopt.graph`, which says what a graph is.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, cast

from lazyopt.ir import Node

if TYPE_CHECKING:
    from lazyopt.graph import Graph
    from lazyopt.looking.statistics import Name
    from lazyopt.measure import Measurement
    from lazyopt.profiling import Profile

__all__ = ["GraphViews"]


class GraphViews:
    """What `Graph` takes its looking methods from."""

    __slots__ = ()

    @property
    def _graph(self) -> "Graph":
        return cast("Graph", self)

    # ------------------------------------------------------------- totals

    @property
    def counts(self) -> dict[str, int]:
        """How often each op is called, by name."""
        counts: dict[str, int] = {}
        for node in self._graph.nodes:
            counts[node.op.name] = counts.get(node.op.name, 0) + 1
        return counts

    @property
    def flops(self) -> int:
        """Floating point operations of one run, multiply and add apart."""
        from lazyopt.cost import graph_flops

        return graph_flops(self._graph)

    @property
    def bytes_moved(self) -> int:
        """Bytes that the calls of one run read and write; views move none."""
        from lazyopt.cost import graph_bytes_moved

        return graph_bytes_moved(self._graph)

    @property
    def largest_bytes(self) -> int:
        """Bytes of the largest single storage, inputs included."""
        from lazyopt.looking.statistics import allocated_bytes

        return max(allocated_bytes(self._graph), default=0)

    @property
    def total_bytes(self) -> int:
        """Bytes of all storages together: what a run holds that frees none.

        Inputs and constants are included. Differentiating backwards through
        a program keeps about as much.
        """
        from lazyopt.looking.statistics import allocated_bytes

        return sum(allocated_bytes(self._graph))

    def stats(
        self, of: "Name | Callable[[Node], float | None]" = "count"
    ) -> dict[str, float]:
        """Totals by op.

        Parameters
        ----------
        of : str or callable, optional
            ``"count"``; ``"bytes_in"``, of the operands; ``"bytes_out"``, of
            what is allocated, so that views have none; ``"bytes_moved"``,
            read and written; ``"flops"``; or a function of a node, whose
            calls that return None don't count.

        Returns
        -------
        dict
            By the op's name, in order of first use.

        Raises
        ------
        GraphError
            For another name.
        """
        from lazyopt.looking.statistics import stats

        return stats(self._graph, of)

    # --------------------------------------------------------------- runs

    def measure(self, /, *args: Any, **kwargs: Any) -> "Measurement":
        """Run it under `tracemalloc`, and hold that against `memory`.

        It is run twice, and measured the second time, when imports and caches
        don't count. So effects take place twice, and random numbers are drawn
        anew. Donated inputs, and inputs that may be written to, are copied.
        What other threads allocate meanwhile counts too.

        Raises
        ------
        InputError
            As when it is called.
        GraphError
            For a graph on another library than NumPy.
        """
        from lazyopt.measure import measure

        return measure(self._graph, args, kwargs)

    def profile(self, /, *args: Any, **kwargs: Any) -> "Profile":
        """Run it several times, and time each of its calls.

        It is run once before, so that imports and caches don't count. Effects
        take place as often as it is run. Donated inputs, and inputs that may
        be written to, are copied for each run.

        Returns
        -------
        Profile
            Prints as tables: time, bytes and FLOPs by op and by source line.

        Raises
        ------
        InputError
            As when it is called.
        """
        from lazyopt.profiling import profile

        return profile(self._graph, args, kwargs)

    # --------------------------------------------------------------- text

    def show(self, max_lines: int | None = 200) -> None:
        """Print the graph as a tree from its outputs down."""
        from lazyopt.render import tree_text

        print(tree_text(self._graph, max_lines))

    def source(self, names: dict[str, Any] | None = None) -> str:
        """The schedule as the text of a Python function, to read or `exec`.

        Parameters
        ----------
        names : dict, optional
            Filled with what the text refers to: functions, constants and
            static arguments. After ``exec(text, names)`` it holds the
            function ``program``, which takes the inputs in order and returns
            a tuple of outputs.

        Returns
        -------
        str
            A line a call, with what it returns and where it was traced, and
            the names deleted that nothing reads any more.
        """
        from lazyopt.looking.source import source_text

        return source_text(self._graph, {} if names is None else names)

    def _repr_html_(self) -> str:
        from lazyopt.looking.pages import graph_html

        return graph_html(self._graph)

    # ----------------------------------------------------------- pictures

    def plot_memory(
        self,
        other: "Graph | None" = None,
        measured: "Measurement | None" = None,
        ax: Any = None,
    ) -> Any:
        """Draw the bytes live at each step. Needs the ``plot`` extra.

        Parameters
        ----------
        other : Graph, optional
            What became of this graph, for before against after.
        measured : Measurement, optional
            What `measure` returned.
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from lazyopt.plotting import plot_memory

        return plot_memory(self._graph, other, measured, ax)

    def plot_circuit(
        self,
        layout: Literal["balanced", "compact", "wide"] = "balanced",
        window: tuple[int, int] | None = None,
        ax: Any = None,
    ) -> Any:
        """Draw it as a circuit: a column a step, lines from use to use.

        Views are drawn hollow, the peak is marked. Needs the ``plot`` extra.

        Parameters
        ----------
        layout : {"balanced", "compact", "wide"}, optional
            Where a line goes: near those it meets, near the bottom, or only
            upwards.
        window : tuple of int, optional
            First node and end of the part of the schedule to draw. By default
            all of it, or 200 nodes around the peak.
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from lazyopt.looking.circuit import plot_circuit

        return plot_circuit(self._graph, layout, window, ax)

    def plot_graph(
        self,
        layout: str = "layers",
        window: tuple[int, int] | None = None,
        ax: Any = None,
    ) -> Any:
        """Draw it as a network, with the area of a node by its bytes.

        Needs the ``plot`` extra.

        Parameters
        ----------
        layout : str, optional
            ``"layers"``, by the distance from the inputs; a layout of
            networkx, such as ``"spring"``, ``"kamada_kawai"`` or
            ``"spectral"``; or a program of Graphviz, such as ``"dot"`` or
            ``"sfdp"``, which needs pydot and Graphviz.
        window : tuple of int, optional
            First node and end of the part of the schedule to draw. By default
            all of it, or 300 nodes around the peak.
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        GraphError
            For another layout.
        """
        from lazyopt.looking.network import plot_graph

        return plot_graph(self._graph, layout, window, ax)

    def plot_ops(
        self,
        of: "Name | Callable[[Node], float | None]" = "bytes_out",
        kind: Literal["scatter", "lines", "image"] = "scatter",
        log: bool = False,
        ax: Any = None,
    ) -> Any:
        """Draw a quantity of each call over the schedule, coloured by op.

        Needs the ``plot`` extra.

        Parameters
        ----------
        of : str or callable, optional
            As for `stats`.
        kind : {"scatter", "lines", "image"}, optional
            A point or a line a node; or a pixel a node, row by row, paler the
            smaller it is.
        log : bool, optional
            Whether the scale is logarithmic.
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from lazyopt.looking.charts import plot_ops

        return plot_ops(self._graph, of, kind, log, ax)

    def plot_stats(
        self,
        of: "Name | Callable[[Node], float | None]" = "count",
        kind: Literal["bar", "pie"] = "bar",
        ax: Any = None,
    ) -> Any:
        """Draw the totals by op, largest first. Needs the ``plot`` extra.

        Parameters
        ----------
        of : str or callable, optional
            As for `stats`.
        kind : {"bar", "pie"}, optional
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from lazyopt.looking.charts import plot_stats

        return plot_stats(self._graph, of, kind, ax)
