"""Names, aliases, and finding the op that a function stands for."""

import copy
import operator
import pickle
import types
from typing import Any

import autoray
import autoray.lazy
import autoray.lazy.linalg
import numpy as np
import pytest

from lazyopt.errors import GraphError
from lazyopt.ops import (
    CONSTANT,
    INPUT,
    ITEM,
    OPERATOR_FORMS,
    Op,
    add_op,
    find_op,
    get_op,
    known_ops,
    opaque,
    recognise,
)
from lazyopt.specs import UNKNOWN

#: What autoray.lazy exports besides functions on arrays.
NOT_ON_ARRAYS = {
    "Function",
    "LazyArray",
    "Variable",
    "array",
    "ascend",
    "compute",
    "descend",
    "get_source",
    "linalg",
    "shared_intermediates",
}

ALSO_NEEDED = [
    "astype",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "cumprod",
    "dot",
    "dstack",
    "flatten",
    "hstack",
    "inner",
    "invert",
    "isfinite",
    "isinf",
    "isnan",
    "left_shift",
    "linalg.det",
    "linalg.eigvalsh",
    "linalg.expm",
    "linalg.pinv",
    "log1p",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "nan_to_num",
    "negative",
    "not_equal",
    "ones_like",
    "outer",
    "pad",
    "power",
    "ravel",
    "repeat",
    "right_shift",
    "roll",
    "round",
    "square",
    "squeeze",
    "subtract",
    "tril",
    "triu",
    "vdot",
    "vstack",
    "zeros_like",
    "getitem",
]


def lazy_names() -> list[str]:
    """Names of all functions on arrays that autoray.lazy has."""
    plain = set(autoray.lazy.__all__) - NOT_ON_ARRAYS
    module = autoray.lazy.linalg
    linalg = {
        f"linalg.{name}"
        for name, value in vars(module).items()
        if isinstance(value, types.FunctionType)
        and value.__module__ == module.__name__
    }
    assert len(plain) > 50
    assert len(linalg) > 5
    return sorted(plain | linalg)


def named_functions() -> list[tuple[str, str]]:
    """All names and aliases that NumPy has a function for."""
    made = []
    for op in known_ops():
        for name in (op.name, *op.aliases) if op.function is None else ():
            try:
                autoray.get_lib_fn("numpy", name)
            except ImportError:
                continue
            made.append((name, op.name))
    return made


@pytest.mark.parametrize("name", [*lazy_names(), *ALSO_NEEDED])
def test_what_autoray_knows_is_registered(name: str) -> None:
    assert isinstance(find_op(name), Op)


@pytest.mark.parametrize("name", lazy_names())
def test_functions_in_lazy_graphs_are_recognised(name: str) -> None:
    try:
        fn = autoray.get_lib_fn("numpy", name)
    except ImportError:
        # Only lazy arrays have it: it is Python's operator.
        fn = {
            "floordivide": operator.floordiv,
            "truedivide": operator.truediv,
        }[name]
        assert recognise(fn, "numpy") is OPERATOR_FORMS[get_op(name).name]
        return
    assert recognise(fn, "numpy") is find_op(name)


@pytest.mark.parametrize(("name", "op"), named_functions())
def test_numpy_functions_are_recognised(name: str, op: str) -> None:
    fn = autoray.get_lib_fn("numpy", name)
    assert recognise(fn, "numpy") is get_op(op)


@pytest.mark.parametrize(
    ("fn", "name"),
    [
        (np.tanh, "tanh"),
        (np.abs, "absolute"),
        (np.divide, "true_divide"),
        (np.linalg.norm, "linalg.norm"),
        (np.permute_dims, "transpose"),
        (np.concat, "concatenate"),
        (autoray.astype, "astype"),
        (operator.getitem, "getitem"),
    ],
)
def test_a_function_is_recognised_by_identity(fn: Any, name: str) -> None:
    assert recognise(fn, "numpy") is get_op(name)


def test_a_function_of_the_same_name_is_not_recognised() -> None:
    def tanh(x: Any) -> Any:
        return x

    assert recognise(tanh, "numpy") is None


def test_what_cannot_be_hashed_is_not_recognised() -> None:
    class Unhashable:
        __hash__ = None  # type: ignore[assignment]

        def __call__(self) -> None: ...

    assert recognise(Unhashable(), "numpy") is None


@pytest.mark.parametrize("name", sorted(OPERATOR_FORMS))
def test_operators_are_ops_of_their_own(name: str) -> None:
    form = OPERATOR_FORMS[name]
    assert form.function is not None
    assert recognise(form.function, "numpy") is form
    assert form is not get_op(name)
    assert form.name == name


def test_operator_add_is_the_form_of_add() -> None:
    assert recognise(operator.add, "numpy") is OPERATOR_FORMS["add"]


def test_every_name_finds_its_op() -> None:
    for op in known_ops():
        for name in (op.name, *op.aliases):
            assert find_op(name) is op
            assert get_op(name) is op


def test_known_ops_come_in_order_and_once() -> None:
    names = [op.name for op in known_ops()]
    assert names == sorted(set(names))


def test_an_unknown_name_is_answered_with_a_near_one() -> None:
    with pytest.raises(GraphError, match="'tensordot'"):
        get_op("tensordott")


def test_a_name_like_no_other_is_answered_without_a_guess() -> None:
    with pytest.raises(GraphError, match="'qqqq'") as caught:
        get_op("qqqq")
    assert "did you mean" not in str(caught.value)
    assert "register_op" in str(caught.value)


def test_find_op_gives_none_for_an_unknown_name() -> None:
    assert find_op("qqqq") is None


def test_a_name_is_registered_once_only() -> None:
    with pytest.raises(GraphError, match="'tanh'"):
        add_op(Op("tanh", lambda x: (x,)))
    assert recognise(np.tanh, "numpy") is get_op("tanh")


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_copying_an_op_gives_the_op_itself(copied: Any) -> None:
    assert copied(get_op("tanh")) is get_op("tanh")


@pytest.mark.parametrize(
    "op",
    [*known_ops(), *OPERATOR_FORMS.values(), INPUT, CONSTANT, ITEM],
    ids=repr,
)
def test_a_pickled_op_comes_back_as_itself(op: Op) -> None:
    assert pickle.loads(pickle.dumps(op)) is op


def test_a_pickled_opaque_op_comes_back_as_itself() -> None:
    op = opaque(np.busday_count, "pure")
    assert pickle.loads(pickle.dumps(op)) is op


def test_an_opaque_call_is_known_nothing_of() -> None:
    op = opaque(np.busday_count)
    assert op.infer(1, 2) == (UNKNOWN,)
    assert not op.is_pure
    assert not op.views
    assert op is opaque(np.busday_count)
    assert op is not opaque(np.busday_count, "pure")


def test_positional_and_keyword_forms_are_made_the_same() -> None:
    op = get_op("sum")
    assert op.bind((1,), {"axis": 2}) == ((1, 2), {})
    args, kwargs = op.bind((1,), {"keepdims": True, "axis": 2})
    assert (args, kwargs) == op.bind((1, 2), {"keepdims": True})


def test_a_keyword_numpy_lacks_is_refused() -> None:
    with pytest.raises(TypeError):
        get_op("sum").bind((1,), {"axes": 2})


@pytest.mark.parametrize("op", known_ops(), ids=repr)
def test_only_random_draws_and_empty_are_impure(op: Op) -> None:
    random = op.name.startswith(("random.", "empty"))
    assert op.is_pure != random
    assert op.effect == ("random" if random else "pure")
