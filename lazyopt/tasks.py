"""A graph as tasks of dask: groups of calls, not single ones.

Each task holds a small graph of its own, and runs it as a graph is run here.
"""

import hashlib
import io
import operator
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import autoray
import cloudpickle
from dask.delayed import Delayed
from dask.highlevelgraph import HighLevelGraph, MaterializedLayer
from dask.task_spec import DataNode, Task, TaskRef
from dask.tokenize import tokenize

from lazyopt.errors import GraphError
from lazyopt.execute import run_values
from lazyopt.graph import Graph
from lazyopt.grouping import grouped, seconds_of
from lazyopt.ir import Node
from lazyopt.ops import BUILT_IN, CONSTANT, INPUT, ITEM, Op, find_op
from lazyopt.ops.core import infer_opaque
from lazyopt.plan import plan_of
from lazyopt.regions import cut_out

__all__ = ["GRAIN", "LARGE", "Tasks"]

#: Seconds that a task should take at least, as estimated.
GRAIN = 0.02
#: Bytes from which an array is worth a task, or a place on the workers, of
#: its own. Smaller ones go along with what uses them, or comes with them.
LARGE = 1 << 20


class Tasks:
    """A graph as tasks of dask.

    Parameters
    ----------
    graph : Graph
    values : list of arrays
        Of the inputs, in order.
    """

    def __init__(self, graph: Graph, values: list[Any]) -> None:
        _check_pure(graph)
        self.graph = graph
        self.given = dict(zip(graph.inputs, values, strict=True))
        returned = set(graph.outputs)
        for node in graph.nodes:
            value = node.args[0] if node.op is CONSTANT else None
            if node.op is CONSTANT and (
                _nbytes(value) >= LARGE or node in returned
            ):
                self.given[node] = value
        self.name = f"lazyopt-{_token(graph, self.given)}"
        self.data: dict[str, Any] = {}
        self.tasks: dict[Any, Task] = {}
        self.priority: dict[Any, int] = {}
        #: Where each value is found: a key, and the place in a tuple there.
        self.place: dict[Node, tuple[Any, int | None]] = {}
        for node, value in self.given.items():
            key = f"lazyopt-data-{_value_token(value)}"
            self.data[key] = value
            self.place[node] = key, None
        groups = _groups(graph)
        used = _used_outside(graph, groups)
        for i, group in enumerate(groups):
            results = [n for n in group if n in used]
            if results:
                self._add(i, group, results)

    def _add(self, i: int, group: list[Node], results: list[Node]) -> None:
        """Add the task of a group, and of its large results."""
        key = self.name, i
        small = [
            n
            for n in dict.fromkeys(n for one in group for n in one.operands)
            if n.op is CONSTANT and n not in self.place
        ]
        body, operands = cut_out([*small, *group], results)
        places = [self.place[n] for n in operands]
        keys = list(dict.fromkeys(k for k, _ in places))
        picks = [(keys.index(k), which) for k, which in places]
        run = partial(_run, _dumps(body), picks)
        self.tasks[key] = Task(key, run, *map(self._argument, keys))
        # What our order ends first is the most urgent.
        self.priority[key] = -self.graph.number(group[-1])
        for j, node in enumerate(results):
            self.place[node] = key, j if len(results) > 1 else None
            known = node.spec.shape is not None and node.spec.dtype is not None
            if len(results) > 1 and known and node.spec.nbytes >= LARGE:
                self._take_out(node)

    def _argument(self, key: Any) -> Any:
        """What a task is given for a key: small data itself.

        Tasks that wait for nothing are spread over the workers.
        """
        value = self.data.get(key)
        small = value is not None and _nbytes(value) < LARGE
        return value if small else TaskRef(key)

    def _take_out(self, node: Node) -> Any:
        """Give a result that is part of a tuple a task of its own."""
        (name, i), j = self.place[node]
        key = name, i, j
        take = Task(key, operator.getitem, TaskRef((name, i)), j)
        self.tasks[key] = take
        self.priority[key] = self.priority[name, i]
        self.place[node] = key, None
        return key

    def take_large(self) -> dict[str, Any]:
        """Take out the values that are worth sending ahead, by key."""
        large = {k: v for k, v in self.data.items() if _nbytes(v) >= LARGE}
        for key in large:
            del self.data[key]
        return large

    def leaves(self) -> list[Any]:
        """What dask computes each output of."""
        keys = []
        for node in self.graph.outputs:
            key, which = self.place[node]
            keys.append(key if which is None else self._take_out(node))
        data = {k: DataNode(k, v) for k, v in self.data.items()}
        layer = MaterializedLayer(
            {**data, **self.tasks},
            annotations={"priority": self.priority.get},
        )
        made = HighLevelGraph({self.name: layer}, {self.name: set()})
        return [Delayed(key, made, layer=self.name) for key in keys]

    def delayed(self) -> Any:
        """The outputs in their structure."""
        return self.graph.out_tree.unflatten(iter(self.leaves()))


def _check_pure(graph: Graph) -> None:
    """Raise a GraphError for the first call with an effect."""
    for node in graph.nodes:
        if node.op.is_pure:
            continue
        where = f" at {node.source}" if node.source else ""
        does = {
            "random": "draws random numbers: draw them before, and give them "
            "as an input",
            "writes": "writes into an array: use a function that returns a "
            "new one",
        }.get(
            node.op.effect,
            "is not known to be pure: if its result depends on its arguments "
            "alone, say so with lazyopt.register_op(fn, effects='pure') or "
            "trace(..., assume_pure=True)",
        )
        raise GraphError(
            f"dask may run a call twice, or on a machine where another one "
            f"didn't run, but {node.op.name}{where} {does}"
        )


def _groups(graph: Graph) -> list[list[Node]]:
    """Groups of calls in the order to run them, items with their calls."""
    calls: list[list[Node]] = []
    number: dict[Node, int] = {}
    needs: list[list[int]] = []
    for node in graph.nodes:
        if node.op is ITEM:
            number[node] = number[node.args[0]]
            calls[number[node]].append(node)
        elif node.op not in (INPUT, CONSTANT):
            number[node] = len(calls)
            calls.append([node])
            mine = [number[o] for o in node.operands if o in number]
            needs.append(list(dict.fromkeys(mine)))
    costs = [seconds_of(one[0], GRAIN) for one in calls]
    return [
        [node for i in group for node in calls[i]]
        for group in grouped(costs, needs, GRAIN)
    ]


def _used_outside(graph: Graph, groups: list[list[Node]]) -> set[Node]:
    """The nodes that outputs, or other groups than their own, use."""
    home = {n: i for i, group in enumerate(groups) for n in group}
    used = set(graph.outputs)
    for node, i in home.items():
        used.update(o for o in node.operands if home.get(o, i) != i)
    return used


# ------------------------------------------------------------ in a worker


def _run(
    payload: bytes, picks: list[tuple[int, int | None]], *values: Any
) -> Any:
    """Run a group on what its task was given."""
    body = cloudpickle.loads(payload)
    given = [
        values[i] if which is None else values[i][which] for i, which in picks
    ]
    results = run_values(plan_of(body), given)
    return results[0] if len(results) == 1 else tuple(results)


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Pickles ops that this process alone has registered as functions."""

    def reducer_override(self, x: Any) -> Any:
        if type(x) is Op and x not in BUILT_IN and find_op(x.name) is x:
            return _nameless, (x.name, x.function, x.multi)
        return super().reducer_override(x)


def _nameless(name: str, function: Callable[..., Any], multi: bool) -> Op:
    return Op(name, infer_opaque, function=function, multi=multi)


def _dumps(body: Graph) -> bytes:
    file = io.BytesIO()
    _Pickler(file).dump(body)
    return file.getvalue()


# ------------------------------------------------------------------- names


def _nbytes(x: Any) -> int:
    return int(getattr(x, "nbytes", 0))


def _value_token(x: Any) -> str:
    """A name for an array, the same in every process for the same bits."""
    name = type(x).__name__
    return f"{name}-{tokenize(autoray.to_numpy(x), str(x.dtype))}"


def _token(graph: Graph, given: Mapping[Node, Any]) -> str:
    """A name for a program on given values, the same in every process."""
    digest = hashlib.blake2b(f"{graph.backend} {GRAIN}".encode())
    number: dict[Node, int] = {}
    ops: dict[Op, str] = {}
    for node in graph.nodes:
        number[node] = len(number)
        if node.op not in ops:
            ops[node.op] = _op_token(node.op)
        text = (
            _value_token(given[node])
            if node in given
            else _text((ops[node.op], node.args, node._kwargs), number)
        )
        digest.update(f"{text}\n".encode())
    digest.update(_text(graph.outputs, number).encode())
    return digest.hexdigest()[:32]


def _op_token(op: Op) -> str:
    if op.region is not None:
        body = _token(op.region.body, {})
        return f"{op.region.kind} {body} {op.region.options!r}"
    if op.function is None:
        return op.fn_name
    return f"{op.name} {tokenize(op.function)}"


def _text(x: Any, number: Mapping[Node, int]) -> str:
    """Static arguments as text, in which no two of them are the same."""
    kind = type(x)
    if kind is Node:
        return f"%{number[x]}"
    if kind in _PLAIN:
        return repr(x)
    if kind is slice:
        return f"slice{_text((x.start, x.stop, x.step), number)}"
    if isinstance(x, dict):
        pairs = [f"{k!r}: {_text(v, number)}" for k, v in x.items()]
        return f"{kind.__name__}{{{', '.join(pairs)}}}"
    if isinstance(x, tuple | list):
        parts = [_text(v, number) for v in x]
        return f"{kind.__name__}({', '.join(parts)})"
    return f"{kind.__name__} {tokenize(x)}"


_PLAIN = frozenset({int, float, complex, bool, str, type(None)})
