"""The calls each op is checked on: op name -> list of call patterns."""

from lazyopt.ops import OPERATOR_FORMS
from lazyopt.ops.elementwise import UNARY

from .cases_contractions import CONTRACTIONS, products
from .cases_creation import CREATION
from .cases_elementwise import ELEMENTWISE, binary_operator, unary_operator
from .cases_fourier import FOURIER
from .cases_indexing import INDEXING
from .cases_linalg import LINALG
from .cases_reductions import REDUCTIONS
from .cases_structure import FRESH
from .cases_views import MAYBE_VIEWS, SPLITS, VIEWS
from .patterns import Cases

__all__ = ["CASES", "OPERATOR_CASES"]

#: All registered ops, each with the calls it is checked on.
CASES: Cases = {
    **ELEMENTWISE,
    **REDUCTIONS,
    **VIEWS,
    **SPLITS,
    **MAYBE_VIEWS,
    **FRESH,
    **CONTRACTIONS,
    **LINALG,
    **CREATION,
    **INDEXING,
    **FOURIER,
}

#: The ops behind Python's operators, likewise.
OPERATOR_CASES: Cases = {
    name: unary_operator if name in UNARY else binary_operator
    for name in OPERATOR_FORMS
}
OPERATOR_CASES["matmul"] = products
