"""Inference where there is no NumPy result to compare with, or no model."""

from typing import Any

import numpy as np
import pytest

from lazyopt.ops import OPERATOR_FORMS, get_op
from lazyopt.ops.indexing import compress_index
from lazyopt.ops.model import MAX_AXES
from lazyopt.specs import UNKNOWN, ArraySpec, spec_of

X = ArraySpec((3, 4))
NO_DTYPE = ArraySpec((3, 4), None)


@pytest.mark.parametrize(
    ("name", "args", "kwargs"),
    [
        ("linalg.svd", (X,), {"compute_uv": False}),
        ("median", (X,), {"overwrite_input": True}),
        ("nan_to_num", (X, False), {}),
        ("pad", (X, {0: 1}), {}),
        ("repeat", (X, ArraySpec((3,), "int64"), 0), {}),
    ],
)
def test_what_a_graph_cannot_hold_is_refused(
    name: str, args: Any, kwargs: Any
) -> None:
    with pytest.raises(TypeError):
        get_op(name).infer(*args, **kwargs)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("add", (UNKNOWN, X)),
        ("sum", (UNKNOWN,)),
        ("reshape", (UNKNOWN, (3, 4))),
        ("transpose", (UNKNOWN,)),
        ("concatenate", ([X, UNKNOWN],)),
        ("einsum", ("ij,jk", X, UNKNOWN)),
        ("take", (UNKNOWN, [0])),
        ("take_along_axis", (X, UNKNOWN, 0)),
        ("getitem", (UNKNOWN, 0)),
        ("getitem", (X, UNKNOWN)),
        ("getitem", (X, ArraySpec((3, 4), "bool"))),
        ("arange", (ArraySpec((), "int64"),)),
    ],
)
def test_nothing_is_known_of_a_call_on_something_unknown(
    name: str, args: Any
) -> None:
    assert get_op(name).infer(*args) == (UNKNOWN,)


@pytest.mark.parametrize("name", ["linalg.svd", "linalg.eigh", "linalg.eig"])
def test_each_result_of_something_unknown_is_unknown(name: str) -> None:
    assert set(get_op(name).infer(UNKNOWN)) == {UNKNOWN}
    assert len(get_op(name).infer(UNKNOWN)) == (3 if "svd" in name else 2)


@pytest.mark.parametrize(
    ("name", "args", "shape"),
    [
        ("add", (NO_DTYPE, X), (3, 4)),
        ("sum", (NO_DTYPE, 0), (4,)),
        ("transpose", (NO_DTYPE,), (4, 3)),
        ("reshape", (NO_DTYPE, (2, -1)), (2, 6)),
        ("getitem", (NO_DTYPE, 0), (4,)),
        ("getitem", (NO_DTYPE, [0, 1, 1]), (3, 4)),
        ("take", (NO_DTYPE, [0, 1, 1], 0), (3, 4)),
        ("einsum", ("ij,ik->jk", NO_DTYPE, X), (4, 4)),
        ("einsum", ("ij->ji", NO_DTYPE), (4, 3)),
        ("matmul", (X, ArraySpec((4, 5), None)), (3, 5)),
        ("concatenate", ([X, NO_DTYPE],), (6, 4)),
    ],
)
def test_a_shape_is_known_without_a_dtype(
    name: str, args: Any, shape: Any
) -> None:
    (spec,) = get_op(name).infer(*args)
    assert spec.shape == shape
    assert spec.dtype is None


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("add", (np.ones((2, 3)), np.ones(3))),
        ("transpose", (np.ones((2, 3)),)),
        ("sum", (np.ones((2, 3)), 0)),
        ("take", (np.ones((2, 3)), np.array([0, 1, 1]), 0)),
        ("getitem", (np.ones((2, 3)), np.array([0, 1, 1]))),
        ("einsum", ("ij,j", np.ones((2, 3)), np.ones(3))),
        ("linalg.inv", (2 * np.eye(3),)),
        ("take_along_axis", (np.ones((3, 3)), np.zeros((3, 5), int), 1)),
    ],
)
def test_arrays_serve_in_place_of_their_specs(name: str, args: Any) -> None:
    op = get_op(name)
    expected = spec_of(op.implementation("numpy")(*args))
    assert op.infer(*args) == (expected,)


def test_an_error_names_the_true_shapes() -> None:
    with pytest.raises(ValueError, match=r"\(3,4\) \(5,\)"):
        get_op("add").infer(X, ArraySpec((5,)))


def test_an_error_of_huge_operands_needs_no_memory() -> None:
    huge = ArraySpec((1 << 40,))
    with pytest.raises(ValueError, match="broadcast"):
        get_op("add").infer(huge, ArraySpec((3,)))


def test_huge_operands_need_no_memory() -> None:
    huge = ArraySpec((1 << 20, 1 << 20), "float32", layout="F")
    assert get_op("tanh").infer(huge) == (huge,)
    assert get_op("sum").infer(huge, 0) == (ArraySpec((1 << 20,), "float32"),)
    (flat,) = get_op("reshape").infer(huge, -1)
    assert flat.shape == (1 << 40,)


@pytest.mark.parametrize(
    "key",
    [
        np.array([True, False, True]),
        [True, False, True],
        (slice(None), np.array([True, False, True, True])),
        np.eye(3, 4, dtype=bool),
        [[True, False, True, True]] * 3,
        (np.array([True, False, True]), np.array([0, 1])),
        (0, np.array([True, False, True, True])),
    ],
    ids=str,
)
def test_a_constant_mask_selects_by_places(key: Any) -> None:
    x = np.arange(12.0).reshape(3, 4)
    places = compress_index(key)
    assert np.array_equal(x[places], x[key])
    (spec,) = get_op("getitem").infer(spec_of(x), places)
    assert spec.shape == x[key].shape


def layouts_of_many_axes() -> list[np.ndarray]:
    """Arrays of more axes than are modelled, in orders of all sorts."""
    n = MAX_AXES + 2
    shape = [2] * 10 + [1] * (n - 10)
    rng = np.random.default_rng(0)
    made = []
    for _ in range(8):
        mixed = rng.permutation(shape)
        base = np.ones(tuple(mixed), "float32")
        made.append(base.transpose(rng.permutation(n)))
    return made


@pytest.mark.parametrize("x", layouts_of_many_axes(), ids=lambda x: "x")
def test_more_axes_than_are_modelled_keep_their_order(x: np.ndarray) -> None:
    (spec,) = get_op("tanh").infer(spec_of(x))
    assert spec == normal(spec, np.tanh(x))
    (spec,) = OPERATOR_FORMS["multiply"].infer(spec_of(x), 2.0)
    assert spec == normal(spec, x * 2.0)


@pytest.mark.parametrize("i", range(7))
def test_many_axes_of_two_operands_are_ordered_as_by_numpy(i: int) -> None:
    x = layouts_of_many_axes()[i]
    y = np.asfortranarray(np.ones(x.shape))
    z = np.ones(x.shape[3:], "complex64")
    for a, b in ((x, y), (y, x), (x, z), (z, y)):
        (spec,) = get_op("add").infer(spec_of(a), spec_of(b))
        assert spec == normal(spec, a + b)


def normal(spec: ArraySpec, value: np.ndarray) -> ArraySpec:
    """Spec of the value, with strides that mean nothing as in ``spec``."""
    strides = spec.strides or ()
    axes = zip(value.shape, strides, value.strides, strict=True)
    kept = [s if d == 1 else t for d, s, t in axes]
    return ArraySpec(value.shape, value.dtype, strides=kept)


def test_inference_leaves_the_random_state_alone() -> None:
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    for name, args in (
        ("random.randint", (5,)),
        ("random.normal", ()),
        ("random.uniform", (0.0, 1.0, (3,))),
        ("random.rand", (3,)),
    ):
        get_op(name).infer(*args)
    assert np.random.random() == expected
