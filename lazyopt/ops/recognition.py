"""Which op a function found in a program stands for."""

import sys
from collections.abc import Callable
from typing import Any

import autoray

from lazyopt.ops import core
from lazyopt.ops.core import Op, known_ops

__all__ = ["recognise"]

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
        op = core.CALLABLES.get(fn)
    except TypeError:  # an unhashable callable is nobody's
        return None
    if op is not None:
        return op
    return _backend_table(backend).get(fn)


def _backend_table(backend: str) -> dict[Any, Op]:
    # SciPy has some of NumPy's functions by autoray. They can only be met
    # once it is imported, which is not ours to do: it takes its time.
    state = (len(core.NAMES), "scipy.linalg" in sys.modules)
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
