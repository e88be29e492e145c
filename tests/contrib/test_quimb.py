"""Are the specs of quimb's functions what NumPy really gets from them?"""

import subprocess
import sys
from typing import Any

import autoray
import numpy as np
import pytest

import lazyopt as lo
from lazyopt.errors import TraceError
from lazyopt.ops import Op, get_op
from lazyopt.specs import NOTHING, ArraySpec, spec_of

pytest.importorskip("quimb")
quimb = pytest.importorskip("lazyopt.contrib.quimb")
decomp = pytest.importorskip("quimb.tensor.decomp")

pytestmark = [
    pytest.mark.quimb,
    # numba says so of quimb's code for operands with gaps, as it compiles.
    pytest.mark.filterwarnings("ignore:.*is faster on contiguous arrays"),
]

ABSORB = (None, 2, -12, -11, -10, -1, 0, 1, 10, 11, 12)
QR_ABSORB = (-11, -10, -1, 1, 10, 11)
SHAPES = ((7, 4), (4, 7), (5, 5), (1, 4), (4, 1), (1, 1), (2, 5, 3))
SQUARES = ((5, 5), (1, 1), (3, 4, 4))
# numba compiles for each combination, so not all of them are tried.
OPERANDS = (
    ("float32", "C"),
    ("float64", "C"),
    ("float64", "strided"),
    ("complex64", "C"),
    ("complex64", "F"),
    ("complex128", "C"),
)


def matrix(shape: Any, dtype: str, layout: str) -> np.ndarray:
    """A random matrix, or several, in some memory order."""
    rng = np.random.default_rng(0)
    values: Any = rng.normal(size=shape)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * rng.normal(size=shape)
    made = values.astype(dtype)
    if layout == "F":
        return np.asfortranarray(made)
    if layout == "strided":
        return np.repeat(made, 2, axis=-1)[..., ::2]
    return made


def positive(shape: Any, dtype: str, layout: str) -> np.ndarray:
    """The same, Hermitian and positive definite."""
    x = matrix(shape, dtype, "C")
    made = x @ np.swapaxes(x.conj(), -1, -2) + np.eye(shape[-1], dtype=dtype)
    if layout == "F":
        return np.asfortranarray(made)
    if layout == "strided":
        return np.repeat(made, 2, axis=-1)[..., ::2]
    return made


def facts(spec: ArraySpec) -> tuple[Any, ...]:
    """What a spec says; an axis of one element is never stepped along."""
    assert spec.shape is not None and spec.strides is not None
    strides = [
        s for d, s in zip(spec.shape, spec.strides, strict=True) if d != 1
    ]
    return spec.shape, spec.dtype, spec.kind, spec.layout, strides


def right(name: str, x: Any, *args: Any, **kwargs: Any) -> None:
    """Compare what is inferred with what the call on NumPy returns."""
    op = get_op(name)
    found = autoray.get_lib_fn("numpy", name)(x, *args, **kwargs)
    specs = op.infer(spec_of(x), *args, **kwargs)
    values = found if op.multi else (found,)
    assert len(values) == len(specs)
    for value, spec in zip(values, specs, strict=True):
        real = spec_of(value)
        assert facts(spec) == facts(real), (name, x.shape, args, kwargs)


@pytest.mark.parametrize("dtype, layout", OPERANDS)
class TestSpecs:
    """Over absorb modes, bonds, and shapes: wide, tall, square, batches."""

    def test_svd(self, dtype: str, layout: str) -> None:
        for shape in SHAPES:
            x = matrix(shape, dtype, layout)
            for absorb in ABSORB:
                for bond in (-1, 1, 2, 3, 9):
                    right("svd_truncated", x, 0.0, 4, bond, absorb)

    def test_svd_via_eig(self, dtype: str, layout: str) -> None:
        # In single precision quimb's compiled version of it has no type.
        single = dtype in ("float32", "complex64")
        for shape in SHAPES[-1:] if single else SHAPES:
            x = matrix(shape, dtype, layout)
            for absorb in ABSORB:
                for bond in (-1, 1, 2, 3, 9):
                    right("svd_via_eig_truncated", x, 0.0, 4, bond, absorb)

    def test_svd_rand(self, dtype: str, layout: str) -> None:
        for shape in SHAPES:
            x = matrix(shape, dtype, layout)
            for absorb in ABSORB:
                for bond in (1, 2, 3):
                    for more in (1, 10):
                        right(
                            "svd_rand_truncated",
                            x,
                            bond,
                            absorb=absorb,
                            oversample=more,
                            seed=3,
                        )

    def test_eigh(self, dtype: str, layout: str) -> None:
        for shape in SQUARES:
            x = positive(shape, dtype, layout)
            for absorb in ABSORB:
                for bond in (-1, 1, 3):
                    for sign in (0, 1):
                        right(
                            "eigh_truncated", x, 0.0, 4, bond, absorb, 0, sign
                        )

    def test_qr(self, dtype: str, layout: str) -> None:
        for shape in SHAPES:
            x = matrix(shape, dtype, layout)
            for absorb in QR_ABSORB:
                right("qr_stabilized", x, absorb=absorb)

    def test_cholesky(self, dtype: str, layout: str) -> None:
        for shape in SQUARES:
            x = positive(shape, dtype, layout)
            for absorb in (0, -12, 12):
                for shift in (True, False):
                    right("cholesky_regularized", x, absorb, shift)

    def test_qr_via_cholesky(self, dtype: str, layout: str) -> None:
        for shape in ((5, 5), (7, 4)):
            x = matrix(shape, dtype, layout)
            for absorb in (1, 10, 11):
                right("qr_via_cholesky", x, absorb)

    def test_polar(self, dtype: str, layout: str) -> None:
        for shape in SHAPES[:-1]:
            x = matrix(shape, dtype, layout)
            right("polar_left", x)
            right("polar_right", x)

    def test_one_result(self, dtype: str, layout: str) -> None:
        for shape in ((6,), *SHAPES):
            x = matrix(shape, dtype, layout)
            right("sgn", x)
            right("norm_fro", x)


def test_none_where_nothing_is_asked_for() -> None:
    x = np.random.default_rng(0).normal(size=(4, 3))

    def fn(x: Any) -> Any:
        left, middle, last = decomp.svd_truncated(x, cutoff=0.0, absorb=0)
        assert middle is None
        return left, last

    graph = lo.trace(fn, x)
    svd = next(n for n in graph if n.op.name == "svd_truncated")
    assert svd.specs[1] == NOTHING
    assert NOTHING.nbytes == 0
    held = sum(h.nbytes for h in graph.memory.live_at_peak)
    assert held == 8 * (4 * 3 + 3 * 3)
    for found, expected in zip(graph(x), fn(x), strict=True):
        assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    "method", ["svd", "svd:eig", "eigh", "lu"], ids=lambda name: name
)
def test_a_cutoff_needs_values(method: str) -> None:
    x = np.eye(3)
    with pytest.raises(TraceError, match="depend on values"):
        lo.trace(lambda x: decomp.array_split(x, method, cutoff=1e-8), x)


def test_what_to_do_instead_is_said() -> None:
    x = np.eye(3)
    with pytest.raises(TraceError, match=r"use cutoff=0\.0 with max_bond"):
        lo.trace(lambda x: decomp.array_split(x, max_bond=2), x)
    with pytest.raises(TraceError, match="use renorm=False"):
        lo.trace(
            lambda x: decomp.array_split(
                x, max_bond=2, cutoff=0.0, renorm=True
            ),
            x,
        )
    with pytest.raises(TraceError, match="leave info out"):
        lo.trace(
            lambda x: decomp.array_split(x, max_bond=2, cutoff=0.0, info={}),
            x,
        )
    with pytest.raises(TraceError, match=r"use cutoff=0\.0"):
        lo.trace(
            lambda x: decomp.array_split(
                x, "svd:rand", max_bond=2, cutoff=1e-3, seed=1
            ),
            x,
        )
    with pytest.raises(TraceError, match="use seed=<integer>"):
        lo.trace(lambda x: decomp.array_split(x, "svd:rand", max_bond=2), x)


@pytest.mark.parametrize(
    "name, x",
    [
        ("svd_truncated", np.ones(3)),
        ("svd_truncated", np.ones((2, 2), "int64")),
        ("cholesky_regularized", np.ones((2, 3))),
        ("svd_via_eig_truncated", np.ones((2, 2), "int64")),
    ],
)
def test_the_eager_error_for_what_it_can_not_take(name: str, x: Any) -> None:
    fn = getattr(decomp, name)
    with pytest.raises(Exception) as eager:
        fn(x)
    with pytest.raises(eager.type):
        lo.trace(fn, x)


def test_registering_twice_changes_nothing() -> None:
    before = get_op("svd_truncated")
    quimb.register()
    assert get_op("svd_truncated") is before


def test_a_pickled_op_is_the_op() -> None:
    import copy

    op = get_op("qr_stabilized")
    assert isinstance(op, Op)
    assert copy.copy(op) is op


def test_missing_quimb_is_named() -> None:
    code = (
        "import sys; sys.modules['quimb'] = None\n"
        "try:\n"
        "    import lazyopt.contrib.quimb\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "pip install 'autoray-lazyopt[quimb]'" in done.stdout


def test_lazyopt_does_not_import_quimb() -> None:
    code = (
        "import sys, numpy, lazyopt\n"
        "lazyopt.trace(lambda x: x + 1, numpy.ones(2))\n"
        "assert 'quimb' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
