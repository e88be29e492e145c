"""Graph optimisation for array programs written with autoray.

>>> graph = lazyopt.trace(fn, x)         # record
>>> better = lazyopt.optimize(graph)     # the same bits, in less memory
>>> better(x)                            # run
"""

from lazyopt import errors
from lazyopt.build import call
from lazyopt.comparison import compare
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

__all__ = [
    "ArraySpec",
    "Fixpoint",
    "Graph",
    "GraphError",
    "InputError",
    "LazyoptError",
    "MemoryProfile",
    "Node",
    "Op",
    "PassError",
    "PassRecord",
    "Pipeline",
    "TraceError",
    "VerificationError",
    "call",
    "compare",
    "errors",
    "from_lazy",
    "optimize",
    "optimized",
    "passes",
    "register_op",
    "rewrite",
    "trace",
]

__version__ = "0.1.0"
