"""Contractions: products that sum over axes of two or more arrays."""

import math
import operator
import string
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from lazyopt.ops import model
from lazyopt.ops.core import Op, Specs, add_op, add_operator_form
from lazyopt.ops.families import Rule, Shape, dummy, fresh, operand, shape_of
from lazyopt.specs import UNKNOWN, ArraySpec, make_spec

__all__ = ["register"]


def dot(a: Any, b: Any, out: None = None) -> Shape:
    x, y = shape_of(a), shape_of(b)
    if not x or not y:
        return x + y
    shared = -2 if len(y) > 1 else -1
    if x[-1] != y[shared]:
        raise ValueError(
            f"shapes {x} and {y} not aligned: {x[-1]} (dim "
            f"{len(x) - 1}) != {y[shared]}"
        )
    return x[:-1] + y[:-2] + y[len(y) - 1 :][: len(y) > 1]


def matmul(x1: Any, x2: Any, /, *, dtype: Any = None) -> Shape:
    x, y = shape_of(x1), shape_of(x2)
    if not x or not y:
        raise ValueError(
            "matmul: an operand has no axes; multiply by scalars instead"
        )
    a = (1, *x) if len(x) == 1 else x
    b = (*y, 1) if len(y) == 1 else y
    if a[-1] != b[-2]:
        raise ValueError(
            "matmul: the last axis of the first operand and the second last "
            f"of the second don't agree: shapes {x} and {y}"
        )
    batch = np.broadcast_shapes(a[:-2], b[:-2])
    return (*batch, *a[-2:-1][: len(x) > 1], *b[-1:][: len(y) > 1])


def matmul_operator(x1: Any, x2: Any, /) -> Shape:
    return matmul(x1, x2)


def inner(a: Any, b: Any, /) -> Shape:
    x, y = shape_of(a), shape_of(b)
    if not x or not y:
        return x + y
    if x[-1] != y[-1]:
        raise ValueError(f"shapes {x} and {y} not aligned on their last axes")
    return x[:-1] + y[:-1]


def outer(a: Any, b: Any, out: None = None) -> Shape:
    return (math.prod(shape_of(a)), math.prod(shape_of(b)))


def vdot(a: Any, b: Any, /) -> Shape:
    if math.prod(shape_of(a)) != math.prod(shape_of(b)):
        raise ValueError("vdot: operands must have the same size")
    return ()


def flat_operands(a: Any, b: Any, /) -> Any:
    """Small arrays of equal true size differ in size; flat ones don't."""
    return tuple(map(_flat, (a, b))), {}


def _flat(x: Any) -> Any:
    if not isinstance(x, ArraySpec) or x.kind != "array":
        return x
    return ArraySpec((x.size,), x.dtype)


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Shape:
    x, y = list(shape_of(x1)), list(shape_of(x2))
    if x.pop(axis) != y.pop(axis):
        raise ValueError("vecdot: operands differ along the axis")
    return np.broadcast_shapes(tuple(x), tuple(y))


def tensordot(a: Any, b: Any, axes: Any = 2) -> Shape:
    x, y = shape_of(a), shape_of(b)
    try:
        left, right = axes
    except TypeError:
        n = operator.index(axes)
        left, right = range(len(x) - n, len(x)), range(n)
    pairs = []
    for axis, shape in ((left, x), (right, y)):
        axis = axis if np.iterable(axis) else (axis,)
        pairs.append([normalize_axis_index(i, len(shape)) for i in axis])
    if [x[i] for i in pairs[0]] != [y[i] for i in pairs[1]]:
        raise ValueError("shape-mismatch for sum")
    free = (
        [d for i, d in enumerate(shape) if i not in axis]
        for shape, axis in zip((x, y), pairs, strict=True)
    )
    return tuple(d for part in free for d in part)


def kron(a: Any, b: Any) -> Shape:
    x, y = shape_of(a), shape_of(b)
    n = max(len(x), len(y))
    x, y = (1,) * (n - len(x)) + x, (1,) * (n - len(y)) + y
    return tuple(d * e for d, e in zip(x, y, strict=True))


def cross(
    a: Any,
    b: Any,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: int | None = None,
) -> Shape:
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = list(shape_of(a)), list(shape_of(b))
    sizes = x.pop(axisa), y.pop(axisb)
    shape = list(np.broadcast_shapes(tuple(x), tuple(y)))
    if not set(sizes) <= {2, 3}:
        raise ValueError(f"cross takes vectors of 2 or 3, not of {sizes}")
    if sizes != (2, 2):
        (place,) = normalize_axis_tuple(axisc, len(shape) + 1)
        shape.insert(place, 3)
    return tuple(shape)


def linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Shape:
    sizes = shape_of(x1)[axis], shape_of(x2)[axis]
    if sizes != (3, 3):
        raise ValueError(f"linalg.cross takes vectors of 3, not of {sizes}")
    return cross(x1, x2, axis=axis)


def linalg_matmul(x1: Any, x2: Any, /) -> Shape:
    return matmul(x1, x2)


def linalg_outer(x1: Any, x2: Any, /) -> Shape:
    if len(shape_of(x1)) != 1 or len(shape_of(x2)) != 1:
        raise ValueError("linalg.outer takes vectors; use outer for others")
    return outer(x1, x2)


# -------------------------------------------------------------- einsum


def einsum_parts(operands: Any) -> tuple[list[str], str, list[Any]]:
    """Input and output subscripts, with ellipses written out, and operands.

    Raises
    ------
    ValueError
        For an equation that doesn't fit its operands.
    """
    if not isinstance(operands[0], str):
        operands = _from_interleaved(operands)
    equation, arrays = operands[0].replace(" ", ""), list(operands[1:])
    left, arrow, output = equation.partition("->")
    terms = left.split(",")
    if len(terms) != len(arrays):
        raise ValueError(
            f"einsum: {equation!r} is for {len(terms)} operands, not "
            f"{len(arrays)}"
        )
    spare = [c for c in _LETTERS if c not in equation]
    counts = [
        len(shape_of(a)) - len(t.replace("...", "")) if "..." in t else 0
        for t, a in zip(terms, arrays, strict=True)
    ]
    ellipsis = "".join(spare[: max(counts)])
    terms = [
        t.replace("...", ellipsis[len(ellipsis) - n :])
        for t, n in zip(terms, counts, strict=True)
    ]
    arrays = [operand(a) for a in arrays]
    if not arrow:
        once = sorted(c for c in set(left) - {",", "."} if left.count(c) == 1)
        output = "..." + "".join(once)
    return terms, output.replace("...", ellipsis), arrays


_LETTERS = string.ascii_letters + "".join(map(chr, range(192, 320)))


def _from_interleaved(operands: Any) -> tuple[Any, ...]:
    """``einsum(a, [0, 1], b, [1, 2], [0, 2])`` in the form with letters."""

    def term(sublist: Any) -> str:
        return "".join(
            "..." if i is Ellipsis else _LETTERS[i] for i in sublist
        )

    pairs = len(operands) // 2
    equation = ",".join(term(s) for s in operands[1 : 2 * pairs : 2])
    if len(operands) % 2:
        equation += "->" + term(operands[-1])
    return (equation, *operands[0 : 2 * pairs : 2])


def einsum_shape(terms: list[str], output: str, arrays: list[Any]) -> Shape:
    """Shape of the result.

    Raises
    ------
    ValueError
        If a letter stands for two sizes, or a term doesn't fit its operand.
    """
    sizes: dict[str, int] = {}
    for term, array in zip(terms, arrays, strict=True):
        shape = shape_of(array)
        if len(term) != len(shape):
            raise ValueError(
                f"einsum: {term!r} names {len(term)} axes of an operand of "
                f"shape {shape}"
            )
        for letter, d in zip(term, shape, strict=True):
            known = sizes.setdefault(letter, d)
            if known == 1:
                sizes[letter] = d
            elif d not in (1, known):
                raise ValueError(
                    f"einsum: axis {letter!r} has sizes {known} and {d}"
                )
    if not sizes.keys() >= set(output):
        raise ValueError(f"einsum: an axis of {output!r} is in no operand")
    return tuple(sizes[letter] for letter in output)


def infer_einsum(
    *operands: Any, optimize: Any = False, **kwargs: Any
) -> Specs:
    specs = model.tree_specs(operands)
    if any(s.shape is None for s in specs):
        return (UNKNOWN,)
    terms, output, arrays = einsum_parts(operands)
    shape = einsum_shape(terms, output, arrays)
    if any(s.dtype is None for s in specs) or model.too_many_axes(operands):
        dtypes = [s.dtype for s in specs]
        known = None if None in dtypes else np.result_type(*dtypes).name
        return (make_spec(shape, known, "array", None),)
    equation = f"{','.join(terms)}->{output}"
    if not einsum_copies(*operands):
        view = np.einsum(equation, *map(dummy, arrays))
        return (make_spec(shape, view.dtype.name, "array", view.strides),)
    if optimize not in (False, None) and len(arrays) > 1:
        # The path depends on the true sizes, and models have others.
        full = [dummy(a) if isinstance(a, ArraySpec) else a for a in arrays]
        optimize, _ = np.einsum_path(equation, *full, optimize=optimize)
    value = model.ask(
        np.einsum, (equation, *arrays), {**kwargs, "optimize": optimize}
    )
    return (model.spec_like(shape, value),)


def einsum_copies(*operands: Any, **kwargs: Any) -> bool:
    """Whether the result is new: one operand, not summed, gives a view.

    Even where another dtype or order is asked for, which NumPy forgets then.
    """
    terms, output, arrays = einsum_parts(operands)
    a = arrays[0]
    if len(arrays) > 1 or set(terms[0]) != set(output):
        return True
    return not isinstance(a, ArraySpec) or a.kind != "array" or not output


CONTRACTIONS: dict[str, tuple[Rule, tuple[str, ...]]] = {
    "dot": (dot, ()),
    "inner": (inner, ()),
    "linalg.matmul": (linalg_matmul, ()),
    "matmul": (matmul, ()),
    "tensordot": (tensordot, ("linalg.tensordot",)),
    "vecdot": (vecdot, ("linalg.vecdot",)),
}


def register() -> None:
    """Add all contractions to the registry."""
    for name, (rule, aliases) in CONTRACTIONS.items():
        facts: dict[str, Any] = {"operands": name != "tensordot"}
        add_op(fresh(name, rule, contraction=True, aliases=aliases, **facts))
    add_op(fresh("outer", outer, operands=True))
    add_op(fresh("linalg.outer", linalg_outer, operands=True))
    add_op(fresh("kron", kron, operands=True))
    # Vectors of three elements are another thing than those of two.
    add_op(fresh("cross", cross, operands=True, most=3))
    add_op(fresh("linalg.cross", linalg_cross, operands=True, most=3))
    add_op(
        fresh(
            "vdot",
            vdot,
            operands=True,
            contraction=True,
            simplify=flat_operands,
        )
    )
    add_op(
        Op(
            "einsum",
            infer_einsum,
            contraction=True,
            # Behind the equation, or first of operands and their axes.
            views=(1, 0),
            copies=einsum_copies,
        )
    )
    form = fresh(
        "matmul",
        matmul_operator,
        function=operator.matmul,
        operands=True,
        contraction=True,
    )
    add_operator_form(form)
