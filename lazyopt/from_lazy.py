"""From autoray's LazyArrays to a graph, without touching them."""

import operator
from collections.abc import Iterable, Mapping
from typing import Any

from autoray.lazy.core import PLACEHOLDER, LazyArray, get_dtype

from lazyopt.backends import inferring_on
from lazyopt.build import constant, infer, input_node, item
from lazyopt.contrib import register_present
from lazyopt.errors import InputError, TraceError
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.ops import Op, opaque, recognise
from lazyopt.ops.indexing import compress_index
from lazyopt.specs import ArraySpec, spec_of
from lazyopt.tracer import is_array
from lazyopt.tracing import common_backend, gc_paused
from lazyopt.tree import Tree, flatten

__all__ = ["from_lazy"]


def from_lazy(
    outputs: Any,
    inputs: Any = None,
    dtypes: Any = "float64",
    *,
    assume_pure: bool = False,
) -> Graph:
    """Import a program that `autoray.lazy` recorded.

    Parameters
    ----------
    outputs : pytree of LazyArray
    inputs : pytree of LazyArray, optional
        What is given at each call, in this structure: a tuple or list stands
        for several arguments. All else that has data is constant. By default
        the Variables, in order of first use; if there are none, the leaves
        with data are inputs that have their data as value, and ``graph()``
        computes it.
    dtypes : str, sequence or mapping, optional
        Of Variables, which have none: one for all, one for each input in
        order, or by input.
    assume_pure : bool, optional
        Whether functions that aren't registered ops have no effect besides
        their result.

    Returns
    -------
    Graph
        In the order in which ``compute()`` would run it. The LazyArrays are
        left as they are. What autoray dropped or merged while recording (an
        inner ``reshape(order="F")``, the order of creation) is lost.

    Raises
    ------
    InputError
        If a Variable is left out of ``inputs``, or arrays are of several
        libraries.
    TraceError
        If the outputs hold no LazyArray.
    """
    register_present()
    leaves, out_tree = flatten(outputs, _is_lazy)
    if not leaves:
        raise TraceError(
            "from_lazy needs a LazyArray, or a pytree of them, not "
            f"{outputs!r}"
        )
    order = ascend(leaves, _lazy_in(inputs))
    backend = _backend_of(order)
    with gc_paused(), inferring_on(backend):
        given, in_tree = _given(inputs, order)
        importer = _Importer(given, _dtypes_of(dtypes, given), assume_pure)
        importer.indexed = _indexed(order)
        importer.returned = set(leaves)
        bound = None
        if inputs is None and given and given[0]._data is not PLACEHOLDER:
            bound = tuple(lazy._data for lazy in given)
        for lazy in order:
            importer.add(lazy)
    return Graph(
        importer.schedule,
        [importer.nodes[x] for x in given],
        [importer.nodes[x] for x in leaves],
        in_tree,
        out_tree,
        backend=backend,
        bound=bound,
    )


def _is_lazy(x: Any) -> bool:
    return isinstance(x, LazyArray)


def _backend_of(order: Iterable[LazyArray]) -> str:
    """The library of the data, else that whose functions were recorded."""
    data = [x._data for x in order if x._data is not None]
    backend = common_backend([x for x in data if x is not PLACEHOLDER])
    if backend != "numpy":
        return backend
    names = {x._backend for x in order} - {None, "builtins", "autoray.lazy"}
    names.discard("numpy")
    return str(names.pop()) if len(names) == 1 else "numpy"


# ---------------------------------------------------------------- traversal


def ascend(
    leaves: list[LazyArray], given: Iterable[LazyArray] = ()
) -> list[LazyArray]:
    """All LazyArrays needed, in the order that ``compute()`` runs them.

    What each depends on is read off its arguments: ``_deps`` misses some.
    What is given depends on nothing.
    """
    # By id, since hashing a LazyArray is a Python call of its own.
    depends: dict[int, list[LazyArray]] = {id(x): [] for x in given}
    stack = sorted(leaves, key=_depth)
    order: dict[int, LazyArray] = {}
    while stack:
        top = stack[-1]
        key = id(top)
        if key in order:
            stack.pop()
            continue
        found = depends.get(key)
        if found is None:
            found = depends[key] = _operands(top)
        missing = [x for x in found if id(x) not in order]
        if not missing:
            stack.pop()
            order[key] = top
        elif len(missing) == 1:
            stack.append(missing[0])
        else:
            missing.sort(key=_depth)
            stack.extend(missing)
    return list(order.values())


_depth = operator.attrgetter("_depth")


def _operands(lazy: LazyArray) -> list[LazyArray]:
    if lazy._data is not None or lazy._args is None:
        return []
    found: list[LazyArray] = []
    for a in lazy._args:
        if type(a) is LazyArray:
            found.append(a)
        elif isinstance(a, tuple | list | dict):
            found += flatten(a, _is_lazy)[0]
    if lazy._kwargs:
        found += flatten(dict(lazy._kwargs), _is_lazy)[0]
    return found


def _indexed(order: list[LazyArray]) -> set[LazyArray]:
    """What ``x[i]`` is taken of with a bare number: tuples of results."""
    return {
        x._args[0]
        for x in order
        if x._fn is operator.getitem and type(x._args[1]) is int
    }


# ------------------------------------------------------------------- inputs


def _lazy_in(inputs: Any) -> list[LazyArray]:
    """The LazyArrays among the inputs.

    Raises
    ------
    InputError
        If something else is among them.
    """
    if inputs is None:
        return []
    found, _ = flatten(inputs, lambda x: not isinstance(x, _CONTAINERS))
    for x in found:
        if not _is_lazy(x):
            raise InputError(
                f"inputs=... takes LazyArrays, but holds {x!r}; what else "
                "the program uses is constant"
            )
    return found


_CONTAINERS = (tuple, list, dict)


def _given(
    inputs: Any, order: list[LazyArray]
) -> tuple[list[LazyArray], Tree]:
    """The LazyArrays given at a call, and the structure they are given in."""
    variables = [x for x in order if x._data is PLACEHOLDER]
    if inputs is None:
        leaves = variables or [x for x in order if x._data is not None]
        given = _by_first_use(leaves, order)
        return given, flatten((tuple(given), {}), _is_lazy)[1]
    args = tuple(inputs) if isinstance(inputs, tuple | list) else (inputs,)
    given, in_tree = flatten((args, {}), _is_lazy)
    known = set(given)
    for x in variables:
        if x not in known:
            raise InputError(
                f"the outputs depend on the Variable {x!r}, which is not "
                "among the inputs; add it to inputs=..."
            )
    if len(known) < len(given):
        raise InputError("the same LazyArray is given as input twice")
    return given, in_tree


def _by_first_use(
    leaves: list[LazyArray], order: list[LazyArray]
) -> list[LazyArray]:
    """Leaves as the calls that are run name them: ``a - b`` takes a, b."""
    if len(leaves) < 2:
        return leaves
    rest = set(leaves)
    found: dict[LazyArray, None] = {}
    for lazy in order:
        for x in _operands(lazy):
            if x in rest:
                rest.remove(x)
                found[x] = None
        if not rest:
            break
    return [*found, *(x for x in leaves if x in rest)]


def _dtypes_of(dtypes: Any, given: list[LazyArray]) -> dict[LazyArray, Any]:
    if isinstance(dtypes, Mapping):
        return {x: dtypes.get(x, "float64") for x in given}
    if isinstance(dtypes, list | tuple):
        if len(dtypes) != len(given):
            raise InputError(
                f"dtypes has {len(dtypes)} entries for {len(given)} inputs"
            )
        return dict(zip(given, dtypes, strict=True))
    return dict.fromkeys(given, dtypes)


# -------------------------------------------------------------------- nodes


class _Importer:
    """Makes a node for each LazyArray, operands first."""

    def __init__(
        self,
        given: list[LazyArray],
        dtypes: dict[LazyArray, Any],
        assume_pure: bool,
    ) -> None:
        self.nodes: dict[LazyArray, Node] = {}
        self.schedule: list[Node] = []
        self.indexed: set[LazyArray] = set()
        self.returned: set[LazyArray] = set()
        #: What isn't computed when the graph runs, but known already.
        self.static: dict[LazyArray, str] = {}
        self.effect: Any = "pure" if assume_pure else "opaque"
        self._ops: dict[Any, Op] = {}
        self._constants: dict[int, tuple[Any, Node]] = {}
        for i, x in enumerate(given):
            spec = ArraySpec(x._shape, dtypes[x])
            if x._data is not None and x._data is not PLACEHOLDER:
                spec = spec_of(x._data)
            self.place(x, input_node(f"x{i}" if len(given) > 1 else "x", spec))

    def place(self, lazy: LazyArray, node: Node) -> None:
        self.nodes[lazy] = node
        self.schedule.append(node)

    def add(self, lazy: LazyArray) -> None:
        """Import one LazyArray, whose operands are imported already."""
        if lazy in self.nodes:
            return
        if lazy._data is not None:
            self.place(lazy, constant(lazy._data))
            return
        if lazy._fn is get_dtype and lazy not in self.returned:
            # Autoray asks for a dtype, as in zeros(..., like=x).
            name = self.nodes[lazy._args[0]].specs[0].dtype
            if name is not None:
                self.static[lazy] = name
                return
        op = self.op(lazy)
        given = lazy._args
        if op.name == "getitem":
            given = (given[0], compress_index(given[1]))
        args = tuple([self.argument(a) for a in given])
        kwargs = {k: self.argument(v) for k, v in lazy._kwargs.items()}
        if op.name == "getitem" and type(args[1]) is int and args[0].op.multi:
            self.place(lazy, item(args[0], args[1]))
            return
        self.place(lazy, self.call(lazy, op, args, kwargs))

    def call(self, lazy: LazyArray, op: Op, args: Any, kwargs: Any) -> Node:
        try:
            specs = infer(op, args, kwargs)
        except Exception as error:
            error.add_note(f"while importing {lazy!r}")
            raise
        if specs[0].shape is None and lazy not in self.indexed:
            # Only autoray knows something of it.
            specs = (ArraySpec(lazy._shape, None),)
        return Node(op, args, kwargs, specs, None, True)

    def op(self, lazy: LazyArray) -> Op:
        fn = lazy._fn
        key = fn, lazy._backend
        try:
            op = self._ops.get(key)
        except TypeError:
            return opaque(fn, self.effect)
        if op is None:
            op = recognise(fn, lazy._backend or "numpy")
            op = op or opaque(fn, self.effect)
            self._ops[key] = op
        return op

    def argument(self, x: Any) -> Any:
        """Nested arguments with nodes in place of what holds arrays."""
        if type(x) is LazyArray:
            return self.static[x] if x in self.static else self.nodes[x]
        kind = type(x)
        if kind is tuple or kind is list:
            return kind([self.argument(v) for v in x])
        if kind is dict:
            return {k: self.argument(v) for k, v in x.items()}
        if kind is range:
            return tuple(x)
        if isinstance(x, LazyArray):
            return self.nodes[x]
        if kind not in _PLAIN and is_array(x):
            return self.constant(x)
        return x

    def constant(self, x: Any) -> Node:
        found = self._constants.get(id(x))
        if found is None:
            found = self._constants[id(x)] = x, constant(x)
            self.schedule.append(found[1])
        return found[1]


_PLAIN = frozenset({int, float, complex, bool, str, slice, type(None)})
