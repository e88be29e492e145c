"""Linear algebra: decompositions, solvers, determinants, powers."""

import functools
import operator
from typing import Any

import numpy as np

from lazyopt.ops.core import Op, Specs, add_op
from lazyopt.ops.families import Rule, Shape, fresh, numpy_function, shape_of
from lazyopt.specs import UNKNOWN, ArraySpec, make_spec

__all__ = ["register"]


def matrix(a: Any) -> tuple[Shape, int, int]:
    """Batch axes, rows and columns.

    Raises
    ------
    numpy.linalg.LinAlgError
        For less than two axes, as NumPy does.
    """
    shape = shape_of(a)
    if len(shape) < 2:
        raise np.linalg.LinAlgError(
            f"{len(shape)}-dimensional array given. Array must be at least "
            "two-dimensional"
        )
    return shape[:-2], shape[-2], shape[-1]


def square(a: Any) -> tuple[Shape, int]:
    """Batch axes and size of a square matrix."""
    batch, m, n = matrix(a)
    if m != n:
        raise np.linalg.LinAlgError(
            "Last 2 dimensions of the array must be square"
        )
    return batch, n


def svd(
    a: Any,
    full_matrices: bool = False,
    compute_uv: bool = True,
    hermitian: bool = False,
) -> list[Shape]:
    if not compute_uv:
        raise TypeError("use linalg.svdvals for singular values alone")
    batch, m, n = matrix(a)
    k = min(m, n)
    left, right = (m, n) if full_matrices else (k, k)
    return [(*batch, m, left), (*batch, k), (*batch, right, n)]


def svdvals(x: Any, /) -> Shape:
    batch, m, n = matrix(x)
    return (*batch, min(m, n))


def qr(a: Any, mode: str = "reduced") -> list[Shape]:
    batch, m, n = matrix(a)
    if mode not in ("reduced", "complete"):
        raise ValueError(f"qr: mode {mode!r} isn't one of reduced, complete")
    k = m if mode == "complete" else min(m, n)
    return [(*batch, m, k), (*batch, k, n)]


def eigh(a: Any, UPLO: str = "L") -> list[Shape]:
    batch, n = square(a)
    return [(*batch, n), (*batch, n, n)]


def eigvalsh(a: Any, UPLO: str = "L") -> Shape:
    batch, n = square(a)
    return (*batch, n)


def slogdet(a: Any) -> list[Shape]:
    batch, _ = square(a)
    return [batch, batch]


def det(a: Any) -> Shape:
    return square(a)[0]


def same_square(a: Any) -> Shape:
    batch, n = square(a)
    return (*batch, n, n)


def cholesky(a: Any, /, *, upper: bool = False) -> Shape:
    return same_square(a)


def pinv(
    a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None
) -> Shape:
    batch, m, n = matrix(a)
    return (*batch, n, m)


def solve(a: Any, b: Any) -> Shape:
    batch, n = square(a)
    shape = shape_of(b)
    if len(shape) == 1:
        if shape[0] != n:
            raise ValueError(
                f"solve: {n} equations, but a right side of {shape[0]}"
            )
        return (*batch, n)
    if shape[-2:-1] != (n,):
        raise ValueError(
            f"solve: {n} equations, but right sides of shape {shape}"
        )
    return (*np.broadcast_shapes(batch, shape[:-2]), *shape[-2:])


def solve_triangular(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Shape:
    if overwrite_b:
        raise TypeError(
            "solve_triangular(overwrite_b=True) writes into its operand"
        )
    shape = shape_of(b)
    sizes = shape_of(a)[-2:]
    if len(sizes) != 2 or sizes[0] != sizes[1]:
        raise ValueError("expected square matrix")
    core = shape[-2:]
    if not core or core[0] != sizes[0]:
        raise ValueError(
            f"shapes of a {shape_of(a)} and b {shape} are incompatible"
        )
    return (*np.broadcast_shapes(shape_of(a)[:-2], shape[:-2]), *core)


def lu(
    a: Any,
    permute_l: bool = False,
    overwrite_a: bool = False,
    check_finite: bool = True,
    p_indices: bool = False,
) -> list[Shape]:
    if permute_l or overwrite_a:
        raise TypeError(
            "linalg.lu is known with three results, and with none of them in "
            "the place of its operand; leave out permute_l and overwrite_a"
        )
    shape = shape_of(a)
    if len(shape) < 2:
        raise ValueError("The input array must be at least two-dimensional.")
    *batch, m, n = shape
    k = min(m, n)
    rows = 0 if 0 in shape else m
    places = (*batch, rows) if p_indices else (*batch, rows, rows)
    return [places, (*batch, m, k), (*batch, k, n)]


def matrix_power(a: Any, n: int) -> Shape:
    return same_square(a)


def first_power(a: Any, n: int) -> bool:
    return operator.index(n) == 1 and isinstance(a, ArraySpec)


def matrix_rank(
    A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None
) -> Shape:
    return shape_of(A)[:-2] if len(shape_of(A)) > 1 else ()


def cond(x: Any, p: Any = None) -> Shape:
    return matrix(x)[0]


def expm(A: Any) -> Shape:
    # SciPy takes a number, or one in a list, for a matrix of one element.
    return (1, 1) if shape_of(A) in ((), (1,)) else same_square(A)


def infer_eig(a: Any) -> Specs:
    """Real or complex: which, only the values of the matrix tell."""
    if not isinstance(a, ArraySpec) or a.shape is None:
        return (UNKNOWN,) * 2
    specs = _EIG.infer(a)
    if str(a.dtype).startswith("complex"):
        return specs
    return tuple(make_spec(s.shape, None, "array", None) for s in specs)


def infer_eigvals(a: Any) -> Specs:
    return infer_eig(a)[:1]


def eig(a: Any) -> list[Shape]:
    batch, n = square(a)
    return [(*batch, n), (*batch, n, n)]


#: What would be right if eigenvalues were always real, or always complex.
_EIG = fresh("linalg.eig", eig, count=2)


@functools.cache
def _result_type(name: str) -> Any:
    """The named tuple that NumPy returns for a decomposition."""
    return type(numpy_function(name)(np.eye(2)))


def container(name: str) -> Any:
    """What makes NumPy's named tuple of a list of results."""
    return lambda values: _result_type(name)(*values)


SEVERAL: dict[str, tuple[Rule, int]] = {
    "linalg.eigh": (eigh, 2),
    "linalg.qr": (qr, 2),
    "linalg.slogdet": (slogdet, 2),
    "linalg.svd": (svd, 3),
}

ONE: dict[str, Rule] = {
    "linalg.cholesky": cholesky,
    "linalg.cond": cond,
    "linalg.det": det,
    "linalg.eigvalsh": eigvalsh,
    "linalg.inv": same_square,
    "linalg.matrix_rank": matrix_rank,
    "linalg.pinv": pinv,
    "linalg.solve": solve,
    "linalg.svdvals": svdvals,
}


def register() -> None:
    """Add linear algebra to the registry."""
    for name, (several, count) in SEVERAL.items():
        op: Op = fresh(name, several, count=count, container=container(name))
        add_op(op)
    for name, rule in ONE.items():
        add_op(fresh(name, rule))
    add_op(fresh("linalg.matrix_power", matrix_power, unchanged=first_power))
    # SciPy's, by autoray; only there is it worth the import.
    add_op(fresh("linalg.expm", expm, aliases=("scipy.linalg.expm",)))
    add_op(fresh("linalg.lu", lu, count=3, aliases=("scipy.linalg.lu",)))
    add_op(fresh("scipy.linalg.solve_triangular", solve_triangular))
    add_op(
        Op(
            "linalg.eig",
            infer_eig,
            multi=True,
            container=container("linalg.eig"),
        )
    )
    add_op(Op("linalg.eigvals", infer_eigvals))
