"""Operations: what a node calls, and what is known about calling it."""

import contextlib
import inspect
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import autoray

from lazyopt.errors import GraphError
from lazyopt.specs import UNKNOWN, ArraySpec

if TYPE_CHECKING:
    from lazyopt.regions import Region

__all__ = [
    "CONSTANT",
    "INPUT",
    "ITEM",
    "OPERATOR_FORMS",
    "Op",
    "add_op",
    "find_op",
    "get_op",
    "known_ops",
    "opaque",
]

Effect = Literal["pure", "random", "writes", "opaque"]
Specs = tuple[ArraySpec, ...]
Infer = Callable[..., Specs]


class Op:
    """One function under its canonical name, and what is known of it.

    Parameters
    ----------
    name : str
        NumPy's name: ``"subtract"``, ``"linalg.svd"``.
    infer : callable
        ``infer(*args, **kwargs) -> tuple[ArraySpec, ...]``, one spec a
        result, given the call's arguments with specs in place of arrays. Its
        signature is the op's signature.
    effect : {"pure", "random", "writes", "opaque"}
        Anything but ``"pure"`` runs exactly as often, and in the same order
        among its like, as it was traced.
    function : callable, optional
        What to call. By default what autoray finds under ``fn_name`` for the
        backend at hand.
    fn_name : str, optional
        Autoray's name for the function; the canonical one by default.
    aliases : tuple of str
        Other names it can be asked for by.
    views : tuple of int
        Positions of the arguments that a result may share memory with: the
        first of them that holds an array.
    copies : callable, optional
        For an op with ``views``: given the call's arguments with specs in
        place of arrays, whether this call copies after all.
    elementwise : bool
        Whether each element of the result depends on the operands' elements
        at the same (broadcast) place alone.
    contraction : bool
        Whether NumPy looks at which operands are the same array, so that
        merging equal operands changes bits (it calls syrk for ``a @ a.T``).
    multi : bool
        Whether it returns a sequence, one array for each spec.
    container : callable
        Makes what an eager caller gets from a list of the results.
    allocates : callable, optional
        Bytes that each result keeps alive, where it is a view of something
        larger that nobody else sees; called as ``workspace`` is.
    workspace : callable, optional
        Bytes that a call holds while it runs, given the results' specs and
        the call's arguments with specs in place of arrays. Ops of the
        library's own have theirs in `lazyopt.workspace`.
    flops : callable, optional
        Floating point operations of a call, called as ``workspace`` is. Ops
        of the library's own have theirs in `lazyopt.flops`.
    region : lazyopt.regions.Region, optional
        For a call that holds a graph of its own.
    """

    __slots__ = (
        "aliases",
        "allocates",
        "container",
        "contraction",
        "copies",
        "effect",
        "elementwise",
        "flops",
        "fn_name",
        "function",
        "infer",
        "multi",
        "name",
        "region",
        "signature",
        "views",
        "workspace",
    )

    def __init__(
        self,
        name: str,
        infer: Infer,
        *,
        effect: Effect = "pure",
        function: Callable[..., Any] | None = None,
        fn_name: str | None = None,
        aliases: tuple[str, ...] = (),
        views: tuple[int, ...] = (),
        copies: Callable[..., bool] | None = None,
        elementwise: bool = False,
        contraction: bool = False,
        multi: bool = False,
        container: Callable[[list[Any]], Any] = tuple,
        allocates: Callable[..., tuple[int, ...]] | None = None,
        workspace: Callable[..., int] | None = None,
        flops: Callable[..., int] | None = None,
        region: "Region | None" = None,
    ) -> None:
        self.name = name
        self.infer = infer
        self.effect = effect
        self.function = function
        self.fn_name = fn_name or name
        self.aliases = aliases
        self.views = views
        self.copies = copies
        self.elementwise = elementwise
        self.contraction = contraction
        self.multi = multi
        self.container = container
        self.allocates = allocates
        self.workspace = workspace
        self.flops = flops
        self.region = region
        self.signature = inspect.signature(infer)

    @property
    def is_pure(self) -> bool:
        """Whether calls may be merged, dropped, repeated and moved."""
        return self.effect == "pure"

    def implementation(self, backend: str) -> Callable[..., Any]:
        """The function that computes it with arrays of ``backend``.

        Raises
        ------
        ImportError
            Where the backend has no such function.
        """
        if self.function is not None:
            return self.function
        # Libraries have some functions by their other names only.
        for name in (self.fn_name, *self.aliases):
            with contextlib.suppress(ImportError):
                found: Callable[..., Any] = autoray.get_lib_fn(backend, name)
                return found
        raise ImportError(f"autoray finds no {self.fn_name} for {backend}")

    def bind(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional and keyword forms of one call, made the same."""
        if not kwargs:
            return args, kwargs
        bound = self.signature.bind(*args, **kwargs)
        return bound.args, bound.kwargs

    def __repr__(self) -> str:
        return f"Op({self.name!r})"

    def __reduce__(self) -> Any:
        if self.region is not None:
            kind, body, options, _ = self.region
            return _region, (kind, body, options)
        if OPERATOR_FORMS.get(self.name) is self:
            return _operator_form, (self.name,)
        if _OPS.get(self.name) is self:
            return get_op, (self.name,)
        if self in (INPUT, CONSTANT, ITEM):
            return _structural, (self.name,)
        return opaque, (self.function, self.effect)


_OPS: dict[str, Op] = {}
NAMES: dict[str, Op] = {}
CALLABLES: dict[Any, Op] = {}

#: Ops whose call is written with a Python operator, such as ``x - y``. They
#: go by the name of NumPy's function, but are ops of their own: ``**`` on
#: arrays and ``numpy.power`` round differently.
OPERATOR_FORMS: dict[str, Op] = {}


def add_op(op: Op) -> Op:
    """Register an op under its name and aliases.

    Raises
    ------
    GraphError
        If one of the names is taken.
    """
    for name in (op.name, *op.aliases):
        if name in NAMES:
            raise GraphError(
                f"an op named {name!r} is registered already; choose another "
                "name"
            )
        NAMES[name] = op
    _OPS[op.name] = op
    if op.function is not None:
        CALLABLES[op.function] = op
    return op


def also_called(fn: Callable[..., Any], name: str) -> None:
    """Let a callable be recognised as the op of this name."""
    CALLABLES[fn] = get_op(name)


def add_operator_form(op: Op) -> Op:
    """Register the op behind one of Python's operators."""
    OPERATOR_FORMS[op.name] = op
    CALLABLES[op.function] = op
    return op


def _region(kind: str, body: Any, options: dict[str, Any]) -> Op:
    from lazyopt.regions import region

    return region(kind, body, **options)


def _operator_form(name: str) -> Op:
    return OPERATOR_FORMS[name]


def _structural(name: str) -> Op:
    return {op.name: op for op in (INPUT, CONSTANT, ITEM)}[name]


def find_op(name: str) -> Op | None:
    """The op registered under a canonical name or an alias, or None."""
    return NAMES.get(name)


def get_op(name: str) -> Op:
    """The op registered under a canonical name or an alias.

    Raises
    ------
    GraphError
        If there is none; it suggests names that are near.
    """
    op = find_op(name)
    if op is None:
        import difflib

        near = difflib.get_close_matches(name, NAMES, n=3)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" * bool(near)
        raise GraphError(
            f"no op is registered under the name {name!r}{hint} New ones are "
            "added with register_op(fn, infer=...)."
        )
    return op


def known_ops() -> tuple[Op, ...]:
    """All registered ops, in alphabetical order of their names."""
    return tuple(_OPS[name] for name in sorted(_OPS))


# ------------------------------------------------------------- structural


def _declared(*args: Any, **kwargs: Any) -> Specs:
    raise GraphError("inputs and constants are made with a spec")


def _infer_item(results: Any, index: int) -> Specs:
    raise GraphError("an item's spec is one of its producer's")


#: An array given when the graph is called. ``args`` holds its name.
INPUT = Op("input", _declared)
#: A value that is part of the graph. ``args`` holds it.
CONSTANT = Op("constant", _declared)
#: One of the results of a call that returns several: ``item(node, i)``.
ITEM = Op("item", _infer_item, function=operator.getitem, views=(0,))


# ----------------------------------------------------------------- opaque


def infer_opaque(*args: Any, **kwargs: Any) -> Specs:
    """Nothing is known of what an unregistered callable returns."""
    return (UNKNOWN,)


_OPAQUE: dict[Any, Op] = {}


def opaque(fn: Callable[..., Any], effect: Effect = "opaque") -> Op:
    """The op for a callable that nobody registered.

    Parameters
    ----------
    fn : callable
    effect : {"opaque", "pure"}
        ``"pure"`` where the user vouches for it.

    Returns
    -------
    Op
        The same for the same function, wherever it can be hashed.
    """
    name = getattr(fn, "__name__", type(fn).__name__)

    def make() -> Op:
        return Op(name, infer_opaque, effect=effect, function=fn)

    try:
        op = _OPAQUE.get((fn, effect))
        if op is None:
            op = _OPAQUE.setdefault((fn, effect), make())
        return op
    except TypeError:
        return make()
