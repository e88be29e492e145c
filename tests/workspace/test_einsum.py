"""Sums of products: in one loop, and along a path."""

from itertools import islice
from typing import Any

import numpy as np
import pytest

from .checking import ORDERS, array, check, check_all, mixed, peaks

#: Sizes of letters, for equations with matrices at most or with more axes.
FEW = {"i": 60, "j": 110, "k": 50, "l": 20}
MANY = {"a": 12, "b": 20, "c": 9, "d": 15, "e": 6, "f": 8}

EQUATIONS = [
    "ij,jk->ik",
    "ij,jk->ki",
    "ij,kj->ik",
    "ij,ij->ij",
    "ij,ij->ji",
    "ij,ij->i",
    "ij,ij->",
    "ij,j->",
    "i,k->ki",
    "i,ij,j->",
    "ij,jk,kl->il",
    "ij,j,j->i",
    "ij->j",
    "ij->",
    "abc,acd->abd",
    "abc,cd->dab",
    "abc,cbd->da",
    "abcd,fbca->df",
    "abc,cd,de,eb->ad",
    "ab,cb,cd,ed->ae",
    "abcd,efcd->abef",
    "ab,ac,ad->bcd",
    "aab->ba",
    "abc->ca",
    "...a,ab->...b",
]
DTYPES = ("float64", "float32", "complex128", "int64", "bool")


def operands(equation: str, rng: np.random.Generator, alike: bool) -> Any:
    """Arrays for an equation, of one dtype or of any."""
    left = equation.partition("->")[0].replace("...", "cd")
    dtypes = rng.choice(DTYPES, left.count(",") + 1)
    made = []
    for term, dtype in zip(left.split(","), dtypes, strict=True):
        shape = tuple({**FEW, **MANY}[c] for c in term)
        order = str(rng.choice(ORDERS))
        made.append(array(shape, str(dtypes[0] if alike else dtype), order))
    return made


def calls(equation: str, count: int, **options: Any) -> list[Any]:
    rng = np.random.default_rng(0)
    return [
        ((equation, *operands(equation, rng, bool(i % 2))), options)
        for i in range(count)
    ]


@pytest.mark.parametrize("equation", EQUATIONS)
def test_in_one_loop(equation: str) -> None:
    check_all("einsum", calls(equation, 20))


@pytest.mark.parametrize("equation", EQUATIONS)
def test_along_a_path(equation: str) -> None:
    for optimize in (True, "optimal", None):
        check_all("einsum", calls(equation, 16, optimize=optimize))


def test_in_a_dtype() -> None:
    options = {"dtype": "complex128"}
    for equation in EQUATIONS[:12]:
        check_all("einsum", calls(equation, 8, **options))
        check_all("einsum", calls(equation, 8, optimize=True, **options))


@pytest.mark.parametrize("order", ["C", "F", "A"])
def test_in_an_order(order: str) -> None:
    for equation in EQUATIONS[:10]:
        check_all("einsum", calls(equation, 6, order=order))
    for equation in ("ij,jk->ik", "ij,jk->ki", "abc,acd->abd", "abc,cd->dab"):
        options = {"order": order, "optimize": True}
        check_all("einsum", calls(equation, 10, **options))


def test_given_path_and_axes_as_numbers() -> None:
    x, y, z = (array(s) for s in ((90, 80), (80, 200), (200, 10)))
    for path in ([(0, 1), (0, 1)], [(1, 2), (0, 1)], [(0, 1, 2)]):
        given = ["einsum_path", *path]
        check("einsum", "ij,jk,kl->il", x, y, z, optimize=given)
    check("einsum", x, [0, 1], y, [1, 2], z, [2, 3], [0, 3], optimize=True)
    check("einsum", x, [0, 1], y, [1, 2])


def test_axes_of_one_element() -> None:
    cases = mixed(("float64", "float32"), ORDERS, (False, True))
    for dtype, order, optimize in islice(cases, 20):
        wide = array((200, 1, 60), dtype, order)
        long = array((60, 1, 90), "float64", order)
        for equation in ("aib,bjc->aijc", "aib,bic->ac", "aib,bic->iac"):
            check("einsum", equation, wide, long, optimize=optimize)


def test_what_a_step_makes_is_freed_with_the_step_that_reads_it() -> None:
    a, b, c = np.ones((10, 200)), np.ones((200, 300)), np.ones((300, 10))
    x = (a, b, c, np.ones((10, 400)))
    given = ["einsum_path", (1, 2), (0, 2), (0, 1)]
    _, predicted = peaks("einsum", "ij,jk,kl,lm->im", *x, optimize=given)
    first, second, last = 8 * 200 * 10, 8 * 10 * 10, 8 * 10 * 400
    assert predicted >= max(first + second, second + last)
    assert predicted < first + second + last + 4000


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("i,j->ij", [(0,), (9000,)]),
        ("i,j->ij", [(0,), (100,)]),
        ("i,j->j", [(0,), (9000,)]),
        ("ij,jk->ik", [(0, 5), (5, 3000)]),
        ("ij,jk->ik", [(5, 0), (0, 3000)]),
        ("ij,k->kji", [(2, 0), (9000,)]),
        ("ij,klm->mlkji", [(90, 40), (48, 24, 0)]),
        ("ij,lm->mijl", [(90, 40), (24, 0)]),
        ("ij,l->jil", [(90, 0), (9000,)]),
        ("kl,j->lkj", [(48, 0), (4000,)]),
        ("ik,lj->ijlk", [(0, 90), (90, 400)]),
    ],
)
@pytest.mark.parametrize("dtype", ["int64", "float64"])
def test_empty_operands(equation: str, shapes: Any, dtype: str) -> None:
    first, second = shapes
    args = (equation, array(first, dtype), array(second, "float64"))
    check_all("einsum", [(args, {})])
