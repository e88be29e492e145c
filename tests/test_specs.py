"""`ArraySpec` and `spec_of`: what is known of an array before it exists."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from lazyopt.specs import NOTHING, UNKNOWN, ArraySpec, spec_of


def test_a_spec_is_of_c_ordered_doubles_by_default() -> None:
    spec = ArraySpec((2, 3))
    assert (spec.shape, spec.dtype, spec.kind) == ((2, 3), "float64", "array")
    assert spec.strides == (24, 8)
    assert spec.layout == "C"


def test_sizes_are_known_in_elements_and_bytes() -> None:
    spec = ArraySpec((2, 3, 4), "complex64")
    assert (spec.ndim, spec.size, spec.nbytes) == (3, 24, 192)


@pytest.mark.parametrize("shape", [5, np.int64(5), [5], (np.int8(5),)])
def test_a_shape_is_made_a_tuple_of_ints(shape: Any) -> None:
    made = ArraySpec(shape).shape
    assert made == (5,)
    assert type(made) is tuple
    assert type(made[0]) is int


@pytest.mark.parametrize(
    ("dtype", "name"),
    [
        ("float32", "float32"),
        ("f4", "float32"),
        (np.float32, "float32"),
        (np.dtype("<f4"), "float32"),
        (float, "float64"),
        (bool, "bool"),
        ("bfloat16", "bfloat16"),
    ],
)
def test_a_dtype_is_kept_by_its_name(dtype: Any, name: str) -> None:
    assert ArraySpec((3,), dtype).dtype == name


def test_bfloat16_has_two_bytes() -> None:
    assert ArraySpec((3,), "bfloat16").nbytes == 6


@pytest.mark.parametrize(
    ("shape", "layout", "strides"),
    [
        ((2, 3, 4), "C", (96, 32, 8)),
        ((2, 3, 4), "F", (8, 16, 48)),
        ((), "C", ()),
    ],
)
def test_strides_follow_from_the_layout(
    shape: Any, layout: Any, strides: Any
) -> None:
    spec = ArraySpec(shape, layout=layout)
    assert spec.strides == strides
    assert spec.strides == np.empty(shape, order=layout).strides


@pytest.mark.parametrize("shape", [(1, 3, 1), (3, 1), (0, 3)])
def test_strides_nobody_steps_by_do_not_tell_specs_apart(shape: Any) -> None:
    odd = tuple(7 if d == 1 or 0 in shape else 8 for d in shape)
    assert ArraySpec(shape, strides=odd) == ArraySpec(shape)


@pytest.mark.parametrize(
    ("array", "layout"),
    [
        (np.ones((3, 4)), "C"),
        (np.ones((3, 4)).T, "F"),
        (np.ones((3, 4))[:, ::2], "strided"),
        (np.ones((3, 4))[::-1], "strided"),
        (np.ones((1, 4)).T, "C"),
        (np.ones((5, 4))[::5], "C"),
        (np.ones((0, 4))[:, ::2], "C"),
        (np.broadcast_to(np.ones(3), (2, 3)), "strided"),
        (np.float64(1), "C"),
    ],
)
def test_layout_is_read_off_the_axes_that_are_stepped_along(
    array: Any, layout: str
) -> None:
    assert spec_of(array).layout == layout


@pytest.mark.parametrize(
    ("value", "dtype", "kind"),
    [
        (np.ones(()), "float64", "array"),
        (np.float32(1), "float32", "scalar"),
        (np.bool(True), "bool", "scalar"),
        (True, "bool", "python"),
        (1, "int64", "python"),
        (1.0, "float64", "python"),
        (1j, "complex128", "python"),
    ],
)
def test_what_has_no_axes_comes_in_three_kinds(
    value: Any, dtype: str, kind: str
) -> None:
    spec = spec_of(value)
    assert (spec.shape, spec.dtype, spec.kind) == ((), dtype, kind)


def test_none_is_nothing_that_holds_memory() -> None:
    assert spec_of(None) == NOTHING
    assert NOTHING.nbytes == 0


@pytest.mark.parametrize(
    "value",
    ["text", [1.0], object(), np.array("text"), np.zeros(3, "i4,f8")],
    ids=["text", "list", "object", "array of text", "records"],
)
def test_what_is_no_array_is_unknown(value: Any) -> None:
    assert spec_of(value) is UNKNOWN


def test_an_array_of_another_backend_is_described() -> None:
    class Foreign:
        shape = (np.int64(2), 3)
        dtype = np.dtype("float32")

    assert spec_of(Foreign()) == ArraySpec((2, 3), "float32")


def test_equal_specs_hash_alike() -> None:
    a, b = ArraySpec((2, 3), "f4"), ArraySpec([2, 3], np.float32)
    assert a == b
    assert hash(a) == hash(b)
    assert len({a, b}) == 1


@pytest.mark.parametrize(
    "other",
    [
        ArraySpec((3, 2), "float32"),
        ArraySpec((2, 3), "int32"),
        ArraySpec((2, 3), "float32", layout="F"),
        ArraySpec((2, 3), "float32", strides=(24, 8)),
        ArraySpec((2, 3), None),
        ArraySpec(None, "float32"),
        "float32[2,3]",
    ],
)
def test_any_difference_makes_specs_unequal(other: Any) -> None:
    assert ArraySpec((2, 3), "float32") != other


def test_kinds_make_specs_unequal() -> None:
    kinds: list[Any] = ["array", "scalar", "python"]
    assert len({ArraySpec((), "float64", kind=k) for k in kinds}) == 3


@pytest.mark.parametrize("name", ["shape", "dtype", "kind", "_hash", "new"])
def test_a_spec_cannot_be_changed(name: str) -> None:
    spec = ArraySpec((2,))
    with pytest.raises(AttributeError, match="make a new one"):
        setattr(spec, name, None)


@pytest.mark.parametrize(
    "spec",
    [
        ArraySpec((2, 3), "int8", layout="F"),
        ArraySpec((), "float32", kind="scalar"),
        ArraySpec((2, 3), "float64", strides=(-8, 0)),
        ArraySpec((4,), None),
        UNKNOWN,
    ],
    ids=repr,
)
def test_specs_survive_pickle_and_copy(spec: ArraySpec) -> None:
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert copy.deepcopy(spec) == spec


@pytest.mark.parametrize(
    ("spec", "text", "code"),
    [
        (ArraySpec((2, 3)), "float64[2,3]", "ArraySpec((2, 3), 'float64')"),
        (
            ArraySpec((2, 3), "int8", layout="F"),
            "int8[2,3] F",
            "ArraySpec((2, 3), 'int8', layout='F')",
        ),
        (
            ArraySpec((2,), "int8", strides=(-1,)),
            "int8[2] strided",
            "ArraySpec((2,), 'int8', strides=(-1,))",
        ),
        (
            ArraySpec((), kind="scalar"),
            "float64[] scalar",
            "ArraySpec((), 'float64', kind='scalar')",
        ),
        (UNKNOWN, "?[?] ?", "ArraySpec(None, None, kind='object')"),
    ],
)
def test_specs_are_written_short_and_as_code(
    spec: ArraySpec, text: str, code: str
) -> None:
    assert str(spec) == text
    assert repr(spec) == code
    assert eval(code) == spec


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (((-1,),), "negative"),
        (((2,), "float64", "Z"), "layout"),
        (((2,), "float64", "C", "list"), "kind"),
        (((2,), "flaot64"), "flaot64"),
        (((2,), "float64", "C", "array", (8, 8)), "strides"),
    ],
)
def test_what_makes_no_sense_is_refused(args: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ArraySpec(*args)


@pytest.mark.parametrize("attribute", ["ndim", "size"])
def test_an_unknown_shape_has_no_size(attribute: str) -> None:
    with pytest.raises(ValueError, match="register_op"):
        getattr(UNKNOWN, attribute)


def test_an_unknown_spec_counts_no_bytes() -> None:
    assert UNKNOWN.nbytes == 0
    assert ArraySpec((3,), None).nbytes == 0
    assert UNKNOWN.layout == "unknown"
