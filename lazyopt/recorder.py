"""What records the calls of a traced function, in the order it makes them."""

import sys
from contextvars import ContextVar
from types import CodeType
from typing import Any

import autoray
import numpy as np

from lazyopt.backends import BACKEND
from lazyopt.build import constant, infer, item
from lazyopt.errors import TraceError
from lazyopt.ir import Node
from lazyopt.ops import OPERATOR_FORMS, Op, opaque, recognise
from lazyopt.ops.core import infer_opaque
from lazyopt.refusals import foreign, is_own, value_dependent, writes
from lazyopt.specs import ArraySpec
from lazyopt.tracer import Tracer, is_array, tracers_in
from lazyopt.tree import map_parts

__all__ = ["Recorder", "numpy_call", "record_call", "recording"]

#: The innermost trace under way in this context.
_ACTIVE: ContextVar["Recorder | None"] = ContextVar("trace", default=None)


class Recorder:
    """Collects the nodes of one trace, in the order they are made.

    Parameters
    ----------
    assume_pure : bool
        Whether calls of unregistered functions may be merged, dropped and
        moved.
    """

    def __init__(self, assume_pure: bool = False) -> None:
        self.nodes: list[Node] = []
        self.effect: Any = "pure" if assume_pure else "opaque"
        self.open = True
        # Arrays met, each with its node. The array is kept, so that its id
        # can't come to mean another one.
        self._constants: dict[int, tuple[Any, Node]] = {}
        # By identity, since code's hash is that of all it holds; kept alive
        # likewise.
        self._lines: dict[tuple[int, int], tuple[str, CodeType]] = {}
        self._not_users: dict[int, CodeType] = {}

    def add(self, node: Node) -> Node:
        """Record a node as the next to run."""
        self.nodes.append(node)
        return node

    def unwrap(self, x: Any) -> Any:
        """Nested arguments with tracers and arrays replaced by nodes."""
        if isinstance(x, Tracer):
            if x._recorder is not self:
                raise TraceError(
                    f"{x!r} belongs to another trace: values don't outlive "
                    "the traced call. Return what is needed, or pass it in "
                    "as an argument."
                )
            return x._node
        kind = type(x)
        if kind in _PLAIN:
            return x
        if kind is tuple or kind is list:
            return kind([self.unwrap(v) for v in x])
        if kind is dict:
            return {k: self.unwrap(v) for k, v in x.items()}
        if kind is slice:
            if any(isinstance(v, Tracer) for v in (x.start, x.stop, x.step)):
                raise value_dependent(
                    "a slice's bounds",
                    "Pass them as static arguments, or use take(...) with "
                    "an array of a known number of places.",
                )
            return x
        if is_array(x):
            return self.constant(x)
        return map_parts(self.unwrap, x)

    def constant(self, x: Any) -> Node:
        """The node of an array that the program closes over."""
        found = self._constants.get(id(x))
        if found is None:
            theirs = autoray.infer_backend(x)
            if theirs in _OTHERS and theirs != BACKEND.get():
                raise foreign(theirs, BACKEND.get())
            found = x, self.add(constant(x))
            self._constants[id(x)] = found
        return found[1]

    def record(self, op: Op, args: Any, kwargs: dict[str, Any]) -> Any:
        """Record a call and return what stands for its result."""
        if not self.open:
            raise _over(op)
        if len(args) + len(kwargs) == 1 and op.name == "where":
            raise value_dependent(
                "the shape of what where(x) returns",
                "Use where(x, this, other), which has the shape of x.",
            )
        if op.infer is infer_opaque and self.effect == "pure":
            op = opaque(op.function, "pure")  # type: ignore[arg-type]
        args = tuple([self.unwrap(a) for a in args])
        if kwargs:
            kwargs = self._named(op, kwargs)
        source = self._source()
        try:
            specs = infer(op, args, kwargs)
        except Exception as error:
            if isinstance(error, TypeError) and "ArraySpec" in str(error):
                raise value_dependent(
                    f"an argument of {op.name} that decides on shapes",
                    "Pass it as a static argument.",
                ) from error
            error.add_note(f"while tracing {op.name} at {source}")
            raise
        if not kwargs:
            op = _cheapest_form(op, args, specs)
        node = self.add(Node(op, args, kwargs, specs, source, True))
        if not op.multi:
            return Tracer(node, self)
        parts = [self.add(item(node, i)) for i in range(len(specs))]
        return op.container([Tracer(part, self) for part in parts])

    def _named(self, op: Op, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Keyword arguments as a node has them."""
        if kwargs.get("out") is not None:
            raise writes(
                f"{op.name}(out=...), or its operator with '=' on an array "
                "that isn't traced",
                "Use the returned value instead, as in a = a + x.",
            )
        return {k: self.unwrap(v) for k, v in kwargs.items() if k != "out"}

    def record_numpy(self, func: Any, args: Any, kwargs: Any) -> Any:
        """Record a call of NumPy's own function on tracers."""
        return numpy_call(func, args, kwargs)

    def _source(self) -> str:
        """Line of the user's program that makes this call."""
        lines, skipped = self._lines, self._not_users
        frame = sys._getframe(2)
        while True:
            code, caller = frame.f_code, frame.f_back
            if caller is not None and id(code) in skipped:
                frame = caller
                continue
            place = id(code), frame.f_lasti
            found = lines.get(place)
            if found is not None:
                return found[0]
            if caller is not None and is_own(frame):
                skipped[id(code)] = code
                continue
            line = f"{code.co_filename}:{frame.f_lineno}"
            lines[place] = line, code
            return line


#: Libraries whose arrays another library's functions can't be relied on to
#: take. NumPy's arrays are taken by all of them.
_OTHERS = frozenset({"cupy", "dask", "jax", "tensorflow", "torch"})
_PLAIN = frozenset({int, float, complex, bool, str, type(None)})


def _cheapest_form(op: Op, args: Any, specs: tuple[ArraySpec, ...]) -> Op:
    """The operator in place of its function, where they are the same.

    They differ for powers, and where the result is a scalar.
    """
    form = OPERATOR_FORMS.get(op.name)
    if form is None or op.name == "power" or not specs[0].shape:
        return op
    plain = (Node, int, float, complex, bool)
    return form if all(isinstance(a, plain) for a in args) else op


class recording:
    """Context in which a recorder takes the calls that name no array."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def __enter__(self) -> Recorder:
        self._token = _ACTIVE.set(self.recorder)
        return self.recorder

    def __exit__(self, *_: object) -> None:
        self.recorder.open = False
        _ACTIVE.reset(self._token)


def record_call(op: Op, args: Any, kwargs: dict[str, Any]) -> Any:
    """Record a call in the trace that its operands belong to.

    Raises
    ------
    TraceError
        If there is no such trace, or it is over.
    """
    recorder = next((a._recorder for a in args if isinstance(a, Tracer)), None)
    if recorder is None:
        found = tracers_in((args, kwargs))
        recorder = found[0]._recorder if found else _ACTIVE.get()
    if recorder is None:
        raise _over(op)
    return recorder.record(op, args, kwargs)


def _over(op: Op) -> TraceError:
    return TraceError(
        f"{op.name} was called on values of a trace that is over: they "
        "stand for arrays only while lazyopt.trace runs the function."
    )


def numpy_call(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Record a call of one of NumPy's own functions."""
    from lazyopt.composed import COMPOSED

    name = _SHAPE_ONLY.get(func)
    if name is not None:
        return getattr(args[0], name)
    if func in _WRITES:
        raise writes(
            f"numpy.{func.__name__}",
            "Build the result with where(...), stack(...) or "
            "concatenate(...).",
        )
    if func in COMPOSED:
        return COMPOSED[func](*args, **kwargs)
    op = recognise(func, "numpy")
    if op is None and func in _NO_GRAPH:
        raise value_dependent(
            f"the shape of what {func.__name__} returns",
            "Use where(condition, x, other), which has the shape of x, or "
            "do this to what the graph returns.",
        )
    return record_call(op or opaque(func), args, kwargs)


_SHAPE_ONLY: dict[Any, str] = {
    np.shape: "shape",
    np.ndim: "ndim",
    np.size: "size",
}
_WRITES = {
    np.copyto,
    np.fill_diagonal,
    np.place,
    np.put,
    np.put_along_axis,
    np.putmask,
}
_NO_GRAPH = {
    np.argwhere,
    np.extract,
    np.flatnonzero,
    np.intersect1d,
    np.nonzero,
    np.setdiff1d,
    np.setxor1d,
    np.union1d,
    np.unique,
    np.unique_all,
    np.unique_counts,
    np.unique_inverse,
    np.unique_values,
}
