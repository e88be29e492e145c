"""A small graph as a script of a few lines."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import CONSTANT, INPUT, ITEM, OPERATOR_FORMS, Op, find_op
from lazyopt.reproducer import PassText, versions

__all__ = ["array_text", "script_of"]


def script_of(
    graph: Graph, passes: Sequence[Any], divide: str, comments: Sequence[str]
) -> str:
    """A script that traces a graph, applies passes, and compares the two.

    Parameters
    ----------
    graph : Graph
        Bound to the inputs to run it on.
    passes : sequence
    divide : str
        What happens on a division by zero.
    comments : sequence of str
        What stands at its head.

    Returns
    -------
    str
        It raises a VerificationError, or what the passes raise.
    """
    writer, text = _Writer(graph), PassText()
    chosen = ", ".join(map(text.of, passes))
    taken = [writer.names[n] for n in graph.inputs]
    values = zip(taken, graph.bound or (), strict=True)
    given = "".join(f", {name}" for name in taken)
    places = [str(i) for i, n in enumerate(graph.inputs) if n in graph.donated]
    donate = f".donate({', '.join(places)})" if places else ""
    exact = all(getattr(item, "exact", True) for item in passes)
    judged = "" if exact else ", exact=False"
    lines = [
        *(f"# {comment}" for comment in (*comments, versions())),
        "import operator",
        "",
        "import numpy as np",
        "from autoray import do",
        "",
        "import lazyopt as lo",
        *text.imports(),
        "from lazyopt.pipeline import Settings",
        "from lazyopt.testing import assert_equivalent",
        "from lazyopt.testing.operands import laid_out",
        *sorted(writer.imports),
        *text.definitions,
        "",
        *(f"{name} = {array_text(x)}" for name, x in values),
        *writer.constants,
        "",
        "",
        f"def program({', '.join(taken)}):",
        *(f"    {line}" for line in writer.lines),
        "",
        "",
        f"graph = lo.trace(program{given}){donate}",
        f"passes = lo.Pipeline([{chosen}])",
        f"better = passes.run(graph, Settings(fast_math={not exact}))",
        f"with np.errstate(divide={divide!r}):",
        f"    assert_equivalent(graph, better{given}{judged})",
        "",
    ]
    return "\n".join(lines)


class _Writer:
    """Writes the calls of a graph as lines of a function.

    Attributes
    ----------
    names : dict
        The name of each node.
    lines : list of str
    constants : list of str
        Lines that make the arrays it closes over.
    imports : list of str
        Lines that import the functions it calls.
    """

    def __init__(self, graph: Graph) -> None:
        self.names: dict[Node, str] = {}
        self.lines: list[str] = []
        self.constants: list[str] = []
        self.imports: set[str] = set()
        self._arrays: dict[int, str] = {}
        #: What is there in a trace, and not only in NumPy.
        self._traced: set[Node] = set()
        for i, node in enumerate(graph.inputs):
            self.names[node] = f"x{i}"
        for node in graph.nodes:
            self._add(node)
        returned = "".join(f"{self.names[n]}, " for n in graph.outputs)
        self.lines.append(f"return ({returned})")

    def _add(self, node: Node) -> None:
        if node.op is not CONSTANT:
            self._traced.add(node)
        if node.op is INPUT:
            return
        if node.op is CONSTANT:
            self.names[node] = self._constant(node.args[0])
            return
        name = self.names[node] = f"v{len(self.names)}"
        if node.op is ITEM:
            source, index = node.args
            self.lines.append(f"{name} = {self.names[source]}[{index}]")
            return
        given = [self._text(a) for a in node.args]
        given += [f"{k}={self._text(v)}" for k, v in node.kwargs.items()]
        if self._traced.isdisjoint(node.operands):
            made = ", ".join([repr(node.op.name), *given, "like='lazyopt'"])
            self.lines.append(f"{name} = do({made})")
        else:
            made = ", ".join([self._op(node.op), *given])
            self.lines.append(f"{name} = lo.call({made})")

    def _constant(self, value: Any) -> str:
        name = self._arrays.get(id(value))
        if name is None:
            name = self._arrays[id(value)] = f"c{len(self._arrays)}"
            self.constants.append(f"{name} = {array_text(value)}")
        return name

    def _op(self, op: Op) -> str:
        function: Any = op.function
        if OPERATOR_FORMS.get(op.name) is op:
            return f"operator.{function.__name__}"
        if find_op(op.name) is op and not op.name.startswith("testing."):
            return repr(op.name)
        self.imports.add(
            f"from {function.__module__} import {function.__name__}"
        )
        return str(function.__name__)

    def _text(self, x: Any) -> str:
        """An argument as it is written."""
        if type(x) is Node:
            return self.names[x]
        if isinstance(x, slice):
            parts = (x.start, x.stop, x.step)
            return f"slice({', '.join(map(self._text, parts))})"
        if isinstance(x, tuple | list):
            inside = "".join(f"{self._text(v)}, " for v in x)
            return f"[{inside}]" if isinstance(x, list) else f"({inside})"
        return literal(x)


def literal(x: Any) -> str:
    """A static value as it is written."""
    if isinstance(x, np.generic):
        return array_text(x)
    if isinstance(x, float) and x - x != 0:
        return f"float({str(x)!r})"
    if isinstance(x, complex):
        return f"complex({literal(x.real)}, {literal(x.imag)})"
    if isinstance(x, np.dtype):
        return f"np.dtype({x.name!r})"
    if isinstance(x, type):
        own = issubclass(x, np.generic)
        return f"np.{x.__name__}" if own else x.__name__
    return repr(x)


def array_text(x: Any) -> str:
    """An array or a NumPy scalar as it is written, bit for bit."""
    array = np.asarray(x)
    dtype = array.dtype.name
    values = f"np.array({_listed(array.tolist())}, {dtype!r})"
    if not array.size or not _is_plain(array):
        data = f"bytearray.fromhex({array.tobytes().hex()!r})"
        values = f"np.frombuffer({data}, {dtype!r}).reshape({array.shape})"
    if isinstance(x, np.generic):
        return f"{values}[()]"
    plain = array.flags.c_contiguous and array.flags.writeable
    if plain:
        return values
    return f"laid_out({values}, {array.strides}, {array.flags.writeable})"


def _is_plain(array: np.ndarray) -> bool:
    """Whether all its NaNs are the one that Python writes as such."""
    if array.dtype.kind not in "fc":
        return True
    for part in (array.real, array.imag):
        nans = part[part != part]
        if nans.tobytes() != np.full_like(nans, np.nan).tobytes():
            return False
    return True


def _listed(x: Any) -> str:
    if isinstance(x, list):
        return f"[{', '.join(map(_listed, x))}]"
    return literal(x)
