"""Calls that contractions are checked on."""

import itertools

from .operands import call
from .patterns import SCALARS, Cases, Pattern, each, pairs

__all__ = ["CONTRACTIONS", "products"]


products: list[Pattern] = [
    *pairs(
        ((3, 4), (4, 5)),
        ((3, 4), (4,)),
        ((4,), (4, 5)),
        ((4,), (4,)),
        ((2, 3, 4), (4, 5)),
        ((2, 3, 4), (2, 4, 5)),
        ((3, 4), (2, 4, 5)),
        ((2, 1, 3, 4), (5, 4, 2)),
        ((1, 4), (4, 1)),
        ((0, 3), (3, 4)),
        ((3, 0), (0, 4)),
        ((3, 4), (5, 4)),
        ((4,), (5,)),
        ((), ()),
        ((), (3, 4)),
        ((3, 4), ()),
        ((), (4,)),
    ),
    *SCALARS,
    *each([(3, 4), ()], 2.0),
    *each([(2, 3)], [1, 2, 3]),
]

EINSUMS: list[tuple[str, tuple[tuple[int, ...], ...]]] = [
    ("ij,jk->ik", ((3, 4), (4, 5))),
    ("ij,jk", ((3, 4), (4, 5))),
    ("ij,jk->ki", ((3, 4), (4, 5))),
    ("ij,ij->ij", ((3, 4), (3, 4))),
    ("ij,ij->ji", ((3, 4), (3, 4))),
    ("ij,ij->", ((3, 4), (3, 4))),
    ("ij,ij->i", ((3, 4), (3, 4))),
    ("i,j->ij", ((3,), (4,))),
    ("i,j->ji", ((3,), (4,))),
    ("i,i", ((5,), (5,))),
    ("bij,bjk->bik", ((2, 3, 4), (2, 4, 5))),
    ("bij,jk->kbi", ((2, 3, 4), (4, 5))),
    ("...ij,...jk->...ik", ((2, 3, 4), (4, 5))),
    ("...,...", ((2, 3), (3,))),
    (",ij->ij", ((), (3, 4))),
    ("ij,jk->ik", ((3, 4), (1, 5))),
    ("ij,jk->ik", ((3, 4), (5, 4))),
    ("ij,jk->ik", ((3, 4), (4,))),
    ("ij,jk->il", ((3, 4), (4, 5))),
    ("ij,jk", ((0, 4), (4, 5))),
]
EINSUMS_OF_ONE: list[tuple[str, tuple[int, ...]]] = [
    ("ij->ji", (3, 4)),
    ("ij->ij", (3, 4)),
    ("ij", (3, 4)),
    ("ji", (3, 4)),
    ("ii->i", (4, 4)),
    ("ii", (4, 4)),
    ("ii->", (4, 4)),
    ("ij->", (3, 4)),
    ("ij->j", (3, 4)),
    ("ijk->kij", (2, 3, 4)),
    ("ijk->ki", (2, 3, 4)),
    ("iij->ji", (3, 3, 4)),
    ("...i->i...", (2, 3, 4)),
    ("", ()),
    ("->", ()),
    ("ij->ji", (0, 3)),
    ("ij->ji", (3,)),
    ("ii->i", (3, 4)),
]


def einsums() -> list[Pattern]:
    """All equations above, in both of NumPy's forms."""
    made: list[Pattern] = [
        lambda x, e=e, s=s: call(e, *[x(*shape) for shape in s])
        for e, s in EINSUMS
    ]
    made += [
        lambda x, e=e, s=s, o=o: call(e, *[x(*t) for t in s], optimize=o)
        for (e, s), o in itertools.product(
            EINSUMS[:12], (True, "greedy", "optimal")
        )
    ]
    made += [lambda x, e=e, s=s: call(e, x(*s)) for e, s in EINSUMS_OF_ONE]
    return [
        *made,
        lambda x: call("ij,jk,kl->il", x(3, 4), x(4, 5), x(5, 2)),
        lambda x: call(
            "ij,jk,kl->il", x(3, 4), x(4, 5), x(5, 2), optimize=True
        ),
        lambda x: call("ij,jk,kl->li", x(3, 4), x(4, 5), x(5, 2)),
        lambda x: call(x(3, 4), [0, 1], x(4, 5), [1, 2], [0, 2]),
        lambda x: call(x(3, 4), [0, 1], [1, 0]),
        lambda x: call("ij,j->i", x(3, 4), 2.0),
        lambda x: call("i,i->i", x(3), [1.0, 2.0, 3.0]),
        lambda x: call("ij->ji", x(3, 4), dtype="complex128"),
        lambda x: call("ij->ji", x(3, 4), order="F"),
        lambda x: call("ij->ji", x(3, 4), optimize=True),
        lambda x: call("ij->", x(3, 4), optimize=True),
        lambda x: call("ij,jk->ik", x(3, 4), x(4, 5), order="F"),
        lambda x: call("ij,jk->ik", x(3, 4), x(4, 5), order="A"),
        lambda x: call("ij,jk->ik", x(3, 4), x(4, 5), dtype="complex128"),
        lambda x: call("ijkl->klij", x(3, 1, 4, 5)),
        lambda x: call("ijk,lj->lki", x(2, 3, 4), x(5, 3)),
        lambda x: call("ijk,kjl->li", x(2, 3, 4), x(4, 3, 5), optimize=True),
        lambda x: call("i,i", x.scalar(), x()),
        lambda x: call(",", x.scalar(), x()),
        lambda x: call("ij,jk->ik", x(3, 4)),
    ]


CONTRACTIONS: Cases = {
    "dot": products,
    "inner": [
        *products,
        *pairs(((3, 4), (5, 4)), ((2, 3, 4), (5, 4)), ((2, 3, 4), (4,))),
    ],
    "matmul": [*products, *pairs(((3, 4), (4, 5)), dtype="complex128")],
    "linalg.matmul": products,
    "vdot": [
        *pairs(
            ((5,), (5,)),
            ((3, 4), (4, 3)),
            ((2, 3, 4), (24,)),
            ((), ()),
            ((0,), (0, 3)),
            ((5,), (4,)),
        ),
        *SCALARS,
    ],
    "vecdot": [
        *pairs(
            ((5,), (5,)),
            ((3, 4), (3, 4)),
            ((3, 4), (4,)),
            ((2, 3, 4), (3, 4)),
            ((2, 1, 4), (3, 4)),
            ((3, 4), (3, 5)),
            ((0,), (0,)),
            ((), ()),
        ),
        *pairs(((3, 4), (3, 4)), ((2, 3, 4), (3, 1)), axis=0),
        *pairs(((2, 3, 4), (3, 1)), axis=1),
    ],
    "tensordot": [
        *products,
        *pairs(((3, 4), (4, 5)), ((2, 3, 4), (4, 5)), axes=1),
        *pairs(((2, 3, 4), (3, 4, 5)), ((3, 4), (3, 4)), axes=2),
        *pairs(((3, 4), (4, 5)), ((2, 3), (4,)), ((), (3,)), axes=0),
        *pairs(((2, 3, 4), (4, 3, 5)), axes=([1, 2], [1, 0])),
        *pairs(((2, 3, 4), (5, 3)), axes=(1, 1)),
        *pairs(((2, 3, 4), (5, 3)), axes=((-2,), (-1,))),
        *pairs(((2, 3, 4), (5, 3)), axes=((1,), (0,))),
        *pairs(((2, 3, 4), (5, 3)), axes=((5,), (0,))),
        *pairs(((5,), (5,)), axes=1),
        *pairs(((3, 4), (5, 2)), axes=1),
        *pairs(((3, 0), (0, 4)), axes=1),
        *pairs(((2, 3, 4), (5, 3)), axes=((0, 1), (1,))),
    ],
    "linalg.outer": pairs(
        ((3,), (4,)), ((0,), (4,)), ((1,), (1,)), ((3, 4), (4,)), ((), (3,))
    ),
    "linalg.cross": [
        *pairs(
            ((3,), (3,)),
            ((4, 3), (3,)),
            ((2, 1, 3), (4, 3)),
            ((0, 3), (3,)),
            ((2,), (3,)),
            ((2,), (2,)),
            ((4,), (4,)),
            ((), (3,)),
        ),
        *pairs(((3, 4), (3, 4)), ((2, 3), (4, 3)), axis=0),
        *pairs(((3, 4), (3, 1)), axis=-2),
        *pairs(((3, 4), (3, 4)), axis=2),
    ],
    "outer": [
        *pairs(((3,), (4,)), ((3, 4), (2,)), ((), (4,)), ((0,), (3,))),
        *pairs(((1,), (1,))),
        *SCALARS,
        *each([(3,)], 2.0),
        *each([(3,)], [1, 2]),
    ],
    "kron": [
        *pairs(
            ((3,), (4,)),
            ((3, 4), (2, 5)),
            ((3, 4), (2,)),
            ((2,), (2, 3, 4)),
            ((2, 3, 4), (3, 1, 2)),
            ((1, 3), (3, 1)),
            ((0, 3), (3, 4)),
            ((), ()),
            ((), (3, 4)),
            ((3, 4), ()),
        ),
        *SCALARS,
        *each([(3,)], 2.0),
    ],
    "cross": [
        *pairs(
            ((3,), (3,)),
            ((5, 3), (5, 3)),
            ((5, 3), (3,)),
            ((4, 5, 3), (5, 3)),
            ((4, 1, 3), (5, 3)),
            ((0, 3), (3,)),
            ((5, 3), (4, 3)),
            ((4,), (4,)),
            ((5, 4), (5, 3)),
            ((), (3,)),
        ),
        *pairs(((3, 5), (3, 5)), axis=0),
        *pairs(((3, 5), (5, 3)), axisa=0),
        *pairs(((5, 3), (5, 3)), axisc=0),
        *pairs(((4, 5, 3), (4, 5, 3)), axisc=1),
        *pairs(((3, 5), (3, 5)), axisa=0, axisb=0, axisc=0),
        *pairs(((3, 5), (3, 5)), axis=2),
        *each([(3,), (5, 3)], [1, 2, 3]),
    ],
    "einsum": einsums(),
}
