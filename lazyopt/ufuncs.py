"""Which op NumPy means when it calls a ufunc on traced values."""

import sys
from opcode import opmap
from typing import Any

import numpy as np

from lazyopt.ops import OPERATOR_FORMS, Op, opaque, recognise
from lazyopt.refusals import ufunc_method, writes

__all__ = ["meant_by"]

_BINARY_OP, _COMPARE_OP = opmap["BINARY_OP"], opmap["COMPARE_OP"]


def meant_by(
    ufunc: Any, method: str, args: tuple[Any, ...], kwargs: Any
) -> tuple[Op, tuple[Any, ...]]:
    """What to record. Called by ``__array_ufunc__``, and by nothing else.

    Parameters
    ----------
    ufunc : numpy.ufunc
    method : str
        As given to ``__array_ufunc__``.
    args : tuple
        Tracers among them.
    kwargs : dict

    Returns
    -------
    op : Op
    args : tuple
        What it is called on.

    Raises
    ------
    TraceError
        If it writes into an operand, or has no function to record.
    """
    if method == "at":
        raise writes(
            f"numpy.{ufunc.__name__}.at",
            "Build the result with where(...), stack(...) or a product "
            "with a matrix of zeros and ones.",
        )
    if method != "__call__":
        raise ufunc_method(ufunc.__name__, method)
    op = recognise(ufunc, "numpy") or opaque(ufunc)
    form = OPERATOR_FORMS.get(op.name)
    if form is not None and not kwargs and _ends_in_scalar(args):
        # NumPy's scalars hand `x * y` on as if it were multiply(x, y). But
        # between two of them it is C's arithmetic, which for powers, and of
        # two NaNs, returns other bits than NumPy's loop over arrays, and
        # orders complex numbers with NaN otherwise.
        caller = sys._getframe(2)
        written = caller.f_code.co_code[caller.f_lasti]
        if written == _BINARY_OP and isinstance(args[0], np.generic):
            return form, args
        if written == _COMPARE_OP and _is_number(args[0]):
            return form, (args[0][()], args[1])
    return op, args


def _ends_in_scalar(args: tuple[Any, ...]) -> bool:
    """Whether of two operands the second is a traced scalar."""
    node = getattr(args[1], "_node", None) if len(args) == 2 else None
    return node is not None and node.specs[0].kind == "scalar"


def _is_number(x: Any) -> bool:
    """Whether it is an array of one number, as which scalars are compared.

    One that the user made can't be told from it. To which of the two a scalar
    is compared matters for the order of complex numbers with NaN, and nowhere
    else.
    """
    return isinstance(x, np.ndarray) and not x.ndim
