"""Graph optimisation for array programs written with autoray.

>>> graph = lazyopt.trace(fn, x)         # record
>>> better = lazyopt.optimize(graph)     # the same bits, in less memory
>>> better(x)                            # run
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lazyopt import errors
from lazyopt.autojit import register as _register_with_autojit
from lazyopt.build import call
from lazyopt.errors import (
    GraphError,
    InputError,
    LazyoptError,
    PassError,
    TraceError,
    VerificationError,
)
from lazyopt.from_lazy import from_lazy
from lazyopt.graph import Graph
from lazyopt.ir import Node
from lazyopt.memory import MemoryProfile
from lazyopt.ops import Op
from lazyopt.optimizing import optimize, optimized
from lazyopt.pipeline import Fixpoint, Pipeline
from lazyopt.records import PassRecord
from lazyopt.register import register_op
from lazyopt.rewrite import rewrite
from lazyopt.specs import ArraySpec
from lazyopt.tracing import trace

from lazyopt import passes  # isort: skip - they import the names above

if TYPE_CHECKING:
    from lazyopt.bisecting import Culprit, bisect
    from lazyopt.comparison import compare
    from lazyopt.fitting import Fit, fit
    from lazyopt.lazy_functions import extend_autoray_lazy
    from lazyopt.loading import load
    from lazyopt.measure import Measurement
    from lazyopt.reducing import reduce
    from lazyopt.reporting import report

__all__ = [
    "ArraySpec",
    "Culprit",
    "Fit",
    "Fixpoint",
    "Graph",
    "GraphError",
    "InputError",
    "LazyoptError",
    "Measurement",
    "MemoryProfile",
    "Node",
    "Op",
    "PassError",
    "PassRecord",
    "Pipeline",
    "TraceError",
    "VerificationError",
    "bisect",
    "call",
    "compare",
    "errors",
    "extend_autoray_lazy",
    "fit",
    "from_lazy",
    "load",
    "optimize",
    "optimized",
    "passes",
    "reduce",
    "register_op",
    "report",
    "rewrite",
    "trace",
]

__version__ = "0.1.0"

#: What a program that is traced, optimised and run has no need of, and the
#: modules that have it: imported when first asked for.
_LATER = {
    "Culprit": "bisecting",
    "Fit": "fitting",
    "Measurement": "measure",
    "bisect": "bisecting",
    "compare": "comparison",
    "extend_autoray_lazy": "lazy_functions",
    "fit": "fitting",
    "load": "loading",
    "reduce": "reducing",
    "report": "reporting",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'lazyopt' has no attribute {name!r}")
    value = getattr(import_module(f"lazyopt.{_LATER[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})


_register_with_autojit()
