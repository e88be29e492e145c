"""What a traced function can do with its arguments, and what it can't."""

import operator
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from autoray import astype, do, get_dtype_name, infer_backend, shape, to_numpy

import lazyopt as lo

from .helpers import exact, names, normal, same

BINARY = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.pow,
    operator.eq,
    operator.ne,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
]
BITS = [
    operator.and_,
    operator.or_,
    operator.xor,
    operator.lshift,
    operator.rshift,
]
OTHERS: list[Any] = [
    2,
    2.5,
    True,
    np.float32(2),
    np.float64(2.5),
    np.array([1.0, 2.0, 3.0]),
    np.array(2.0),
    np.array([[1], [2]], "int8"),
]


@pytest.mark.parametrize("op", BINARY, ids=lambda op: op.__name__)
@pytest.mark.parametrize("other", OTHERS, ids=lambda x: type(x).__name__)
def test_operators_with_anything_on_either_side(
    op: Callable[..., Any], other: Any
) -> None:
    x = np.array([1.0, 2.5, 3.0])
    exact(lambda x: op(x, other), x)
    exact(lambda x: op(other, x), x)


@pytest.mark.parametrize("op", BITS, ids=lambda op: op.__name__)
def test_operators_on_bits(op: Callable[..., Any]) -> None:
    x, y = np.array([1, 2, 3]), np.array([3, 1, 0])
    exact(lambda x, y: op(x, y), x, y)
    exact(lambda x: op(x, 2), x)
    exact(lambda x: op(2, x), x)
    exact(lambda x: op(y, x), x)


def test_matmul_on_either_side() -> None:
    x, y = normal(3, 3), normal(3, 3, seed=1)
    exact(lambda x: (x @ y, y @ x, x @ x), x)


@pytest.mark.parametrize(
    "op", [operator.neg, operator.pos, operator.abs, operator.invert]
)
def test_operators_on_one(op: Callable[..., Any]) -> None:
    exact(lambda x: op(x), np.array([-1, 0, 2]))


def test_in_place_operators_rebind() -> None:
    def fn(x: Any, y: Any) -> Any:
        first = x
        x += y
        x -= 1
        x *= 2
        x /= 3
        x **= 2
        return first, x

    x, y = normal(3), normal(3, seed=1)
    graph = lo.trace(fn, x, y)
    first, last = graph(x, y)
    assert first is x
    same(last, ((x + y - 1) * 2 / 3) ** 2)
    same(x, normal(3))


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: x.T,
        lambda x: x.mT,
        lambda x: x.real + x.imag,
        lambda x: x.reshape(3, 2),
        lambda x: x.reshape((3, 2)),
        lambda x: x.reshape(-1),
        lambda x: x.reshape(np.int64(6)),
        lambda x: x.reshape(3, 2, order="F"),
        lambda x: x.transpose(),
        lambda x: x.transpose(1, 0),
        lambda x: x.transpose((1, 0)),
        lambda x: x.astype("float32"),
        lambda x: x.astype(np.int8),
        lambda x: x.conj(),
        lambda x: x.conjugate(),
        lambda x: x.copy(),
        lambda x: x.clip(-0.5, 0.5),
        lambda x: x.clip(min=0.0),
        lambda x: x.sum(),
        lambda x: x.sum(0),
        lambda x: x.sum(axis=1, keepdims=True),
        lambda x: (x.max(), x.min(1), x.mean(0), x.prod(), x.var(), x.std(1)),
        lambda x: (x.argmax(), x.argmin(1), x.argsort(0)),
        lambda x: (x.cumsum(1), x.cumprod(0)),
        lambda x: x.ravel() + x.flatten(),
        lambda x: x.swapaxes(0, 1),
        lambda x: x[None].squeeze(),
        lambda x: x.take([0, 1], axis=1),
        lambda x: x.repeat(2, axis=0),
        lambda x: x.dot(x.T),
        lambda x: x.round(1),
        lambda x: x.diagonal(),
        lambda x: x.trace(),
        lambda x: ((x > 0).all(), (x > 0).any(axis=0)),
    ],
)
def test_methods_and_attributes(fn: Callable[..., Any]) -> None:
    exact(fn, normal(2, 3))


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: x[0],
        lambda x: x[-1, 2],
        lambda x: x[1:, ::-1],
        lambda x: x[..., 0],
        lambda x: x[None, :, None],
        lambda x: x[[0, 1, 1]],
        lambda x: x[np.array([1, 0]), np.array([2, 2])],
        lambda x: x[np.array([True, False])],
        lambda x: x[:, [True, False, True]],
        lambda x: x[np.int64(1)],
        lambda x: x[()],
        lambda x: x[0, 0],
    ],
)
def test_indexing(fn: Callable[..., Any]) -> None:
    exact(fn, normal(2, 3))


def test_indexing_with_traced_integers() -> None:
    exact(lambda x, i: x[i] + x[i, 0][:, None], normal(4, 3), np.array([2, 0]))


def test_complex_parts() -> None:
    x = normal(3) + 1j * normal(3, seed=1)
    exact(lambda x: (x.real, x.imag, x.conj(), abs(x)), x)


def test_conj_of_real_numbers_is_the_array_itself_as_a_method() -> None:
    graph = lo.trace(lambda x: x.conj(), normal(2))
    assert names(graph) == ["input"]


def test_what_is_known_of_a_tracer() -> None:
    def fn(x: Any) -> Any:
        assert x.shape == shape(x) == np.shape(x) == (2, 3)
        assert x.dtype == np.dtype("float32")
        assert get_dtype_name(x) == "float32"
        assert (x.ndim, x.size, x.nbytes, x.itemsize) == (2, 6, 24, 4)
        assert (np.ndim(x), np.size(x), len(x)) == (2, 6, 2)
        assert infer_backend(x) == "lazyopt"
        assert repr(x) == "<Tracer float32[2,3] of input>"
        return x

    lo.trace(fn, normal(2, 3).astype("float32"))


def test_iterating_takes_rows() -> None:
    def fn(x: Any) -> Any:
        a, b = x
        total = a * b
        for row in x:
            total = total + row
        return [total, *x]

    exact(fn, normal(2, 3))


def test_a_0d_array_has_no_length_and_no_rows() -> None:
    for fn in (len, list, iter):
        with pytest.raises(TypeError):
            lo.trace(fn, np.array(1.0))


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: np.exp(x),
        lambda x: np.add(x, 1),
        lambda x: np.sum(x, axis=0),
        lambda x: np.concatenate([x, x], axis=1),
        lambda x: np.stack((x, x * 2), -1),
        lambda x: np.where(x > 0, x, 0.0),
        lambda x: np.linalg.norm(x, axis=1),
        lambda x: np.einsum("ij,kj->ik", x, x),
        lambda x: np.transpose(x),
        lambda x: np.tensordot(x, x.T, 1),
        lambda x: np.maximum(x, x.sum(0)),
        lambda x: np.zeros_like(x) + np.ones_like(x),
        lambda x: np.multiply(np.arange(3.0), x),
        lambda x: np.power(x, 2) + np.square(x),
        lambda x: tuple(np.linalg.qr(x)),
    ],
)
def test_numpy_functions_called_directly(fn: Callable[..., Any]) -> None:
    exact(fn, normal(2, 3))


def test_numpy_functions_without_an_op_are_opaque() -> None:
    x = np.array([3.0, 1.0, 2.0])
    graph = lo.trace(lambda x: np.interp(x, x, x), x)
    assert graph.nodes[-1].op.effect == "opaque"
    same(graph(x), np.interp(x, x, x))


def test_like_may_be_a_tracer() -> None:
    def fn(x: Any) -> Any:
        eye = do("eye", 3, like=x)
        zeros = do("zeros", (2, 3), like=x)
        return x @ eye + zeros + do("asarray", [1.0, 2.0, 3.0], like=x)

    exact(fn, normal(2, 3))


def test_creation_under_a_trace() -> None:
    def fn(x: Any) -> Any:
        ones = do("ones", shape(x), dtype="float32", like=x)
        steps = do("arange", 3, like=x)
        return ones * steps + do("full", (3,), 2.5, like=x) * x

    exact(fn, normal(2, 3))


def test_random_draws_are_recorded_in_order() -> None:
    def fn(x: Any) -> Any:
        a = do("random.normal", size=(3,), like=x)
        b = do("random.normal", size=(3,), like=x)
        return a - b, x

    graph = lo.trace(fn, normal(3))
    drawn = [n for n in graph if n.op.effect == "random"]
    assert len(drawn) == 2
    better = lo.optimize(graph)
    assert [n for n in better if n.op.effect == "random"] == drawn
    difference, _ = better(normal(3))
    assert np.all(difference != 0)


def test_autoray_helpers() -> None:
    exact(lambda x: astype(x, "complex64"), normal(2))
    exact(lambda x: do("astype", x, "int8"), normal(2))


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: 1 if x[0] > 0 else 2,
        lambda x: float(x[0]),
        lambda x: int(x[0]),
        lambda x: complex(x[0]),
        lambda x: x[0].item(),
        lambda x: x.tolist(),
        lambda x: x[x > 0],
        lambda x: x[(x > 0,)],
        lambda x: x.nonzero(),
        lambda x: np.nonzero(x),
        lambda x: np.unique(x),
        lambda x: do("where", x > 0),
        lambda x: np.where(x > 0),
        lambda x: do("nonzero", x),
        lambda x: [1, 2, 3][x],
        lambda x: range(x[0]),
        lambda x: x[: x[0]],
        lambda x: 1.0 in x,
        lambda x: np.asarray(x),
        lambda x: not x,
        lambda x: x and 1,
        lambda x: max(x[0], x[1]),
        lambda x: 0 < x[0] < 1,
        lambda x: sorted(x),
    ],
)
def test_what_depends_on_values_is_refused(fn: Callable[..., Any]) -> None:
    with pytest.raises(lo.TraceError, match="depend on values"):
        lo.trace(fn, normal(3))


def write(x: Any) -> None:
    x[0] = 1.0


def augmented(x: Any) -> None:
    x[0] += 1.0


@pytest.mark.parametrize(
    "fn",
    [
        write,
        augmented,
        lambda x: np.add(x, 1, out=np.zeros(3)),
        lambda x: np.add(np.ones(3), 1, out=x),
        lambda x: np.exp(x, out=x),
        lambda x: do("sum", x, out=np.zeros(())),
        lambda x: x.sum(out=np.zeros(())),
        lambda x: do("add", np.ones(3), x, out=np.ones(3), like=x),
    ],
)
def test_writes_are_refused(fn: Callable[..., Any]) -> None:
    with pytest.raises(lo.TraceError, match="writes into an array"):
        lo.trace(fn, normal(3))


def test_writing_into_a_concrete_array_is_refused() -> None:
    def fn(x: Any) -> Any:
        y = np.zeros(3)
        y[:] = x
        return y

    with pytest.raises(lo.TraceError, match="stack"):
        lo.trace(fn, normal(3))


def test_augmenting_a_concrete_array_is_refused() -> None:
    c = np.zeros(3)

    def fn(x: Any) -> Any:
        y = c
        y += x
        return y

    with pytest.raises(lo.TraceError, match="writes into an array"):
        lo.trace(fn, normal(3))
    same(c, np.zeros(3))


def test_to_numpy_is_refused() -> None:
    with pytest.raises(lo.TraceError, match="to_numpy"):
        lo.trace(to_numpy, normal(3))


def test_reducing_with_a_ufunc_names_the_function_for_it() -> None:
    with pytest.raises(lo.TraceError, match=r"numpy\.sum"):
        lo.trace(np.add.reduce, normal(3))


def test_a_leaked_tracer_is_refused_in_another_trace() -> None:
    leaked: list[Any] = []

    def leak(x: Any) -> Any:
        leaked.append(x + 1)
        return x

    lo.trace(leak, normal(2))
    for fn in (
        lambda x: x + leaked[0],
        lambda x: leaked[0],
        lambda x: do("stack", [x, leaked[0]]),
    ):
        with pytest.raises(lo.TraceError, match="another trace"):
            lo.trace(fn, normal(2))


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: x + 1,
        lambda x: 1 + x,
        lambda x: -x,
        lambda x: do("exp", x),
        lambda x: np.exp(x),
        lambda x: x[0],
        lambda x: x.sum(),
        lambda x: lo.call("exp", x),
    ],
)
def test_a_tracer_is_refused_after_its_trace(fn: Callable[..., Any]) -> None:
    leaked: list[Any] = []
    graph = lo.trace(lambda x: leaked.append(x) or x, normal(2))
    with pytest.raises(lo.TraceError, match="over"):
        fn(leaked[0])
    assert len(graph) == 1


def test_calls_know_their_line() -> None:
    def helper(x: Any) -> Any:
        return do("exp", x)

    def fn(x: Any) -> Any:
        return np.sum(helper(x) + 1)

    graph = lo.trace(fn, normal(2))
    first = fn.__code__.co_firstlineno
    said = [str(n.source).rpartition(":") for n in graph.nodes[1:]]
    assert {file for file, _, _ in said} == {__file__}
    inner = helper.__code__.co_firstlineno + 1
    assert [int(line) for _, _, line in said] == [inner, first + 1, first + 1]


def test_call_works_on_tracers() -> None:
    def fn(x: Any) -> Any:
        return lo.call("multiply", lo.call("exp", x), 2)

    graph = lo.trace(fn, normal(2))
    same(graph(normal(2)), np.exp(normal(2)) * 2)
    assert names(graph) == ["input", "exp", "multiply"]


def test_an_unknown_function_is_an_import_error_as_always() -> None:
    with pytest.raises(ImportError):
        lo.trace(lambda x: do("no_such_function", x), normal(2))


def test_the_shape_of_an_opaque_result_is_asked_for() -> None:
    def mystery(x: Any) -> Any:
        return x

    with pytest.raises(lo.TraceError, match=r"register_op\(mystery"):
        lo.trace(lambda x: lo.call(mystery, x).shape, normal(2))


class Pair(NamedTuple):
    left: Any
    right: Any


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: do("concatenate", Pair(x, x * 2)),
        lambda x: do("stack", Pair(x, x), axis=-1),
        lambda x: np.concatenate(Pair(x, np.ones(3))),
    ],
)
def test_named_tuples_of_tracers_are_arguments(fn: Any) -> None:
    exact(fn, normal(3))


def test_containers_reach_an_opaque_function_as_they_are() -> None:
    got: list[Any] = []

    def takes(pair: Any, by: Any, missing: Any) -> Any:
        got.append((type(pair), type(by), by["k"], missing["none"]))
        return pair.left - pair.right + by["k"]

    def fn(x: Any) -> Any:
        missing = defaultdict(lambda: 3, {"x": x})
        by = OrderedDict(k=x * 2)
        return lo.call(takes, Pair(x, 1.0), by, missing=missing)

    x = normal(3)
    graph = lo.trace(fn, x)
    for run in (graph, graph.compile()):
        got.clear()
        same(run(x), x - 1.0 + x * 2)
        assert got[0][:2] == (Pair, OrderedDict)
        same(got[0][2:], (x * 2, 3))


def test_a_copy_of_a_scalar_is_a_scalar() -> None:
    exact(lambda x: x.sum().copy() ** 3, normal(3))
    exact(lambda x: x.copy() ** 3, np.array(1.1))


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: np.copyto(x, 1.0),
        lambda x: np.fill_diagonal(x, 1.0),
        lambda x: do("fill_diagonal", x, 1.0),
        lambda x: np.put(x, [0], 1.0),
        lambda x: np.putmask(x, x > 0, 0.0),
        lambda x: np.add.at(x, 0, 1.0),
        lambda x: x.fill(0.0),
        lambda x: x.sort(),
        lambda x: x.put([0], 1.0),
    ],
)
def test_functions_that_write_are_refused(fn: Any) -> None:
    x = normal(3, 3)
    with pytest.raises(lo.TraceError, match="writes into an array"):
        lo.trace(fn, x)
    same(x, normal(3, 3))


def test_parameters_may_have_any_name() -> None:
    def program(fn: Any, self: Any, *, op: Any, graph: Any) -> Any:
        return fn - self * op + graph

    arrays = {
        name: normal(3, seed=i)
        for i, name in enumerate(("fn", "self", "op", "graph"))
    }
    exact(program, **arrays)
    same(lo.optimized(program)(**arrays), program(**arrays))
