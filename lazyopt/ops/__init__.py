"""Operations: the registry, and what is known of every op in it.

``core``
    `Op`, the registry, recognising functions, opaque calls.
``model``, ``families``
    How specs are inferred: by asking NumPy on tiny arrays.
``elementwise``, ``reductions``, ``views``, ``structure``,
``contractions``, ``linalg``, ``creation``, ``indexing``
    The ops, a family a file.
"""

from lazyopt.ops import (
    contractions,
    creation,
    elementwise,
    indexing,
    linalg,
    reductions,
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
    recognise,
)

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

for _family in (
    elementwise,
    reductions,
    views,
    structure,
    contractions,
    linalg,
    creation,
    indexing,
):
    _family.register()
