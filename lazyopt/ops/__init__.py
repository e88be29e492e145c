"""Operations: the registry, and what is known of every op in it.

``core``
    `Op`, the registry, opaque calls.
``recognition``
    Which op a function stands for.
``model``, ``families``
    How specs are inferred: by asking NumPy on tiny arrays.
``elementwise``, ``reductions``, ``scans``, ``views``, ``structure``,
``contractions``, ``linalg``, ``creation``, ``indexing``, ``fourier``
    The ops, a family a file.
``files``
    The library's own: writing arrays away and reading them.
"""

from lazyopt.ops import (
    contractions,
    creation,
    elementwise,
    files,
    fourier,
    indexing,
    linalg,
    reductions,
    scans,
    structure,
    views,
)
from lazyopt.ops.core import (
    CONSTANT,
    INPUT,
    ITEM,
    OPERATOR_FORMS,
    Op,
    add_op,
    find_op,
    get_op,
    known_ops,
    opaque,
)
from lazyopt.ops.recognition import recognise

__all__ = [
    "BUILT_IN",
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

for _family in (
    elementwise,
    reductions,
    scans,
    views,
    structure,
    contractions,
    linalg,
    creation,
    indexing,
    fourier,
):
    _family.register()

#: What is known of these was held against NumPy, call by call.
BUILT_IN = frozenset(known_ops())
files.register()
