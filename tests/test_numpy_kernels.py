"""Kernels return what NumPy's functions return, for every call of the tables.

Values, dtypes, kinds, strides, errors and warnings are held against the op's
own function, for the loop's callable and for the text of compiled graphs.
"""

import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest

import lazyopt as lo
from lazyopt.build import make_node
from lazyopt.ir import Node
from lazyopt.kernels import Kernel, own_kernel
from lazyopt.numpy_kernels import numpy_kernel
from lazyopt.ops import CONSTANT, OPERATOR_FORMS, Op, get_op

from .ops.cases import CASES, OPERATOR_CASES
from .ops.checking import calls_of, describe
from .ops.operands import Call
from .passes.identities import DTYPES, LAYOUTS, SHAPES, alike, array

#: Ops with a rule of their own, and how many calls it takes on at least.
OWN = {
    "all": 100,
    "amax": 100,
    "amin": 100,
    "any": 100,
    "argmax": 100,
    "argmin": 100,
    "cumprod": 100,
    "cumsum": 100,
    "diag": 10,
    "diagonal": 50,
    "dot": 100,
    "imag": 50,
    "linalg.norm": 20,
    "max": 100,
    "mean": 100,
    "min": 100,
    "prod": 100,
    "ravel": 50,
    "real": 50,
    "repeat": 50,
    "reshape": 50,
    "squeeze": 50,
    "stack": 50,
    "std": 100,
    "sum": 100,
    "swapaxes": 50,
    "take": 50,
    "tensordot": 50,
    "trace": 50,
    "transpose": 50,
    "var": 100,
}
ALL = [(get_op(name), CASES[name]) for name in CASES] + [
    (OPERATOR_FORMS[name], cases) for name, cases in OPERATOR_CASES.items()
]


def node_of(op: Op, call: Call) -> Node | None:
    """A call as a node on constants, if a graph takes it."""
    args, kwargs = call
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return make_node(op, args, kwargs)
        except Exception:
            return None


def given(kernel: Kernel) -> list[Any]:
    """What a kernel is called with."""
    return [a.args[0] if type(a) is Node else a for a in kernel.args]


def expression(kernel: Kernel) -> Callable[..., Any]:
    """A kernel as its text."""
    assert kernel.form is not None
    names = [f"x{i}" for i in range(len(kernel.args))]
    parts = [f"p{i}" for i in range(len(kernel.form.parts))]
    text = kernel.form.text.format(*names, p=parts)
    functions = dict(zip(parts, kernel.form.parts, strict=True))
    made: Callable[..., Any] = eval(
        f"lambda {', '.join(names)}: {text}",
        {"__builtins__": {}, **functions},
    )
    return made


def seen(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """What a call returns or raises, and what it warns of."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            result = (type(error), str(error))
    return result, [(w.category, str(w.message)) for w in found]


def compare(node: Node, kernel: Kernel) -> None:
    """Hold a kernel, in both its forms, against the op's function."""
    assert all(n.op is CONSTANT for n in node.operands)
    own = own_kernel(node, node.op.implementation("numpy"))
    expected = seen(own.function, given(own), {})
    forms = [kernel.function]
    if kernel.form is not None:
        forms.append(expression(kernel))
    for function in forms:
        found = seen(function, given(kernel), {})
        assert found[1] == expected[1]
        same(found[0], expected[0])


def same(found: Any, expected: Any) -> None:
    """Assert that two results are alike, and both views or both not."""
    if isinstance(expected, tuple | list):
        assert type(found) is type(expected)
        for a, b in zip(found, expected, strict=True):
            same(a, b)
    elif isinstance(expected, np.ndarray | np.generic):
        alike(found, expected)
        if isinstance(expected, np.ndarray):
            assert found.flags.writeable == expected.flags.writeable
    else:
        assert type(found) is type(expected)
        assert repr(found) == repr(expected)


@pytest.mark.parametrize(
    ("op", "patterns"), ALL, ids=[f"{op.name}" for op, _ in ALL]
)
def test_a_kernel_does_what_the_function_does(op: Op, patterns: Any) -> None:
    if op.effect != "pure":
        pytest.skip("draws, or has an effect")
    applied = 0
    # Where no rule is, only a wrapper is left out.
    thinned = 1 if op.name in OWN else 6
    for call in islice(calls_of(patterns), None, None, thinned):
        node = node_of(op, call)
        if node is None:
            continue
        function = op.implementation("numpy")
        kernel = numpy_kernel(node)
        own = own_kernel(node, function)
        applied += kernel.function is not function
        try:
            compare(node, kernel)
            compare(node, own)
        except AssertionError as error:
            raise AssertionError(describe(call)) from error
    if OPERATOR_FORMS.get(op.name) is not op:
        assert applied >= OWN.get(op.name, 0)


# ------------------------------------------------------------ special values

NUMBERS = (0, 1, -1, 3, 127, 255, 300, 2**62, 2**63, 2**1030, -(2**40))
NUMBERS += (0.0, -0.0, 0.1, 1e300, 1e-300, 1e39, float("inf"), float("nan"))
NUMBERS += (1j, complex(-0.0, 2), complex(1e300, 0), True, False)


def operands() -> Iterator[np.ndarray]:
    """Arrays of special values."""
    for dtype in DTYPES:
        for shape in ((), (0,), (3,), (2, 3), (150,)):
            for layout in LAYOUTS if shape == (2, 3) else ("C", "strided"):
                yield array(dtype, shape, layout)


@pytest.mark.parametrize("name", sorted(OPERATOR_FORMS))
def test_python_numbers_are_what_ufuncs_make_of_them(name: str) -> None:
    op = OPERATOR_FORMS[name]
    if len(op.signature.parameters) != 2 or name in ("getitem", "matmul"):
        pytest.skip("not of two operands")
    applied = 0
    for x in operands():
        for number in NUMBERS:
            for call in ((x, number), (number, x)):
                node = node_of(op, (call, {}))
                if node is not None:
                    kernel = numpy_kernel(node)
                    applied += any(type(a) is np.ndarray for a in kernel.args)
                    compare(node, kernel)
    if name in ("add", "subtract", "multiply", "true_divide", "less"):
        assert applied > 500


@pytest.mark.parametrize("name", sorted(OPERATOR_FORMS))
def test_operators_on_special_values(name: str) -> None:
    op = OPERATOR_FORMS[name]
    count = len(op.signature.parameters)
    if name == "getitem":
        pytest.skip("no ufunc")
    for dtype in DTYPES:
        for shape in SHAPES:
            for i, layout in enumerate(LAYOUTS):
                x = array(dtype, shape, layout)
                for other in (dtype, DTYPES[i]):
                    y = array(other, shape, LAYOUTS[i - 1])
                    node = node_of(op, ((x, y)[:count], {}))
                    if node is not None:
                        compare(node, numpy_kernel(node))


@pytest.mark.parametrize("state", ["ignore", "warn", "raise"])
def test_errstate_governs_kernels(state: Any) -> None:
    def fn(x: Any) -> Any:
        return ((x * 1e200) * 1e200).sum() / (x - x).sum()

    x = np.array([1.0, np.inf])
    graph = lo.trace(fn, np.ones(2))
    for run in (graph, graph.compile()):
        with np.errstate(all=state):
            assert seen(run, (x,), {})[0] is not None
            found, expected = seen(run, (x,), {}), seen(fn, (x,), {})
        assert str(found) == str(expected)


# ----------------------------------------------------------------- products


def vectors(dtype: str, n: int, step: int, seed: int) -> np.ndarray:
    """Numbers that round, so that another order of sums shows."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n * abs(step)) + 1j * rng.normal(size=n * abs(step))
    kind = np.dtype(dtype).kind
    if kind != "c":
        x = x.real if kind == "f" else np.abs(x.real * 50)
    return x.astype(dtype)[::step]


@pytest.mark.parametrize("dtype", DTYPES)
def test_products_of_vectors(dtype: str) -> None:
    op = get_op("tensordot")
    for n in (0, 1, 2, 3, 7, 31, 100, 1000):
        for step in (1, 2, -1):
            for other in (dtype, "float64", "complex64"):
                x, y = vectors(dtype, n, step, 0), vectors(other, n, 1, 1)
                for axes in (1, ([-1], [0])):
                    for pair in ((x, y), (y, x), (x, x)):
                        node = node_of(op, ((*pair, axes), {}))
                        assert node is not None
                        compare(node, numpy_kernel(node))


@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_norms(dtype: str, special: bool) -> None:
    op = get_op("linalg.norm")
    for shape in SHAPES:
        for layout in LAYOUTS:
            x = array(dtype, shape, layout)
            if not special:
                rounded = vectors(dtype, x.size, 1, 0).reshape(shape)
                x = x.copy("K")
                x[...] = rounded
            for args in ((), (None,), (2,), (2.0,), ("fro",), (None, None)):
                node = node_of(op, ((x, *args), {}))
                if node is not None:
                    compare(node, numpy_kernel(node))


# ---------------------------------------------------------------- subclasses


class Loud(np.ndarray):
    """An array that answers for itself."""

    def __array_function__(
        self, func: Any, types: Any, args: Any, kwargs: Any
    ) -> Any:
        return "its own"


def test_subclasses_answer_for_themselves() -> None:
    graph = lo.trace(lambda x: lo.call("sum", x), np.ones(3))
    x = np.ones(3).view(Loud)
    for run in (graph, graph.compile()):
        assert run(x) == "its own"
        assert run(np.ones(3)) == 3.0


def test_constants_may_be_of_a_subclass() -> None:
    x = np.ones(3).view(Loud)
    graph = lo.trace(lambda y: (lo.call("concatenate", (x, y)),), np.ones(3))
    assert graph.compile()(np.ones(3)) == ("its own",)


def test_functions_registered_with_autoray_are_called() -> None:
    script = """
import autoray, numpy as np
import lazyopt as lo
autoray.register_function("numpy", "sum", lambda x: x.max() * 10)
f = lo.trace(lambda x: autoray.do("sum", x), np.ones(3)).compile()
assert f(np.ones(3)) == 10.0, f(np.ones(3))
"""
    subprocess.run([sys.executable, "-c", script], check=True)
