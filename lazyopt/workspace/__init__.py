"""What calls need on NumPy while they run, beyond what they return.

``lookup``
    `workspace_bytes`: the rule for a call, and what it gives, remembered.
``buffers``, ``ufuncs``
    Buffers that loops cast and gather through; what ufuncs hold as such,
    reducing and accumulating.
``steps``, ``copies``
    Functions that NumPy writes in Python, as the arrays they make in turn.
``contractions``, ``creation``, ``einsum``, ``elementwise``, ``fourier``,
``indexing``, ``linalg``, ``reductions``, ``scans``, ``structure``,
``triangular``
    Rules, each a table ``RULES`` by name of op; ``norms``, ``padding`` and
    ``statistics`` have some of theirs.

A rule is called with the results' specs and the call's arguments, specs in
place of arrays, and returns bytes. Work arrays that LAPACK takes outside of
Python's allocator are not counted: ``tracemalloc`` doesn't see them either.
``python -m benchmarks workspace`` holds all rules against what it measures.
"""

from lazyopt.workspace.lookup import workspace_bytes

__all__ = ["workspace_bytes"]
