"""Dense linear algebra: factorisations, fast products, matrix functions."""

from typing import Any

import numpy as np
from autoray import do, shape

from benchmarks.programs.case import Case, normal, uniform

__all__ = [
    "cholesky",
    "expm",
    "gram_schmidt",
    "jacobi",
    "newton_schulz",
    "strassen",
]


def gram_schmidt(n: int = 40) -> Case:
    """Orthonormal rows of an n by n matrix, by modified Gram-Schmidt."""

    def orthonormal_rows(X: Any) -> Any:
        Q: list[Any] = []
        for j in range(shape(X)[0]):
            q = X[j, :]
            for done in Q:
                overlap = do("tensordot", do("conj", done), q, 1)
                q = q - overlap * done
            Q.append(q / do("linalg.norm", q, 2))
        return do("stack", tuple(Q), axis=0)

    return orthonormal_rows, (normal(n, n),)


def strassen(n: int = 256, leaf: int = 32) -> Case:
    """The product of two n by n matrices by Strassen's seven products.

    Blocks of up to `leaf` rows are multiplied as usual.
    """

    def product(A: Any, B: Any) -> Any:
        half = shape(A)[0] // 2
        if 2 * half <= leaf:
            return A @ B
        a11, a12, a21, a22 = quarters(A, half)
        b11, b12, b21, b22 = quarters(B, half)
        m1 = product(a11 + a22, b11 + b22)
        m2 = product(a21 + a22, b11)
        m3 = product(a11, b12 - b22)
        m4 = product(a22, b21 - b11)
        m5 = product(a11 + a12, b22)
        m6 = product(a21 - a11, b11 + b12)
        m7 = product(a12 - a22, b21 + b22)
        top = do("concatenate", (m1 + m4 - m5 + m7, m3 + m5), axis=1)
        bottom = do("concatenate", (m2 + m4, m1 - m2 + m3 + m6), axis=1)
        return do("concatenate", (top, bottom), axis=0)

    def quarters(A: Any, half: int) -> tuple[Any, Any, Any, Any]:
        upper, lower = slice(None, half), slice(half, None)
        return (
            A[upper, upper],
            A[upper, lower],
            A[lower, upper],
            A[half:, half:],
        )

    return product, (normal(n, n), normal(n, n, seed=1))


def cholesky(tiles: int = 8, size: int = 64) -> Case:
    """Log-determinant by a tiled Cholesky factorisation.

    The tiles of the lower half are given one by one. After each column the
    right-looking algorithm updates all tiles that remain.
    """

    def log_determinant(lower: dict[tuple[int, int], Any]) -> Any:
        A = dict(lower)
        logs = []
        for k in range(tiles):
            L = do("linalg.cholesky", A[k, k])
            logs.append(do("sum", do("log", do("diag", L))))
            for i in range(k + 1, tiles):
                A[i, k] = do("linalg.solve", L, A[i, k].T).T
            for i in range(k + 1, tiles):
                for j in range(k + 1, i + 1):
                    A[i, j] = A[i, j] - A[i, k] @ A[j, k].T
        total = logs[0]
        for each in logs[1:]:
            total = total + each
        return 2.0 * total

    n = tiles * size
    X = normal(n, n)
    M = X @ X.T + n * np.eye(n)
    rows = [slice(i * size, (i + 1) * size) for i in range(tiles)]
    lower = {
        (i, j): M[rows[i], rows[j]].copy()
        for i in range(tiles)
        for j in range(i + 1)
    }
    return log_determinant, (lower,)


PADE_13 = (
    64764752532480000.0,
    32382376266240000.0,
    7771770303897600.0,
    1187353796428800.0,
    129060195264000.0,
    10559470521600.0,
    670442572800.0,
    33522128640.0,
    1323241920.0,
    40840800.0,
    960960.0,
    16380.0,
    182.0,
    1.0,
)
"""Coefficients of the Pade approximant, the constant one first."""


def expm(n: int = 128, squarings: int = 3) -> Case:
    """Exponential of an n by n matrix by scaling and squaring.

    The Pade approximant of order 13 (Higham, "The scaling and squaring method
    for the matrix exponential revisited", 2005). The matrix comes divided by
    two to the power of `squarings`.
    """

    def exponential(A: Any) -> Any:
        b = PADE_13
        A2 = A @ A
        A4 = A2 @ A2
        A6 = A2 @ A4
        U = A6 @ (b[13] * A6 + b[11] * A4 + b[9] * A2)
        U = U + b[7] * A6 + b[5] * A4 + b[3] * A2
        U = A @ (U + b[1] * do("eye", n, like=A))
        V = A6 @ (b[12] * A6 + b[10] * A4 + b[8] * A2)
        V = V + b[6] * A6 + b[4] * A4 + b[2] * A2
        V = V + b[0] * do("eye", n, like=A)
        R = do("linalg.solve", V - U, V + U)
        for _ in range(squarings):
            R = R @ R
        return R

    return exponential, (normal(n, n) / n,)


def newton_schulz(n: int = 128, steps: int = 8) -> Case:
    """Nearest orthogonal matrix of an n by n one by Newton-Schulz steps."""

    def nearest(X: Any) -> Any:
        X = X / do("linalg.norm", X)
        three = 3.0 * do("eye", n, like=X)
        for _ in range(steps):
            X = (0.5 * X) @ (three - X.T @ X)
        return X

    return nearest, (normal(n, n),)


def jacobi(n: int = 600, steps: int = 30) -> Case:
    """Solve n systems of n equations by Jacobi steps.

    How far each step moved is an output besides the last iterate. An order
    that leaves these for the end keeps every iterate.
    """

    def solve(R: Any, inverse: Any, B: Any) -> tuple[Any, list[Any]]:
        X, moved = B, []
        for _ in range(steps):
            new = inverse * (B - R @ X)
            moved.append(do("max", do("abs", new - X)))
            X = new
        return X, moved

    R = normal(n, n) * (1.0 - np.eye(n))
    return solve, (R, uniform(n, 1) / n, normal(n, n, seed=1))
