"""Nodes: immutable calls of ops, each on the results of others."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from lazyopt.errors import GraphError
from lazyopt.ops import CONSTANT, INPUT, Op
from lazyopt.specs import ArraySpec
from lazyopt.tree import map_parts

__all__ = ["Node", "is_nested", "nodes_in", "substitute"]

_set = object.__setattr__
_NO_KWARGS: dict[str, Any] = {}


class Node:
    """One call of an op. Immutable, and equal to nothing but itself.

    Parameters
    ----------
    op : Op
    args : tuple
        Nodes and static values, nested as called.
    kwargs : dict
    specs : tuple of ArraySpec
        What the call returns, a spec a result.
    source : str, optional
        Where the user's program makes the call: ``file:line``.

    Notes
    -----
    Use `lazyopt.call` to make nodes with their specs inferred.
    """

    __slots__ = (
        "_inferred",
        "_kwargs",
        "args",
        "op",
        "operands",
        "source",
        "specs",
    )

    op: Op
    args: tuple[Any, ...]
    specs: tuple[ArraySpec, ...]
    source: str | None
    _kwargs: dict[str, Any]
    #: Whether the specs were inferred, and need no checking.
    _inferred: bool
    #: The nodes among the arguments, each once, in order.
    operands: tuple["Node", ...]

    def __init__(
        self,
        op: Op,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any] | None,
        specs: tuple[ArraySpec, ...],
        source: str | None = None,
        _inferred: bool = False,
        _operands: tuple["Node", ...] | None = None,
    ) -> None:
        if _operands is None:
            _operands = nodes_in(args, kwargs)
        _set(self, "op", op)
        _set(self, "args", args)
        _set(self, "_kwargs", dict(kwargs) if kwargs else _NO_KWARGS)
        _set(self, "specs", specs)
        _set(self, "source", source)
        _set(self, "operands", _operands)
        _set(self, "_inferred", _inferred)

    def __setattr__(self, name: str, value: object = None) -> None:
        raise AttributeError(
            "a node can't be changed; node.replace(...) makes another"
        )

    __delattr__ = __setattr__

    @property
    def kwargs(self) -> Mapping[str, Any]:
        """Keyword arguments, read-only."""
        return MappingProxyType(self._kwargs)

    @property
    def spec(self) -> ArraySpec:
        """The only result's spec.

        Raises
        ------
        GraphError
            If the call has several results.
        """
        if len(self.specs) != 1:
            raise GraphError(
                f"{self.op.name} returns {len(self.specs)} results; use "
                "node.specs"
            )
        return self.specs[0]

    @property
    def value(self) -> Any:
        """What a constant holds.

        Raises
        ------
        GraphError
            If it is no constant.
        """
        if self.op is not CONSTANT:
            raise GraphError(f"{self.op.name} is computed, not a constant")
        return self.args[0]

    @property
    def is_input(self) -> bool:
        """Whether it stands for an array given at the call."""
        return self.op is INPUT

    @property
    def is_constant(self) -> bool:
        """Whether it holds a value that is part of the graph."""
        return self.op is CONSTANT

    def replace(
        self,
        args: tuple[Any, ...] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        op: Any = None,
    ) -> "Node":
        """Another node like this one, its specs inferred again."""
        from lazyopt.build import make_node

        return make_node(
            self.op if op is None else op,
            self.args if args is None else tuple(args),
            self._kwargs if kwargs is None else kwargs,
            source=self.source,
        )

    def rewired(self, new: Mapping["Node", "Node"]) -> "Node":
        """This call on other operands of the same specs, or itself."""
        get, operands = new.get, self.operands
        found = tuple(map(get, operands, operands))
        if found == operands:
            return self
        alike = [n.specs for n in found] == [n.specs for n in operands]
        args, kwargs = self.args, self._kwargs
        known: tuple[Node, ...] | None = found
        if args is operands:
            args = found
        elif not is_nested(args, kwargs):
            args = tuple([get(a, a) if type(a) is Node else a for a in args])
        else:
            args = tuple([substitute(a, new) for a in args])
            kwargs = {k: substitute(v, new) for k, v in kwargs.items()}
            known = None
        if len(found) > 1 and len(set(found)) < len(found):
            known = None
        return Node(
            self.op,
            args,
            kwargs,
            self.specs,
            self.source,
            self._inferred and alike,
            known,
        )

    def __repr__(self) -> str:
        from lazyopt.render import call_text

        return f"<Node {call_text(self)}>"

    def __copy__(self) -> "Node":
        return self

    def __deepcopy__(self, memo: Any) -> "Node":
        return self

    def __reduce__(self) -> Any:
        raise GraphError("a node is pickled with its graph; pickle that")


def nodes_in(
    args: Collection[Any], kwargs: Mapping[str, Any] | None = None
) -> tuple[Node, ...]:
    """The nodes in nested arguments, each once, in order."""
    found: dict[Node, None] = {}
    direct = 0
    for a in args:
        if type(a) is Node:
            found[a] = None
            direct += 1
        elif type(a) not in _ATOMS:
            _collect(a, found)
    if kwargs:
        _collect(kwargs, found)
    # Most calls are of nodes alone: a million of them share the tuple.
    if direct == len(found) == len(args) and type(args) is tuple:
        return args
    return tuple(found)


def is_nested(args: Iterable[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether nodes stand in lists, in slices or as keyword arguments."""
    return bool(nodes_in([a for a in args if type(a) is not Node], kwargs))


_CONTAINERS = (tuple, list, dict, slice)
_ATOMS = frozenset({int, float, complex, bool, str, type(None)})


def _collect(x: Any, found: dict[Node, None]) -> None:
    if type(x) is Node:
        found[x] = None
    elif isinstance(x, dict | Mapping):
        for v in x.values():
            _collect(v, found)
    elif isinstance(x, tuple | list):
        for v in x:
            _collect(v, found)
    elif type(x) is slice:
        for v in (x.start, x.stop, x.step):
            _collect(v, found)


def substitute(x: Any, new: Mapping[Node, Any]) -> Any:
    """Nested arguments with nodes replaced as the mapping says."""
    if type(x) is Node:
        return new.get(x, x)
    if type(x) in _ATOMS or not isinstance(x, _CONTAINERS):
        return x
    if type(x) is slice:
        return slice(*[substitute(v, new) for v in (x.start, x.stop, x.step)])
    return map_parts(lambda v: substitute(v, new), x)
