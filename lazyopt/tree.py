"""Pytrees: nested tuples, lists, dicts and named tuples around arrays."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

from lazyopt.errors import InputError
from lazyopt.keys import value_key

__all__ = ["Tree", "flatten", "map_parts"]


class Tree:
    """The structure of a pytree, without its leaves. Immutable.

    A tree is a leaf, a static value that is kept as it is, or a container of
    other trees. Leaves stand in the order they are met, depth first.
    """

    __slots__ = ("children", "keys", "type", "value")

    def __init__(
        self,
        kind: type | None = None,
        keys: tuple[Any, ...] = (),
        children: tuple["Tree", ...] = (),
        value: Any = None,
    ) -> None:
        # ``type`` is None for a leaf, Tree for a static value.
        self.type = kind
        self.keys = keys
        self.children = children
        self.value = value

    @property
    def is_leaf(self) -> bool:
        """Whether an array stands here."""
        return self.type is None

    @property
    def is_static(self) -> bool:
        """Whether a value stands here that is part of the program."""
        return self.type is Tree

    def unflatten(self, leaves: Iterator[Any]) -> Any:
        """Rebuild the pytree around leaves taken from an iterator."""
        if self.type is None:
            return next(leaves)
        if self.type is Tree:
            return self.value
        values = [child.unflatten(leaves) for child in self.children]
        make: Any = self.type
        if issubclass(self.type, dict):
            pairs = zip(self.keys, values, strict=True)
            if issubclass(self.type, defaultdict):
                return make(self.value, pairs)
            return make(pairs)
        if hasattr(self.type, "_fields"):
            return make(*values)
        return make(values)

    def match(self, value: Any, path: str) -> Iterator[tuple[str, Any]]:
        """Take the leaves out of a value that has this structure.

        Yields
        ------
        path, leaf : str, object

        Raises
        ------
        InputError
            Where the structure, or a static value, is another.
        """
        if self.type is None:
            yield path, value
        elif self.type is Tree:
            if value_key(value) != value_key(self.value):
                raise InputError(
                    f"{path} is {_short(value)}, but the graph was traced "
                    f"with {_short(self.value)}, which is part of it. Trace "
                    "again for another value."
                )
        else:
            yield from self._match_container(value, path)

    def _match_container(
        self, value: Any, path: str
    ) -> Iterator[tuple[str, Any]]:
        assert self.type is not None
        n = len(self.children)
        if issubclass(self.type, dict):
            alike = isinstance(value, dict) and len(value) == n
            if not alike or not all(k in value for k in self.keys):
                shown = _short(value)
                if isinstance(value, dict):
                    shown = f"one with {list(value)[:20]}"
                raise InputError(
                    f"{path} should be a dict with the keys "
                    f"{list(self.keys)}, but is {shown}"
                )
            parts = [value[k] for k in self.keys]
        elif not isinstance(value, tuple | list) or len(value) != n:
            raise InputError(
                f"{path} should be a {self.type.__name__} of {n}, but is "
                f"{_short(value)}"
            )
        else:
            parts = list(value)
        labels = self.keys or range(n)
        for label, child, part in zip(
            labels, self.children, parts, strict=True
        ):
            yield from child.match(part, f"{path}[{label!r}]")

    def has_leaves(self) -> bool:
        """Whether an array stands anywhere in it."""
        return self.is_leaf or any(c.has_leaves() for c in self.children)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Tree)
            and self.type is other.type
            and self.keys == other.keys
            and self.children == other.children
            and value_key(self.value) == value_key(other.value)
        )

    def __hash__(self) -> int:
        return hash((self.type, self.keys, self.children))

    def __repr__(self) -> str:
        if self.type is None:
            return "*"
        if self.type is Tree:
            return repr(self.value)
        return f"{self.type.__name__}({', '.join(map(repr, self.children))})"


def map_parts(fn: Callable[[Any], Any], x: Any) -> Any:
    """A container like ``x`` with ``fn`` applied to its parts.

    Parameters
    ----------
    fn : callable
        Called on the items of a tuple or list, and on the values of a dict;
        it recurses itself, where that is wanted.
    x : object
        Named tuples and subclasses keep their type.

    Returns
    -------
    object
        ``x`` itself if it is no container.
    """
    if isinstance(x, dict):
        made = copy(x)  # of its own type, whatever that is made of
        made.update((k, fn(v)) for k, v in x.items())
        return made
    if isinstance(x, tuple | list):
        parts = [fn(v) for v in x]
        make: Any = type(x)
        return make(*parts) if hasattr(x, "_fields") else make(parts)
    return x


_LEAF = Tree()


def flatten(
    value: Any, is_leaf: Callable[[Any], bool]
) -> tuple[list[Any], Tree]:
    """Split a pytree into leaves and structure.

    Parameters
    ----------
    value : pytree
    is_leaf : callable
        What is neither a leaf nor a container is static: it stays in the
        structure.

    Returns
    -------
    leaves : list
    structure : Tree
    """
    leaves: list[Any] = []
    return leaves, _visit(value, is_leaf, leaves)


def _visit(x: Any, is_leaf: Callable[[Any], bool], leaves: list[Any]) -> Tree:
    """The structure of a value; its leaves are added to the list.

    A closure that calls itself would be a cycle, which holds the leaves
    until the garbage collector runs.
    """
    if is_leaf(x):
        leaves.append(x)
        return _LEAF
    if isinstance(x, dict):
        parts = tuple([_visit(v, is_leaf, leaves) for v in x.values()])
        # What makes a defaultdict's missing values is a part of it.
        factory = getattr(x, "default_factory", None)
        return Tree(type(x), tuple(x), parts, factory)
    if isinstance(x, tuple | list):
        parts = tuple([_visit(v, is_leaf, leaves) for v in x])
        return Tree(type(x), (), parts)
    return Tree(Tree, value=x)


def _short(value: Any) -> str:
    """A few words on a value, however large it is."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"an array {value.dtype}{list(value.shape)}"
    if isinstance(value, tuple | list | dict):
        return f"a {type(value).__name__} of {len(value)}"
    text = repr(value)
    return text if len(text) <= 60 else f"a {type(value).__name__}"
