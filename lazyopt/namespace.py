"""The functions that `autoray.do` finds for tracers.

Autoray looks a function up as an attribute of its backend's module; for the
backend ``"lazyopt"`` that is this one. A registered op is recorded as such,
any other function that NumPy has as an opaque call.
"""

from types import ModuleType
from typing import Any

import autoray

from lazyopt.composed import svd
from lazyopt.ops import find_op
from lazyopt.recorder import numpy_call, record_call
from lazyopt.refusals import unknown_function, value_dependent

__all__: list[str] = []


class _Submodule:
    """Functions with a dotted name, such as ``linalg.svd``."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return _find(f"{self._name}.{name}")


_SUBMODULES = ("linalg", "random", "fft", "scipy", "scipy.linalg")


def _find(name: str) -> Any:
    if name.startswith("_") or name.endswith("__"):
        raise AttributeError(name)
    if name in _SUBMODULES:
        return _Submodule(name)
    if name == "linalg.svd":
        return _svd
    op = find_op(name)
    if op is not None:
        found = op

        def recorded(*args: Any, **kwargs: Any) -> Any:
            return record_call(found, args, kwargs)

        recorded.__name__ = name
        return recorded
    return _unregistered(name)


def _svd(*args: Any, **kwargs: Any) -> Any:
    # Autoray's default is another than NumPy's.
    if len(args) < 2:
        kwargs.setdefault("full_matrices", False)
    return svd(*args, **kwargs)


def _unregistered(name: str) -> Any:
    try:
        function = autoray.get_lib_fn("numpy", name)
    except ImportError:
        raise unknown_function(name) from None
    if isinstance(function, ModuleType):
        return _Submodule(name)
    if not callable(function) or isinstance(function, type):
        # A dtype, such as do("float32"), is the same for all.
        return function

    def opaque_call(*args: Any, **kwargs: Any) -> Any:
        return numpy_call(function, args, kwargs)

    opaque_call.__name__ = name
    return opaque_call


def __getattr__(name: str) -> Any:
    return _find(name)


def _to_numpy(x: Any) -> Any:
    raise value_dependent(
        "what to_numpy returns",
        "Return the array and convert it after the graph has run.",
    )


autoray.register_function("lazyopt", "to_numpy", _to_numpy)
