"""Registering functions of one's own as ops."""

import functools
from collections.abc import Callable
from typing import Any

from lazyopt.errors import GraphError
from lazyopt.ops import Op, add_op, recognise
from lazyopt.ops.core import Effect, Specs
from lazyopt.specs import ArraySpec

__all__ = ["register_op"]


def register_op(
    fn: Callable[..., Any],
    effects: Effect = "pure",
    infer: Callable[..., Any] | None = None,
    name: str | None = None,
    *,
    views: tuple[int, ...] = (),
    elementwise: bool = False,
    results: int = 1,
    workspace: Callable[..., int] | None = None,
    flops: Callable[..., int] | None = None,
) -> Op:
    """Let graphs know a function, so that calls of it can be optimised.

    Parameters
    ----------
    fn : callable
        Called on arrays when the graph runs.
    effects : {"pure", "random", "writes", "opaque"}, optional
        ``"pure"``: the result depends on the arguments alone, and nothing
        else happens. Calls with any effect run exactly as often, and in the
        same order, as traced.
    infer : callable, optional
        From the call's arguments, with an `ArraySpec` in place of each
        array, to the result's spec, or a tuple of them for several results.
        Without it shapes aren't known before running.
    name : str, optional
        The function's own by default. `autoray.do` finds it by this name
        while tracing.
    views : tuple of int, optional
        Positions of the arguments that results may share memory with.
    elementwise : bool, optional
        Whether each element depends on its own place alone.
    results : int, optional
        Number of results, if it returns a tuple.
    workspace : callable, optional
        Bytes that a call needs while it runs, beyond its results: called
        with a tuple of the results' specs and then the call's arguments,
        with an `ArraySpec` in place of each array. Nothing by default.
    flops : callable, optional
        Floating point operations of a call, called as ``workspace`` is. By
        default one for each element of its largest operand or result.

    Returns
    -------
    Op

    Raises
    ------
    GraphError
        If the name, or the function, is registered already.
    """
    known = recognise(fn, "numpy")
    if known is not None:
        raise GraphError(f"{fn!r} is registered already, as {known!r}")
    if effects not in ("pure", "random", "writes", "opaque"):
        raise GraphError(
            f"effects={effects!r} isn't one of 'pure', 'random', 'writes', "
            "'opaque'"
        )

    if infer is None:
        unknown = ArraySpec(None, None, kind="object")

        def specs_of(*args: Any, **kwargs: Any) -> Specs:
            return (unknown,) * results
    else:
        rule = infer

        @functools.wraps(rule)
        def specs_of(*args: Any, **kwargs: Any) -> Specs:
            try:
                found = rule(*args, **kwargs)
            except (AttributeError, TypeError) as error:
                if "ArraySpec" not in str(error):
                    raise
                raise GraphError(
                    f"infer of {fn!r} failed: {error}. It gets an ArraySpec "
                    "for each array, which has a shape, a dtype and a kind, "
                    "and returns that of the result: "
                    "lazyopt.ArraySpec(shape, dtype)"
                ) from error
            specs = found if isinstance(found, tuple) else (found,)
            if not all(isinstance(s, ArraySpec) for s in specs):
                raise GraphError(
                    f"infer of {fn!r} returned {found!r}; it should return "
                    "an ArraySpec, or a tuple of them"
                )
            if len(specs) != results:
                raise GraphError(
                    f"infer of {fn!r} returned {len(specs)} specs, but it "
                    f"has {results} results; set results={len(specs)}, or "
                    "return a spec for each"
                )
            return specs

    op = Op(
        name or str(getattr(fn, "__name__", type(fn).__name__)),
        specs_of,
        effect=effects,
        function=fn,
        views=views,
        elementwise=elementwise,
        multi=results > 1,
        workspace=workspace,
        flops=flops,
    )
    return add_op(op)
