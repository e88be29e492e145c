"""Operations: what a node calls, and what is known about calling it."""

import inspect
import operator
import sys
from collections.abc import Callable
from typing import Any, Literal

import autoray

from lazyopt.errors import GraphError
from lazyopt.specs import UNKNOWN, ArraySpec

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
    "recognise",
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
    """

    __slots__ = (
        "aliases",
        "container",
        "contraction",
        "copies",
        "effect",
        "elementwise",
        "fn_name",
        "function",
        "infer",
        "multi",
        "name",
        "signature",
        "views",
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
        found: Callable[..., Any] = autoray.get_lib_fn(backend, self.fn_name)
        return found

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
        if OPERATOR_FORMS.get(self.name) is self:
            return _operator_form, (self.name,)
        if _OPS.get(self.name) is self:
            return get_op, (self.name,)
        if self in (INPUT, CONSTANT, ITEM):
            return _structural, (self.name,)
        return opaque, (self.function, self.effect)


_OPS: dict[str, Op] = {}
_NAMES: dict[str, Op] = {}
_CALLABLES: dict[Any, Op] = {}

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
        if name in _NAMES:
            raise GraphError(
                f"an op named {name!r} is registered already; choose another "
                "name"
            )
        _NAMES[name] = op
    _OPS[op.name] = op
    if op.function is not None:
        _CALLABLES[op.function] = op
    return op


def also_called(fn: Callable[..., Any], name: str) -> None:
    """Let a callable be recognised as the op of this name."""
    _CALLABLES[fn] = get_op(name)


def add_operator_form(op: Op) -> Op:
    """Register the op behind one of Python's operators."""
    OPERATOR_FORMS[op.name] = op
    _CALLABLES[op.function] = op
    return op


def _operator_form(name: str) -> Op:
    return OPERATOR_FORMS[name]


def _structural(name: str) -> Op:
    return {op.name: op for op in (INPUT, CONSTANT, ITEM)}[name]


def find_op(name: str) -> Op | None:
    """The op registered under a canonical name or an alias, or None."""
    return _NAMES.get(name)


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

        near = difflib.get_close_matches(name, _NAMES, n=3)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" * bool(near)
        raise GraphError(
            f"no op is registered under the name {name!r}{hint} New ones are "
            "added with register_op(fn, infer=...)."
        )
    return op


def known_ops() -> tuple[Op, ...]:
    """All registered ops, in alphabetical order of their names."""
    return tuple(_OPS[name] for name in sorted(_OPS))


_RECOGNISED: dict[str, tuple[tuple[int, bool] | None, dict[Any, Op]]] = {}

#: Where autoray finds a function that isn't in its backend's own module.
_MODULES: dict[tuple[str, str], str] = autoray.autoray._SUBMODULE_ALIASES


def recognise(fn: Callable[..., Any], backend: str) -> Op | None:
    """The registered op that a function found in a trace stands for.

    By identity with what autoray or the operator module hold, never by
    ``__name__``: a library's function may carry any name.

    Parameters
    ----------
    fn : callable
    backend : str
        The library whose function it is, ``"numpy"``.

    Returns
    -------
    Op or None
    """
    try:
        op = _CALLABLES.get(fn)
    except TypeError:  # an unhashable callable is nobody's
        return None
    if op is not None:
        return op
    return _backend_table(backend).get(fn)


def _backend_table(backend: str) -> dict[Any, Op]:
    # SciPy has some of NumPy's functions by autoray. They can only be met
    # once it is imported, which is not ours to do: it takes its time.
    state = (len(_NAMES), "scipy.linalg" in sys.modules)
    known, table = _RECOGNISED.get(backend, (None, {}))
    if known != state:
        table = {}
        for op in known_ops():
            if op.function is not None:
                continue
            for name in (op.fn_name, *op.aliases):
                home = "scipy" if name.startswith("scipy.") else backend
                module = _MODULES.get((backend, name), home)
                if module.partition("[")[0] not in sys.modules:
                    continue
                try:
                    fn = autoray.get_lib_fn(backend, name)
                    table.setdefault(fn, op)
                except (ImportError, AttributeError, TypeError):
                    continue
        _RECOGNISED[backend] = (state, table)
    return table


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
