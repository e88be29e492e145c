"""Calls that linear algebra is checked on."""

from .patterns import Cases, alike, each, pairs

__all__ = ["LINALG"]


SQUARE = ((3, 3), (2, 4, 4), (1, 1), (0, 0), (2, 0, 0), (0, 3, 3))
NOT_SQUARE = ((3, 4), (5,), (), (2, 3, 4))
RECTANGULAR = ((3, 4), (4, 3), (3, 3), (2, 4, 3), (0, 3), (5,), ())

LINALG: Cases = {
    **alike(
        (
            "linalg.det",
            "linalg.eig",
            "linalg.eigvals",
            "linalg.inv",
            "linalg.slogdet",
        ),
        each([*SQUARE, *NOT_SQUARE]),
    ),
    **alike(
        ("linalg.eigh", "linalg.eigvalsh"),
        [*each([*SQUARE, *NOT_SQUARE]), *each([(3, 3)], UPLO="U")],
    ),
    "linalg.cholesky": [
        *each([*SQUARE, *NOT_SQUARE]),
        *each([(3, 3)], upper=True),
    ],
    "linalg.expm": each([(3, 3), (2, 4, 4), (1, 1), (0, 0), *NOT_SQUARE]),
    "linalg.cond": [
        *each(RECTANGULAR),
        *each([(3, 3), (2, 4, 4)], 1),
        *each([(3, 3)], "fro"),
        *each([(3, 4)], -2),
    ],
    "linalg.matrix_power": [
        *each([*SQUARE, *NOT_SQUARE], 2),
        *each([(3, 3), (2, 4, 4)], 0),
        *each([(3, 3), (2, 4, 4)], 1),
        *each([(3, 3), (2, 4, 4)], 5),
        *each([(3, 3), (2, 4, 4)], -1),
        *each([(3, 3)], 1.5),
    ],
    "linalg.matrix_rank": [*each(RECTANGULAR), *each([(3, 3)], 0.5)],
    "linalg.pinv": [*each(RECTANGULAR), *each([(3, 3)], hermitian=True)],
    "linalg.svdvals": each(RECTANGULAR),
    "linalg.svd": [
        *each(RECTANGULAR),
        *each([(3, 4), (2, 4, 3)], True),
        *each([(3, 4)], full_matrices=True),
        *each([(3, 3)], hermitian=True),
    ],
    "linalg.qr": [
        *each(RECTANGULAR),
        *each([(3, 4), (4, 3), (2, 4, 3)], "complete"),
    ],
    "linalg.lu": [
        *each([(3, 3), (3, 4), (4, 3), (2, 3, 4), (2, 4, 3), (1, 1)]),
        *each([(2, 1, 1), (1, 4), (4, 1), (0, 3), (3, 0), (2, 0, 3), (5,)]),
        *each([(0, 3, 3), (0, 3, 4), (0, 1, 1)]),
        *each([(3, 4), (2, 4, 3), (0, 3), (1, 1), (0, 3, 4)], p_indices=True),
        *each([(3, 4)], check_finite=False),
    ],
    "scipy.linalg.solve_triangular": [
        *pairs(
            ((3, 3), (3,)),
            ((3, 3), (3, 4)),
            ((1, 1), (1,)),
            ((3, 3), (3, 0)),
            ((0, 0), (0,)),
            ((3, 3), (4,)),
            ((3, 3), (4, 3)),
            ((3, 4), (3,)),
            ((3, 3), ()),
            ((3,), (3,)),
        ),
        *pairs(((3, 3), (3,)), ((3, 3), (3, 4)), lower=True),
        *pairs(((3, 3), (3, 4)), trans=1),
        *pairs(((3, 3), (3, 4)), trans="C", unit_diagonal=True),
        *pairs(((3, 3), (3, 4)), check_finite=False),
    ],
    "linalg.solve": pairs(
        ((3, 3), (3,)),
        ((3, 3), (3, 4)),
        ((2, 3, 3), (3,)),
        ((2, 3, 3), (2, 3, 4)),
        ((2, 3, 3), (3, 4)),
        ((3, 3), (2, 3, 4)),
        ((3, 3), (4,)),
        ((3, 3), (4, 3)),
        ((3, 4), (3,)),
        ((0, 0), (0,)),
        ((3, 3), ()),
        ((3,), (3,)),
    ),
}
