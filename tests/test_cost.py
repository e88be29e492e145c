"""Operations and bytes, held against formulas that books give."""

from collections.abc import Callable
from typing import Any

import pytest
from autoray import do

import lazyopt as lo
from lazyopt.cost import node_bytes_moved, node_flops

M, N, K = 7, 5, 3

Spec = lo.ArraySpec
Program = Callable[..., Any]


def last_call(fn: Program, *specs: lo.ArraySpec) -> lo.graph.Node:
    """The one call of a program that is no name for a part of a result."""
    graph = lo.trace(fn, *specs)
    (node,) = [
        n for n in graph if n.op.name not in ("input", "constant", "item")
    ]
    return node


def flops(
    fn: Program, *shapes: tuple[int, ...], dtype: str = "float64"
) -> int:
    return node_flops(last_call(fn, *[Spec(s, dtype) for s in shapes]))


def moved(fn: Program, *shapes: tuple[int, ...]) -> int:
    return node_bytes_moved(last_call(fn, *[Spec(s) for s in shapes]))


def of(name: str, *static: Any, **options: Any) -> Program:
    return lambda *x: do(name, *x, *static, **options)


def equation(text: str, **options: Any) -> Program:
    return lambda *x: do("einsum", text, *x, **options)


CONTRACTIONS: list[tuple[Program, tuple[tuple[int, ...], ...], int]] = [
    (of("matmul"), ((M, K), (K, N)), 2 * M * N * K),
    (lambda a, b: a @ b, ((M, K), (K, N)), 2 * M * N * K),
    (of("matmul"), ((4, M, K), (K, N)), 4 * 2 * M * N * K),
    (of("matmul"), ((M, K), (K,)), 2 * M * K),
    (of("dot"), ((K,), (K,)), 2 * K),
    (of("dot"), ((M, K), (4, K, N)), 2 * M * 4 * N * K),
    (of("dot"), ((), (M, K)), M * K),
    (of("inner"), ((M, K), (N, K)), 2 * M * N * K),
    (of("outer"), ((M,), (N,)), M * N),
    (of("kron"), ((M, N), (K, K)), M * N * K * K),
    (of("cross"), ((M, 3), (M, 3)), 9 * M),
    (of("tensordot", 1), ((M, K), (K, N)), 2 * M * N * K),
    (of("tensordot", 2), ((M, K, N), (K, N)), 2 * M * N * K),
    (of("tensordot", 0), ((M,), (N,)), M * N),
    (of("tensordot", ((0, 1), (1, 0))), ((M, K), (K, M)), 2 * M * K),
    (of("tensordot", (0, -1)), ((K, M), (N, K)), 2 * M * N * K),
    (equation("ij,jk->ik"), ((M, K), (K, N)), 2 * M * N * K),
    (equation("bij,bjk->bik"), ((4, M, K), (4, K, N)), 8 * M * N * K),
    (equation("i,j->ij"), ((M,), (N,)), M * N),
    (equation("ij->i"), ((M, N),), M * N),
    (equation("ij->ji"), ((M, N),), 0),
    (equation("ij,jk,kl->il"), ((M, K), (K, N), (N, 4)), 3 * M * K * N * 4),
    (
        equation("ij,jk,kl->il", optimize=True),
        ((M, K), (K, N), (N, 4)),
        min(2 * M * K * N + 2 * M * N * 4, 2 * K * N * 4 + 2 * M * K * 4),
    ),
    (of("trace"), ((M, N),), N),
    (of("linalg.trace"), ((4, M, N),), 4 * N),
    (of("linalg.matmul"), ((M, K), (K, N)), 2 * M * N * K),
    (of("linalg.outer"), ((M,), (N,)), M * N),
    (of("linalg.cross"), ((M, 3), (M, 3)), 9 * M),
]

#: Golub & Van Loan, Matrix Computations, 4th edition.
DECOMPOSITIONS: list[tuple[Program, tuple[tuple[int, ...], ...], float]] = [
    (of("linalg.cholesky"), ((N, N),), N**3 / 3),
    (of("linalg.det"), ((N, N),), 2 / 3 * N**3),
    (of("linalg.slogdet"), ((N, N),), 2 / 3 * N**3),
    (of("linalg.inv"), ((4, N, N),), 4 * 2 * N**3),
    (of("linalg.solve"), ((N, N), (N,)), 2 / 3 * N**3 + 2 * N**2),
    (of("linalg.solve"), ((N, N), (N, K)), 2 / 3 * N**3 + 2 * N**2 * K),
    (of("linalg.eigh"), ((N, N),), 9 * N**3),
    (of("linalg.eigvalsh"), ((N, N),), 4 / 3 * N**3),
    (of("linalg.svd"), ((M, N),), 6 * M * N**2 + 20 * N**3),
    (of("linalg.svd"), ((N, M),), 6 * M * N**2 + 20 * N**3),
    (
        of("linalg.svd", full_matrices=True),
        ((M, N),),
        4 * M**2 * N + 22 * N**3,
    ),
    (of("linalg.svdvals"), ((M, N),), 2 * M * N**2 + 2 * N**3),
    (of("linalg.norm", 2), ((M, N),), 2 * M * N**2 + 2 * N**3),
    (of("linalg.norm"), ((M, N),), 2 * M * N),
    (of("linalg.qr"), ((M, N),), 2 * (2 * M * N**2 - 2 / 3 * N**3)),
    (
        of("linalg.qr", "complete"),
        ((M, N),),
        2 * M * N**2 - 2 / 3 * N**3 + 4 * (M**2 * N - M * N**2 + N**3 / 3),
    ),
    # A wide matrix: the triangle of its first columns, and what follows.
    (
        of("linalg.qr"),
        ((N, M),),
        4 / 3 * N**3 + 2 * N**2 * (M - N) + 4 / 3 * N**3,
    ),
    (of("linalg.matrix_power", 10), ((N, N),), 4 * 2 * N**3),
    (of("linalg.expm"), ((N, N),), (12 + 8 / 3) * N**3),
    (of("linalg.lu"), ((N, N),), 2 / 3 * N**3),
    (of("linalg.lu"), ((M, N),), M * N**2 - N**3 / 3),
    (of("scipy.linalg.solve_triangular"), ((N, N), (N, K)), N**2 * K),
]


@pytest.mark.parametrize("fn, shapes, expected", CONTRACTIONS)
def test_contractions_multiply_and_add(
    fn: Program, shapes: Any, expected: int
) -> None:
    assert flops(fn, *shapes) == expected


@pytest.mark.parametrize("fn, shapes, expected", CONTRACTIONS)
def test_complex_contractions_take_four_times_as_much(
    fn: Program, shapes: Any, expected: int
) -> None:
    assert flops(fn, *shapes, dtype="complex64") == 4 * expected


#: 5 n log2(n) for n complex numbers, as is usual; half of it for reals.
TRANSFORMS: list[tuple[str, str, tuple[int, ...], dict[str, Any], float]] = [
    ("fft", "complex128", (16,), {}, 5 * 16 * 4),
    ("ifft", "complex64", (3, 16), {}, 3 * 5 * 16 * 4),
    ("fft", "complex128", (16, 3), {"axis": 0}, 3 * 5 * 16 * 4),
    ("fft", "complex128", (16,), {"n": 64}, 5 * 64 * 6),
    ("fft", "complex128", (64,), {"n": 16}, 5 * 16 * 4),
    ("fft", "float64", (16,), {}, 2.5 * 16 * 4),
    ("rfft", "float64", (16,), {}, 2.5 * 16 * 4),
    ("irfft", "complex128", (9,), {}, 2.5 * 16 * 4),
    ("hfft", "complex128", (9,), {}, 2.5 * 16 * 4),
    ("fft2", "complex128", (3, 8, 16), {}, 3 * 5 * 8 * 16 * (3 + 4)),
    ("fftn", "complex128", (4, 8, 16), {}, 5 * 512 * (2 + 3 + 4)),
    ("rfftn", "float64", (8, 16), {}, 2.5 * 128 * (3 + 4)),
    ("irfftn", "complex128", (8, 9), {}, 2.5 * 128 * (3 + 4)),
    ("fftshift", "complex128", (16,), {}, 0),
]


@pytest.mark.parametrize("name, dtype, shape, options, expected", TRANSFORMS)
def test_transforms(
    name: str, dtype: str, shape: Any, options: Any, expected: float
) -> None:
    fn = of(f"fft.{name}", **options)
    assert flops(fn, shape, dtype=dtype) == round(expected)


@pytest.mark.parametrize("fn, shapes, expected", DECOMPOSITIONS)
def test_decompositions_by_their_leading_terms(
    fn: Program, shapes: Any, expected: float
) -> None:
    assert flops(fn, *shapes) == round(expected)
    four_times = flops(fn, *shapes, dtype="complex128")
    assert abs(four_times - 4 * expected) <= 2


@pytest.mark.parametrize(
    "fn, real, of_complex",
    [
        (of("exp"), 1, 4),
        (lambda x: x + x, 1, 2),
        (lambda x: x * x, 1, 6),
        (lambda x: x - 1, 1, 2),
        (lambda x: x / 3, 1, 4),
        (of("conj"), 1, 1),
        (of("sum"), 1, 2),
        (of("prod"), 1, 6),
        (of("var"), 4, 16),
        (of("transpose"), 0, 0),
        (of("reshape", (N, M)), 0, 0),
        (of("ravel"), 0, 0),
        (of("copy"), 0, 0),
        (lambda x: x[1:], 0, 0),
        (lambda x: x[[1, 2]], 0, 0),
        (lambda x: do("stack", (x, x)), 0, 0),
    ],
)
def test_an_element_takes(fn: Program, real: int, of_complex: int) -> None:
    assert flops(fn, (M, N)) == real * M * N
    assert flops(fn, (M, N), dtype="complex128") == of_complex * M * N


def test_differences_get_shorter() -> None:
    assert flops(of("diff"), (M, N)) == M * (N - 1)
    assert flops(of("diff", 2), (M, N)) == M * (N - 1 + N - 2)


def test_of_random_and_unknown_calls_nothing_is_known() -> None:
    assert flops(lambda: do("random.normal", size=(N,), like="lazyopt")) == 0

    def mystery(x: Any) -> Any:
        return x

    assert flops(lambda x: lo.call(mystery, x), (N,)) == 0


@pytest.mark.parametrize(
    "fn, shapes, elements",
    [
        (of("exp"), ((M, N),), 2 * M * N),
        (lambda x: x * x, ((M, N),), 2 * M * N),
        (lambda x, y: x + y, ((M, N), (N,)), 2 * M * N + N),
        (of("matmul"), ((M, K), (K, N)), M * K + K * N + M * N),
        (of("sum"), ((M, N),), M * N + 1),
        (of("linalg.svd"), ((M, N),), 2 * M * N + N + N * N),
        (lambda x: do("stack", (x, x)), ((M, N),), 3 * M * N),
        # Views move nothing; copies of the same ops do.
        (of("transpose"), ((M, N),), 0),
        (lambda x: x[1:], ((M, N),), 0),
        (of("reshape", (N, M)), ((M, N),), 0),
        (of("reshape", (N * M,), order="F"), ((M, N),), 2 * M * N),
        (of("broadcast_to", (M, N)), ((N,),), 0),
        # What is picked is read, the rest is not.
        (lambda x: x[[1, 2]], ((M, N),), 2 * 2 * N),
        (lambda x: do("take", x, [1, 2], axis=0), ((M, N),), 2 * 2 * N),
    ],
)
def test_bytes_are_those_of_operands_and_results(
    fn: Program, shapes: Any, elements: int
) -> None:
    assert moved(fn, *shapes) == 8 * elements


def test_what_is_broadcast_is_read_once() -> None:
    def fn(x: Any) -> Any:
        return do("exp", do("broadcast_to", x, (M, N)))

    node = lo.trace(fn, Spec((N,))).nodes[-1]
    assert node_bytes_moved(node) == 8 * (N + M * N)


def test_a_graph_costs_what_its_calls_do() -> None:
    graph = lo.trace(
        lambda a, b: do("exp", a @ b)[0], Spec((M, K)), Spec((K, N))
    )
    assert graph.flops == 2 * M * N * K + M * N
    assert graph.bytes_moved == 8 * (M * K + K * N + M * N + 2 * M * N)


def test_items_cost_nothing() -> None:
    graph = lo.trace(lambda x: do("linalg.qr", x)[1], Spec((M, N)))
    call = next(n for n in graph if n.op.multi)
    assert graph.flops == node_flops(call)
    assert graph.bytes_moved == node_bytes_moved(call)


@pytest.mark.usefixtures("own_registry")
def test_users_tell_what_their_ops_take() -> None:
    def solve_it(a: Any, steps: int = 3) -> Any:
        return a

    lo.register_op(
        solve_it,
        infer=lambda a, steps=3: a,
        flops=lambda results, a, steps=3: steps * a.size,
    )
    graph = lo.trace(lambda x: lo.call(solve_it, x, steps=4), Spec((N,)))
    assert graph.flops == 4 * N
