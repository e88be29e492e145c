"""Is the workspace of quimb's decompositions what they are seen to take?"""

from typing import Any

import numpy as np
import pytest

from benchmarks.allocations import allocated
from lazyopt.ops import get_op
from lazyopt.specs import spec_of

pytest.importorskip("quimb")
quimb = pytest.importorskip("lazyopt.contrib.quimb")
rules = pytest.importorskip("lazyopt.contrib.quimb_workspace").RULES

pytestmark = [
    pytest.mark.quimb,
    # numba says so of quimb's code for operands with gaps, as it compiles.
    pytest.mark.filterwarnings("ignore:.*is faster on contiguous arrays"),
]

ABSORB = (None, 2, -12, -11, -10, -1, 0, 1, 10, 11, 12)
QR_ABSORB = (-11, -10, -1, 1, 10, 11)
SHAPES = ((100, 100), (300, 60), (60, 300))
SQUARES = ((40, 40), (150, 150))
DTYPES = ("float64", "complex128")


def matrix(shape: tuple[int, int], dtype: str, order: str = "C") -> Any:
    rng = np.random.default_rng(0)
    made: Any = rng.normal(size=shape)
    if dtype.startswith("complex"):
        made = made + 1j * rng.normal(size=shape)
    return made.astype(dtype, order=order)


def positive(shape: tuple[int, int], dtype: str) -> Any:
    made = matrix(shape, dtype)
    return made @ made.conj().T + np.eye(len(made))


def check(name: str, x: Any, *args: Any, **kwargs: Any) -> None:
    """Hold measured bytes against the results' and the rule's.

    They may be off by 1 %, or by 8 KiB where that is more; a sketch by 5 %.
    """
    op = get_op(name)
    measured = allocated(op.implementation("numpy"), x, *args, **kwargs)
    specs = op.infer(spec_of(x), *args, **kwargs)
    held = rules[name](specs, spec_of(x), *args, **kwargs)
    expected = held + sum(s.nbytes for s in specs)
    share = 0.05 if name == "svd_rand_truncated" else 0.01
    assert abs(measured - expected) <= max(share * measured, 8192), (
        name,
        x.shape,
        args,
        kwargs,
        measured,
        expected,
    )


def test_every_function_has_a_rule() -> None:
    assert rules.keys() == quimb._FUNCTIONS.keys()


@pytest.mark.parametrize("dtype", DTYPES)
class TestRules:
    """Over absorb modes, bonds, and shapes: wide, tall, square."""

    @pytest.mark.parametrize(
        "name", ["svd_truncated", "svd_via_eig_truncated"]
    )
    def test_svd(self, name: str, dtype: str) -> None:
        for shape in SHAPES:
            for absorb in ABSORB:
                for bond in (-1, 10):
                    x = matrix(shape, dtype)
                    check(name, x, 0.0, 4, bond, absorb)

    def test_svd_rand(self, dtype: str) -> None:
        for shape in SHAPES:
            for absorb in ABSORB:
                x = matrix(shape, dtype)
                check("svd_rand_truncated", x, 10, absorb=absorb, seed=3)

    def test_eigh(self, dtype: str) -> None:
        for shape in SQUARES:
            for absorb in ABSORB:
                for bond in (-1, 10):
                    x = positive(shape, dtype)
                    check("eigh_truncated", x, 0.0, 4, bond, absorb)

    def test_qr(self, dtype: str) -> None:
        for shape in SHAPES:
            for absorb in QR_ABSORB:
                check("qr_stabilized", matrix(shape, dtype), absorb)

    def test_cholesky(self, dtype: str) -> None:
        for shape in SQUARES:
            for absorb in (0, -12, 12):
                for shift in (True, False):
                    x = positive(shape, dtype)
                    check("cholesky_regularized", x, absorb, shift)

    def test_qr_via_cholesky(self, dtype: str) -> None:
        for absorb in QR_ABSORB:
            shape = SHAPES[2] if absorb < 0 else SHAPES[1]
            check("qr_via_cholesky", matrix(shape, dtype), absorb)

    @pytest.mark.parametrize("order", ["C", "F"])
    def test_others(self, dtype: str, order: str) -> None:
        for shape in SHAPES:
            for name in ("polar_left", "polar_right", "sgn", "norm_fro"):
                check(name, matrix(shape, dtype, order))
