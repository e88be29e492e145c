"""What `autoray.lazy` lacks, offered to it."""

import operator
from collections.abc import Callable
from typing import Any

import autoray
from autoray.lazy.core import LazyArray, find_common_backend, find_lazy

from lazyopt.errors import TraceError
from lazyopt.ops import Op, known_ops
from lazyopt.ops.creation import CREATION, RANDOM
from lazyopt.specs import ArraySpec
from lazyopt.tree import map_parts

__all__ = ["extend_autoray_lazy"]

#: What is given no array: nothing would tell the library that it is for.
_MAKES = {*CREATION, *RANDOM, "empty", "fft.fftfreq", "fft.rfftfreq"}


def extend_autoray_lazy() -> tuple[str, ...]:
    """Give `autoray.lazy` the functions that it lacks and lazyopt has.

    They are registered with autoray, for this process: from then on
    ``autoray.do`` finds them for LazyArrays. What autoray has itself stays as
    it is, and what makes arrays out of nothing is left out.

    Returns
    -------
    tuple of str
        Autoray's names of the functions added, sorted.
    """
    added = []
    for op in known_ops():
        if op.function is not None or op.name in _MAKES:
            continue
        for name in (op.name, *op.aliases):
            if not _has("autoray.lazy", name) and _has("numpy", name):
                function = _lazy_function(op, name)
                autoray.register_function("autoray.lazy", name, function)
                added.append(name)
    return tuple(sorted(added))


def _has(backend: str, name: str) -> bool:
    try:
        autoray.get_lib_fn(backend, name)
    except ImportError:
        return False
    return True


def _lazy_function(op: Op, name: str) -> Callable[..., Any]:
    """A function that records a call of an op as `autoray.lazy` does."""

    def recorded(*args: Any, **kwargs: Any) -> Any:
        operands = tuple(find_lazy((args, kwargs)))
        if not operands:
            raise TraceError(
                f"{name} was asked for on LazyArrays, but none is among its "
                "arguments, so nothing tells the library that it is for; "
                "call it on that library's arrays"
            )
        shapes = _shapes(op, name, args, kwargs)
        backend = find_common_backend(*operands)
        call = LazyArray(
            backend=backend,
            fn=autoray.get_lib_fn(backend, name),
            args=args,
            kwargs=kwargs,
            shape=(len(shapes),) if op.multi else shapes[0],
            deps=operands,
        )
        if not op.multi:
            return call
        return tuple(
            call.to(operator.getitem, (call, i), shape=shape)
            for i, shape in enumerate(shapes)
        )

    recorded.__name__ = name
    return recorded


def _shapes(op: Op, name: str, args: Any, kwargs: Any) -> list[Any]:
    """Shapes of a call's results, of whatever dtype.

    Raises
    ------
    TraceError
        If they depend on values.
    """
    specs = op.infer(
        *map(_spec, args), **{k: _spec(v) for k, v in kwargs.items()}
    )
    shapes = [s.shape for s in specs]
    if any(s is None for s in shapes):
        raise TraceError(
            f"the shape of what {name} returns depends on values, which are "
            "not known of LazyArrays"
        )
    return shapes


def _spec(x: Any) -> Any:
    if isinstance(x, LazyArray):
        return ArraySpec(x.shape, None)
    return map_parts(_spec, x)
